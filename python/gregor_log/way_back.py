"""Canonical records of any published definition, turned back; or why that cannot be, in words that name what is missing.

    async for record in turned_back("orders", bootstrap_servers="localhost:9092"):
        record.value, record.missing

Complements that lie on a topic are read into a file of SQLite's that has no name and goes with the process: memory does not grow with it.
"""

from __future__ import annotations

import sqlite3
from typing import Any, AsyncIterator, Dict, List, NamedTuple, Optional, Tuple, Union

from .canonical import FORM_HEADER, Definition, Lens, Refused, complement_place_of, parse_definition
from .canonical.headers import Header, header_text
from .reading import REGISTRY, published_texts, records_of


class TurnedBack(NamedTuple):
    """`missing` says what is missing for the value to be what it was, byte for byte; None: nothing. `missing_key` is that of the record of
    another topic. A value that is not exact is there all the same."""

    partition: int
    offset: int
    timestamp: int
    key: Optional[bytes]
    value: Optional[bytes]
    headers: List[Header]
    missing: Optional[str]
    missing_key: Optional[str]


async def turned_back(topic: str, **consumer_settings: Any) -> AsyncIterator[TurnedBack]:
    """All committed records, up to what is the end now. Settings are AIOKafkaConsumer's."""
    texts = await published_texts(**consumer_settings)
    way_back = _WayBack(texts, _Complements(consumer_settings))
    async for record in records_of(topic, **consumer_settings):
        value, headers, missing, key = await way_back.of(record.value, list(record.headers))
        place = (record.partition, record.offset, record.timestamp, record.key)
        yield TurnedBack(*place, value, headers, missing, key)


_Outcome = Tuple[Optional[bytes], List[Header], Optional[str], Optional[str]]


class _WayBack:
    def __init__(self, texts: Dict[str, str], complements: _Complements) -> None:
        self._texts = texts
        self._complements = complements
        self._definitions: Dict[str, Definition] = {}
        self._lenses: Dict[str, Lens] = {}

    async def of(self, value: Optional[bytes], headers: List[Header]) -> _Outcome:
        form = header_text(headers, FORM_HEADER)
        if form is None:
            return None, headers, f"it has no header {FORM_HEADER}: it was never made canonical", None
        lens = self._lens_of(form)
        if isinstance(lens, str):
            return None, headers, lens, None
        key: Optional[str] = None
        try:
            place = None if value is None else complement_place_of(headers)
            complement = None
            if place is not None:
                key = place.key
                complement = await self._complements.find(place.topic, place.key)
                if complement is None:
                    return None, headers, f"its complement is not in the topic {place.topic}", key
            raw = lens.to_raw(value, headers, complement)
        except Refused as refused:
            return None, headers, str(refused), key
        if raw.value is None or raw.is_exact:
            return raw.value, raw.headers, None, None
        unknown = raw.is_exact is None
        why = "it has no header raw-sha256" if unknown else "its hash is not that of raw-sha256: it was changed"
        return raw.value, raw.headers, why, None

    def _lens_of(self, form: str) -> Union[Lens, str]:
        known = self._lenses.get(form)
        if known is not None:
            return known
        identity, _, dialect = form.partition("/")
        if identity not in self._texts:
            return f"its definition {identity} is not published (gregor canonical publish)"
        if identity not in self._definitions:
            self._definitions[identity] = parse_definition(self._texts[identity], f"{REGISTRY}/{identity}")
        if dialect not in self._definitions[identity].dialects:
            return f"its definition {identity} has no dialect '{dialect}'"
        lens = self._lenses[form] = Lens(self._definitions[identity], dialect)
        return lens


class _Complements:
    def __init__(self, consumer_settings: Dict[str, Any]) -> None:
        self._settings = consumer_settings
        self._sides: Dict[str, sqlite3.Connection] = {}

    async def find(self, topic: str, key: str) -> Optional[bytes]:
        """None: the topic has no such record, or there is no such topic. It is read once: a complement is older than its record."""
        side = self._sides.get(topic)
        if side is None:
            side = self._sides[topic] = sqlite3.connect("")
            side.execute("create table complements (key text primary key, value blob) without rowid")
            async for record in records_of(topic, **self._settings):
                if record.key is not None:
                    put = "insert or replace into complements values (?, ?)"
                    side.execute(put, (record.key.decode("utf-8", "replace"), record.value))
        found = side.execute("select value from complements where key = ?", (key,)).fetchone()
        return None if found is None else found[0]
