"""What must come out, computed without any log: flights by origin, in order of time and row, with the city of their airport.

Usage: reference.py PARQUET AIRPORTS ROWS. Prints one JSON object a line: KEY, tab, value.
"""

import csv
import json
import sys
from decimal import Decimal

from traffic import flights


def main(path: str, airports_file: str, rows: int) -> None:
    with open(airports_file, newline="", encoding="utf-8") as file:
        airports = {airport["iata"]: airport for airport in csv.DictReader(file)}
    for row, flight in sorted(flights(path, rows), key=lambda one: (one[1]["origin"], one[1]["date"], one[0])):
        delay = flight["delay"]
        value = {
            "row": row,
            "departure": f"{flight['date']:%Y-%m-%dT%H:%M:%S}",
            "delay": None if delay is None else delay * 60,
            "distance": float(Decimal(flight["distance"]) * Decimal("1.609344")),
            "from": flight["origin"],
            "to": flight["destination"],
            "city": airports[flight["origin"]]["city"],
            "state": airports[flight["origin"]]["state"],
        }
        print(f"{flight['origin']}\t{json.dumps(value)}")


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
