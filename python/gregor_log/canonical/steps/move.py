"""rename and move: a field gets another name, or another place. Objects that come to be empty go, and come back."""

from __future__ import annotations

from typing import Any, List

from ..json_tree import ABSENT
from ..part import Part
from ..path import Path
from ..refused import Refused
from .step import Document, Step


def rename_steps(part: Part) -> List[Step]:
    steps: List[Step] = []
    for _, to in part.members():
        path = to.key_path()
        steps.append(MoveStep("rename", path, path.sibling(to.text())))
    return steps


def move_steps(part: Part) -> List[Step]:
    part.members(["from", "to"])
    return [MoveStep("move", part.require("from").path(), part.require("to").path())]


class MoveStep(Step):
    promise = "iso"

    def __init__(self, name: str, source: Path, target: Path) -> None:
        self.title = f"{name} {source.text}"
        self._source = source
        self._target = target
        self._keys = None if source.only is None or target.only is None else (source.only, target.only)

    def get(self, document: Document) -> Any:
        if self._keys is not None:
            source, target = self._keys
            if source not in document:
                require_free(document, self._target, f"{self._source.text} would become it")
            else:
                _rename(document, source, target)
        elif self._source.find(document) is ABSENT:
            require_free(document, self._target, f"{self._source.text} would become it")
        else:
            _relocate(document, self._source, self._target)
        return ABSENT

    def put(self, document: Document, rest: Any) -> None:
        if self._keys is not None:
            source, target = self._keys
            if target in document:
                _rename(document, target, source)
        elif self._target.find(document) is not ABSENT:
            _relocate(document, self._target, self._source)


def _rename(document: Document, source: str, target: str) -> None:
    """`_relocate` for fields of the document itself, which is what most are."""
    value = document.pop(source)
    if target in document:
        require_free(document, Path([target]), f"{Path([source]).text} becomes it")
    document[target] = value


def _relocate(document: Document, source: Path, target: Path) -> None:
    value = source.take(document)
    require_free(document, target, f"{source.text} becomes it")
    if not target.set(document, value):
        raise Refused(target.text, "something that is no object stands in the way")


def require_free(document: Document, path: Path, why: str) -> None:
    if path.find(document) is not ABSENT:
        raise Refused(path.text, f"is there already, and {why}: rename or drop it first")
