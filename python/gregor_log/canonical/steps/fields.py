"""`field: a` or `fields: [a, b]`: which fields a step is for."""

from __future__ import annotations

from typing import List

from ..part import Part
from ..path import Path


def fields_of(part: Part) -> List[Path]:
    many = part.find("fields")
    if many is None:
        return [part.require("field").path()]
    if part.find("field") is not None:
        part.fail("either 'field' or 'fields'")
    return [item.path() for item in many.items()] or many.fail("must name at least one field")
