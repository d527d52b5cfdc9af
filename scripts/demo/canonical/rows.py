"""Prints every third flight as a line: row|departure|delay|miles|origin|destination. Usage: rows.py PARQUET ROWS FIRST

In file order, from row FIRST on; every fiftieth delay is taken to be unknown, so that there is something to spell.
"""

import sys

import pyarrow as arrow
import pyarrow.compute as compute
import pyarrow.parquet as parquet

EVERY = 3
UNKNOWN = (50, 7)


def flights(path: str, rows: int, first: int):
    """Columns of some thousand flights at a time: row, departure ("2001-01-31 09:05"), delay, miles, origin, destination."""
    begin = 0
    for batch in parquet.ParquetFile(path).iter_batches(batch_size=20_000):
        if begin >= rows:
            return
        indexes = range((first - begin) % EVERY, min(len(batch), rows - begin), EVERY)
        numbers = [begin + index for index in indexes]
        taken = batch.take(arrow.array(indexes, arrow.int64()))
        departures = compute.utf8_slice_codeunits(compute.cast(taken["date"], arrow.string()), 0, 16)
        delays = [
            None if row % UNKNOWN[0] == UNKNOWN[1] else delay
            for row, delay in zip(numbers, taken["delay"].to_pylist())
        ]
        others = (taken[name].to_pylist() for name in ("distance", "origin", "destination"))
        yield zip(numbers, departures.to_pylist(), delays, *others)
        begin += len(batch)


if __name__ == "__main__":
    for columns in flights(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])):
        lines = [
            f"{row}|{departure}|{'' if delay is None else delay}|{miles}|{origin}|{destination}\n"
            for row, departure, delay, miles, origin, destination in columns
        ]
        sys.stdout.write("".join(lines))
