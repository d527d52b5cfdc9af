"""split and join: one text and its parts, each the other's inverse."""

from __future__ import annotations

from typing import Any, List

from ..json_tree import ABSENT, Json, kind_of
from ..part import Part
from ..path import Path
from ..print_json import short_text
from ..refused import Refused
from .step import Document, Step


def split_steps(part: Part) -> List[Step]:
    part.members(["field", "by", "into"])
    return [SplitStep(part.require("field").path(), _several(part.require("into")), _separator(part), True)]


def join_steps(part: Part) -> List[Step]:
    part.members(["fields", "by", "into"])
    return [SplitStep(part.require("into").path(), _several(part.require("fields")), _separator(part), False)]


def _separator(part: Part) -> str:
    by = part.require("by")
    return by.text() or by.fail("must not be empty")


def _several(part: Part) -> List[Path]:
    paths = [item.path() for item in part.items()]
    return part.fail("must name at least two fields") if len(paths) < 2 else paths


class SplitStep(Step):
    """All parts but the last are free of the separator; all parts are null together, or absent together."""

    promise = "injection"

    def __init__(self, whole: Path, parts: List[Path], by: str, splits: bool) -> None:
        self.title = f"{'split' if splits else 'join'} {whole.text}"
        self._whole = whole
        self._parts = parts
        self._by = by
        self._splits = splits

    def get(self, document: Document) -> Any:
        (self._apart if self._splits else self._together)(document)
        return ABSENT

    def put(self, document: Document, rest: Any) -> None:
        (self._together if self._splits else self._apart)(document)

    def _apart(self, document: Document) -> None:
        value = self._whole.take(document)
        if value is ABSENT:
            for path in self._parts:
                _require_free(document, path)
            return
        texts = [None] * len(self._parts) if value is None else self._cut(value)
        for path, text in zip(self._parts, texts):
            _require_free(document, path)
            _place(document, path, text)

    def _cut(self, value: Json) -> List[Any]:
        if not isinstance(value, str):
            raise Refused(self._whole.text, f"must be a string, not {kind_of(value)}")
        texts = value.split(self._by, len(self._parts) - 1)
        if len(texts) < len(self._parts):
            what = f"has not {len(self._parts)} parts with {short_text(self._by)} between them"
            raise Refused(self._whole.text, f"{short_text(value)} {what}")
        return texts

    def _together(self, document: Document) -> None:
        values = [path.find(document) for path in self._parts]
        if all(value is ABSENT for value in values):
            _require_free(document, self._whole)
            return
        for path in self._parts:
            path.take(document)
        _require_free(document, self._whole)
        _place(document, self._whole, None if all(value is None for value in values) else self._glue(values))

    def _glue(self, values: List[Json]) -> str:
        for index, (path, value) in enumerate(zip(self._parts, values)):
            if not isinstance(value, str):
                raise Refused(path.text, f"must be a string, not {kind_of(value)}")
            if index < len(values) - 1 and self._by in value:
                raise Refused(path.text, f"{short_text(value)} contains the separator {short_text(self._by)}")
        return self._by.join(values)


def _place(document: Document, path: Path, value: Json) -> None:
    if not path.set(document, value):
        raise Refused(path.text, "something that is no object stands in the way")


def _require_free(document: Document, path: Path) -> None:
    if path.find(document) is not ABSENT:
        raise Refused(path.text, "is there already: rename or drop it first")
