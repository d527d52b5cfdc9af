"""confluent-kafka (librdkafka): topics, every compression, headers, an idempotent producer, groups, offsets by time, first contact."""

import logging
import sys
import time

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicCollection, TopicPartition, libversion, version
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType
from first_contact import IS_GREGOR, ROUNDS, FirstContact

BOOTSTRAP = sys.argv[1]
TOPIC = f"confluent-{int(time.time() * 1000)}"
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
LOGGED = {"bootstrap.servers": BOOTSTRAP, "logger": logging.getLogger("confluent")}


def produce(codec, count, **options):
    failures = []
    producer = Producer({"bootstrap.servers": BOOTSTRAP, "compression.type": codec, **options})
    for n in range(count):
        producer.produce(
            TOPIC, f"{codec}-{n}".encode(), key=f"k{n}".encode(), headers=[("h", b"x")], on_delivery=lambda e, _: e and failures.append(e)
        )
    assert producer.flush(30) == 0 and not failures, failures


def consumer_of(topic):
    consumer = Consumer({**LOGGED, "group.id": f"{topic}-group", "auto.offset.reset": "earliest", "enable.auto.commit": False})
    consumer.subscribe([topic])
    return consumer


def read(consumer, count):
    got = []
    while len(got) < count:
        message = consumer.poll(1.0)
        if message is not None:
            assert message.error() is None, message.error()
            got.append(message)
    return got


def read_and_commit(count):
    consumer = consumer_of(TOPIC)
    got = read(consumer, count)
    consumer.commit(asynchronous=False)
    consumer.close()
    return got


def first_record(topic, contact):
    contact.begin()
    producer = Producer(LOGGED)
    failures = []
    producer.produce(topic, b"first", on_delivery=lambda e, _: e and failures.append(e))
    assert producer.flush(20) == 0 and not failures, failures
    consumer = consumer_of(topic)
    assert read(consumer, 1)[0].value() == b"first"
    contact.end(topic)
    consumer.close()


def first_contact(admin):
    """Producer first alone: a consumer of librdkafka does not look again for a topic it asked for (Apache Kafka: the same)."""
    contact = FirstContact("producer first", "confluent")
    for n in range(ROUNDS):
        existing, new = f"{TOPIC}-{n}-existing", f"{TOPIC}-{n}-new"
        admin.create_topics([NewTopic(existing, 1, 1)])[existing].result(10)
        first_record(existing, contact)
        first_record(new, contact)
    return contact.told()


def asks_for_three(admin):
    try:
        admin.create_topics([NewTopic(f"{TOPIC}-three", 1, 3)])[f"{TOPIC}-three"].result(10)
        return True
    except KafkaException as error:
        assert error.args[0].code() == KafkaError.INVALID_REPLICATION_FACTOR, error
        return False


admin = AdminClient({"bootstrap.servers": BOOTSTRAP})
admin.create_topics([NewTopic(TOPIC, num_partitions=3, replication_factor=1)])[TOPIC].result(10)
described = admin.describe_topics(TopicCollection([TOPIC]))[TOPIC].result(10)
assert len(described.partitions) == 3, described
assert asks_for_three(admin) == IS_GREGOR
for future in admin.describe_configs([ConfigResource(ResourceType.TOPIC, TOPIC)]).values():
    assert future.result(10)["retention.ms"].value == "604800000"
for codec in CODECS:
    produce(codec, 20)
produce("none", 20, **{"enable.idempotence": True})
got = read_and_commit(120)
assert {message.value() for message in got} == {f"{codec}-{n}".encode() for codec in CODECS for n in range(20)}
assert all(message.headers() == [("h", b"x")] for message in got)
produce("lz4", 3)
assert len(read_and_commit(3)) == 3
consumer = Consumer({"bootstrap.servers": BOOTSTRAP, "group.id": "unused"})
assert sum(consumer.get_watermark_offsets(TopicPartition(TOPIC, n))[1] for n in range(3)) == 123
found = consumer.offsets_for_times([TopicPartition(TOPIC, n, 0) for n in range(3)])
assert all(partition.offset == 0 for partition in found), found
consumer.close()
contact = first_contact(admin)
admin.delete_topics([TOPIC])[TOPIC].result(10)
assert TOPIC not in admin.list_topics(timeout=10).topics
print(
    f"confluent-kafka {version()} on librdkafka {libversion()[0]}: topics, settings, all compressions, headers, idempotent producer,"
    f" group resumes, offsets by time; {contact}"
)
