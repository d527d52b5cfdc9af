"""A step of one's own in a definition that a program makes; its inverse must be given, and is tried like the others.

    read_definition({
        "canonical": "visit@1", "class": "iso", "schema": {...},
        "steps": [{"rename": {"t": "heat"}}, convert("heat", promise="iso", get=from_kelvin, put=to_kelvin)],
    })

`get` is raw → canonical, `put` canonical → raw. Both are given a value of the tree (numbers as `Number`, whose `text` has every digit) and give
one, or a plain value of Python; ValueError refuses the record. Never asked about an absent field or null. Such a definition cannot be
published: the log keeps no programs.
"""

from __future__ import annotations

from typing import Any, Callable, NamedTuple

from .json_tree import Json, json_of
from .path import Path
from .steps.step import Step
from .steps.value_step import Conversion, Unfit, ValueStep


class HandStep(NamedTuple):
    field: str
    step: Step


def convert(field: str, *, promise: str, get: Callable[[Json], Any], put: Callable[[Json], Any]) -> HandStep:
    """`promise` is iso, injection or lens; the laws hold it against that."""
    path = Path.of(field)
    if path is None:
        raise ValueError(f"'{field}' is no path of a field")
    if promise not in ("iso", "injection", "lens"):
        raise ValueError(f"'{promise}' is none of iso, injection, lens")
    conversion = Conversion(promise, _by_hand(get), _by_hand(put), is_by_hand=True)
    return HandStep(field, ValueStep("convert", path, conversion))


def _by_hand(act: Callable[[Json], Any]) -> Callable[[Json], Json]:
    def converted(value: Json) -> Json:
        try:
            return json_of(act(value))
        except ValueError as error:
            raise Unfit(str(error)) from error

    return converted
