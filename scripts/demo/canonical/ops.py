"""Sends every third flight in the dialect of operations through an idempotent, canonical aiokafka producer.

Usage: ops.py BOOTSTRAP TOPIC PARTITION PARQUET ROWS. Prints the number of records and the SHA-256 of all raw values.
"""

import asyncio
import hashlib
import json
import sys
from pathlib import Path

from aiokafka import AIOKafkaProducer
from rows import flights

sys.path.insert(0, str(Path(__file__).parents[3] / "python"))
from gregor_log.producer import CanonicalProducer  # noqa: E402

WAITING_MAX = 5_000


async def main(bootstrap: str, topic: str, partition: int, path: str, rows: int) -> None:
    plain = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, linger_ms=5, max_batch_size=131_072)
    digest, count, waiting = hashlib.sha256(), 0, []
    async with CanonicalProducer(plain, "flight@1/ops") as producer:
        for row, date, delay, distance, origin, destination in flights(path, rows):
            if row % 3 != 0:
                continue
            when = f"{date:%Y-%m-%d %H:%M}"
            flight = {"row": row, "FL_DATE": when, "DEP_DELAY": delay, "DISTANCE": distance, "ORIGIN": origin}
            raw = json.dumps({**flight, "DEST": destination}).encode()
            digest.update(raw)
            count += 1
            waiting.append(await producer.send(topic, raw, partition=partition))
            if len(waiting) == WAITING_MAX:
                await asyncio.gather(*waiting)
                waiting.clear()
        await asyncio.gather(*waiting)
    print(count, digest.hexdigest())


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5])))
