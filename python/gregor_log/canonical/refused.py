"""Refused: data that a definition cannot take. It names the field and the reason."""

from __future__ import annotations

from typing import NamedTuple, Optional


class Refusal(NamedTuple):
    """`field` is like `order.total` or `items[2].price`; empty: the record as a whole."""

    field: str
    reason: str


class Refused(Exception):
    """`at` says which step of the definition refused, where one did."""

    def __init__(self, field: str, reason: str, at: Optional[str] = None) -> None:
        text = reason if field == "" else f"{field}: {reason}"
        super().__init__(text if at is None else f"{at}: {text}")
        self.field = field
        self.reason = reason
        self.at = at


class NoWayBack(Refused):
    """What a record becomes would not become the record again: a step's inverse is wrong."""
