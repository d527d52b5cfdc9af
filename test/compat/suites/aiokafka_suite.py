"""aiokafka: topics, every compression, headers, timestamps, an idempotent producer, a group that commits and resumes, first contact."""

import asyncio
import sys
import time
from importlib.metadata import version

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from first_contact import IS_GREGOR, ROUNDS, FirstContact

BOOTSTRAP = sys.argv[1]
TOPIC = f"aiokafka-{int(time.time() * 1000)}"
# Not long ago: the first look of the retention, 30 s after the broker's start, would delete the records.
FIRST_TIMESTAMP = int(time.time() * 1000) - 60_000
CODECS = [None, "gzip", "snappy", "lz4", "zstd"]


async def produce(topic, codec, count, idempotent=False):
    producer = AIOKafkaProducer(bootstrap_servers=BOOTSTRAP, compression_type=codec, enable_idempotence=idempotent)
    await producer.start()
    for n in range(count):
        await producer.send(topic, f"{codec}-{n}".encode(), key=f"k{n}".encode(), headers=[("h", b"x")], timestamp_ms=FIRST_TIMESTAMP + n)
    await producer.stop()


def consumer_of(topic, group):
    return AIOKafkaConsumer(topic, bootstrap_servers=BOOTSTRAP, group_id=group, auto_offset_reset="earliest", enable_auto_commit=False)


async def read(group, count):
    consumer = consumer_of(TOPIC, group)
    await consumer.start()
    got = []
    while len(got) < count:
        for records in (await consumer.getmany(timeout_ms=500)).values():
            got.extend(records)
    await consumer.commit()
    await consumer.stop()
    return got


async def first_record(topic, contact, consumer_first):
    contact.begin()
    producer = AIOKafkaProducer(bootstrap_servers=BOOTSTRAP)
    consumer = consumer_of(topic, f"{topic}-group")
    if consumer_first:
        await consumer.start()
    await producer.start()
    await producer.send_and_wait(topic, b"first")
    if not consumer_first:
        await consumer.start()
    assert (await consumer.getone()).value == b"first"
    contact.end(topic)
    await producer.stop()
    await consumer.stop()


async def first_contact(admin):
    told = []
    for consumer_first in (False, True):
        contact = FirstContact("consumer first" if consumer_first else "producer first", "aiokafka")
        for n in range(ROUNDS):
            name = f"{TOPIC}-{consumer_first}-{n}"
            await admin.create_topics([NewTopic(f"{name}-existing", num_partitions=1, replication_factor=1)])
            for topic in (f"{name}-existing", f"{name}-new"):
                await first_record(topic, contact, consumer_first)
        told.append(contact.told())
    return "; ".join(told)


async def main():
    admin = AIOKafkaAdminClient(bootstrap_servers=BOOTSTRAP)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, num_partitions=2, replication_factor=1)])
    await admin.create_partitions({TOPIC: NewPartitions(total_count=3)})
    described = await admin.describe_topics([TOPIC])
    for _ in range(0 if IS_GREGOR else 100):  # Gregor must know what it acknowledged; Kafka's brokers learn of it a little later
        if len(described[0]["partitions"]) == 3:
            break
        await asyncio.sleep(0.02)
        described = await admin.describe_topics([TOPIC])
    assert len(described[0]["partitions"]) == 3, described
    asked = await admin.create_topics([NewTopic(f"{TOPIC}-three", num_partitions=1, replication_factor=3)])
    assert (asked.topic_errors[0][1] == 0) == IS_GREGOR, asked
    for codec in CODECS:
        await produce(TOPIC, codec, 20)
    await produce(TOPIC, None, 20, idempotent=True)
    got = await read(f"{TOPIC}-group", 120)
    assert len(got) == 120 and all(record.headers == (("h", b"x"),) for record in got)
    assert {record.value for record in got} == {f"{codec}-{n}".encode() for codec in CODECS for n in range(20)}
    await produce(TOPIC, "lz4", 3)
    assert len(await read(f"{TOPIC}-group", 3)) == 3
    consumer = AIOKafkaConsumer(bootstrap_servers=BOOTSTRAP)
    await consumer.start()
    partitions = [TopicPartition(TOPIC, n) for n in range(3)]
    ends = await consumer.end_offsets(partitions)
    assert sum(ends.values()) == 123, ends
    found = await consumer.offsets_for_times({partition: FIRST_TIMESTAMP for partition in partitions})
    assert all(offset is None or offset.offset == 0 for offset in found.values()), found
    await consumer.stop()
    contact = await first_contact(admin)
    await admin.delete_topics([TOPIC])
    assert TOPIC not in await admin.list_topics()
    await admin.close()
    print(f"aiokafka {version('aiokafka')}: topics, all compressions, headers, timestamps, idempotent producer, group resumes, offsets by time; {contact}")


asyncio.run(main())
