"""One dialect of a definition at work: raw bytes to canonical bytes and headers, and back. Pure."""

from __future__ import annotations

from hashlib import sha256
from typing import Callable, Dict, List, NamedTuple, Optional, Tuple

from .check import CanonicalCheck, require_object, text_of
from .complement import ComplementRecord, complement_of, complement_place_of, kept_complement
from .definition import Definition
from .headers import (
    COMPLEMENT_HEADER,
    FORM_HEADER,
    HASH_HEADER,
    OUR_HEADERS,
    Header,
    Headers,
    header_of,
    header_text,
    without_ours,
)
from .json_tree import Json
from .key_order import KeyOrder, order_of, put_in_order
from .layout import layout_of, style_in, with_layout
from .parse_json import parse_json
from .print_json import STYLES, canonical_bytes, print_json
from .refused import NoWayBack, Refusal, Refused
from .schema import misfit
from .steps.sequence import get_all, put_all


class CanonicalRecord(NamedTuple):
    """`complement`: with `complement: topic`, what must be there before this record is sent."""

    value: Optional[bytes]
    headers: List[Header]
    complement: Optional[ComplementRecord] = None


class RawRecord(NamedTuple):
    """`headers` without ours; `is_exact`: whether it has the hash that the record carries, None when it carries none."""

    value: Optional[bytes]
    headers: List[Header]
    is_exact: Optional[bool]


