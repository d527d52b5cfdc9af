"""Whether a record is canonical under a definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, Optional

from .headers import FORM_HEADER
from .json_tree import Json, kind_of
from .parse_json import parse_json
from .print_json import canonical_bytes
from .refused import Refusal, Refused
from .schema import Schema, misfit

if TYPE_CHECKING:
    from .definition import Definition


class CanonicalCheck:
    def __init__(self, definition: Definition) -> None:
        self.id = definition.id
        self._forms = [dialect.form for dialect in definition.dialects.values()]
        self._schema = definition.schema

    def check(self, value: Optional[bytes], form: Optional[str]) -> Optional[Refusal]:
        """`form` is the text of the record's header gregor-canonical. None: the record is canonical; a tombstone is."""
        if form is None or form not in self._forms:
            return Refusal("", self._wrong_form(form))
        return None if value is None else misfit_of_bytes(value, self._schema)

    def _wrong_form(self, form: Optional[str]) -> str:
        if form is None:
            return f"has no header {FORM_HEADER}: send it through a producer with the definition {self.id}"
        return f"its header {FORM_HEADER} is '{form}', not {' or '.join(self._forms)}"


def misfit_of_bytes(value: bytes, schema: Schema) -> Optional[Refusal]:
    """Why these bytes are not the canonical form of a value of this schema."""
    try:
        tree = parse_json(text_of(value)).value
        return misfit(schema, require_object(tree)) or _misprint(value, tree)
    except Refused as refused:
        return Refusal(refused.field, refused.reason)


def text_of(value: bytes) -> str:
    """Raises `Refused`. A byte order mark stays, and is no JSON."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("", "is not UTF-8") from error


def require_object(value: Json) -> Dict[str, Json]:
    if not isinstance(value, dict):
        raise Refused("", f"must be an object, not {kind_of(value)}")
    return value


def _misprint(value: bytes, tree: Json) -> Optional[Refusal]:
    canonical = canonical_bytes(tree)
    if canonical == value:
        return None
    at = next((i for i, (left, right) in enumerate(zip(value, canonical)) if left != right), None)
    at = min(len(value), len(canonical)) if at is None else at
    what = "keys sorted, no white space, numbers and escapes as short as can be (RFC 8785)"
    return Refusal("", f"is not in canonical form at byte {at}: {what}")
