"""Sends airports.csv as a table: one record for each airport, keyed by its code. Usage: airports.py BOOTSTRAP TOPIC CSV"""

import asyncio
import csv
import json
import sys

from aiokafka import AIOKafkaProducer

# A table is asked for what it held at the time of a record: the airports were there before the first flight.
SINCE_MS = 946_684_800_000


async def main(bootstrap: str, topic: str, path: str) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, linger_ms=5) as producer:
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        sent = [await producer.send(topic, json.dumps(row).encode(), key=row["iata"].encode(), timestamp_ms=SINCE_MS) for row in rows]
        await asyncio.gather(*sent)


asyncio.run(main(*sys.argv[1:]))
