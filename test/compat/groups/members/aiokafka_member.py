"""A group member that tells what it does as JSON lines: aiokafka, classic protocol."""

import asyncio
import json
import signal
import sys

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition

bootstrap, topic, group, _protocol, instance = (sys.argv[1:] + ["", ""])[:5]


def tell(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def names(partitions):
    return [f"{p.topic}/{p.partition}" for p in partitions]


class Listener(ConsumerRebalanceListener):
    def __init__(self, consumer, done):
        self.consumer = consumer
        self.done = done

    async def on_partitions_revoked(self, revoked):
        if not revoked:
            return
        offsets = {p: self.done[p] for p in revoked if p in self.done}
        self.done.clear()
        if offsets:
            try:
                await self.consumer.commit(offsets)
            except Exception as error:  # told: the check decides what it means
                tell("commit-failed", error=repr(error))
        tell("revoked", partitions=names(revoked))

    async def on_partitions_assigned(self, assigned):
        if assigned:
            tell("assigned", partitions=names(assigned))


async def main():
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        session_timeout_ms=6000,
        heartbeat_interval_ms=1000,
        metadata_max_age_ms=1000,
        group_instance_id=instance or None,
    )
    done = {}
    consumer.subscribe([topic], listener=Listener(consumer, done))
    await consumer.start()
    while not stopped.is_set():
        for partition, records in (await consumer.getmany(timeout_ms=200)).items():
            for record in records:
                tell("record", partition=f"{partition.topic}/{partition.partition}", offset=record.offset)
                done[TopicPartition(partition.topic, partition.partition)] = record.offset + 1
    if done:
        await consumer.commit(done)
    owned = names(consumer.assignment())
    await consumer.stop()
    tell("revoked", partitions=owned)
    tell("closed")


asyncio.run(main())
