"""RFC 8259 without losses. Of members with the same key the last one counts; the tokens of the earlier ones are named.

A token is a bracket, a comma, a colon, a string, a number or a word, with the white space before it. What the standard library's
scanner takes without doubt is left to it; keys that come twice, deep nesting and errors are read here.
"""

from __future__ import annotations

import json
import re
from typing import Any, Callable, Dict, List, NamedTuple, NoReturn, Optional, Tuple, Union

from .decimals import EXPONENT_MAX, normal_number
from .json_tree import Json, Number
from .refused import Refused

DEPTH_MAX = 128


class TokenRange(NamedTuple):
    """Tokens from `start` to before `end`."""

    start: int
    end: int


class ParsedJson(NamedTuple):
    value: Json
    superseded: List[TokenRange]


OnValue = Callable[[Tuple[Union[str, int], ...], int], None]


def parse_json(text: str, on_value: Optional[OnValue] = None) -> ParsedJson:
    """Raises `Refused` for what is not JSON: the reason names the byte."""
    if on_value is None and text.count("[") + text.count("{") <= DEPTH_MAX:
        try:
            value, end = _SCAN(text, 0)
            return ParsedJson(value if end == len(text) else _DECODER.decode(text), [])
        except (StopIteration, ValueError):
            pass  # read again: white space before it, an error that is told in our own words, keys that come twice
    parser = _Parser(text, on_value)
    value = parser.document()
    return ParsedJson(value, sorted(parser.superseded, key=lambda found: (found.start, -found.end)))


def _number(token: str) -> Number:
    normal = normal_number(token)
    if normal is None:
        raise ValueError(token)
    return Number(normal)


_PLAIN_CHARACTERS_MAX = 15


def _whole_number(token: str) -> Number:
    """Short ones are in normal form as they stand."""
    return Number(token) if len(token) <= _PLAIN_CHARACTERS_MAX and token != "-0" else _number(token)


def _no_constant(token: str) -> NoReturn:
    raise ValueError(token)


def _members(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a key twice")
    return members


_DECODER = json.JSONDecoder(
    parse_float=_number, parse_int=_whole_number, parse_constant=_no_constant, object_pairs_hook=_members
)
_SCAN = _DECODER.scan_once  # type: ignore[attr-defined]  # as JSONDecoder.raw_decode calls it
_SPACE = re.compile(r"[ \t\n\r]*")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_HEX = re.compile(r"[0-9a-fA-F]{4}")
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS = (("true", True), ("false", False), ("null", None))
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


class _Parser:
    def __init__(self, text: str, on_value: Optional[OnValue]) -> None:
        self.superseded: List[TokenRange] = []
        self._text = text
        self._on_value = on_value
        self._pointer: List[Union[str, int]] = []
        self._at = 0
        self._depth = 0
        self._tokens = 0

    def document(self) -> Json:
        value = self._value()
        self._space()
        if self._at < len(self._text):
            self._fail("something follows the value")
        return value

    def _value(self) -> Json:
        self._space()
        if self._on_value is not None:
            self._on_value(tuple(self._pointer), self._at)
        first = self._text[self._at : self._at + 1]
        if first == "{":
            return self._object()
        if first == "[":
            return self._array()
        if first == '"':
            return self._string()
        if first in ("t", "f", "n"):
            return self._word()
        return self._number()

    def _enter(self, bracket: str) -> None:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            self._fail(f"nested deeper than {DEPTH_MAX}")
        self._take(bracket)

    def _leaves(self, bracket: str) -> bool:
        if not self._takes(bracket):
            return False
        self._depth -= 1
        return True

    def _object(self) -> Dict[str, Any]:
        members: Dict[str, Any] = {}
        latest: Dict[str, int] = {}
        starts: List[int] = []
        self._enter("{")
        if self._leaves("}"):
            return members
        while True:
            self._space()
            start = self._tokens
            if self._text[self._at : self._at + 1] != '"':
                self._fail("expected a key in double quotes")
            key = self._string()
            if not self._takes(":"):
                self._fail("expected ':'")
            starts.append(start)
            if key in members:
                before = latest[key]
                self.superseded.append(TokenRange(starts[before], starts[before + 1]))
                del members[key]  # the place of the last one counts
            latest[key] = len(starts) - 1
            self._pointer.append(key)
            members[key] = self._value()
            self._pointer.pop()
            if self._leaves("}"):
                return members
            if not self._takes(","):
                self._fail("expected ',' or '}'")

    def _array(self) -> List[Any]:
        items: List[Any] = []
        self._enter("[")
        if self._leaves("]"):
            return items
        while True:
            self._pointer.append(len(items))
            items.append(self._value())
            self._pointer.pop()
            if self._leaves("]"):
                return items
            if not self._takes(","):
                self._fail("expected ',' or ']'")

    def _string(self) -> str:
        self._tokens += 1
        self._at += 1
        value = ""
        while True:
            plain = _PLAIN.match(self._text, self._at)
            assert plain is not None
            value += plain.group()
            self._at = plain.end()
            stop = self._text[self._at : self._at + 1]
            if stop == '"':
                self._at += 1
                return _PAIR.sub(_joined, value)
            if stop == "":
                self._fail("a string does not end")
            if stop != "\\":
                self._fail("a control character must be escaped in a string")
            value += self._escape()

    def _escape(self) -> str:
        letter = self._text[self._at + 1 : self._at + 2]
        known = _ESCAPES.get(letter)
        if known is not None:
            self._at += 2
            return known
        digits = _HEX.match(self._text, self._at + 2) if letter == "u" else None
        if digits is None:
            self._fail("an escape that JSON does not know")
        self._at += 6
        return chr(int(digits.group(), 16))

    def _word(self) -> Json:
        for word, value in _WORDS:
            if self._text.startswith(word, self._at):
                self._take(word)
                return value
        self._fail("expected a value")

    def _number(self) -> Number:
        found = _NUMBER.match(self._text, self._at)
        if found is None:
            self._fail("expected a value" if self._at < len(self._text) else "the text ends early")
        normal = normal_number(found.group())
        if normal is None:
            self._fail(f"an exponent beyond ±{EXPONENT_MAX}")
        self._take(found.group())
        return Number(normal)

    def _takes(self, token: str) -> bool:
        self._space()
        if self._text[self._at : self._at + 1] != token:
            return False
        self._take(token)
        return True

    def _take(self, token: str) -> None:
        self._at += len(token)
        self._tokens += 1

    def _space(self) -> None:
        space = _SPACE.match(self._text, self._at)
        assert space is not None
        self._at = space.end()

    def _fail(self, what: str) -> NoReturn:
        raise Refused("", f"not JSON at byte {len(self._text[: self._at].encode())}: {what}")


def _joined(pair: re.Match[str]) -> str:
    return pair.group().encode("utf-16-be", "surrogatepass").decode("utf-16-be")
