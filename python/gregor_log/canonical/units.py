"""What one of each unit is in the base unit of its quantity, exactly. `offset` is added before scaling (temperatures)."""

from __future__ import annotations

from typing import Dict, NamedTuple


class Unit(NamedTuple):
    quantity: str
    over: int
    under: int = 1
    offset: str = "0"


# By international agreement (yard and pound 1959) and the SI.
UNITS: Dict[str, Unit] = {
    "mm": Unit("length", 1, 1000),
    "cm": Unit("length", 1, 100),
    "m": Unit("length", 1),
    "km": Unit("length", 1000),
    "in": Unit("length", 254, 10_000),
    "ft": Unit("length", 3048, 10_000),
    "yd": Unit("length", 9144, 10_000),
    "mi": Unit("length", 1_609_344, 1000),
    "nmi": Unit("length", 1852),
    "mg": Unit("mass", 1, 1_000_000),
    "g": Unit("mass", 1, 1000),
    "kg": Unit("mass", 1),
    "t": Unit("mass", 1000),
    "oz": Unit("mass", 28_349_523_125, 1_000_000_000_000),
    "lb": Unit("mass", 45_359_237, 100_000_000),
    "ns": Unit("time", 1, 1_000_000_000),
    "us": Unit("time", 1, 1_000_000),
    "ms": Unit("time", 1, 1000),
    "s": Unit("time", 1),
    "min": Unit("time", 60),
    "h": Unit("time", 3600),
    "d": Unit("time", 86_400),
    "ml": Unit("volume", 1, 1000),
    "l": Unit("volume", 1),
    "m3": Unit("volume", 1000),
    "m/s": Unit("speed", 1),
    "km/h": Unit("speed", 5, 18),
    "kn": Unit("speed", 463, 900),
    "mph": Unit("speed", 44_704, 100_000),
    "B": Unit("data", 1),
    "kB": Unit("data", 1000),
    "MB": Unit("data", 1_000_000),
    "GB": Unit("data", 1_000_000_000),
    "KiB": Unit("data", 1024),
    "MiB": Unit("data", 1_048_576),
    "GiB": Unit("data", 1_073_741_824),
    "%": Unit("share", 1, 100),
    "ratio": Unit("share", 1),
    "K": Unit("temperature", 1, 1, "0"),
    "C": Unit("temperature", 1, 1, "273.15"),
    "F": Unit("temperature", 5, 9, "459.67"),
}
