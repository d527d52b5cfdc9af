"""confluent-kafka in transactions: commits and aborts, both isolation levels, consume–process–produce, a fenced zombie."""

import sys
import time

from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

BOOTSTRAP = {"bootstrap.servers": sys.argv[1]}
NAME = f"confluent-transactions-{int(time.time() * 1000)}"
COUNT = 50
SECONDS = 20


def transactional():
    producer = Producer({**BOOTSTRAP, "transactional.id": NAME, "log_level": 0})
    producer.init_transactions(SECONDS)
    return producer


def read(topic, isolation, count):
    consumer = Consumer({**BOOTSTRAP, "group.id": f"{topic}-{isolation}", "auto.offset.reset": "earliest", "isolation.level": isolation})
    consumer.subscribe([topic])
    values, until = [], time.time() + SECONDS
    while len(values) < count and time.time() < until:
        values += [message.value().decode() for message in consumer.consume(100, 0.5)]
    values += [message.value().decode() for message in consumer.consume(100, 1.0)]
    consumer.close()
    return sorted(values)


admin = AdminClient(BOOTSTRAP)
for future in admin.create_topics([NewTopic(topic, 2, 1) for topic in (NAME, f"{NAME}-in", f"{NAME}-out")]).values():
    future.result()
producer = transactional()
for n in range(10):
    producer.begin_transaction()
    producer.produce(NAME, f"committed {n}")
    producer.commit_transaction(SECONDS)
for n in range(3):
    producer.begin_transaction()
    producer.produce(NAME, f"aborted {n}")
    producer.flush()
    producer.abort_transaction(SECONDS)
committed = [f"committed {n}" for n in range(10)]
assert read(NAME, "read_committed", 10) == committed
assert read(NAME, "read_uncommitted", 13) == sorted(committed + [f"aborted {n}" for n in range(3)])

plain = Producer(BOOTSTRAP)
for n in range(COUNT):
    plain.produce(f"{NAME}-in", str(n))
plain.flush()
consumer = Consumer({**BOOTSTRAP, "group.id": NAME, "auto.offset.reset": "earliest", "enable.auto.commit": False, "isolation.level": "read_committed"})
consumer.subscribe([f"{NAME}-in"])
done = 0
while done < COUNT:
    messages = consumer.consume(10, 1.0)
    if not messages:
        continue
    producer.begin_transaction()
    for message in messages:
        producer.produce(f"{NAME}-out", b"copy " + message.value())
    producer.send_offsets_to_transaction(consumer.position(consumer.assignment()), consumer.consumer_group_metadata(), SECONDS)
    producer.commit_transaction(SECONDS)
    done += len(messages)
offsets = [partition.offset for partition in consumer.committed(consumer.assignment())]
assert sum(offset for offset in offsets if offset > 0) == COUNT, offsets
consumer.close()
assert read(f"{NAME}-out", "read_committed", COUNT) == sorted(f"copy {n}" for n in range(COUNT))

young = transactional()
try:
    producer.begin_transaction()
    producer.produce(NAME, "zombie")
    producer.commit_transaction(SECONDS)
    raise AssertionError("the old instance was not fenced")
except KafkaException as fenced:
    assert fenced.args[0].fatal(), fenced
young.begin_transaction()
young.produce(NAME, "young")
young.commit_transaction(SECONDS)
assert read(NAME, "read_committed", 11)[-1] == "young"
print("commits, aborts, both isolation levels, consume–process–produce, a fenced zombie")
