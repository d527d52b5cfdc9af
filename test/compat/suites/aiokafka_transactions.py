"""aiokafka in transactions: commits and aborts, what each isolation level sees, consume–process–produce, a fenced zombie."""

import asyncio
import logging
import sys
import time

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import ProducerFenced
from first_contact import IS_GREGOR

BOOTSTRAP = sys.argv[1]
NAME = f"aiokafka-transactions-{int(time.time() * 1000)}"
COUNT = 50
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


async def read(topic, isolation_level, quiet_ms=700):
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=BOOTSTRAP, auto_offset_reset="earliest", isolation_level=isolation_level)
    await consumer.start()
    values = []
    while True:
        batches = await consumer.getmany(timeout_ms=quiet_ms)
        if not batches:
            break
        for records in batches.values():
            values += [record.value.decode() for record in records]
    await consumer.stop()
    return sorted(values)


async def copy(producer, source, target, group):
    consumer = AIOKafkaConsumer(
        source, bootstrap_servers=BOOTSTRAP, group_id=group, auto_offset_reset="earliest", enable_auto_commit=False, isolation_level="read_committed"
    )
    await consumer.start()
    done = 0
    while done < COUNT:
        batches = await consumer.getmany(timeout_ms=500, max_records=10)
        if not batches:
            continue
        async with producer.transaction():
            offsets = {}
            for partition, records in batches.items():
                for record in records:
                    await producer.send(target, b"copy " + record.value)
                offsets[partition] = records[-1].offset + 1
                done += len(records)
            await producer.send_offsets_to_transaction(offsets, group)
    committed = await consumer.committed(TopicPartition(source, 0))
    # Kafka writes its markers behind the answer, and aiokafka does not ask for stable offsets. On Gregor they are there at once.
    until = time.monotonic() + (0 if IS_GREGOR else 10)
    while committed != COUNT and time.monotonic() < until:
        await asyncio.sleep(0.05)
        committed = await consumer.committed(TopicPartition(source, 0))
    await consumer.stop()
    return committed


async def main():
    producer = AIOKafkaProducer(bootstrap_servers=BOOTSTRAP, transactional_id=NAME)
    await producer.start()
    for n in range(10):
        async with producer.transaction():
            await producer.send_and_wait(NAME, f"committed {n}".encode())
    for n in range(3):
        try:
            async with producer.transaction():
                await producer.send_and_wait(NAME, f"aborted {n}".encode())
                raise ValueError
        except ValueError:
            pass
    committed = [f"committed {n}" for n in range(10)]
    assert await read(NAME, "read_committed") == committed
    assert await read(NAME, "read_uncommitted") == sorted(committed + [f"aborted {n}" for n in range(3)])

    plain = AIOKafkaProducer(bootstrap_servers=BOOTSTRAP)
    await plain.start()
    for n in range(COUNT):
        await plain.send_and_wait(f"{NAME}-in", str(n).encode())
    await plain.stop()
    assert await copy(producer, f"{NAME}-in", f"{NAME}-out", f"{NAME}-group") == COUNT
    assert await read(f"{NAME}-out", "read_committed") == sorted(f"copy {n}" for n in range(COUNT))

    young = AIOKafkaProducer(bootstrap_servers=BOOTSTRAP, transactional_id=NAME)
    await young.start()
    try:
        async with producer.transaction():
            await producer.send_and_wait(NAME, b"zombie")
        raise AssertionError("the old instance was not fenced")
    except ProducerFenced:
        pass
    async with young.transaction():
        await young.send_and_wait(NAME, b"young")
    await young.stop()
    await asyncio.gather(producer.stop(), return_exceptions=True)
    assert await read(NAME, "read_committed") == sorted(committed + ["young"])
    print("commits, aborts, both isolation levels, consume–process–produce, a fenced zombie")


asyncio.run(main())
