"""What the three producers send: the flights of all, late by up to half an hour, some twice, some broken.

Every producer works out the whole schedule from the same seed and takes what is its own. A record leaves at the time of its flight
plus a random delay below DELAY. Each producer has a partition for itself and sends in the order of these times, so no record is
older than the newest before it in its partition by more than DELAY: a pipeline that allows so much (`maxOutOfOrder`) has no late ones.
"""

import json
import random
from datetime import datetime, timedelta

import pyarrow.parquet as parquet

DIALECTS = ("ops", "web", "legacy")
DELAY = timedelta(minutes=30)
DUPLICATES = 0.02
BROKEN = 0.001
# The last record of every partition: from a day on which no flight leaves, so that time passes the last flight. The pipeline filters it.
END = {"date": datetime(2001, 12, 31), "delay": None, "distance": 0, "origin": "END", "destination": "END"}


def flights(path: str, rows: int):
    """Yields (row, flight) in file order; every fiftieth delay is taken to be unknown, so that there is something to spell."""
    row = 0
    for batch in parquet.ParquetFile(path).iter_batches(batch_size=20_000):
        for flight in batch.to_pylist():
            if row == rows:
                return
            if row % 50 == 7:
                flight["delay"] = None
            yield row, flight
            row += 1


def schedule(path: str, rows: int, sender: int, seed: int):
    """Yields (kind, header, raw) of one sender in the order of departure: kind is flight, duplicate, broken or end."""
    chance = random.Random(seed)
    waiting = []
    for row, flight in flights(path, rows):
        owner = row % len(DIALECTS)
        copies = [("flight", owner)]
        if chance.random() < DUPLICATES:
            copies.append(("duplicate", chance.randrange(len(DIALECTS))))
        if chance.random() < BROKEN:
            copies.append(("broken", owner))
        for kind, by in copies:
            delay = chance.random() * DELAY
            if by == sender:
                waiting.append((flight["date"] + delay, row, kind, flight))
        if row % 10_000 == 0:
            yield from leaving(waiting, flight["date"], sender)
    yield from leaving(waiting, None, sender)
    yield "end", DIALECTS[sender], written(DIALECTS[sender], rows, END)


def leaving(waiting: list, until, sender: int):
    """Takes out what leaves before `until` (None: all), in order: rows to come have a later date."""
    waiting.sort(key=lambda one: one[:3])
    count = len(waiting) if until is None else sum(1 for one in waiting if one[0] < until)
    for _, row, kind, flight in waiting[:count]:
        raw = written(DIALECTS[sender], row, flight)
        yield (kind, *broken(row, raw, DIALECTS[sender])) if kind == "broken" else (kind, DIALECTS[sender], raw)
    del waiting[:count]


def written(dialect: str, row: int, flight: dict) -> bytes:
    date, delay, miles, origin, destination = (flight[name] for name in ("date", "delay", "distance", "origin", "destination"))
    if dialect == "ops":
        names = {"row": row, "FL_DATE": f"{date:%Y-%m-%d %H:%M}", "DEP_DELAY": delay, "DISTANCE": miles, "ORIGIN": origin}
        return json.dumps({**names, "DEST": destination}).encode()
    if dialect == "web":
        departed = f"{date.month}/{date.day}/{date.year} {date.hour}:{date:%M}"
        leg = {"from": origin, "to": destination}
        values = {"row": row, "leg": leg, "departed": departed, "delay": "" if delay is None else str(delay), "miles": str(miles)}
        return json.dumps(values, separators=(",", ":")).encode()
    kilometres = f"{miles * 1_609_344 / 1_000_000:.6f}".rstrip("0").rstrip(".").replace(".", ",")
    late = "NA" if delay is None else delay * 60
    values = {"NO": str(row), "FROM_TO": f"{origin}-{destination}", "WHEN": f"{date:%Y%m%d %H%M}", "LATE_S": late, "KM": kilometres}
    return json.dumps(values, separators=(",", ":")).encode()


def broken(row: int, raw: bytes, dialect: str) -> tuple[str, bytes]:
    """One of five ways in which records are broken: (header, raw)."""
    match row % 5:
        case 0:
            return dialect, raw[: len(raw) // 2]
        case 1:
            return dialect, raw.replace(b"20", b"2x", 1) if b"20" in raw else b"{}"
        case 2:
            return dialect, json.dumps({"row": row}).encode()
        case 3:
            return "telex", raw
        case _:
            return dialect, b"\xff\xfe" + raw
