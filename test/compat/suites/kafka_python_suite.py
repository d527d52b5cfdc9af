"""kafka-python: topics, every compression, headers, an idempotent producer, a group that commits and resumes, first contact."""

import sys
import time
from importlib.metadata import version

from first_contact import IS_GREGOR, ROUNDS, FirstContact
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import InvalidReplicationFactorError

BOOTSTRAP = sys.argv[1]
TOPIC = f"kafka-python-{int(time.time() * 1000)}"
CODECS = [None, "gzip", "snappy", "lz4", "zstd"]
# Short polls keep kafka-python's join from ever ending, against Apache Kafka too.
POLL_MS = 200


def produce(codec, count, **options):
    producer = KafkaProducer(bootstrap_servers=BOOTSTRAP, compression_type=codec, acks="all", **options)
    for n in range(count):
        producer.send(TOPIC, f"{codec}-{n}".encode(), key=f"k{n}".encode(), headers=[("h", b"x")])
    producer.flush()
    producer.close()


def consumer_of(topic):
    return KafkaConsumer(
        topic, bootstrap_servers=BOOTSTRAP, group_id=f"{topic}-group", auto_offset_reset="earliest", enable_auto_commit=False
    )


def read(consumer, count):
    got = []
    while len(got) < count:
        for records in consumer.poll(timeout_ms=500).values():
            got.extend(records)
    return got


def read_and_commit(count):
    consumer = consumer_of(TOPIC)
    got = read(consumer, count)
    consumer.commit()
    consumer.close()
    return got


def first_record(topic, contact, consumer_first):
    contact.begin()
    consumer = consumer_of(topic)
    while consumer_first and not consumer.assignment():
        consumer.poll(timeout_ms=POLL_MS)
    producer = KafkaProducer(bootstrap_servers=BOOTSTRAP)
    producer.send(topic, b"first").get(20)
    assert read(consumer, 1)[0].value == b"first"
    contact.end(topic)
    producer.close()
    consumer.close()


def first_contact(admin):
    told = []
    for consumer_first in (False, True):
        contact = FirstContact("consumer first" if consumer_first else "producer first", "kafka")
        for n in range(ROUNDS):
            name = f"{TOPIC}-{consumer_first}-{n}"
            admin.create_topics([NewTopic(f"{name}-existing", num_partitions=1, replication_factor=1)])
            for topic in (f"{name}-existing", f"{name}-new"):
                first_record(topic, contact, consumer_first)
        told.append(contact.told())
    return "; ".join(told)


def asks_for_three(admin):
    try:
        admin.create_topics([NewTopic(f"{TOPIC}-three", num_partitions=1, replication_factor=3)])
        return True
    except InvalidReplicationFactorError:
        return False


admin = KafkaAdminClient(bootstrap_servers=BOOTSTRAP)
admin.create_topics([NewTopic(TOPIC, num_partitions=3, replication_factor=1)])
assert len(admin.describe_topics([TOPIC])[0]["partitions"]) == 3
assert asks_for_three(admin) == IS_GREGOR
for codec in CODECS:
    produce(codec, 20)
produce(None, 20, enable_idempotence=True)
got = read_and_commit(120)
assert len(got) == 120 and {record.value for record in got} == {f"{codec}-{n}".encode() for codec in CODECS for n in range(20)}
assert all(record.headers == [("h", b"x")] for record in got), got[0].headers
produce("gzip", 3)
assert len(read_and_commit(3)) == 3
consumer = KafkaConsumer(bootstrap_servers=BOOTSTRAP)
partitions = [TopicPartition(TOPIC, n) for n in range(3)]
assert sum(consumer.end_offsets(partitions).values()) == 123
assert set(consumer.beginning_offsets(partitions).values()) == {0}
consumer.close()
contact = first_contact(admin)
admin.delete_topics([TOPIC])
assert TOPIC not in admin.list_topics()
admin.close()
print(
    f"kafka-python {version('kafka-python')}: topics, all compressions, headers, idempotent producer, group resumes, offsets; {contact}"
)
