"""Steps by their name in a definition, in the words of its author: one line each."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, Tuple

from ..part import Part
from .cast import cast_steps
from .default import default_steps
from .drop import drop_steps
from .each import EachStep
from .enumeration import enum_steps
from .move import move_steps, rename_steps
from .split import join_steps, split_steps
from .step import Step
from .unit import unit_steps
from .wrap import wrap_steps


def read_steps(part: Part, schema: Any, by_hand: Mapping[int, Step] = {}) -> List[Tuple[Step, Part]]:
    """`steps:` of a definition: a list of mappings with one name each; with where each step was written."""
    steps: List[Tuple[Step, Part]] = []
    for index, item in enumerate(part.items()):
        if index in by_hand:
            steps.append((by_hand[index], item))
            continue
        named = item.members(list(_STEPS))
        if len(named) != 1:
            item.fail(f"must name one step: {', '.join(_STEPS)}")
        name, settings = named[0]
        steps += [(step, settings) for step in _STEPS[name](settings, schema)]
    return steps


def _each_steps(part: Part, schema: Any) -> List[Step]:
    part.members(["field", "steps"])
    steps = [step for step, _ in read_steps(part.require("steps"), schema)]
    return [EachStep(part.require("field").path(), steps)]


def _alone(read: Callable[[Part], List[Step]]) -> Callable[[Part, Any], List[Step]]:
    return lambda part, _: read(part)


_STEPS: Dict[str, Callable[[Part, Any], List[Step]]] = {
    "rename": _alone(rename_steps),
    "move": _alone(move_steps),
    "cast": _alone(cast_steps),
    "unit": _alone(unit_steps),
    "enum": _alone(enum_steps),
    "default": _alone(default_steps),
    "split": _alone(split_steps),
    "join": _alone(join_steps),
    "wrap": _alone(wrap_steps),
    "drop": drop_steps,
    "each": _each_steps,
}
