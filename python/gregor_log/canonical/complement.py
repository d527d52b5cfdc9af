"""What a canonical value had no room for, and where it is kept until somebody wants the raw value back.

In the record's header, or (`complement: topic`) in the compacted topic `order.complement`, under the form and the hash of the raw value:
`order@1#3f0a…`. The complement of a raw value is always the same, so a record that is sent twice writes the same bytes under the same key.
It is acknowledged before the record is sent.
"""

from __future__ import annotations

from typing import Dict, NamedTuple, Optional, Tuple

from .check import require_object, text_of
from .headers import COMPLEMENT_HEADER, FORM_HEADER, HASH_HEADER, Headers, header_of, header_text
from .json_tree import Json
from .parse_json import parse_json
from .print_json import canonical_bytes
from .refused import Refused

COMPLEMENT_BYTES_MAX = 32 * 1024
"""In a header."""
COMPLEMENT_RECORD_BYTES_MAX = 900 * 1024
"""In a topic: a record of the default `max.message.bytes`."""


class ComplementRecord(NamedTuple):
    """A record that must be on its topic before the canonical one is sent."""

    topic: str
    key: bytes
    value: bytes


class ComplementPlace(NamedTuple):
    """Where the complement of a record is, that is not in its header."""

    topic: str
    key: str


def complement_topic_of(identity: str) -> str:
    return f"{identity[: identity.index('@')]}.complement"


def kept_complement(
    complement: Dict[str, Json], form: str, topic: Optional[str], digest: bytes
) -> Tuple[bytes, Optional[ComplementRecord], bytes]:
    """What the header says, what the side topic is given, and the complement's bytes. Raises `Refused` when it is too large."""
    found = canonical_bytes(complement)
    most, where = (COMPLEMENT_BYTES_MAX, "a header") if topic is None else (COMPLEMENT_RECORD_BYTES_MAX, "a topic")
    if len(found) > most:
        raise Refused("", f"its complement has {len(found)} bytes, at most {most} are kept in {where}")
    if topic is None:
        return found, None, found
    beside = ComplementRecord(topic, _key(form, digest).encode(), found)
    return canonical_bytes({"topic": topic}), beside, found


def complement_place_of(headers: Headers) -> Optional[ComplementPlace]:
    """None: in its header, or nowhere, since there is none. Raises `Refused` when the header is damaged."""
    topic = complement_of(header_of(headers, COMPLEMENT_HEADER)).get("topic")
    if not isinstance(topic, str):
        return None
    digest = header_of(headers, HASH_HEADER)
    if digest is None:
        raise Refused("", f"it has no header {HASH_HEADER}, under which its complement lies in {topic}")
    return ComplementPlace(topic, _key(header_text(headers, FORM_HEADER) or "", digest))


def complement_of(found: Optional[bytes]) -> Dict[str, Json]:
    if found is None:
        return {}
    try:
        return require_object(parse_json(text_of(found)).value)
    except Refused as refused:
        raise Refused("", f"its complement ({COMPLEMENT_HEADER}) is damaged: {refused}") from refused


def _key(form: str, digest: bytes) -> str:
    return f"{form}#{digest.hex()}"
