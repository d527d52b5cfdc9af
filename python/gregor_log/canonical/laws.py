"""What a lens promises, tried with records.

    L1  put(get(r)) = r, byte for byte (`roundTrip: bytes`)       L2  the same JSON value (`roundTrip: value`)
    L3  what is canonical stays as it is                          L4  after an edit, get(put(c', rest)) = c'
    L5  the same record gives the same bytes, again and again

`broken_law` tries one real record; `test_laws` tries the examples and generated ones, and makes what it finds small.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Optional

from .check import require_object, text_of
from .generate import Draw, run
from .json_tree import ABSENT, Json, Number
from .key_order import KeyOrder, put_in_order
from .layout import tokens_of
from .lens import Lens
from .parse_json import parse_json
from .print_json import STYLES, canonical_bytes, print_json
from .refused import NoWayBack, Refused
from .samples import draw_sample


@dataclass(frozen=True)
class Violation:
    """`law` is None for an example that is refused; `record` is raw, or canonical where it has no raw form."""

    law: Optional[str]
    record: str
    reason: str


@dataclass
class LawReport:
    """`without_raw`: generated canonical values that no raw record gives, as an injection may have them; and one of them."""

    form: str
    examples: int
    generated: int = 0
    without_raw: int = 0
    without_raw_example: Optional[str] = None
    violation: Optional[Violation] = None


class LawBroken(AssertionError):
    def __init__(self, law: Optional[str], record: str, reason: str) -> None:
        super().__init__(reason)
        self.violation = Violation(law, record, reason)


def broken_law(lens: Lens, raw: bytes) -> Optional[Violation]:
    """L1 (or L2), L3 and L5 for one raw record; None: they hold."""
    record = raw.decode("utf-8", "replace")
    try:
        first = lens.to_canonical(raw)  # turns it back, and compares: L1 or L2
        if Lens(lens.definition, lens.name).to_canonical(bytes(raw)) != first:
            return Violation("L5", record, "gives other bytes the second time")
        kept = lens.to_canonical(first.value, first.headers)
        if (kept.value, kept.headers) != (first.value, first.headers):
            return Violation("L3", record, "its canonical record becomes another one")
        return None
    except Refused as refused:
        round_trip = "L1" if lens.definition.round_trip == "bytes" else "L2"
        return Violation(round_trip if isinstance(refused, NoWayBack) else None, record, str(refused))


def test_laws(lens: Lens, runs: int = 500, seed: Optional[int] = None) -> LawReport:
    """With hypothesis where it is installed (pip install 'gregor-log[test]'), else with a small generator of our own."""
    report = LawReport(lens.form, len(lens.dialect.examples))
    for example in lens.dialect.examples:
        report.violation = broken_law(lens, example.encode())
        if report.violation is not None:
            return report
    if lens.dialect.promise == "lossy":
        return report
    examples = [_parsed(lens.to_canonical(example.encode()).value) for example in lens.dialect.examples]

    def attempt(draw: Draw) -> None:
        values = [_draw_value(draw, lens, examples) for _ in range(2)]
        without = _try_one(lens, values[0], values[1], draw)
        if without is not None:
            report.without_raw += 1
            report.without_raw_example = report.without_raw_example or without

    try:
        report.generated = run(attempt, runs, seed)
    except LawBroken as broken:
        report.violation = broken.violation
    return report


test_laws.__test__ = False  # type: ignore[attr-defined]  # it is no test of pytest's


def _draw_value(draw: Draw, lens: Lens, examples: List[Json]) -> Json:
    if examples and draw(2) == 1:
        return examples[draw(len(examples))]
    return draw_sample(draw, lens.definition.schema)


def _try_one(lens: Lens, canonical: Json, edited: Json, draw: Draw) -> Optional[str]:
    """Raises `LawBroken`; else why there is no raw record of this value, where that may be so."""
    raw, without = _raw_of(lens, canonical, draw)
    if raw is None:
        return without
    broken = broken_law(lens, raw.encode())
    if broken is not None:
        raise LawBroken(broken.law or "L4", broken.record, broken.reason)
    record = lens.to_canonical(raw.encode())
    _require_same(record.value, canonical, raw)
    if _raw_of(lens, edited, lambda _: 0)[0] is None:
        return None
    try:
        beside = None if record.complement is None else record.complement.value
        back = lens.to_raw(canonical_bytes(edited), record.headers, beside)
        _require_same(lens.to_canonical(back.value).value, edited, (back.value or b"").decode())
    except Refused as refused:
        raise LawBroken("L4", raw, f"edited to {print_json(edited)}: {refused}") from refused
    return None


def _require_same(found: Optional[bytes], wanted: Json, raw: str) -> None:
    text = (found or b"").decode()
    if text != print_json(wanted):
        raise LawBroken("L4", raw, f"becomes {text}, not {print_json(wanted)} from which it was made")


def _raw_of(lens: Lens, canonical: Json, draw: Draw) -> Any:
    """A raw record of this value, in one of the spellings that the class allows; or None and why there is none."""
    is_free = lens.dialect.promise == "lens"
    tree = require_object(_parsed(canonical_bytes(canonical)))
    for step in reversed(lens.dialect.steps):
        try:
            step.put(tree, ABSENT)
        except Refused as refused:
            reason = f"{step.title}: {refused}"
            if step.promise == "injection":
                return None, f"{print_json(canonical)} ({reason})"
            raise LawBroken("L4", print_json(canonical), f"has no raw form: {reason}") from refused
        if is_free:
            step.vary(tree, draw)
    put_in_order(tree, KeyOrder(lens.dialect.order), _disorder(tree, draw) if is_free else None)
    if not is_free:
        return print_json(tree, STYLES[lens.dialect.layout]), None
    text = print_json(tree, list(STYLES.values())[draw(len(STYLES))])
    return (text, f" {text}\n", _spelled_out(text))[draw(3)], None


def _spelled_out(text: str) -> str:
    """Whole numbers in another spelling."""
    return "".join(f"{token}.0" if _is_whole(token) else token for token in tokens_of(text))


def _is_whole(token: str) -> bool:
    digits = token.lstrip(" ")
    return digits.lstrip("-").isdigit() and len(token) - len(digits) <= 1


def _disorder(tree: Json, draw: Draw) -> Json:
    places = [Number.of(index) for index in range(len(tree))]
    return [] if draw(2) == 0 else [["", [*places[1:], *places[:1]]]]


def _parsed(found: Optional[bytes]) -> Json:
    return parse_json(text_of(found or b"")).value

