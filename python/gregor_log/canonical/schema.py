"""The canonical shape, in JSON Schema's words (2020-12), as few of them as mean the same everywhere.

Objects are closed unless `additionalProperties: true`; a word that is not known here is refused, never ignored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, FrozenSet, List, Optional, Sequence, Set, Tuple, Union

from .calendar import read_canonical
from .decimals import Decimal, compare_decimals, decimal_of, is_integer
from .json_tree import Json, Number, kind_of
from .part import Part
from .print_json import short_text
from .refused import Refusal

TYPES = ("string", "number", "integer", "boolean", "null", "array", "object")
FORMATS = {"date": "date", "date-time": "timestamp", "local-date-time": "datetime"}
_WORDS = (
    *("type", "properties", "required", "additionalProperties", "items", "enum", "const", "minimum", "maximum"),
    *("minLength", "maxLength", "minItems", "maxItems", "format", "description", "title", "$schema"),
)


@dataclass(frozen=True)
class Schema:
    """None: not said."""

    types: Optional[Sequence[str]]
    values: Optional[Sequence[Json]]
    minimum: Optional[Decimal]
    maximum: Optional[Decimal]
    min_length: Optional[int]
    max_length: Optional[int]
    min_items: Optional[int]
    max_items: Optional[int]
    format: Optional[str]
    items: Optional[Schema]
    properties: Optional[Dict[str, Schema]]
    required: Sequence[str]
    is_open: Optional[bool]
    kinds: FrozenSet[type] = field(init=False)
    """Python's types of `types` that need no second look."""
    is_leaf: bool = field(init=False)
    """Says nothing of what is inside of a value."""
    fitting: Set[object] = field(init=False, default_factory=set, repr=False, compare=False)
    """Of a leaf: short texts, and texts of numbers, that were looked at before; at most 4,096, then it begins anew."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "kinds", frozenset(_KINDS[name] for name in self.types or () if name in _KINDS))
        object.__setattr__(self, "is_leaf", self.items is None and self.properties is None and not self.required)


def read_schema(part: Part) -> Schema:
    part.members(_WORDS)
    properties = part.find("properties")
    members = None if properties is None else properties.members()
    required = _items(part.find("required"))
    for name in required:
        if not any(key == name.value for key, _ in members or []):
            name.fail("is not among the properties")
    items = part.find("items")
    format_part = part.find("format")
    additional = part.find("additionalProperties")
    return Schema(
        types=_types(part),
        values=_values(part),
        minimum=_bound(part.find("minimum")),
        maximum=_bound(part.find("maximum")),
        min_length=_count(part.find("minLength")),
        max_length=_count(part.find("maxLength")),
        min_items=_count(part.find("minItems")),
        max_items=_count(part.find("maxItems")),
        format=None if format_part is None else format_part.one_of(FORMATS),
        items=None if items is None else read_schema(items),
        properties=None if members is None else {key: read_schema(member) for key, member in members},
        required=[name.text() for name in required],
        is_open=None if additional is None else additional.flag(),
    )


def _items(part: Optional[Part]) -> List[Part]:
    return [] if part is None else part.items()


def _count(part: Optional[Part]) -> Optional[int]:
    return None if part is None else part.count()


def _types(part: Part) -> Optional[List[str]]:
    found = part.find("type")
    if found is None:
        return None
    return [item.one_of(TYPES) for item in found.items()] if isinstance(found.value, list) else [found.one_of(TYPES)]


def _values(part: Part) -> Optional[List[Json]]:
    constant = part.find("const")
    if constant is not None:
        return [constant.value]
    found = part.find("enum")
    return None if found is None else [item.value for item in found.items()]


def _bound(part: Optional[Part]) -> Optional[Decimal]:
    if part is None:
        return None
    return decimal_of(part.value.text) if isinstance(part.value, Number) else part.fail("must be a number")


def misfit(schema: Schema, value: Json, field: str = "") -> Optional[Refusal]:
    """The first thing that does not fit; None: all does."""
    reason = _misfit(schema, value)
    if reason is not None:
        return Refusal(field, reason)
    if isinstance(value, list) and schema.items is not None:
        for index, item in enumerate(value):
            found = misfit(schema.items, item, f"{field}[{index}]")
            if found is not None:
                return found
    return _misfit_of_members(schema, value, field) if isinstance(value, dict) else None


def _misfit_of_members(schema: Schema, value: Dict[str, Json], field: str) -> Optional[Refusal]:
    prefix = "" if field == "" else f"{field}."
    for key in schema.required:
        if key not in value:
            return Refusal(prefix + key, "is missing")
    if schema.properties is None and schema.is_open is not False:
        return None
    properties = schema.properties or {}
    for key, item in value.items():
        inner = properties.get(key)
        if inner is None:
            if schema.is_open is not True:
                return Refusal(prefix + key, "is no field of the canonical form")
            continue
        kind = type(item)
        if inner.is_leaf and (kind is str or kind is Number):
            known = item if kind is str else (item.text,)
            if known in inner.fitting:
                continue
            reason = _misfit(inner, item)
            if reason is not None:
                return Refusal(prefix + key, reason)
            _remember(inner, known)
            continue
        found = misfit(inner, item, prefix + key)
        if found is not None:
            return found
    return None


_FITTING_MAX = 4096
_CHARACTERS_MAX = 64


def _remember(schema: Schema, known: Union[str, Tuple[str]]) -> None:
    if len(known if isinstance(known, str) else known[0]) > _CHARACTERS_MAX:
        return
    if len(schema.fitting) >= _FITTING_MAX:
        schema.fitting.clear()
    schema.fitting.add(known)


def _misfit(schema: Schema, value: Json) -> Optional[str]:
    if schema.types is not None and type(value) not in schema.kinds and not _is_whole(schema.types, value):
        number = f" ({value.text})" if isinstance(value, Number) else ""
        return f"must be {' or '.join(schema.types)}, not {kind_of(value)}{number}"
    if schema.values is not None and value not in schema.values:
        return f"{short_text(value)} is none of {', '.join(short_text(one) for one in schema.values)}"
    if isinstance(value, Number):
        return _misfit_of_number(schema, value)
    if isinstance(value, str):
        return _misfit_of_text(schema, value)
    if isinstance(value, list):
        return _misfit_of_count(len(value), (schema.min_items, schema.max_items), "items")
    return None


_KINDS = {"string": str, "boolean": bool, "number": Number, "null": type(None), "array": list, "object": dict}


def _is_whole(types: Sequence[str], value: Json) -> bool:
    """Whether it is an integer, and may be one."""
    if "integer" not in types or not isinstance(value, Number):
        return False
    return value.text.isdigit() or is_integer(decimal_of(value.text))  # type: ignore[arg-type]


def _misfit_of_number(schema: Schema, number: Number) -> Optional[str]:
    if schema.minimum is None and schema.maximum is None:
        return None
    value = decimal_of(number.text)
    assert value is not None
    if schema.minimum is not None and compare_decimals(value, schema.minimum) < 0:
        return f"{number.text} is below the minimum"
    if schema.maximum is not None and compare_decimals(value, schema.maximum) > 0:
        return f"{number.text} is above the maximum"
    return None


def _misfit_of_text(schema: Schema, value: str) -> Optional[str]:
    if schema.format is not None and read_canonical(FORMATS[schema.format], value) is None:
        return f"{short_text(value)} is not a canonical {schema.format}"
    if schema.min_length is None and schema.max_length is None:
        return None
    return _misfit_of_count(len(value), (schema.min_length, schema.max_length), "characters")


def _misfit_of_count(count: int, bounds: Tuple[Optional[int], Optional[int]], noun: str) -> Optional[str]:
    least, most = bounds
    if least is not None and count < least:
        return f"has {count} {noun}, at least {least} are needed"
    if most is not None and count > most:
        return f"has {count} {noun}, at most {most} are allowed"
    return None
