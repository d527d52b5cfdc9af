"""aiokafka: topics, every compression, headers, timestamps, an idempotent producer, a group that commits and resumes."""

import asyncio
import logging
import os
import sys
import time

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic

BOOTSTRAP = sys.argv[1]
TOPIC = f"aiokafka-{int(time.time() * 1000)}"
CODECS = [None, "gzip", "snappy", "lz4", "zstd"]
warnings: list[str] = []


class Collect(logging.Handler):
    def emit(self, record):
        if record.levelno >= logging.WARNING:
            warnings.append(record.getMessage())


async def produce(topic, codec, count, idempotent=False):
    producer = AIOKafkaProducer(bootstrap_servers=BOOTSTRAP, compression_type=codec, enable_idempotence=idempotent)
    await producer.start()
    for n in range(count):
        await producer.send(topic, f"{codec}-{n}".encode(), key=f"k{n}".encode(), headers=[("h", b"x")], timestamp_ms=1_700_000_000_000 + n)
    await producer.stop()


async def read(group, count):
    consumer = AIOKafkaConsumer(TOPIC, bootstrap_servers=BOOTSTRAP, group_id=group, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    got = []
    while len(got) < count:
        for records in (await consumer.getmany(timeout_ms=500)).values():
            got.extend(records)
    await consumer.commit()
    await consumer.stop()
    return got


async def main():
    logging.getLogger("aiokafka").addHandler(Collect())
    admin = AIOKafkaAdminClient(bootstrap_servers=BOOTSTRAP)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, num_partitions=2, replication_factor=1)])
    await admin.create_partitions({TOPIC: NewPartitions(total_count=3)})
    described = await admin.describe_topics([TOPIC])
    assert len(described[0]["partitions"]) == 3, described
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
    found = await consumer.offsets_for_times({partition: 1_700_000_000_000 for partition in partitions})
    assert all(offset is None or offset.offset == 0 for offset in found.values()), found
    await consumer.stop()
    warnings.clear()
    await produce(f"{TOPIC}-auto", None, 1)
    # Apache Kafka answers an auto-created topic's first metadata with an error; aiokafka warns and tries again.
    if os.environ.get("COMPAT_TARGET") != "kafka":
        assert warnings == [], warnings
    await admin.delete_topics([TOPIC, f"{TOPIC}-auto"])
    assert TOPIC not in await admin.list_topics()
    await admin.close()
    print("topics, all compressions, headers, timestamps, idempotent producer, group resumes, offsets by time, first contact")


asyncio.run(main())
