"""One of the three producers: sends its part of the traffic to its own partition, idempotently.

Usage: producer.py BOOTSTRAP TOPIC PARTITION PARQUET ROWS SEED BROKEN_FILE
Standard input says how far it may go: numbers, one a line, each the share of all flights (1: everything). Prints the count of each kind
at the end; the broken records, as base64, go to BROKEN_FILE, one a line. Ends with 1 when the producer gave up on a record.
"""

import asyncio
import base64
import sys
import threading
from collections import Counter

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from traffic import DIALECTS, schedule

WAITING_MAX = 5_000
START_AGAIN_S = 0.2


async def started(bootstrap: str) -> AIOKafkaProducer:
    """The broker may be away when the program begins; once it has begun, the producer waits by itself."""
    while True:
        producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap,
            enable_idempotence=True,
            linger_ms=5,
            max_batch_size=128 * 1024,
            request_timeout_ms=120_000,
            retry_backoff_ms=50,
        )
        try:
            await producer.start()
            return producer
        except KafkaError:
            await producer.stop()
            await asyncio.sleep(START_AGAIN_S)


def allowances(loop: asyncio.AbstractEventLoop, queue: asyncio.Queue) -> None:
    for line in sys.stdin:
        loop.call_soon_threadsafe(queue.put_nowait, float(line))


async def main(bootstrap: str, topic: str, partition: int, path: str, rows: int, seed: int, broken_file: str) -> None:
    producer = await started(bootstrap)
    shares: asyncio.Queue[float] = asyncio.Queue()
    threading.Thread(target=allowances, args=(asyncio.get_running_loop(), shares), daemon=True).start()
    counts: Counter[str] = Counter()
    waiting = []
    allowed, sent = 0.0, 0
    with open(broken_file, "wb") as broken:
        for kind, dialect, raw in schedule(path, rows, partition, seed):
            while sent >= allowed:
                share = await shares.get()
                allowed = float("inf") if share >= 1 else share * rows / len(DIALECTS)
            counts[kind] += 1
            sent += 1
            if kind == "broken":
                broken.write(base64.b64encode(raw) + b"\n")
            waiting.append(await producer.send(topic, raw, partition=partition, headers=[("dialect", dialect.encode())]))
            if len(waiting) == WAITING_MAX:
                await asyncio.gather(*waiting)
                waiting.clear()
        await asyncio.gather(*waiting)
    await producer.stop()
    print(counts["flight"], counts["duplicate"], counts["broken"], flush=True)


_, BOOTSTRAP, TOPIC, PARTITION, PARQUET, ROWS, SEED, BROKEN_FILE = sys.argv
asyncio.run(main(BOOTSTRAP, TOPIC, int(PARTITION), PARQUET, int(ROWS), int(SEED), BROKEN_FILE))
