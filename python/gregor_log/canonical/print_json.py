"""A tree as text. The canonical form has one text for each value (RFC 8785, with every digit of a number kept)."""

from __future__ import annotations

import re
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import NamedTuple

from .json_tree import Json, Number


class Style(NamedTuple):
    comma: str
    colon: str
    is_ascii: bool
    is_sorted: bool


CANONICAL = Style(",", ":", False, True)
STYLES = {
    "compact": Style(",", ":", False, False),
    "spaced-ascii": Style(", ", ": ", True, False),
    "compact-ascii": Style(",", ":", True, False),
    "spaced": Style(", ", ": ", False, False),
}
"""`compact` is JSON.stringify; `spaced-ascii` is json.dumps. In this order the best one is looked for."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def print_json(value: Json, style: Style = CANONICAL) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return _string(value, style.is_ascii)
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, Number):
        return value.text
    if isinstance(value, list):
        return f"[{style.comma.join(print_json(item, style) for item in value)}]"
    keys = sorted(value, key=code_units) if style.is_sorted else value
    members = (_string(key, style.is_ascii) + style.colon + print_json(value[key], style) for key in keys)
    return "{" + style.comma.join(members) + "}"


def code_units(text: str) -> bytes:
    """Sorts as RFC 8785 asks, by UTF-16 code units."""
    return text.encode("utf-16-be", "surrogatepass")


def _string(value: str, is_ascii: bool) -> str:
    if is_ascii:
        return encode_basestring_ascii(value)
    text = encode_basestring(value)
    if text.isascii():
        return text
    return _SURROGATE.sub(lambda unit: f"\\u{ord(unit.group()):04x}", text)


def canonical_bytes(value: Json) -> bytes:
    return print_json(value).encode()


_SHORT_MAX = 40


def short_text(value: Json) -> str:
    """A value as a message shows it: its beginning, when it is long."""
    text = print_json(value)
    return f"{text[:_SHORT_MAX]}…" if len(text) > _SHORT_MAX else text
