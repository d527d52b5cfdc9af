"""In which order a raw record has its keys, where that is not the usual one: [["/items/0", [2, 0, 1]] …]."""

from __future__ import annotations

from typing import Callable, Dict, Iterable, List, Optional, Sequence, Tuple

from .json_tree import Json, Number
from .print_json import code_units

_SHAPES_MAX = 256


class KeyOrder:
    """How keys usually stand. Records of a topic have the same keys in the same order, most of them: so many kinds are known again."""

    def __init__(self, order: Iterable[str]) -> None:
        self._ranks = {path: index for index, path in enumerate(order)}
        self._shapes: Dict[str, Dict[Tuple[str, ...], Tuple[str, ...]]] = {}

    def usual(self, keys: Tuple[str, ...], path: str) -> Tuple[str, ...]:
        shapes = self._shapes.get(path)
        if shapes is None:
            if len(self._shapes) >= _SHAPES_MAX:
                self._shapes.clear()
            shapes = self._shapes[path] = {}
        known = shapes.get(keys)
        if known is None:
            if len(shapes) >= _SHAPES_MAX:
                shapes.clear()
            known = shapes[keys] = self._sorted(keys, path)
        return known

    def _sorted(self, keys: Tuple[str, ...], path: str) -> Tuple[str, ...]:
        prefix = "" if path == "" else f"{path}."
        last = len(self._ranks)
        return tuple(sorted(keys, key=lambda key: (self._ranks.get(prefix + key, last), code_units(key))))


def order_of(tree: Json, order: KeyOrder) -> Optional[List[Json]]:
    """What is unusual in the order of `tree`; None: nothing."""
    found: List[Json] = []

    def note(members: Dict[str, Json], pointer: str, path: str) -> None:
        keys = tuple(members)
        usual = order.usual(keys, path)
        if usual != keys:
            places = {key: index for index, key in enumerate(usual)}
            found.append([pointer, [Number.of(places[key]) for key in keys]])

    _visit(tree, "", "", note)
    return found or None


def put_in_order(tree: Json, order: KeyOrder, unusual: Json) -> None:
    """Puts the keys of `tree` into the usual order, and then as `unusual` says. In place."""
    lists: Dict[str, List[Json]] = {}
    for entry in unusual if isinstance(unusual, list) else ():
        if isinstance(entry, list) and len(entry) >= 2 and isinstance(entry[0], str) and isinstance(entry[1], list):
            lists[entry[0]] = entry[1]

    def reorder(members: Dict[str, Json], pointer: str, path: str) -> None:
        keys = tuple(members)
        wanted: Sequence[str] = order.usual(keys, path)
        if pointer in lists:
            wanted = _permuted(wanted, lists[pointer])
        if wanted != keys:
            moved = {key: members[key] for key in wanted}
            members.clear()
            members.update(moved)

    _visit(tree, "", "", reorder)


def _permuted(usual: Sequence[str], places: Sequence[Json]) -> List[str]:
    """Every key once, whatever the list says: it may have been taken from a record with other keys."""
    keys: Dict[str, None] = {}
    for place in places:
        index = int(place.text) if isinstance(place, Number) and place.text.isdigit() else -1
        if 0 <= index < len(usual):
            keys[usual[index]] = None
    for key in usual:
        keys[key] = None
    return list(keys)


def _visit(value: Json, pointer: str, path: str, on_object: Callable[[Dict[str, Json], str, str], None]) -> None:
    if isinstance(value, list):
        for index, item in enumerate(value):
            _visit(item, f"{pointer}/{index}", f"{path}[]", on_object)
    elif isinstance(value, dict):
        on_object(value, pointer, path)
        for key, item in value.items():
            if isinstance(item, (dict, list)):
                escaped = key.replace("~", "~0").replace("/", "~1")
                _visit(item, f"{pointer}/{escaped}", key if path == "" else f"{path}.{key}", on_object)
