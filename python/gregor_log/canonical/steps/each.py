"""each: the steps, on every object of a list."""

from __future__ import annotations

from typing import Any, Callable, List, Sequence

from ..json_tree import ABSENT, Json, Number, kind_of
from ..path import Path
from ..refused import Refused
from .sequence import get_all, put_all
from .step import CLASSES, Document, Step


class EachStep(Step):
    def __init__(self, path: Path, steps: Sequence[Step]) -> None:
        self.title = f"each {path.text}"
        self.promise = max((step.promise for step in steps), key=CLASSES.index, default="iso")
        self._path = path
        self._steps = steps

    def get(self, document: Document) -> Any:
        rests: List[Json] = []
        for index, item in enumerate(self._items(document)):
            rest = self._in_item(index, lambda item=item: get_all(self._steps, item))  # type: ignore[misc]
            if rest is not None:
                rests.append([Number.of(index), rest])
        return rests or ABSENT

    def put(self, document: Document, rest: Any) -> None:
        rests = {}
        for entry in rest if isinstance(rest, list) else ():
            if isinstance(entry, list) and len(entry) >= 2 and isinstance(entry[0], Number):
                rests[entry[0].text] = entry[1]
        for index, item in enumerate(self._items(document)):
            kept = rests.get(str(index))
            self._in_item(index, lambda item=item, kept=kept: put_all(self._steps, item, kept))  # type: ignore[misc]

    def vary(self, document: Document, draw: Callable[[int], int]) -> None:
        for item in self._items(document):
            for step in reversed(self._steps):
                step.vary(item, draw)

    def _items(self, document: Document) -> List[Json]:
        found = self._path.find(document)
        if found is ABSENT or found is None:
            return []
        if not isinstance(found, list):
            raise Refused(self._path.text, f"must be a list, not {kind_of(found)}")
        for index, item in enumerate(found):
            if not isinstance(item, dict):
                raise Refused(f"{self._path.text}[{index}]", f"must be an object, not {kind_of(item)}")
        return found

    def _in_item(self, index: int, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except Refused as refused:
            raise Refused(f"{self._path.text}[{index}].{refused.field}", refused.reason, refused.at) from refused
