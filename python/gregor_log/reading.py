"""Records of a topic as they lie on the log, read with aiokafka and without a group."""

from __future__ import annotations

from typing import Any, AsyncIterator, Dict

REGISTRY = "__canonical"
_WAIT_MS = 1000


async def records_of(topic: str, **consumer_settings: Any) -> AsyncIterator[Any]:
    """aiokafka's ConsumerRecords of all partitions, committed ones only, up to what is the end now; none where there is no such topic.
    `consumer_settings` are AIOKafkaConsumer's: bootstrap_servers, and what it needs to log in."""
    from aiokafka import AIOKafkaConsumer, TopicPartition

    fixed = {"enable_auto_commit": False, "auto_offset_reset": "earliest", "isolation_level": "read_committed"}
    consumer = AIOKafkaConsumer(**{**consumer_settings, **fixed})
    await consumer.start()
    try:
        if topic not in await consumer.topics():
            return
        first = TopicPartition(topic, 0)
        consumer.assign([first])
        await consumer.end_offsets([first])  # now the topic's metadata are there
        places = [TopicPartition(topic, index) for index in sorted(consumer.partitions_for_topic(topic) or {0})]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        await consumer.seek_to_beginning(*places)
        while True:
            behind = [place for place in places if await consumer.position(place) < ends[place]]
            if not behind:
                return
            for place, records in (await consumer.getmany(*behind, timeout_ms=_WAIT_MS)).items():
                for record in records:
                    if record.offset < ends[place]:
                        yield record
    finally:
        await consumer.stop()


async def published_texts(**consumer_settings: Any) -> Dict[str, str]:
    """Definitions as JSON by id. The first one counts: a version never changes."""
    texts: Dict[str, str] = {}
    async for record in records_of(REGISTRY, **consumer_settings):
        if record.key is not None and record.value is not None:
            texts.setdefault(record.key.decode(), record.value.decode())
    return texts
