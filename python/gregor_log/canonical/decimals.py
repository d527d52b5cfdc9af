"""Numbers of JSON as exact decimals: value = digits × 10^exponent, digits without zeros at either end.

The normal form is the text that ECMAScript (and so RFC 8785) prints for a double of that value; a number with more digits
than a double keeps them all: 1.10 → 1.1, 1E5 → 100000, -0 → 0.
"""

from __future__ import annotations

import re
from typing import Callable, NamedTuple, Optional, Tuple

ARITHMETIC_DIGITS_MAX = 1000
EXPONENT_MAX = 999_999
IS_NORMAL = re.compile(r"0|-?[1-9][0-9]{0,14}|-?(?:[1-9][0-9]{0,14}|0)\.[0-9]{0,4}[1-9]").fullmatch
NUMBER = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?").fullmatch


class Decimal(NamedTuple):
    is_negative: bool
    digits: str
    exponent: int


ZERO = Decimal(False, "0", 0)


def normal_number(text: str) -> Optional[str]:
    """None when the exponent is beyond ±999,999."""
    if IS_NORMAL(text):
        return text
    decimal = decimal_of(text)
    return None if decimal is None else decimal_text(decimal)


def decimal_of(text: str) -> Optional[Decimal]:
    """Takes JSON's grammar, and leading zeros. None: not a number, or its exponent is out of bounds."""
    if text.isdigit() and text.isascii():
        return normal(False, text, 0)
    found = NUMBER(text)
    if found is None:
        return None
    sign, whole, fraction, power = found.groups()
    fraction = fraction or ""
    power = power or "0"
    if len(power.lstrip("+-").lstrip("0")) > 6:
        return None
    return normal(sign == "-", whole + fraction, int(power) - len(fraction))


def normal(is_negative: bool, text: str, exponent: int) -> Decimal:
    digits = text.lstrip("0")
    short = digits.rstrip("0")
    if short == "":
        return ZERO
    return Decimal(is_negative, short, exponent + len(digits) - len(short))


def decimal_text(value: Decimal) -> str:
    """ECMAScript's Number::toString, for any number of digits."""
    is_negative, digits, exponent = value
    sign = "-" if is_negative else ""
    point = len(digits) + exponent
    if digits == "0":
        return "0"
    if exponent >= 0 and point <= 21:
        return sign + digits + "0" * exponent
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    rest = "" if len(digits) == 1 else f".{digits[1:]}"
    return f"{sign}{digits[0]}{rest}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def compare_decimals(left: Decimal, right: Decimal) -> int:
    if left.digits == "0" or right.digits == "0" or left.is_negative != right.is_negative:
        return _sign(left) - _sign(right)
    larger = -1 if left.is_negative else 1
    points = len(left.digits) + left.exponent - len(right.digits) - right.exponent
    if points != 0:
        return larger if points > 0 else -larger
    if left.digits == right.digits:
        return 0
    return -larger if left.digits < right.digits else larger


def _sign(value: Decimal) -> int:
    return 0 if value.digits == "0" else -1 if value.is_negative else 1


def is_integer(value: Decimal) -> bool:
    return value.exponent >= 0


def fixed_text(value: Decimal, scale: int) -> Optional[str]:
    """Plain digits with exactly `scale` of them behind the point; None when that would round."""
    is_negative, digits, exponent = value
    if exponent < -scale or exponent > ARITHMETIC_DIGITS_MAX:
        return None
    every = ("0" if digits == "0" else digits + "0" * (exponent + scale)).rjust(scale + 1, "0")
    whole, fraction = every[: len(every) - scale], every[len(every) - scale :]
    return f"{'-' if is_negative else ''}{whole}{'' if scale == 0 else '.' + fraction}"


Ratio = Tuple[int, int]
Scale = Callable[[Decimal], Optional[Decimal]]


def scale_by(ratio: Ratio) -> Scale:
    """Multiplies by over/under, exactly; None where that has no finite decimal or too many digits."""
    over, under = ratio
    twos, without_twos = _strip(under, 2)
    fives, others = _strip(without_twos, 5)
    shift = max(twos, fives)
    factor = over * 10**shift // (under // others)

    def scale(value: Decimal) -> Optional[Decimal]:
        is_negative, digits, exponent = value
        if len(digits) > ARITHMETIC_DIGITS_MAX:
            return None
        product = int(digits) * factor
        if product % others != 0:
            return None
        return normal(is_negative, str(product // others), exponent - shift)

    return scale


def _strip(number: int, factor: int) -> Tuple[int, int]:
    times = 0
    while number % factor == 0:
        number //= factor
        times += 1
    return times, number


def has_finite_results(ratio: Ratio) -> bool:
    """Whether every decimal × ratio is a finite decimal."""
    over, under = ratio
    return over % _strip(_strip(under, 2)[1], 5)[1] == 0


def added(left: Decimal, right: Decimal) -> Optional[Decimal]:
    """None when they are too far apart for arithmetic."""
    if right.digits == "0":
        return left
    exponent = min(left.exponent, right.exponent)
    if max(len(value.digits) + value.exponent - exponent for value in (left, right)) > ARITHMETIC_DIGITS_MAX:
        return None
    total = _whole_at(left, exponent) + _whole_at(right, exponent)
    return normal(total < 0, str(abs(total)), exponent)


def _whole_at(value: Decimal, unit: int) -> int:
    whole = int(value.digits) * 10 ** (value.exponent - unit)
    return -whole if value.is_negative else whole


def negated(value: Decimal) -> Decimal:
    return value if value.digits == "0" else value._replace(is_negative=not value.is_negative)
