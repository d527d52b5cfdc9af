"""Records that are clean at the producer, without loss and with a way back. No dependency; the same bytes as gregor/canonical."""

from .check import CanonicalCheck
from .complement import ComplementPlace, ComplementRecord, complement_place_of
from .convert import convert
from .definition import Definition, Dialect, parse_definition, read_definition
from .headers import COMPLEMENT_HEADER, FORM_HEADER, HASH_HEADER
from .json_tree import Number
from .laws import LawReport, Violation, broken_law, test_laws
from .lens import CanonicalRecord, Lens, RawRecord
from .parse_json import parse_json
from .part import DefinitionError
from .print_json import canonical_bytes
from .refused import NoWayBack, Refusal, Refused

__all__ = [
    "COMPLEMENT_HEADER",
    "FORM_HEADER",
    "HASH_HEADER",
    "CanonicalCheck",
    "CanonicalRecord",
    "ComplementPlace",
    "ComplementRecord",
    "Definition",
    "DefinitionError",
    "Dialect",
    "LawReport",
    "Lens",
    "NoWayBack",
    "Number",
    "RawRecord",
    "Refusal",
    "Refused",
    "Violation",
    "broken_law",
    "canonical_bytes",
    "complement_place_of",
    "convert",
    "parse_definition",
    "parse_json",
    "read_definition",
    "test_laws",
]
