"""Copies records with confluent-kafka, each batch in one transaction with its offsets. Runs until it is killed; what it cannot mend ends it."""

import os
import sys

from confluent_kafka import Consumer, KafkaException, Producer

SOURCE, TARGET, NAME, BOOTSTRAP = sys.argv[1:]
SECONDS = 20
# First the producer: its start ends what an earlier life left open, and only then are the group's offsets final.
producer = Producer({"bootstrap.servers": BOOTSTRAP, "transactional.id": NAME, "transaction.timeout.ms": 20_000, "log_level": 0})
producer.init_transactions(SECONDS)
consumer = Consumer(
    {
        "bootstrap.servers": BOOTSTRAP,
        "group.id": NAME,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        "session.timeout.ms": 1_000,
        "heartbeat.interval.ms": 200,
        "log_level": 0,
    }
)
consumer.subscribe([SOURCE])


def rewind():
    for partition in consumer.committed(consumer.assignment(), SECONDS):
        if partition.offset < 0:
            partition.offset = 0
        consumer.seek(partition)


while True:
    messages = [message for message in consumer.consume(100, 0.2) if message.error() is None]
    if not messages:
        continue
    producer.begin_transaction()
    try:
        for message in messages:
            producer.produce(TARGET, b"copy " + message.value())
        producer.send_offsets_to_transaction(consumer.position(consumer.assignment()), consumer.consumer_group_metadata(), SECONDS)
        while True:
            try:
                producer.commit_transaction(SECONDS)
                break
            except KafkaException as error:
                if not error.args[0].retriable():
                    raise
    except KafkaException as error:
        print(f"again after {error}", file=sys.stderr, flush=True)
        if error.args[0].fatal() or not error.args[0].txn_requires_abort():
            os._exit(3)
        try:
            producer.abort_transaction(SECONDS)
            rewind()
        except KafkaException as failed:
            print(f"fatal {failed}", file=sys.stderr, flush=True)
            os._exit(3)