class Lens:
    def __init__(self, definition: Definition, dialect: Optional[str] = None) -> None:
        """The dialect may be left out when there is one only."""
        names = list(definition.dialects)
        name = dialect if dialect is not None else names[0] if len(names) == 1 else ""
        if name not in definition.dialects:
            if dialect is None:
                forms = ", ".join(f"{definition.id}/{known}" for known in names)
                raise ValueError(f"{definition.id} has dialects; say which: {forms}")
            raise ValueError(f"{definition.id} has no dialect '{dialect}'; it has {', '.join(names) or 'none'}")
        self.definition = definition
        self.dialect = definition.dialects[name]
        self.name = name
        """Of the dialect; '' when the definition has none."""
        self._check = CanonicalCheck(definition)
        self._order = KeyOrder(self.dialect.order)

    @property
    def form(self) -> str:
        """`order@1` or `flight@1/ops`."""
        return self.dialect.form

    def check(self, value: Optional[bytes], headers: Headers) -> Optional[Refusal]:
        """None: the record is canonical."""
        return self._check.check(value, header_text(headers, FORM_HEADER))

    def to_canonical(self, value: Optional[bytes], headers: Headers = ()) -> CanonicalRecord:
        """Raises `Refused`. A record that says that it is canonical is checked, and stays as it is."""
        if header_of(headers, FORM_HEADER) is not None:
            wrong = self.check(value, headers)
            if wrong is not None:
                raise Refused(*wrong)
            return CanonicalRecord(value, list(headers))
        for name, _ in headers:
            if name in OUR_HEADERS:
                raise Refused("", f"has a header {name}, which is ours, without {FORM_HEADER}")
        form: Header = (FORM_HEADER, self.form.encode())
        if value is None:
            return CanonicalRecord(value, [*headers, form])
        raw = value if self.definition.round_trip == "bytes" else _value_alone(value)
        tree, complement = self._get(raw)
        canonical = canonical_bytes(tree)
        digest = sha256(raw).digest()
        dialect = self.dialect
        kept = kept_complement(complement, self.form, dialect.complement_topic, digest) if complement else None
        if dialect.promise != "lossy":
            self._require_way_back(canonical, None if kept is None else kept[2], raw)
        ours: List[Header] = [form, (HASH_HEADER, digest)]
        if kept is None:
            return CanonicalRecord(canonical, [*headers, *ours])
        ours.append((COMPLEMENT_HEADER, kept[0]))
        return CanonicalRecord(canonical, [*headers, *ours], kept[1])

    def to_raw(self, value: Optional[bytes], headers: Headers, complement: Optional[bytes] = None) -> RawRecord:
        """Raises `Refused` when there is no way back: another form, a lossy one, a value that no raw record gives.
        `complement` is the value of the record on the side topic, where `complement_place_of` names one."""
        self._require_form(headers)
        if self.dialect.promise == "lossy":
            raise Refused("", f"{self.form} is lossy: {self.dialect.reason}")
        others = without_ours(headers)
        if value is None:
            return RawRecord(value, others, None)
        digest = header_of(headers, HASH_HEADER)

        def is_raw(found: bytes) -> Optional[bool]:
            return None if digest is None else sha256(found).digest() == digest

        found, is_exact = self._turn_back(value, _complement_for(headers, complement), is_raw)
        return RawRecord(found, others, is_exact)

    def _turn_back(
        self, value: bytes, complement: Dict[str, Json], is_raw: Callable[[bytes], Optional[bool]]
    ) -> Tuple[bytes, Optional[bool]]:
        """`is_raw`: whether these bytes are the raw ones; None: nobody knows."""
        tree = require_object(parse_json(text_of(value)).value)
        put_all(self.dialect.steps, tree, complement.get("rest"))
        if self.definition.round_trip == "value":
            found = canonical_bytes(tree)
            return found, is_raw(found)
        put_in_order(tree, self._order, complement.get("order"))
        layout = complement.get("text")
        if isinstance(layout, dict):
            found = with_layout(tree, layout, self.dialect.layout).encode()
            is_exact = is_raw(found)
            if is_exact:
                return found, is_exact
            # Edited since: the layout is of another text.
            found = print_json(tree, STYLES[style_in(layout, self.dialect.layout)]).encode()
        else:
            found = print_json(tree, STYLES[self.dialect.layout]).encode()
        return found, is_raw(found)

    def _get(self, raw: bytes) -> Tuple[Dict[str, Json], Dict[str, Json]]:
        text = text_of(raw)
        value, superseded = parse_json(text)
        tree = require_object(value)
        complement: Dict[str, Json] = {}
        if self.definition.round_trip == "bytes":
            complement["order"] = order_of(tree, self._order)
            complement["text"] = layout_of(text, tree, superseded, self.dialect.layout)
        complement["rest"] = get_all(self.dialect.steps, tree)
        wrong = misfit(self.definition.schema, tree)
        if wrong is not None:
            raise Refused(*wrong)
        if self.dialect.promise == "lossy":
            return tree, {}
        kept = {name: part for name, part in complement.items() if part is not None}
        self._require_room(kept)
        return tree, kept

    def _require_room(self, complement: Dict[str, Json]) -> None:
        """iso and injection promise that nothing is kept beside."""
        if not complement or self.dialect.promise == "lens":
            return
        what = _NEEDS[next(iter(complement))]
        raise Refused("", f"{what}: that needs 'class: lens', {self.form} is of class {self.dialect.promise}")

    def _require_way_back(self, value: bytes, complement: Optional[bytes], raw: bytes) -> None:
        """From the bytes that will lie on the log, as whoever reads them there does."""
        try:
            back, _ = self._turn_back(value, complement_of(complement), raw.__eq__)
        except Refused as refused:
            raise NoWayBack(refused.field, f"does not come back: {refused.reason}", refused.at) from refused
        if back != raw:
            raise NoWayBack("", f"does not come back: {raw!r} becomes {back!r}")

    def _require_form(self, headers: Headers) -> None:
        form = header_text(headers, FORM_HEADER)
        if form != self.form:
            shown = "none" if form is None else f"'{form}'"
            raise Refused("", f"its header {FORM_HEADER} is {shown}, not {self.form}")


_NEEDS = {
    "order": "its keys do not stand as 'order' says",
    "text": "its text is not laid out as 'layout' says",
    "rest": "something of it has no room in the canonical form",
}


def _value_alone(raw: bytes) -> bytes:
    """What `roundTrip: value` keeps of a raw text. Members with the same key would be lost: refused."""
    value, superseded = parse_json(text_of(raw))
    if superseded:
        raise Refused("", "has a key twice; 'roundTrip: bytes' would keep both")
    return canonical_bytes(value)


def _complement_for(headers: Headers, complement: Optional[bytes]) -> Dict[str, Json]:
    if complement is not None:
        return complement_of(complement)
    place = complement_place_of(headers)
    if place is not None:
        raise Refused("", f"its complement is needed: topic {place.topic}, key {place.key}")
    return complement_of(header_of(headers, COMPLEMENT_HEADER))
