"""
A producer that is killed and run again: it reads orders from its source, and sends each on as a record of `target`.

    plain           sends, then notes how far it has come
    idempotent      the same with enable_idempotence=True
    transactional   sends and notes how far it has come in one transaction
"""

import asyncio
import logging
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

BOOTSTRAP, MODE, SOURCE, TARGET = sys.argv[1:]
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
SETTINGS = {"plain": {}, "idempotent": {"enable_idempotence": True}, "transactional": {"transactional_id": TARGET}}


async def send(producer, batches):
    for records in batches.values():
        for record in records:
            await producer.send(TARGET, record.value)
    await producer.flush()


async def main():
    # The transactional producer first: its start ends what an earlier life left open, and only then is its position final.
    producer = AIOKafkaProducer(bootstrap_servers=BOOTSTRAP, **SETTINGS[MODE])
    await producer.start()
    source = AIOKafkaConsumer(
        SOURCE, bootstrap_servers=BOOTSTRAP, group_id=TARGET, auto_offset_reset="earliest", enable_auto_commit=False, session_timeout_ms=1_000, heartbeat_interval_ms=200
    )
    await source.start()
    while True:
        batches = await source.getmany(timeout_ms=100, max_records=100)
        if not batches:
            continue
        position = {partition: records[-1].offset + 1 for partition, records in batches.items()}
        if MODE == "transactional":
            async with producer.transaction():
                await send(producer, batches)
                await producer.send_offsets_to_transaction(position, TARGET)
        else:
            await send(producer, batches)
            await asyncio.sleep(0.02)  # it does something with the answer; here it is killed most often
            await source.commit(position)


asyncio.run(main())
