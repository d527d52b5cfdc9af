"""A tree as text. The canonical form has one text for each value (RFC 8785, with every digit of a number kept)."""

from __future__ import annotations

import re
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import Dict, List, Tuple

from .json_tree import Json, Number


_SHAPES_MAX = 256
_KEYS_MAX = 64


class Style:
    """How a text is written; and, of so many kinds of objects (by their keys), what stands before each value."""

    __slots__ = ("comma", "colon", "is_ascii", "is_sorted", "_shapes")

    def __init__(self, comma: str, colon: str, is_ascii: bool, is_sorted: bool) -> None:
        self.comma = comma
        self.colon = colon
        self.is_ascii = is_ascii
        self.is_sorted = is_sorted
        self._shapes: Dict[Tuple[str, ...], List[Tuple[str, str]]] = {}

    def shape(self, members: Dict[str, Json]) -> List[Tuple[str, str]]:
        """The keys in the order in which they are written, each with the text from the value before to its own."""
        keys = tuple(members)
        known = self._shapes.get(keys)
        if known is not None:
            return known
        written = sorted(keys, key=code_units) if self.is_sorted else keys
        shape = [
            (key, ("{" if index == 0 else self.comma) + _string(key, self.is_ascii) + self.colon)
            for index, key in enumerate(written)
        ]
        if len(keys) <= _KEYS_MAX:
            if len(self._shapes) >= _SHAPES_MAX:
                self._shapes.clear()
            self._shapes[keys] = shape
        return shape


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
    return _object(value, style) if value else "{}"


def _object(members: Dict[str, Json], style: Style) -> str:
    parts: List[str] = []
    encode = encode_basestring_ascii if style.is_ascii else _beyond_ascii
    for key, before in style.shape(members):
        value = members[key]
        kind = type(value)
        if kind is Number:
            parts.append(before + value.text)
        elif kind is str:
            parts.append(before + encode(value))
        else:
            parts.append(before + print_json(value, style))
    return "".join(parts) + "}"


def code_units(text: str) -> bytes:
    """Sorts as RFC 8785 asks, by UTF-16 code units."""
    return text.encode("utf-16-be", "surrogatepass")


def _string(value: str, is_ascii: bool) -> str:
    return encode_basestring_ascii(value) if is_ascii else _beyond_ascii(value)


def _beyond_ascii(value: str) -> str:
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
