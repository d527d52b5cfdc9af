"""Prints flights as lines: departure|delay|distance|origin|destination. Usage: rows.py PARQUET ROWS"""

import sys

import pyarrow.parquet as parquet


def flights(path: str, rows: int):
    """In file order; every fiftieth delay is taken to be unknown, so that there is something to spell."""
    row = 0
    for batch in parquet.ParquetFile(path).iter_batches(batch_size=20_000):
        for flight in batch.to_pylist():
            if row == rows:
                return
            delay = None if row % 50 == 7 else flight["delay"]
            yield row, flight["date"], delay, flight["distance"], flight["origin"], flight["destination"]
            row += 1


if __name__ == "__main__":
    for _, date, delay, distance, origin, destination in flights(sys.argv[1], int(sys.argv[2])):
        late = "" if delay is None else delay
        sys.stdout.write(f"{date:%Y-%m-%d %H:%M}|{late}|{distance}|{origin}|{destination}\n")
