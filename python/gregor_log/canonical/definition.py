"""A canonical form, and how raw records of one or several dialects become it; from JSON, YAML (with PyYAML) or a dict."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence

from .complement import complement_topic_of
from .convert import HandStep
from .json_tree import Json, Number, json_of
from .parse_json import parse_json
from .part import DefinitionError, LineOf, Part, Pointer
from .print_json import STYLES
from .refused import Refused
from .schema import Schema, read_schema
from .steps import read_steps
from .steps.step import CLASSES, Step, weaker


@dataclass(frozen=True)
class Dialect:
    """`form` is the text of the header gregor-canonical: `order@1`, or `order@1/name`."""

    form: str
    promise: str
    reason: Optional[str]
    layout: str
    order: Sequence[str]
    complement_topic: Optional[str]
    """Where the complement is kept; None: in a header."""
    steps: Sequence[Step]
    examples: Sequence[str]


@dataclass(frozen=True)
class Definition:
    """`dialects` by name; the only one has none: ''."""

    id: str
    round_trip: str
    schema: Schema
    dialects: Dict[str, Dialect]
    document: Json


_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}@[1-9][0-9]{0,8}").fullmatch
_DIALECT_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}").fullmatch
_OF_ALL = ["canonical", "description", "roundTrip", "schema"]
_OF_DIALECT = ["class", "lossy", "layout", "order", "complement", "steps", "examples"]


def parse_definition(text: str, name: str = "definition") -> Definition:
    """From JSON, or from YAML where PyYAML is installed. Raises `DefinitionError`."""
    return _from_json(text, name) if text.lstrip().startswith("{") else _from_yaml(text, name)


def read_definition(document: Any, name: str = "definition") -> Definition:
    """From plain values of Python; among its steps may be `convert(…)`. Raises `DefinitionError`."""
    by_hand: Dict[int, Step] = {}
    if isinstance(document, dict) and isinstance(document.get("steps"), (list, tuple)):
        by_hand = {n: item.step for n, item in enumerate(document["steps"]) if isinstance(item, HandStep)}
        steps = [{"by hand": item.field} if isinstance(item, HandStep) else item for item in document["steps"]]
        document = {**document, "steps": steps}
    return _read(json_of(document), name, lambda _: None, by_hand)


def _from_json(text: str, name: str) -> Definition:
    places: Dict[Pointer, int] = {}
    try:
        document, superseded = parse_json(text, places.__setitem__)
    except Refused as refused:
        raise DefinitionError(name, None, refused.field, refused.reason) from refused
    if superseded:
        raise DefinitionError(name, None, "", "a key is there twice")
    return _read(document, name, lambda pointer: text[: places.get(pointer, 0)].count("\n") + 1)


def _from_yaml(text: str, name: str) -> Definition:
    try:
        import yaml
    except ImportError as error:
        raise DefinitionError(name, None, "", "YAML needs PyYAML: pip install 'gregor-log[yaml]'; or use JSON") from error
    lines: Dict[Pointer, int] = {}

    def fail(node: Any, pointer: Pointer, reason: str) -> Any:
        raise DefinitionError(name, node.start_mark.line + 1, ".".join(map(str, pointer)), reason)

    def tree_of(node: Any, pointer: Pointer) -> Json:
        lines[pointer] = node.start_mark.line + 1
        if isinstance(node, yaml.SequenceNode):
            return [tree_of(item, (*pointer, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            members: Dict[str, Json] = {}
            for key, value in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    fail(key, pointer, "a key must be a text")
                if key.value in members:
                    fail(key, pointer, f"the key '{key.value}' is there twice")
                members[key.value] = tree_of(value, (*pointer, key.value))
            return members
        return node.value if node.style in ("'", '"', "|", ">") else _plain_scalar(node, pointer, fail)

    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = None if mark is None else mark.line + 1
        raise DefinitionError(name, line, "", str(getattr(error, "problem", None) or error)) from error
    document = None if node is None else tree_of(node, ())
    return _read(document, name, lines.get)


_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS.update({"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False})  # type: ignore[dict-item]
_YAML_NUMBER = re.compile(r"[-+]?(?:[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|(?:\.[0-9]+|[0-9]+\.?[0-9]*)(?:[eE][-+]?[0-9]+)?|\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN").fullmatch


def _plain_scalar(node: Any, pointer: Pointer, fail: Any) -> Json:
    """YAML 1.2's core schema, where `no` and `on` are texts: PyYAML's own is that of 1.1."""
    text = node.value
    if text in _WORDS:
        return _WORDS[text]
    if not _YAML_NUMBER(text):
        return text
    try:
        number = parse_json(text).value
    except Refused:
        number = None
    return number if isinstance(number, Number) else fail(node, pointer, f"write {text} as JSON writes numbers, or in quotes")


def _read(document: Json, name: str, line_of: LineOf, by_hand: Mapping[int, Step] = {}) -> Definition:
    part = Part(document, name, line_of)
    has_dialects = isinstance(document, dict) and "dialects" in document
    part.members([*_OF_ALL, *(["dialects"] if has_dialects else _OF_DIALECT)])
    identity = part.require("canonical")
    if not _ID(identity.text()):
        identity.fail("must be a name and a version, such as order@1")
    description = part.find("description")
    if description is not None:
        description.text()
    schema_part = part.require("schema")
    schema = read_schema(schema_part)
    if schema.properties is None:
        schema_part.fail("needs 'properties': a canonical record is an object")
    round_trip = part.find("roundTrip")
    return Definition(
        id=identity.text(),
        round_trip="bytes" if round_trip is None else round_trip.one_of(("bytes", "value")),
        schema=schema,
        dialects=_read_dialects(part.require("dialects"), identity.text(), schema)
        if has_dialects
        else {"": _read_dialect(part, identity.text(), schema, by_hand)},
        document=document,
    )


def _read_dialects(part: Part, identity: str, schema: Schema) -> Dict[str, Dialect]:
    dialects = {}
    for name, dialect in part.members():
        if not _DIALECT_NAME(name):
            dialect.fail("the name of a dialect is made of letters, digits, _ and -")
        dialect.members(_OF_DIALECT)
        dialects[name] = _read_dialect(dialect, f"{identity}/{name}", schema)
    return dialects or part.fail("must name at least one dialect")


def _read_dialect(part: Part, form: str, schema: Schema, by_hand: Mapping[int, Step] = {}) -> Dialect:
    promise = part.require("class").one_of(CLASSES)
    layout = part.find("layout")
    return Dialect(
        form=form,
        promise=promise,
        reason=_read_reason(part, promise),
        layout="compact" if layout is None else layout.one_of(STYLES),
        order=_texts(part.find("order")),
        complement_topic=_read_complement_topic(part, promise, form),
        steps=_read_promised(part, promise, schema, by_hand),
        examples=_texts(part.find("examples")),
    )


def _texts(part: Optional[Part]) -> List[str]:
    return [] if part is None else [item.text() for item in part.items()]


def _read_promised(part: Part, promise: str, schema: Schema, by_hand: Mapping[int, Step]) -> List[Step]:
    """The steps; one that cannot keep the promise is refused where it stands."""
    written = part.find("steps")
    steps = [] if written is None else read_steps(written, schema, by_hand)
    for step, at in steps:
        if weaker(promise, step.promise) != promise:
            at.fail(f"{step.title} is of class {step.promise}: it cannot keep the promise 'class: {promise}'")
    return [step for step, _ in steps]


def _read_complement_topic(part: Part, promise: str, form: str) -> Optional[str]:
    place = part.find("complement")
    if place is None:
        return None
    if promise != "lens":
        place.fail("is for 'class: lens': the others keep nothing beside")
    return complement_topic_of(form) if place.one_of(("header", "topic")) == "topic" else None


def _read_reason(part: Part, promise: str) -> Optional[str]:
    reason = part.find("lossy")
    if promise != "lossy":
        return None if reason is None else reason.fail("is for 'class: lossy' alone")
    if reason is None:
        part.fail("'class: lossy' needs a reason: lossy: \"card numbers must not be kept\"")
    return reason.text()
