"""Sends every third flight in the dialect of operations through an idempotent, canonical aiokafka producer.

Usage: ops.py BOOTSTRAP TOPIC PARTITION PARQUET ROWS. Prints a line of JSON: how many, the SHA-256 of all raw values, processor seconds.
"""

import asyncio
import hashlib
import json
import sys
import time
from pathlib import Path

from aiokafka import AIOKafkaProducer
from rows import flights

sys.path.insert(0, str(Path(__file__).parents[3] / "python"))
from gregor_log.producer import CanonicalProducer  # noqa: E402

WAITING_MAX = 5_000
FIRST = 0


async def main(bootstrap: str, topic: str, partition: int, path: str, rows: int) -> None:
    plain = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, linger_ms=5, max_batch_size=131_072)
    digest, count, waiting = hashlib.sha256(), 0, []
    async with CanonicalProducer(plain, "flight@1/ops") as producer:
        for columns in flights(path, rows, FIRST):
            for row, departure, delay, miles, origin, destination in columns:
                flight = {"row": row, "FL_DATE": departure, "DEP_DELAY": delay, "DISTANCE": miles}
                raw = json.dumps({**flight, "ORIGIN": origin, "DEST": destination}).encode()
                digest.update(raw + b"\n")
                count += 1
                waiting.append(await producer.send(topic, raw, partition=partition))
                if len(waiting) == WAITING_MAX:
                    await asyncio.gather(*waiting)
                    waiting.clear()
        await asyncio.gather(*waiting)
    print(json.dumps({"count": count, "digest": digest.hexdigest(), "cpuSeconds": time.process_time()}))


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5])))
