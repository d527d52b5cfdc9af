"""default: absent there, a value here. Where a raw record says that value itself, that is kept."""

from __future__ import annotations

from typing import List

from ..json_tree import ABSENT
from ..part import Part
from .fields import fields_of
from .step import Step
from .value_step import Conversion, ValueStep


def default_steps(part: Part) -> List[Step]:
    part.members(["field", "fields", "value"])
    value = part.require("value").value
    conversion = Conversion(
        "lens",
        lambda raw: value if raw is ABSENT else raw,
        lambda canonical: ABSENT if canonical is not ABSENT and canonical == value else canonical,
        takes_null=True,
        takes_absent=True,
        spellings=lambda raw: [value] if raw is ABSENT else [],
    )
    return [ValueStep("default", path, conversion) for path in fields_of(part)]
