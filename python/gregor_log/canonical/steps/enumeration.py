"""enum: raw values by canonical ones, of any kind, null too."""

from __future__ import annotations

from typing import List, Tuple

from ..json_tree import ABSENT, Json
from ..part import Part
from ..print_json import print_json, short_text
from .fields import fields_of
from .step import Step
from .value_step import Conversion, Unfit, ValueStep

_Pair = Tuple[Json, Json]


def enum_steps(part: Part) -> List[Step]:
    part.members(["field", "fields", "map", "others"])
    pairs = _pairs(part.require("map"))
    others = part.find("others")
    conversion = _enumeration(pairs, others is not None and others.one_of(("refuse", "keep")) == "keep")
    return [ValueStep("enum", path, conversion) for path in fields_of(part)]


def _pairs(part: Part) -> List[_Pair]:
    pairs: List[Tuple[Json, Json, Part]] = []
    if isinstance(part.value, dict):
        pairs = [(raw, canonical.value, canonical) for raw, canonical in part.members()]
    else:
        for item in part.items():
            pair = item.items()
            if len(pair) != 2:
                item.fail("must be a pair: [raw, canonical]")
            pairs.append((pair[0].value, pair[1].value, item))
    if not pairs:
        part.fail("must name at least one value")
    for index, (raw, _, at) in enumerate(pairs):
        if any(raw == other for other, _, _ in pairs[:index]):
            at.fail("the raw value is there twice")
    return [(raw, canonical) for raw, canonical, _ in pairs]


def _enumeration(pairs: List[_Pair], keeps_others: bool) -> Conversion:
    forwards = {print_json(raw): canonical for raw, canonical in pairs}
    backwards = {print_json(canonical): raw for raw, canonical in reversed(pairs)}

    def forward(raw: Json) -> Json:
        text = print_json(raw)
        if text in forwards:
            return forwards[text]
        if keeps_others or raw is None:
            return raw
        raise Unfit(f"{short_text(raw)} is none of {', '.join(short_text(pair[0]) for pair in pairs)}")

    def backward(canonical: Json) -> Json:
        text = print_json(canonical)
        if text in backwards:
            return backwards[text]
        if keeps_others or canonical is None:
            return canonical
        raise Unfit(f"{short_text(canonical)} is none of {', '.join(short_text(pair[1]) for pair in pairs)}")

    def spellings(raw: Json) -> List[Json]:
        if raw is ABSENT or print_json(raw) not in forwards:
            return []
        return [other for other, canonical in pairs if canonical == forwards[print_json(raw)]]

    promise = "lens" if len(backwards) < len(pairs) or keeps_others else "iso"
    return Conversion(promise, forward, backward, takes_null=True, spellings=spellings)
