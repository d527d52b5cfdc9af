"""Step: one small lens on a document. `get` makes it more canonical and answers what it had no room for; `put` is its inverse.

Both change the document in place; what a step cannot take is refused (`Refused`), never mangled.
"""

from __future__ import annotations

from typing import Any, Dict

from ..json_tree import Json

CLASSES = ("iso", "injection", "lens", "lossy")
Document = Dict[str, Json]


class Step:
    """`promise` is one of CLASSES."""

    title: str
    promise: str

    def get(self, document: Document) -> Any:
        """The rest; ABSENT when there is none."""
        raise NotImplementedError

    def put(self, document: Document, rest: Any) -> None:
        """`rest` is ABSENT when there is none."""
        raise NotImplementedError


def weaker(left: str, right: str) -> str:
    """The weaker of two promises."""
    return left if CLASSES.index(left) >= CLASSES.index(right) else right
