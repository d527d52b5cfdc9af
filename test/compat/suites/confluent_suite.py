"""confluent-kafka (librdkafka): topics, every compression, headers, an idempotent producer, groups, offsets by time."""

import sys
import time

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType

BOOTSTRAP = sys.argv[1]
TOPIC = f"confluent-{int(time.time() * 1000)}"
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


def produce(codec, count, **options):
    failures = []
    producer = Producer({"bootstrap.servers": BOOTSTRAP, "compression.type": codec, **options})
    for n in range(count):
        producer.produce(
            TOPIC, f"{codec}-{n}".encode(), key=f"k{n}".encode(), headers=[("h", b"x")], on_delivery=lambda e, _: e and failures.append(e)
        )
    assert producer.flush(30) == 0 and not failures, failures


def read(count):
    consumer = Consumer(
        {"bootstrap.servers": BOOTSTRAP, "group.id": f"{TOPIC}-group", "auto.offset.reset": "earliest", "enable.auto.commit": False}
    )
    consumer.subscribe([TOPIC])
    got = []
    while len(got) < count:
        message = consumer.poll(1.0)
        if message is not None:
            assert message.error() is None, message.error()
            got.append(message.value())
    consumer.commit(asynchronous=False)
    consumer.close()
    return got


admin = AdminClient({"bootstrap.servers": BOOTSTRAP})
for future in admin.create_topics([NewTopic(TOPIC, num_partitions=3, replication_factor=1)]).values():
    future.result(10)
for future in admin.describe_configs([ConfigResource(ResourceType.TOPIC, TOPIC)]).values():
    assert future.result(10)["retention.ms"].value == "604800000"
for codec in CODECS:
    produce(codec, 20)
produce("none", 20, **{"enable.idempotence": True})
got = read(120)
assert set(got) == {f"{codec}-{n}".encode() for codec in CODECS for n in range(20)}
produce("lz4", 3)
assert len(read(3)) == 3
consumer = Consumer({"bootstrap.servers": BOOTSTRAP, "group.id": "unused"})
assert sum(consumer.get_watermark_offsets(TopicPartition(TOPIC, n))[1] for n in range(3)) == 123
found = consumer.offsets_for_times([TopicPartition(TOPIC, n, 0) for n in range(3)])
assert all(partition.offset == 0 for partition in found), found
consumer.close()
for future in admin.delete_topics([TOPIC]).values():
    future.result(10)
print("topics, configs, all compressions, headers, idempotent producer, group resumes, offsets by time")
