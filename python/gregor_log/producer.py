"""CanonicalProducer: an AIOKafkaProducer that takes raw records and sends canonical ones.

    producer = CanonicalProducer(AIOKafkaProducer(bootstrap_servers="localhost:9092", enable_idempotence=True), "order@1")

Batches, acks, idempotence and transactions stay aiokafka's own. A record that the definition refuses raises `Refused` (field, reason)
and is not sent. The definition is read from the topic `__canonical` at `start`, unless a `Lens` is given.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional, Sequence, Tuple, Union

from .canonical import Lens, parse_definition

REGISTRY = "__canonical"
Headers = Sequence[Tuple[str, Optional[bytes]]]


class CanonicalProducer:
    def __init__(
        self,
        producer: Any,
        definition: Union[str, Lens],
        *,
        value_serializer: Optional[Callable[[Any], bytes]] = None,
        **consumer_settings: Any,
    ) -> None:
        """`definition` is `order@1`, `flight@1/ops`, or a lens. `consumer_settings` are for the one look at `__canonical`: what it needs
        to log in; `bootstrap_servers` is the producer's."""
        if getattr(producer, "_value_serializer", None) is not None:
            raise ValueError("give value_serializer to CanonicalProducer: it must run before the definition does")
        self._producer = producer
        self._definition = definition
        self._lens = definition if isinstance(definition, Lens) else None
        self._serialize = value_serializer
        self._consumer_settings = consumer_settings

    def __getattr__(self, name: str) -> Any:
        return getattr(self._producer, name)

    async def start(self) -> None:
        if self._lens is None:
            self._lens = await self._published()
        await self._producer.start()

    async def __aenter__(self) -> CanonicalProducer:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()

    async def send(
        self,
        topic: str,
        value: Any = None,
        key: Any = None,
        partition: Optional[int] = None,
        timestamp_ms: Optional[int] = None,
        headers: Optional[Headers] = None,
    ) -> Any:
        """As aiokafka's; `value` is the raw record: bytes, or what `value_serializer` takes."""
        if self._lens is None:
            raise RuntimeError("call start() first: it reads the definition")
        raw = value if value is None or self._serialize is None else self._serialize(value)
        record = self._lens.to_canonical(raw, list(headers or ()))
        return await self._producer.send(topic, record.value, key, partition, timestamp_ms, record.headers)

    async def send_and_wait(self, topic: str, value: Any = None, **settings: Any) -> Any:
        return await (await self.send(topic, value, **settings))

    def create_batch(self) -> Any:
        raise TypeError("a batch of one's own would send raw records: use send")

    async def send_batch(self, *_: Any, **__: Any) -> Any:
        raise TypeError("a batch of one's own would send raw records: use send")

    async def _published(self) -> Lens:
        from aiokafka import AIOKafkaConsumer, TopicPartition

        settings = {"bootstrap_servers": self._producer.client._bootstrap_servers, **self._consumer_settings}
        consumer = AIOKafkaConsumer(**settings, enable_auto_commit=False, auto_offset_reset="earliest")
        await consumer.start()
        try:
            place = TopicPartition(REGISTRY, 0)
            consumer.assign([place])
            end = (await consumer.end_offsets([place]))[place]
            texts: Dict[str, str] = {}
            await consumer.seek_to_beginning(place)
            while await consumer.position(place) < end:
                for records in (await consumer.getmany(place, timeout_ms=1000)).values():
                    for record in records:
                        if record.key is not None and record.value is not None:
                            texts.setdefault(record.key.decode(), record.value.decode())  # a version never changes
        finally:
            await consumer.stop()
        return _lens(str(self._definition), texts)


def _lens(form: str, texts: Dict[str, str]) -> Lens:
    identity, _, dialect = form.partition("/")
    if identity not in texts:
        known = ", ".join(texts) or "none"
        raise LookupError(f"{identity} is not published (gregor canonical publish); published are: {known}")
    return Lens(parse_definition(texts[identity], f"{REGISTRY}/{identity}"), dialect or None)
