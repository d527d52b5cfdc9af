"""drop: what the canonical form has no room for; kept in the complement header, or (home: none) gone."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Sequence, Tuple

from ..json_tree import ABSENT, Json
from ..part import Part
from ..path import Path
from .step import Document, Step


def drop_steps(part: Part, schema: Any) -> List[Step]:
    part.members(["fields", "others", "home"])
    home, others = part.find("home"), part.find("others")
    is_kept = home is None or home.one_of(("header", "none")) != "none"
    if others is not None:
        if not others.flag():
            others.fail("must be true, or left out")
        fields = part.find("fields")
        if fields is not None:
            fields.fail("either 'fields' or 'others'")
        return [DropStep("others", lambda document: _unknown(document, schema), is_kept)]
    paths = [item.path() for item in part.require("fields").items()]
    named = ", ".join(path.text for path in paths)
    return [DropStep(named, lambda document: _named(document, paths), is_kept, paths)]


class DropStep(Step):
    def __init__(
        self, what: str, take_out: Callable[[Document], Document], is_kept: bool, paths: Sequence[Path] = ()
    ) -> None:
        self.title = f"drop {what}"
        self.promise = "lens" if is_kept else "lossy"
        self._take_out = take_out
        self._is_kept = is_kept
        self._paths = paths

    def get(self, document: Document) -> Any:
        dropped = self._take_out(document)
        return dropped if self._is_kept and dropped else ABSENT

    def put(self, document: Document, rest: Any) -> None:
        if isinstance(rest, dict):
            _merge(document, rest)

    def vary(self, document: Document, draw: Callable[[int], int]) -> None:
        for path in self._paths:
            chosen = draw(len(_STRANGE) + 1)
            if chosen > 0 and path.find(document) is ABSENT:
                path.set(document, _STRANGE[chosen - 1])


_STRANGE: Tuple[Json, ...] = ("x", "", None, False)


def _named(document: Document, paths: List[Path]) -> Document:
    dropped: Dict[str, Json] = {}
    for path in paths:
        value = path.take(document)
        if value is not ABSENT:
            path.set(dropped, value)
    return dropped


def _unknown(document: Document, schema: Any) -> Document:
    """What a schema's objects have no property for, nested ones too; lists are looked into by no one."""
    dropped: Dict[str, Json] = {}
    for key, value in list(document.items()):
        inner = (schema.properties or {}).get(key)
        if inner is None and not schema.is_open:
            dropped[key] = document.pop(key)
        elif inner is not None and inner.properties is not None and isinstance(value, dict):
            nested = _unknown(value, inner)
            if nested:
                dropped[key] = nested
    return dropped


def _merge(document: Document, rest: Document) -> None:
    """Fills in what is not there."""
    for key, value in rest.items():
        there = document.get(key, ABSENT)
        if there is ABSENT:
            document[key] = value
        elif isinstance(there, dict) and isinstance(value, dict):
            _merge(there, value)
