"""Step: one small lens on a document. `get` makes it more canonical and answers what it had no room for; `put` is its inverse.

Both change the document in place; what a step cannot take is refused (`Refused`), never mangled.
"""

from __future__ import annotations

from typing import Any, Callable, Dict

from ..json_tree import Json

CLASSES = ("iso", "injection", "lens", "lossy")
Document = Dict[str, Json]


class Step:
    """`promise` is one of CLASSES."""

    title: str
    promise: str
    is_by_hand = False
    """Written in a program and not in the definition."""

    def get(self, document: Document) -> Any:
        """The rest; ABSENT when there is none."""
        raise NotImplementedError

    def put(self, document: Document, rest: Any) -> None:
        """`rest` is ABSENT when there is none."""
        raise NotImplementedError

    def vary(self, document: Document, draw: Callable[[int], int]) -> None:
        """Makes another raw document of the same meaning, for property tests. `draw(n)` is one of 0 … n − 1."""


def weaker(left: str, right: str) -> str:
    """The weaker of two promises."""
    return left if CLASSES.index(left) >= CLASSES.index(right) else right
