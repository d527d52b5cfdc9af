"""Part: a piece of a definition that knows where it stands, so that what is wrong with it can be said with its line."""

from __future__ import annotations

from typing import Callable, Iterable, List, NoReturn, Optional, Sequence, Tuple, Union

from .json_tree import Json, Number, kind_of
from .path import Path
from .print_json import short_text

Pointer = Tuple[Union[str, int], ...]
LineOf = Callable[[Pointer], Optional[int]]


class DefinitionError(Exception):
    """`field` is like `steps[3].cast.to`; empty: the definition as a whole."""

    def __init__(self, origin: str, line: Optional[int], field: str, reason: str) -> None:
        place = origin if line is None else f"{origin}:{line}"
        super().__init__(f"{place}: {'' if field == '' else field + ': '}{reason}")
        self.line = line
        self.field = field
        self.reason = reason


class Part:
    def __init__(self, value: Json, origin: str, line_of: LineOf, pointer: Pointer = ()) -> None:
        self.value = value
        self.pointer = pointer
        self._origin = origin
        self._line_of = line_of

    def _at(self, value: Json, key: Union[str, int]) -> Part:
        return Part(value, self._origin, self._line_of, (*self.pointer, key))

    def fail(self, reason: str) -> NoReturn:
        raise DefinitionError(self._origin, self._line_of(self.pointer), _field_text(self.pointer), reason)

    def find(self, name: str) -> Optional[Part]:
        if not isinstance(self.value, dict) or name not in self.value:
            return None
        return self._at(self.value[name], name)

    def require(self, name: str) -> Part:
        return self.find(name) or self.fail(f"'{name}' is missing")

    def members(self, names: Optional[Sequence[str]] = None) -> List[Tuple[str, Part]]:
        """All members; of an object only, and with these names only when they are given."""
        if not isinstance(self.value, dict):
            self.fail(f"must be a mapping, not {kind_of(self.value)}")
        members = [(name, self._at(value, name)) for name, value in self.value.items()]
        for name, part in members:
            if names is not None and name not in names:
                part.fail(f"is not known here; known are {', '.join(names)}")
        return members

    def items(self) -> List[Part]:
        if not isinstance(self.value, list):
            self.fail(f"must be a list, not {kind_of(self.value)}")
        return [self._at(value, index) for index, value in enumerate(self.value)]

    def text(self) -> str:
        if not isinstance(self.value, str):
            self.fail(f"must be a text, not {kind_of(self.value)}")
        return self.value

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            self.fail(f"must be true or false, not {kind_of(self.value)}")
        return self.value

    def count(self) -> int:
        if not isinstance(self.value, Number) or not self.value.text.isdigit() or len(self.value.text) > 15:
            self.fail("must be a whole number, 0 or more")
        return int(self.value.text)

    def one_of(self, names: Iterable[str]) -> str:
        if isinstance(self.value, str) and self.value in names:
            return self.value
        self.fail(f"{short_text(self.value)} is none of {', '.join(names)}")

    def key_path(self) -> Path:
        """The key under which this part stands, as the path of a field."""
        path = Path.of(str(self.pointer[-1]))
        return path or self.fail("its key must be the path of a field, such as customer.id")

    def path(self) -> Path:
        return Path.of(self.value) or self.fail("must be the path of a field, such as customer.id")


def _field_text(pointer: Pointer) -> str:
    text = ""
    for key in pointer:
        text += f"[{key}]" if isinstance(key, int) else key if text == "" else f".{key}"
    return text
