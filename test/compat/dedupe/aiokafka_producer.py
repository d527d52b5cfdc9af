"""Sends one record for each id, as its key: BOOTSTRAP TOPIC plain|idempotent|commit|abort ID..."""

import asyncio
import sys

from aiokafka import AIOKafkaProducer

BOOTSTRAP, TOPIC, MODE, *IDS = sys.argv[1:]
SETTINGS = {"plain": {}, "idempotent": {"enable_idempotence": True}}.get(MODE, {"transactional_id": f"{TOPIC}-{MODE}"})


async def main():
    producer = AIOKafkaProducer(bootstrap_servers=BOOTSTRAP, compression_type="gzip", linger_ms=5, **SETTINGS)
    await producer.start()
    if MODE in ("commit", "abort"):
        await producer.begin_transaction()
    sent = [await producer.send(TOPIC, b"aiokafka", key=one.encode()) for one in IDS]
    await producer.flush()
    for answer in await asyncio.gather(*sent):
        assert answer.offset >= 0
    if MODE == "commit":
        await producer.commit_transaction()
    if MODE == "abort":
        await producer.abort_transaction()
    await producer.stop()


asyncio.run(main())
