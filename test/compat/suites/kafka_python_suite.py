"""kafka-python: topics, every compression, headers, an idempotent producer, a group that commits and resumes."""

import sys
import time

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

BOOTSTRAP = sys.argv[1]
TOPIC = f"kafka-python-{int(time.time() * 1000)}"
CODECS = [None, "gzip", "snappy", "lz4", "zstd"]


def produce(codec, count, **options):
    producer = KafkaProducer(bootstrap_servers=BOOTSTRAP, compression_type=codec, acks="all", **options)
    for n in range(count):
        producer.send(TOPIC, f"{codec}-{n}".encode(), key=f"k{n}".encode(), headers=[("h", b"x")])
    producer.flush()
    producer.close()


def read(count):
    consumer = KafkaConsumer(
        TOPIC, bootstrap_servers=BOOTSTRAP, group_id=f"{TOPIC}-group", auto_offset_reset="earliest", enable_auto_commit=False
    )
    got = []
    while len(got) < count:
        for records in consumer.poll(timeout_ms=500).values():
            got.extend(records)
    consumer.commit()
    consumer.close()
    return got


admin = KafkaAdminClient(bootstrap_servers=BOOTSTRAP)
admin.create_topics([NewTopic(TOPIC, num_partitions=3, replication_factor=1)])
for codec in CODECS:
    produce(codec, 20)
produce(None, 20, enable_idempotence=True)
got = read(120)
assert len(got) == 120 and {record.value for record in got} == {f"{codec}-{n}".encode() for codec in CODECS for n in range(20)}
produce("gzip", 3)
assert len(read(3)) == 3
consumer = KafkaConsumer(bootstrap_servers=BOOTSTRAP)
partitions = [TopicPartition(TOPIC, n) for n in range(3)]
assert sum(consumer.end_offsets(partitions).values()) == 123
assert set(consumer.beginning_offsets(partitions).values()) == {0}
consumer.close()
admin.delete_topics([TOPIC])
assert TOPIC not in admin.list_topics()
admin.close()
print("topics, all compressions, headers, idempotent producer, group resumes, offsets")
