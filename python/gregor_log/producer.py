"""CanonicalProducer: an AIOKafkaProducer that takes raw records and sends canonical ones.

    producer = CanonicalProducer(AIOKafkaProducer(bootstrap_servers="localhost:9092", enable_idempotence=True), "order@1")

Batches, acks, idempotence and transactions stay aiokafka's own. A record that the definition refuses raises `Refused` (field, reason)
and is not sent. The definition is read from the topic `__canonical` at `start`, unless a `Lens` is given. Where it keeps complements in
a topic, they are acknowledged before their records are sent; records stay in order.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional, Sequence, Tuple, Union

from .canonical import Lens, parse_definition
from .complement_first import ComplementFirst
from .reading import REGISTRY, published_texts

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
        self._complement_first: Optional[ComplementFirst] = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._producer, name)

    async def start(self) -> None:
        if self._lens is None:
            settings = {"bootstrap_servers": self._producer.client._bootstrap_servers, **self._consumer_settings}
            self._lens = _lens(str(self._definition), await published_texts(**settings))
        topic = self._lens.dialect.complement_topic
        if topic is not None and getattr(self._producer, "_key_serializer", None) is not None:
            raise ValueError(f"a producer with key_serializer cannot write complements to {topic}: serialize keys before send")
        await self._producer.start()
        if topic is not None:
            self._complement_first = ComplementFirst(self._producer)

    async def stop(self) -> None:
        if self._complement_first is not None:
            await self._complement_first.stop()
        await self._producer.stop()

    async def flush(self) -> None:
        await self._drain()
        await self._producer.flush()

    async def commit_transaction(self) -> None:
        await self._drain()
        await self._producer.commit_transaction()

    async def abort_transaction(self) -> None:
        await self._drain()
        await self._producer.abort_transaction()

    def transaction(self) -> Any:
        return type(self._producer.transaction())(self)  # aiokafka's own, but it ends through the methods above

    async def __aenter__(self) -> CanonicalProducer:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

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
        if self._complement_first is None:
            return await self._producer.send(topic, record.value, key, partition, timestamp_ms, record.headers)
        sent = (topic, record.value, key, partition, timestamp_ms, record.headers)
        return await self._complement_first.send(record.complement, *sent)

    async def send_and_wait(self, topic: str, value: Any = None, **settings: Any) -> Any:
        return await (await self.send(topic, value, **settings))

    def create_batch(self) -> Any:
        raise TypeError("a batch of one's own would send raw records: use send")

    async def send_batch(self, *_: Any, **__: Any) -> Any:
        raise TypeError("a batch of one's own would send raw records: use send")

    async def _drain(self) -> None:
        if self._complement_first is not None:
            await self._complement_first.drain()


def _lens(form: str, texts: Dict[str, str]) -> Lens:
    identity, _, dialect = form.partition("/")
    if identity not in texts:
        known = ", ".join(texts) or "none"
        raise LookupError(f"{identity} is not published (gregor canonical publish); published are: {known}")
    return Lens(parse_definition(texts[identity], f"{REGISTRY}/{identity}"), dialect or None)
