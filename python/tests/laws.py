"""Holds the property tests against inverses that are wrong, each in the way in which people get them wrong. Usage: laws.py [--without-hypothesis]

Ends with 1 when a law does not notice one, or takes one that is right for wrong.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
from gregor_log.canonical import Lens, LawReport, convert, read_definition, test_laws  # noqa: E402

RUNS = 300
SEED = 7


def number(value: Any) -> float:
    return float(value.text)


def swapped(value: str) -> str:
    return re.sub(r"^(..).(..).(....)$", r"\3-\1-\2", value)


def swapped_wrongly(value: str) -> str:
    return re.sub(r"^(....)-(..)-(..)$", r"\3/\2/\1", value)


WRONG = {
    "multiplies where it should divide": ("integer", None, "iso", lambda v: int(v.text) * 60, lambda v: int(v.text) * 60),
    "forgets what trimming took": ("string", None, "lens", lambda v: v.strip(), lambda v: v),
    "swaps day and month, which half of the days do not show": ("string", "date", "iso", swapped, swapped_wrongly),
    "loses the sign": ("integer", None, "iso", lambda v: -int(v.text), lambda v: -abs(int(v.text))),
    "goes through a float": ("number", None, "iso", lambda v: v, number),
}


def tried(kind: str, form: Any, promise: str, get: Any, put: Any) -> LawReport:
    inner = {"type": kind} if form is None else {"type": kind, "format": form}
    document = {
        "canonical": "w@1",
        "class": promise,
        "steps": [convert("x", promise=promise, get=get, put=put)],
        "schema": {"required": ["x"], "properties": {"x": inner}},
    }
    return test_laws(Lens(read_definition(document)), RUNS, SEED)


def every_step() -> LawReport:
    schema = {
        "required": ["id", "currency"],
        "properties": {
            "id": {"type": "string"},
            "total": {"type": "number"},
            "on": {"type": ["string", "null"], "format": "date"},
            "weight": {"type": "number", "minimum": 0},
            "state": {"enum": ["new", "paid", "old", None]},
            "currency": {"type": "string"},
            "tags": {"type": "array", "maxItems": 1, "items": {"type": "string"}},
            "lines": {
                "type": "array",
                "items": {"required": ["count"], "properties": {"sku": {"type": "string"}, "count": {"type": "integer"}}},
            },
            "first": {"type": "string"},
            "last": {"type": "string"},
        },
    }
    steps = [
        {"rename": {"no": "id"}},
        {"move": {"from": "ship.weight", "to": "weight"}},
        {"cast": {"field": "total", "from": "text", "to": "number", "scale": 2, "point": ","}},
        {"cast": {"field": "on", "from": "text", "format": "D.M.YYYY", "to": "date"}},
        {"unit": {"field": "weight", "from": "mi", "to": "km"}},
        {"enum": {"field": "state", "map": {"N": "new", "n": "new", "P": "paid", "NA": None}, "others": "keep"}},
        {"default": {"field": "currency", "value": "EUR"}},
        {"wrap": {"field": "tags", "in": "list"}},
        {"each": {"field": "lines", "steps": [{"rename": {"s": "sku"}}, {"default": {"field": "count", "value": 1}}]}},
        {"split": {"field": "name", "by": " ", "into": ["first", "last"]}},
        {"drop": {"fields": ["trace", "debug.level"]}},
    ]
    head = {"canonical": "order@1", "class": "lens", "layout": "spaced-ascii", "complement": "topic"}
    examples = ['{"no": "a", "total": "1,50", "name": "Ada King", "tags": "x"}']
    order = ["no", "total"]
    document = {**head, "order": order, "steps": steps, "examples": examples, "schema": schema}
    return test_laws(Lens(read_definition(document)), RUNS, SEED)


def main() -> int:
    if "--without-hypothesis" in sys.argv:
        sys.modules["hypothesis"] = None  # type: ignore[assignment]
    right = every_step()
    if right.violation is not None or not 0 < right.without_raw < right.generated:
        print(f"✖ a definition with every kind of step: {right}")
        return 1
    for name, planted in WRONG.items():
        violation = tried(*planted).violation
        if violation is None or violation.law != "L4":
            print(f"✖ not found: it {name}: {violation}")
            return 1
        print(f"✔ found: it {name}: {violation.record}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
