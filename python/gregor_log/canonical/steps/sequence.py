"""Steps one behind the other; forwards there, backwards back. The rests are kept by the number of their step, from 1."""

from __future__ import annotations

from typing import Dict, Optional, Sequence

from ..json_tree import ABSENT, Json
from ..refused import Refused
from .step import Document, Step


def get_all(steps: Sequence[Step], document: Document) -> Optional[Dict[str, Json]]:
    """The steps' rests; None: there are none."""
    rests: Dict[str, Json] = {}
    for index, step in enumerate(steps):
        try:
            rest = step.get(document)
        except Refused as refused:
            raise _named(index, step, refused) from refused
        if rest is not ABSENT:
            rests[str(index + 1)] = rest
    return rests or None


def put_all(steps: Sequence[Step], document: Document, rests: Json) -> None:
    for index in range(len(steps) - 1, -1, -1):
        rest = rests.get(str(index + 1), ABSENT) if isinstance(rests, dict) else ABSENT
        try:
            steps[index].put(document, rest)
        except Refused as refused:
            raise _named(index, steps[index], refused) from refused


def _named(index: int, step: Step, refused: Refused) -> Refused:
    """A refusal says which step it was."""
    at = f"step {index + 1} ({step.title})"
    return Refused(refused.field, refused.reason, at if refused.at is None else f"{at}, {refused.at}")
