"""ValueStep: a step that converts one field. When the inverse does not give the very same raw value back, that value is the rest.

    get   canonical = forward(raw);  rest = raw, unless backward(canonical) is raw
    put   raw = rest, if forward(rest) is the canonical value still; else backward(canonical), which must lead there again
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Callable, Dict, Sequence

from ..json_tree import ABSENT, Json, Number
from ..path import Path
from ..refused import Refused
from .step import Document, Step


class Unfit(Exception):
    """What a conversion raises for a value that it cannot take; the reason continues "total: …"."""


class Conversion:
    """A null stays null and an absent field absent, unless the conversion says that it takes them."""

    def __init__(
        self,
        promise: str,
        forward: Callable[[Json], Json],
        backward: Callable[[Json], Json],
        takes_null: bool = False,
        takes_absent: bool = False,
        is_by_hand: bool = False,
        spellings: Callable[[Json], Sequence[Json]] = lambda raw: (),
    ) -> None:
        """`spellings`: other raw values that lead to the same canonical one."""
        self.promise = promise
        self.forward = forward
        self.backward = backward
        self.takes_null = takes_null
        self.takes_absent = takes_absent
        self.is_by_hand = is_by_hand
        self.spellings = spellings

    def takes(self, value: Json) -> bool:
        if value is ABSENT:
            return self.takes_absent
        return value is not None or self.takes_null


_ENTRIES_MAX = 4096
_CHARACTERS_MAX = 64


class Memo:
    """What short texts and numbers led to; at most 4,096 of each, then it begins anew."""

    def __init__(self) -> None:
        self._texts: Dict[str, Any] = {}
        self._numbers: Dict[str, Any] = {}

    def get(self, value: Json) -> Any:
        """None: not known."""
        kind = type(value)
        if kind is str:
            return self._texts.get(value)
        return self._numbers.get(value.text) if kind is Number else None

    def put(self, value: Json, result: Any) -> None:
        text = value.text if isinstance(value, Number) else value
        known = self._texts if text is value else self._numbers
        if len(known) >= _ENTRIES_MAX:
            known.clear()
        known[text] = result


def _is_short(value: Json) -> bool:
    return type(value) is Number or (type(value) is str and len(value) <= _CHARACTERS_MAX)


class ValueStep(Step):
    """Conversions of a definition are pure, and values come again: within one record, which is turned back to see that it can be, and in the
    next one. So a step knows what it gave, and what comes back of it. One by hand is asked each time."""

    def __init__(self, name: str, path: Path, conversion: Conversion) -> None:
        self.title = f"{name} {path.text}"
        self.promise = conversion.promise
        self.is_by_hand = conversion.is_by_hand
        self._path = path
        self._conversion = conversion
        self._there, self._back = Memo(), Memo()

    def get(self, document: Document) -> Any:
        raw = self._path.find(document)
        known = self._there.get(raw)
        if known is not None:
            self._path.set(document, known)
            return ABSENT
        conversion = self._conversion
        if not conversion.takes(raw):
            return ABSENT
        canonical = self._require(conversion.forward, raw)
        self._place(document, canonical)
        try:
            back = conversion.backward(canonical) if conversion.takes(canonical) else canonical
        except Unfit:
            return deepcopy(raw)
        if back is not raw and back != raw:
            return deepcopy(raw)
        if not self.is_by_hand and _is_short(raw) and _is_short(canonical):
            self._there.put(raw, canonical)
            self._back.put(canonical, raw)
        return ABSENT

    def put(self, document: Document, rest: Any) -> None:
        canonical = self._path.find(document)
        if rest is not ABSENT and self._leads_to(rest, canonical):
            self._place(document, rest)
            return
        known = self._back.get(canonical)
        if known is not None:
            self._path.set(document, known)
        elif self._conversion.takes(canonical):
            raw = self._require(self._conversion.backward, canonical)
            if not self._leads_to(raw, canonical):
                raise Refused(self._path.text, "no raw value leads to this one")
            self._place(document, raw)

    def vary(self, document: Document, draw: Callable[[int], int]) -> None:
        others = self._conversion.spellings(self._path.find(document))
        chosen = draw(len(others) + 1)
        if chosen > 0:
            self._place(document, others[chosen - 1])

    def _leads_to(self, raw: Json, canonical: Json) -> bool:
        try:
            found = self._conversion.forward(raw) if self._conversion.takes(raw) else raw
        except Unfit:
            return False
        return found is canonical or found == canonical

    def _require(self, convert: Callable[[Json], Json], value: Json) -> Json:
        try:
            return convert(value)
        except Unfit as unfit:
            raise Refused(self._path.text, str(unfit)) from unfit

    def _place(self, document: Document, value: Json) -> None:
        if value is ABSENT:
            self._path.take(document)
        elif not self._path.set(document, deepcopy(value) if isinstance(value, (dict, list)) else value):
            raise Refused(self._path.text, "something that is no object stands in the way")
