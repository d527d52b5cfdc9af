"""What a JSON text has beyond its tree: white space, spellings, members that a later one makes void; as the difference to a style.

{style, tokens: [[index, text]…], void: [[index, text]…], end}
"""

from __future__ import annotations

import re
from typing import Dict, Iterator, List, Optional, Sequence, Tuple

from .json_tree import Json, Number
from .parse_json import TokenRange
from .print_json import STYLES, print_json

_TOKEN = re.compile(r'[ \t\n\r]*(?:"(?:[^"\\]|\\.)*"|[^\s"{}\[\],:]+|[{}\[\],:])')


def tokens_of(text: str) -> List[str]:
    """The tokens of a JSON text, each with the white space before it."""
    return _TOKEN.findall(text)


def layout_of(text: str, tree: Json, superseded: Sequence[TokenRange], expected: str) -> Optional[Dict[str, Json]]:
    """What `text`, whose tree `tree` is (in its order), needs beside it; None: nothing."""
    if not superseded and print_json(tree, STYLES[expected]) == text:
        return None
    every = _TOKEN.findall(text)
    end = text[sum(len(token) for token in every) :]
    kept, void = _without_void(every, superseded)
    style, tokens = _closest(kept, tree, expected)
    layout: Dict[str, Json] = {}
    if style != expected:
        layout["style"] = style
    if tokens:
        layout["tokens"] = tokens
    if void:
        layout["void"] = void
    if end != "":
        layout["end"] = end
    return layout


def with_layout(tree: Json, layout: Dict[str, Json], expected: str) -> str:
    """The text again. Nonsense for another tree than the one that the layout was taken from: compare hashes."""
    tokens = _TOKEN.findall(print_json(tree, STYLES[style_in(layout, expected)]))
    for index, token in _places(layout.get("tokens")):
        if index < len(tokens):
            tokens[index] = token
    for index, token in _places(layout.get("void")):
        if index < len(tokens):
            tokens[index] = token + tokens[index]
    end = layout.get("end")
    return "".join(tokens) + (end if isinstance(end, str) else "")


def style_in(layout: Dict[str, Json], expected: str) -> str:
    style = layout.get("style")
    return style if isinstance(style, str) and style in STYLES else expected


def _without_void(every: List[str], superseded: Sequence[TokenRange]) -> Tuple[List[str], List[Json]]:
    kept: List[str] = []
    void: Dict[int, str] = {}
    following = 0
    for start, end in superseded:
        if start < following:
            continue  # inside of one that is void as a whole
        kept += every[following:start]
        void[len(kept)] = void.get(len(kept), "") + "".join(every[start:end])
        following = end
    kept += every[following:]
    return kept, [[Number.of(index), text] for index, text in void.items()]


def _closest(kept: List[str], tree: Json, expected: str) -> Tuple[str, List[Json]]:
    """The style with the fewest differences; of equals the expected one, then the first."""
    best: Optional[Tuple[str, List[Json]]] = None
    for style in [expected, *(style for style in STYLES if style != expected)]:
        printed = _TOKEN.findall(print_json(tree, STYLES[style]))
        tokens: List[Json] = [[Number.of(i), token] for i, token in enumerate(kept) if token != printed[i]]
        if best is None or len(tokens) < len(best[1]):
            best = (style, tokens)
        if not best[1]:
            break
    assert best is not None
    return best


def _places(entries: Json) -> Iterator[Tuple[int, str]]:
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, list) and len(entry) >= 2 and isinstance(entry[0], Number) and isinstance(entry[1], str):
            yield int(entry[0].text), entry[1]
