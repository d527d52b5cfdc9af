"""Canonical values that a schema allows, made from choices."""

from __future__ import annotations

from typing import List

from .calendar import INSTANT_MAX, INSTANT_MIN, write_canonical
from .decimals import Decimal, decimal_text
from .generate import Draw
from .json_tree import Json, Number
from .schema import FORMATS, Schema, misfit

_ITEMS_MAX = 4
_TEXT_MAX = 12
_WIDE = 1_000_000_000
_TRIES_MAX = 100
_TEXTS = ("", " a", "é", "😀", "a b", '"\\', "7", "12.5", "-3", "NA", "null", "2001-02-03")
"""Texts and numbers that have broken something before."""
_NUMBERS = ("0", "-1", "1.1", "0.001", "12.5", "-2.25", "100000", "9007199254740993", "0.1234567890123456789")
_LETTERS = "abcxyzABC 019-_.,;:/é~\u007f😀"


def draw_sample(draw: Draw, schema: Schema) -> Json:
    """Raises `ValueError` when a hundred do not fit: the schema asks for what is rare."""
    for _ in range(_TRIES_MAX):
        value = _draw(draw, schema)
        if misfit(schema, value) is None:
            return value
    raise ValueError("no sample fits the schema: give examples")


def _draw(draw: Draw, schema: Schema) -> Json:
    if schema.values is not None:
        return schema.values[draw(len(schema.values))]
    types = schema.types or (("string", "integer") if schema.properties is None else ("object",))
    name = types[draw(len(types))]
    if name == "null":
        return None
    if name == "boolean":
        return draw(2) == 1
    if name == "string":
        return _text(draw, schema)
    if name in ("integer", "number"):
        return _number(draw, schema, name == "integer")
    if name == "array":
        return _items(draw, schema)
    return _members(draw, schema)


def _text(draw: Draw, schema: Schema) -> str:
    if schema.format is not None:
        instant = INSTANT_MIN + draw(INSTANT_MAX - INSTANT_MIN + 1)
        unit = (60_000, 1000, 1)[draw(3)]
        return write_canonical(FORMATS[schema.format], max(instant - instant % unit, INSTANT_MIN))
    least = schema.min_length or 0
    most = max(least, min(_TEXT_MAX if schema.max_length is None else schema.max_length, _TEXT_MAX))
    known = [text for text in _TEXTS if least <= len(text) <= most]
    if known and draw(2) == 1:
        return known[draw(len(known))]
    return "".join(_LETTERS[draw(len(_LETTERS))] for _ in range(least + draw(most - least + 1)))


def _number(draw: Draw, schema: Schema, is_whole: bool) -> Number:
    """Whole numbers, and such with up to three digits behind the point."""
    known: List[Number] = [number for number in map(Number.of, _NUMBERS) if misfit(schema, number) is None]
    if known and draw(3) == 2:
        return known[draw(len(known))]
    least = -_WIDE if schema.minimum is None else _floor(schema.minimum) + (0 if schema.minimum.exponent >= 0 else 1)
    most = max(_WIDE, least) if schema.maximum is None else _floor(schema.maximum)
    whole = least + draw(max(1, most - least + 1))
    if least <= 0 <= most:  # 0 is the simplest
        whole = (0, whole)[draw(2)]
    fraction = 0 if is_whole else (0, draw(1000))[draw(2)]
    return Number.of(f"{whole}.{fraction:03d}" if fraction else str(whole))


def _floor(bound: Decimal) -> int:
    return int(float(decimal_text(bound)) // 1)


def _items(draw: Draw, schema: Schema) -> List[Json]:
    least = schema.min_items or 0
    most = max(least, min(_ITEMS_MAX if schema.max_items is None else schema.max_items, _ITEMS_MAX))
    count = least + draw(most - least + 1)
    return [None if schema.items is None else draw_sample(draw, schema.items) for _ in range(count)]


def _members(draw: Draw, schema: Schema) -> Json:
    return {
        key: draw_sample(draw, inner)
        for key, inner in (schema.properties or {}).items()
        if key in schema.required or draw(2) == 1
    }
