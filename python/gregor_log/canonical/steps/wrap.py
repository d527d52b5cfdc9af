"""wrap: a value becomes the only one of a list, or a member of an object."""

from __future__ import annotations

from typing import List

from ..json_tree import Json
from ..part import Part
from .fields import fields_of
from .step import Step
from .value_step import Conversion, Unfit, ValueStep


def wrap_steps(part: Part) -> List[Step]:
    part.members(["field", "fields", "in", "as"])
    member, listed = part.find("as"), part.find("in")
    if member is None:
        part.require("in").one_of(("list",))
        conversion = Conversion("injection", lambda raw: [raw], _only_item)
    else:
        if listed is not None:
            listed.fail("either 'in' or 'as'")
        conversion = _as_member(member.text())
    return [ValueStep("wrap", path, conversion) for path in fields_of(part)]


def _only_item(canonical: Json) -> Json:
    if isinstance(canonical, list) and len(canonical) == 1:
        return canonical[0]
    raise Unfit("must be a list of one to be unwrapped")


def _as_member(key: str) -> Conversion:
    def backward(canonical: Json) -> Json:
        if isinstance(canonical, dict) and list(canonical) == [key]:
            return canonical[key]
        raise Unfit(f"must be an object with '{key}' alone to be unwrapped")

    return Conversion("injection", lambda raw: {key: raw}, backward)
