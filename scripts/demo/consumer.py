"""One member of the reading group: prints `partition offset row` for every record, and commits as it goes.

Usage: consumer.py BOOTSTRAP TOPIC GROUP
Runs until it is told to end (SIGTERM).
"""

import asyncio
import json
import signal
import sys

from aiokafka import AIOKafkaConsumer


async def main(bootstrap: str, topic: str, group: str) -> None:
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        auto_commit_interval_ms=500,
        retry_backoff_ms=50,
    )
    await consumer.start()
    ended = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    while not ended.is_set():
        batches = await consumer.getmany(timeout_ms=200, max_records=5_000)
        lines = [
            f"{record.partition} {record.offset} {json.loads(record.value)['row']}"
            for records in batches.values()
            for record in records
        ]
        if lines:
            print("\n".join(lines), flush=True)
    await consumer.stop()


asyncio.run(main(*sys.argv[1:]))
