"""Dates and times as canonical text, and in other people's spellings. Proleptic Gregorian, years 0001 to 9999.

    date        2001-01-31
    datetime    2001-01-31T09:05:00      local: whose clock it is stands nowhere
    timestamp   2001-01-31T09:05:00Z     always UTC; .5 or .123 behind the seconds when they are not whole

An instant is a whole number of milliseconds since 1970-01-01T00:00:00, of whichever clock.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Dict, Optional

KINDS = ("date", "datetime", "timestamp")
_EPOCH = datetime(1970, 1, 1)
_MS = timedelta(milliseconds=1)
INSTANT_MIN = (datetime(1, 1, 1) - _EPOCH) // _MS
INSTANT_MAX = (datetime(9999, 12, 31, 23, 59, 59, 999_000) - _EPOCH) // _MS

_DATE = r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
_TIME = r"T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{0,2}[1-9]))?"
_CANONICAL = {
    "date": re.compile(_DATE).fullmatch,
    "datetime": re.compile(_DATE + _TIME).fullmatch,
    "timestamp": re.compile(_DATE + _TIME + "Z").fullmatch,
}


@lru_cache(maxsize=4096)
def read_canonical(kind: str, text: str) -> Optional[int]:
    """None when the text is not canonical, or no day of the calendar."""
    found = _CANONICAL[kind](text)
    if found is None:
        return None
    parts = list(found.groups()) + [None] * 4
    numbers = [int(part or 0) for part in parts[:6]]
    year, month, day, hour, minute, second = numbers
    return _instant(year, month, day, hour, minute, second, int((parts[6] or "").ljust(3, "0")))


def write_canonical(kind: str, instant: int) -> str:
    text = _iso(instant)
    if kind == "date":
        return text[:10]
    fraction = text[20:23].rstrip("0")
    return f"{text[:19]}{'.' + fraction if fraction else ''}{'Z' if kind == 'timestamp' else ''}"


def _iso(instant: int) -> str:
    moment = _EPOCH + instant * _MS
    return f"{moment.year:04d}-{moment:%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}"


def _instant(year: int, month: int, day: int, hour: int, minute: int, second: int, ms: int) -> Optional[int]:
    try:
        return (datetime(year, month, day, hour, minute, second, ms * 1000) - _EPOCH) // _MS
    except ValueError:
        return None


_TOKENS = re.compile("YYYY|MM|M|DD|D|HH|H|mm|ss|SSS|Z")
_DIGITS = {
    "YYYY": "([0-9]{4})",
    "MM": "([0-9]{2})",
    "M": "([1-9][0-9]?)",
    "DD": "([0-9]{2})",
    "D": "([1-9][0-9]?)",
    "HH": "([0-9]{2})",
    "H": "(0|[1-9][0-9]?)",
    "mm": "([0-9]{2})",
    "ss": "([0-9]{2})",
    "SSS": "([0-9]{3})",
    "Z": "(Z|[+-][0-9]{2}:[0-9]{2})",
}
_UNITS = {"M": "MM", "D": "DD", "H": "HH"}


class Pattern:
    """YYYY, MM, M, DD, D, HH, H, mm, ss, SSS and Z (`Z` or ±HH:mm); all else stands for itself."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = _TOKENS.findall(text)
        literals = [re.escape(literal) for literal in _TOKENS.split(text)]
        expression = literals[0] + "".join(_DIGITS[t] + literal for t, literal in zip(self._tokens, literals[1:]))
        self._match = re.compile(expression).fullmatch

    def has(self, token: str) -> bool:
        return token in self._tokens

    def problem_for(self, kind: str) -> Optional[str]:
        """What is missing or too much in it for such a value; None: nothing."""
        units = [_UNITS.get(token, token) for token in self._tokens]
        if len(set(units)) < len(units):
            return f"'{self.text}' says something twice"
        needed = ["YYYY", "MM", "DD"] + ([] if kind == "date" else ["HH", "mm"])
        for token in needed:
            if token not in units:
                return f"'{self.text}' has no {token}, which a {kind} needs"
        if kind == "date" and any(unit not in needed for unit in units):
            return f"'{self.text}' has a time, a date has none"
        if "SSS" in units and "ss" not in units:
            return f"'{self.text}' has SSS without ss"
        if kind == "datetime" and "Z" in units:
            return f"'{self.text}' has Z: a datetime is local, use timestamp"
        return None

    def read(self, text: str) -> Optional[int]:
        """None when the text is not of this pattern, or no day of the calendar. With Z in the pattern: in UTC."""
        found = self._match(text)
        if found is None:
            return None
        parts: Dict[str, str] = {_UNITS.get(t, t): part for t, part in zip(self._tokens, found.groups())}
        local = _instant(*(int(parts.get(unit, "0")) for unit in ("YYYY", "MM", "DD", "HH", "mm", "ss", "SSS")))
        offset = offset_ms(parts.get("Z", "Z"))
        return None if local is None or offset is None else in_range(local - offset)

    def write(self, instant: int) -> str:
        iso = _iso(instant)
        parts = {
            "YYYY": iso[:4],
            "MM": iso[5:7],
            "M": str(int(iso[5:7])),
            "DD": iso[8:10],
            "D": str(int(iso[8:10])),
            "HH": iso[11:13],
            "H": str(int(iso[11:13])),
            "mm": iso[14:16],
            "ss": iso[17:19],
            "SSS": iso[20:23],
            "Z": "Z",
        }
        return _TOKENS.sub(lambda token: parts[token.group()], self.text)


_OFFSET = re.compile("([+-])([0-9]{2}):([0-9]{2})").fullmatch


def offset_ms(text: str) -> Optional[int]:
    """`Z`, `+01:00`; None: no such offset."""
    if text == "Z":
        return 0
    found = _OFFSET(text)
    if found is None or int(found[2]) > 23 or int(found[3]) > 59:
        return None
    return (-1 if found[1] == "-" else 1) * (int(found[2]) * 60 + int(found[3])) * 60_000


def in_range(instant: int) -> Optional[int]:
    """None when it is not in the years 0001 to 9999."""
    return instant if INSTANT_MIN <= instant <= INSTANT_MAX else None
