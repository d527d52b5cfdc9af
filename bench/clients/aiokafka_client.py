"""aiokafka as other people's programs use it: `produce|consume BOOTSTRAP TOPIC RECORDS BYTES GROUP`, prints {"records", "seconds"}.

produce: record by record, acks=all, until all are acknowledged. consume: a group of one from the start of the topic; the time
counts from its first records.
"""
import asyncio
import json
import os
import sys
import time

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

PENDING_MAX = 10_000
AT_ONCE = 1_000


async def produce(bootstrap, topic, records, size):
    value = os.urandom(size)
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        began = time.perf_counter()
        pending = []
        for _ in range(records):
            pending.append(await producer.send(topic, value))
            if len(pending) >= PENDING_MAX:
                await asyncio.gather(*pending)
                pending.clear()
        await asyncio.gather(*pending)
        return time.perf_counter() - began


async def consume(bootstrap, topic, records, group):
    settings = {"bootstrap_servers": bootstrap, "group_id": group, "auto_offset_reset": "earliest"}
    async with AIOKafkaConsumer(topic, **settings) as consumer:
        seen = 0
        began = None
        while seen < records:
            found = await consumer.getmany(timeout_ms=1_000, max_records=AT_ONCE)
            count = sum(len(batch) for batch in found.values())
            if count and began is None:
                began = time.perf_counter()
            seen += count
        return time.perf_counter() - began


async def main():
    what, bootstrap, topic, records, size, group = sys.argv[1:]
    if what == "produce":
        seconds = await produce(bootstrap, topic, int(records), int(size))
    else:
        seconds = await consume(bootstrap, topic, int(records), group)
    print(json.dumps({"records": int(records), "seconds": seconds}))


asyncio.run(main())
