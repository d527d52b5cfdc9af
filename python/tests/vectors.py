"""Holds the Python package against vectors that the TypeScript one made (test/canonical/vectors.ts in the repository).

Usage: vectors.py FILE. Prints how many were tried; ends with 1 when one differs.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

sys.path.insert(0, str(Path(__file__).parent.parent))
from gregor_log.canonical import (  # noqa: E402
    COMPLEMENT_HEADER,
    FORM_HEADER,
    HASH_HEADER,
    DefinitionError,
    Lens,
    Refused,
    parse_definition,
)

DIFFERENCES_SHOWN = 10


def main(path: str) -> int:
    lens: Optional[Lens] = None
    count = 0
    different: List[str] = []
    for line in Path(path).read_text("utf-8").splitlines():
        vector = json.loads(line)
        if "definition" in vector:
            lens = Lens(parse_definition(vector["definition"]))
            continue
        count += 1
        found = outcome(lens, vector)
        if found != vector:
            different.append(f"wanted {json.dumps(vector)}\n found {json.dumps(found)}")
    for text in different[:DIFFERENCES_SHOWN]:
        print(text)
    print(f"{count} vectors, {len(different)} differ")
    return 1 if different or count == 0 else 0


def outcome(lens: Any, vector: Dict[str, Any]) -> Dict[str, Any]:
    """The vector again, as this package sees it."""
    if "wrong" in vector:
        return {"wrong": vector["wrong"], "error": error_of(vector["wrong"])}
    if "check" in vector:
        found = lens.check(bytes.fromhex(vector["check"]), [(FORM_HEADER, lens.form.encode())])
        return {"check": vector["check"], "refused": None if found is None else found._asdict()}
    if "raw" in vector:
        return {"raw": vector["raw"], **tried(lambda: canonical(lens, vector["raw"]))}
    asked = {name: vector[name] for name in ("edited", "complement", "hash", "beside") if name in vector}
    return {**asked, **tried(lambda: turned_back(lens, asked))}


def tried(act: Callable[[], Dict[str, Any]]) -> Dict[str, Any]:
    try:
        return act()
    except Refused as refused:
        return {"refused": {"field": refused.field, "reason": refused.reason, "at": refused.at}}


def canonical(lens: Lens, raw: str) -> Dict[str, Any]:
    value, headers, beside = lens.to_canonical(bytes.fromhex(raw))
    ours = dict(headers)
    complement = ours.get(COMPLEMENT_HEADER)
    found: Dict[str, Any] = {
        "value": value.hex(),
        "complement": None if complement is None else complement.hex(),
        "hash": ours[HASH_HEADER].hex(),
    }
    if beside is not None:
        found["beside"] = [beside.topic, beside.key.decode(), beside.value.hex()]
    return found


def turned_back(lens: Lens, asked: Dict[str, Any]) -> Dict[str, Any]:
    headers = [(FORM_HEADER, lens.form.encode()), (HASH_HEADER, bytes.fromhex(asked["hash"]))]
    if asked["complement"] is not None:
        headers.append((COMPLEMENT_HEADER, bytes.fromhex(asked["complement"])))
    beside = bytes.fromhex(asked["beside"][2]) if "beside" in asked else None
    back = lens.to_raw(bytes.fromhex(asked["edited"]), headers, beside)
    return {"back": back.value.hex(), "isExact": back.is_exact}


def error_of(text: str) -> Optional[str]:
    try:
        parse_definition(text, "f")
    except DefinitionError as error:
        return str(error)
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
