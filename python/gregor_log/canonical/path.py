"""Path: the way to a field, `customer.address.city`. A key that has a dot in it is written as a list: ["a.b", "c"]."""

from __future__ import annotations

from typing import Dict, List, Optional, Sequence

from .json_tree import ABSENT, Json


class Path:
    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = tuple(keys)
        self.text = ".".join(f"['{key}']" if "." in key else key for key in keys)
        self.only = self.keys[0] if len(self.keys) == 1 else None
        """Its key, where it is a field of the document itself."""

    @staticmethod
    def of(written: Json) -> Optional[Path]:
        """None when `written` is not a path."""
        keys = written.split(".") if isinstance(written, str) else written
        if not isinstance(keys, list) or not keys:
            return None
        return Path(keys) if all(isinstance(key, str) and key != "" for key in keys) else None

    def sibling(self, name: str) -> Path:
        return Path([*self.keys[:-1], name])

    def find(self, document: Dict[str, Json]) -> Json:
        """ABSENT when it is not there."""
        if self.only is not None:
            return document.get(self.only, ABSENT)
        at: Json = document
        for key in self.keys:
            if not isinstance(at, dict):
                return ABSENT
            at = at.get(key, ABSENT)
        return at

    def set(self, document: Dict[str, Json], value: Json) -> bool:
        """Objects on the way come into being. False when something that is no object stands in the way."""
        if self.only is not None:
            document[self.only] = value
            return True
        at = document
        for key in self.keys[:-1]:
            following = at.setdefault(key, {})
            if not isinstance(following, dict):
                return False
            at = following
        at[self.keys[-1]] = value
        return True

    def take(self, document: Dict[str, Json]) -> Json:
        """Takes the field out, and the objects on the way that are empty then."""
        if self.only is not None:
            return document.pop(self.only, ABSENT)
        value = self.find(document)
        if value is ABSENT:
            return value
        ways: List[Dict[str, Json]] = [document]
        for key in self.keys[:-1]:
            ways.append(ways[-1][key])
        for at, key in zip(reversed(ways), reversed(self.keys)):
            del at[key]
            if at:
                break
        return value
