"""cast: another type for the same value: text ↔ number, number ↔ text, other people's dates ↔ canonical ones."""

from __future__ import annotations

from typing import List, Optional

from ..calendar import KINDS, Pattern, in_range, offset_ms, read_canonical, write_canonical
from ..decimals import Decimal, decimal_of, decimal_text, fixed_text, is_integer
from ..json_tree import Json, Number, kind_of
from ..part import Part
from ..print_json import short_text
from .fields import fields_of
from .step import Step
from .value_step import Conversion, Unfit, ValueStep

_FROM = ("text", "number", "epoch-s", "epoch-ms")
_TO = ("number", "integer", "text", *KINDS)
_SETTINGS = ["field", "fields", "from", "to"]


def cast_steps(part: Part) -> List[Step]:
    conversion = _conversion(part)
    return [ValueStep("cast", path, conversion) for path in fields_of(part)]


def _conversion(part: Part) -> Conversion:
    source = part.require("from").one_of(_FROM)
    target = part.require("to").one_of(_TO)
    if source == "text" and target in ("number", "integer"):
        return _text_to_number(part, target == "integer")
    if source == "number" and target == "text":
        return _number_to_text(part)
    if source == "text" and target in KINDS:
        return _text_to_time(part, target)
    if source.startswith("epoch-") and target == "timestamp":
        return _epoch_to_time(part, 1000 if source == "epoch-s" else 1)
    part.fail(f"no cast from {source} to {target}")


def _text_to_number(part: Part, is_whole: bool) -> Conversion:
    part.members([*_SETTINGS, "scale", "pad", "point"])
    scale_part, pad_part, point_part = part.find("scale"), part.find("pad"), part.find("point")
    scale = None if scale_part is None else scale_part.count()
    pad = 0 if pad_part is None else pad_part.count()
    point = "." if point_part is None else point_part.one_of((".", ","))
    foreign = "." if point == "," else ","

    def forward(raw: Json) -> Json:
        text = _require_text(raw)
        plain = text.replace(",", ".", 1)
        plain = plain[1:] if plain.startswith("+") else plain
        decimal = None if foreign in text else decimal_of(plain)
        if decimal is None:
            raise Unfit(f"{short_text(text)} is not a number")
        if is_whole and not is_integer(decimal):
            raise Unfit(f"{short_text(text)} is not a whole number")
        return Number(decimal_text(decimal))

    def backward(canonical: Json) -> Json:
        decimal = _require_number(canonical)
        text = decimal_text(decimal) if scale is None else fixed_text(decimal, scale)
        if text is None:
            raise Unfit(f"has more than {scale} digits behind the point")
        sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
        return sign + digits.replace(".", point, 1).rjust(pad, "0")

    promise = "iso" if scale is None and not is_whole else "injection"
    return Conversion(promise, forward, backward, spellings=_other_digits)


def _other_digits(raw: Json) -> List[Json]:
    return [f"+{raw}", f"0{raw}"] if isinstance(raw, str) and raw.isascii() and raw.isdigit() else []


def _number_to_text(part: Part) -> Conversion:
    part.members(_SETTINGS)

    def backward(canonical: Json) -> Json:
        text = _require_text(canonical)
        decimal = decimal_of(text)
        if decimal is None:
            raise Unfit(f"{short_text(text)} is not a number")
        return Number(decimal_text(decimal))

    return Conversion("injection", lambda raw: decimal_text(_require_number(raw)), backward)


def _text_to_time(part: Part, kind: str) -> Conversion:
    part.members([*_SETTINGS, "format", "offset"])
    written = part.require("format")
    pattern = Pattern(written.text())
    problem = pattern.problem_for(kind)
    if problem is not None:
        written.fail(problem)
    offset = _offset(part, kind, pattern)

    def forward(raw: Json) -> Json:
        text = _require_text(raw)
        local = pattern.read(text)
        instant = None if local is None else in_range(local - offset)
        if instant is None:
            raise Unfit(f"{short_text(text)} is not a {kind} like {pattern.text}")
        return write_canonical(kind, instant)

    def backward(canonical: Json) -> Json:
        local = in_range(_require_time(kind, canonical) + offset)
        if local is None:
            raise Unfit("is not in the years 0001 to 9999")
        return pattern.write(local)

    return Conversion("iso" if kind == "date" or pattern.has("SSS") else "injection", forward, backward)


def _offset(part: Part, kind: str, pattern: Pattern) -> int:
    """Where the pattern has no Z, `offset` must say whose clock a timestamp's text is of."""
    written = part.find("offset")
    is_needed = kind == "timestamp" and not pattern.has("Z")
    if written is None:
        if is_needed:
            part.fail("say 'offset: Z' when these times are in UTC, or offset: '+01:00'; or make it a datetime")
        return 0
    if not is_needed:
        written.fail("is for a timestamp whose format has no Z")
    offset = offset_ms(written.text())
    return written.fail("must be Z or like '+01:00'") if offset is None else offset


def _epoch_to_time(part: Part, unit_ms: int) -> Conversion:
    part.members(_SETTINGS)
    name = "milliseconds" if unit_ms == 1 else "seconds"

    def forward(raw: Json) -> Json:
        whole = _whole(_require_number(raw))
        instant = None if whole is None else in_range(whole * unit_ms)
        if instant is None:
            raise Unfit(f"{short_text(raw)} is not a whole number of {name} in the years 0001 to 9999")
        return write_canonical("timestamp", instant)

    def backward(canonical: Json) -> Json:
        instant = _require_time("timestamp", canonical)
        if instant % unit_ms != 0:
            raise Unfit(f"is not a whole number of {name}")
        return Number.of(instant // unit_ms)

    return Conversion("iso" if unit_ms == 1 else "injection", forward, backward)


def _whole(decimal: Decimal) -> Optional[int]:
    if not is_integer(decimal) or len(decimal.digits) + decimal.exponent > 20:
        return None
    whole = int(decimal.digits) * 10**decimal.exponent
    return -whole if decimal.is_negative else whole


def _require_text(value: Json) -> str:
    if not isinstance(value, str):
        raise Unfit(f"must be a string, not {kind_of(value)}")
    return value


def _require_number(value: Json) -> Decimal:
    decimal = decimal_of(value.text) if isinstance(value, Number) else None
    if decimal is None:
        raise Unfit(f"must be a number, not {kind_of(value)}")
    return decimal


def _require_time(kind: str, value: Json) -> int:
    text = _require_text(value)
    instant = read_canonical(kind, text)
    if instant is None:
        raise Unfit(f"{short_text(text)} is not a canonical {kind}")
    return instant
