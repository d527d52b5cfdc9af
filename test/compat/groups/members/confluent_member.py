"""A group member that tells what it does as JSON lines: confluent-kafka (librdkafka), classic, cooperative or consumer protocol."""

import json
import signal
import sys

from confluent_kafka import Consumer, KafkaException

bootstrap, topic, group, protocol, instance = (sys.argv[1:] + ["", ""])[:5]
running = True


def stop(_signal, _frame):
    global running
    running = False


signal.signal(signal.SIGTERM, stop)


def tell(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def names(partitions):
    return [f"{p.topic}/{p.partition}" for p in partitions]


settings = {
    "bootstrap.servers": bootstrap,
    "group.id": group,
    "auto.offset.reset": "earliest",
    "enable.auto.commit": False,
    "topic.metadata.refresh.interval.ms": 1000,
    "metadata.max.age.ms": 2000,
}
if protocol == "consumer":
    settings["group.protocol"] = "consumer"
else:
    settings["session.timeout.ms"] = 6000
    settings["heartbeat.interval.ms"] = 1000
    settings["partition.assignment.strategy"] = "cooperative-sticky" if protocol == "cooperative" else "range"
if instance:
    settings["group.instance.id"] = instance
incremental = protocol != "classic"
consumer = Consumer(settings)
done = {}


def commit(partitions):
    from confluent_kafka import TopicPartition

    offsets = [TopicPartition(p.topic, p.partition, done[(p.topic, p.partition)]) for p in partitions if (p.topic, p.partition) in done]
    if offsets:
        try:
            consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as error:
            tell("commit-failed", error=str(error))


def on_assign(_consumer, partitions):
    tell("assigned", partitions=names(partitions))
    if incremental:
        consumer.incremental_assign(partitions)
    else:
        consumer.assign(partitions)


def on_revoke(_consumer, partitions):
    commit(partitions)
    for p in partitions:
        done.pop((p.topic, p.partition), None)
    tell("revoked", partitions=names(partitions))
    if incremental:
        consumer.incremental_unassign(partitions)
    else:
        consumer.unassign()


def on_lost(_consumer, partitions):
    done.clear()
    tell("lost", partitions=names(partitions))


consumer.subscribe([topic], on_assign=on_assign, on_revoke=on_revoke, on_lost=on_lost)
while running:
    message = consumer.poll(0.1)
    if message is None or message.error():
        continue
    tell("record", partition=f"{message.topic()}/{message.partition()}", offset=message.offset())
    done[(message.topic(), message.partition())] = message.offset() + 1
if instance:
    commit(consumer.assignment())
consumer.close()
tell("closed")
