"""What a canonical record carries, so that it can be turned back years later."""

from __future__ import annotations

from typing import List, Optional, Sequence, Tuple

Header = Tuple[str, Optional[bytes]]
Headers = Sequence[Header]

FORM_HEADER = "gregor-canonical"
"""`order@1`, or `flight@1/ops` where a definition has dialects. UTF-8."""
HASH_HEADER = "raw-sha256"
"""SHA-256 of the raw value: 32 bytes."""
COMPLEMENT_HEADER = "gregor-complement"
"""What the canonical value had no room for, or where that is (complement.py): JSON in canonical form; absent when that is nothing."""
OUR_HEADERS = frozenset((FORM_HEADER, HASH_HEADER, COMPLEMENT_HEADER))


def header_of(headers: Headers, name: str) -> Optional[bytes]:
    """The last one of that name counts, as for Kafka's clients."""
    for key, value in reversed(headers):
        if key == name:
            return value
    return None


def header_text(headers: Headers, name: str) -> Optional[str]:
    value = header_of(headers, name)
    return None if value is None else value.decode("utf-8", "replace")


def without_ours(headers: Headers) -> List[Header]:
    return [header for header in headers if header[0] not in OUR_HEADERS]
