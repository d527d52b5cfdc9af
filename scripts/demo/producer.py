"""Sends the flights, one JSON record each, keyed by origin, through an idempotent aiokafka producer.

Usage: producer.py BOOTSTRAP TOPIC PARQUET ROWS
Prints `acknowledged N` as it goes. Ends with 1 when the producer gave up on a record.
"""

import asyncio
import json
import sys

import pyarrow.parquet as parquet
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

PARTITIONS = 6
# Records that wait for their acknowledgement; the producer batches them by itself.
WAITING_MAX = 20_000
REPORT_EVERY = 5_000


async def create_topic(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=PARTITIONS, replication_factor=1)])
    await admin.close()


def flights(path: str, rows: int):
    """Yields (key, value) in file order; `row` is the record's identity."""
    row = 0
    for batch in parquet.ParquetFile(path).iter_batches(batch_size=20_000):
        for flight in batch.to_pylist():
            if row == rows:
                return
            flight["row"] = row
            yield str(flight.get("origin", "")).encode(), json.dumps(flight, default=str).encode()
            row += 1


async def main(bootstrap: str, topic: str, path: str, rows: int) -> None:
    await create_topic(bootstrap, topic)
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        enable_idempotence=True,
        linger_ms=5,
        max_batch_size=256 * 1024,
        request_timeout_ms=60_000,
        retry_backoff_ms=50,
    )
    await producer.start()
    acknowledged = 0
    failure: BaseException | None = None
    room = asyncio.Semaphore(WAITING_MAX)

    def done(future: asyncio.Future) -> None:
        nonlocal acknowledged, failure
        room.release()
        error = future.exception()
        if error is not None:
            failure = failure or error
            return
        acknowledged += 1
        if acknowledged % REPORT_EVERY == 0:
            print(f"acknowledged {acknowledged}", flush=True)

    for key, value in flights(path, rows):
        if failure is not None:
            break
        await room.acquire()
        future = await producer.send(topic, value, key=key)
        future.add_done_callback(done)
    await producer.stop()
    if failure is not None:
        sys.exit(f"the producer gave up: {failure!r}")
    print(f"acknowledged {acknowledged}", flush=True)


asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
