"""unit: a number in another unit, exactly; nothing is ever rounded."""

from __future__ import annotations

from fractions import Fraction
from typing import List, NamedTuple

from ..decimals import ZERO, Decimal, Ratio, Scale, added, decimal_of, decimal_text, has_finite_results, negated, scale_by
from ..json_tree import Json, Number, kind_of
from ..part import Part
from ..units import UNITS, Unit
from .fields import fields_of
from .step import Step
from .value_step import Conversion, Unfit, ValueStep

_FACTOR_EXPONENT_MAX = 100


class _Linear(NamedTuple):
    ratio: Ratio
    before: Decimal
    after: Decimal


def unit_steps(part: Part) -> List[Step]:
    part.members(["field", "fields", "from", "to", "factor"])
    linear = _between_units(part) if part.find("factor") is None else _by_factor(part)
    conversion = _conversion(linear)
    return [ValueStep("unit", path, conversion) for path in fields_of(part)]


def _between_units(part: Part) -> _Linear:
    source, target = _unit(part.require("from")), _unit(part.require("to"))
    if source.quantity != target.quantity:
        part.fail(f"from is a {source.quantity} and to a {target.quantity}")
    ratio = _reduced(source.over * target.under, source.under * target.over)
    if not has_finite_results(ratio):
        part.fail("most results would have no end as decimals: keep the raw unit, or choose a smaller one")
    return _Linear(ratio, decimal_of(source.offset) or ZERO, negated(decimal_of(target.offset) or ZERO))


def _by_factor(part: Part) -> _Linear:
    part.members(["field", "fields", "factor"])
    factor = part.require("factor")
    decimal = decimal_of(factor.value.text) if isinstance(factor.value, Number) else None
    if decimal is None or decimal == ZERO or decimal.is_negative or abs(decimal.exponent) > _FACTOR_EXPONENT_MAX:
        factor.fail("must be a number above 0, such as 0.01")
    digits, power = int(decimal.digits), 10 ** abs(decimal.exponent)
    ratio = _reduced(digits, power) if decimal.exponent < 0 else _reduced(digits * power, 1)
    return _Linear(ratio, ZERO, ZERO)


def _unit(part: Part) -> Unit:
    return UNITS[part.one_of(UNITS)]


def _reduced(over: int, under: int) -> Ratio:
    fraction = Fraction(over, under)
    return fraction.numerator, fraction.denominator


def _conversion(linear: _Linear) -> Conversion:
    ratio, before, after = linear
    inverse = (ratio[1], ratio[0])
    there, back = scale_by(ratio), scale_by(inverse)
    return Conversion(
        "iso" if has_finite_results(inverse) else "injection",
        lambda raw: _converted(raw, before, there, after),
        lambda canonical: _converted(canonical, negated(after), back, negated(before)),
    )


def _converted(value: Json, before: Decimal, scale: Scale, after: Decimal) -> Number:
    if not isinstance(value, Number):
        raise Unfit(f"must be a number, not {kind_of(value)}")
    decimal = decimal_of(value.text)
    moved = None if decimal is None else added(decimal, before)
    grown = None if moved is None else scale(moved)
    result = None if grown is None else added(grown, after)
    if result is None:
        raise Unfit("has no exact value in the other unit")
    return Number(decimal_text(result))
