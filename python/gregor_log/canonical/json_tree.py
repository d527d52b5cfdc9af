"""JSON as a tree that keeps every digit: None, bool, str, Number, list, dict (members in the order of the text)."""

from __future__ import annotations

from typing import Any

from .decimals import normal_number


class Number:
    """A number by its normal form (decimals.py)."""

    __slots__ = ("text",)

    def __init__(self, normal: str) -> None:
        self.text = normal

    @staticmethod
    def of(value: object) -> Number:
        text = normal_number(repr(value) if isinstance(value, float) else str(value))
        if text is None:
            raise ValueError(f"{value} is not a number of JSON")
        return Number(text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Number({self.text})"


Json = Any


def json_of(value: Any) -> Json:
    """Plain values of Python as a tree."""
    if value is None or isinstance(value, (bool, str, Number)):
        return value
    if isinstance(value, (int, float)):
        return Number.of(value)
    if isinstance(value, (list, tuple)):
        return [json_of(item) for item in value]
    if isinstance(value, dict):
        return {str(key): json_of(item) for key, item in value.items()}
    raise TypeError(f"a {type(value).__name__} has no place in JSON")


ABSENT = object()
"""Where a field is not there at all; None is JSON's null."""


def kind_of(value: Json) -> str:
    """What a value is, in a message."""
    if value is ABSENT:
        return "absent"
    if value is None:
        return "null"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, Number):
        return "a number"
    return "an array" if isinstance(value, list) else "an object"
