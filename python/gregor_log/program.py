"""The program of `python -m gregor_log.canonical`.

    test FILE        the laws of a definition: .yaml, .json, or a .py that has a `definition`
    audit TOPIC      proves from raw-sha256 that every record can be turned back
    restore TOPIC    the raw records as lines of JSON, or exactly what is missing

Exit codes: 0 all is well, 1 a law is broken or a record missing, 2 wrong usage or definition.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import runpy
import sys
from typing import Any, Dict, List, Optional, Tuple

from .canonical import Definition, DefinitionError, Lens, parse_definition
from .canonical.laws import LawReport, test_laws
from .way_back import TurnedBack, turned_back


def main(arguments: Optional[List[str]] = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        if options.command == "test":
            return _test(options.file, options.runs, options.seed)
        return asyncio.run(_read_back(options.topic, options.bootstrap, options.command == "restore"))
    except (DefinitionError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gregor_log.canonical", description="Clean records that can be turned back.")
    commands = parser.add_subparsers(dest="command", required=True)
    test = commands.add_parser("test", help="try the laws of a definition")
    test.add_argument("file", help="order.lens.yaml, or a .json, or a .py that has a `definition`")
    test.add_argument("--runs", type=int, default=500, help="generated records for each dialect (500)")
    test.add_argument("--seed", type=int, help="generate the same records again")
    for name, text in (("audit", "prove that every record can be turned back"), ("restore", "print the raw records")):
        command = commands.add_parser(name, help=text)
        command.add_argument("topic")
        command.add_argument("-b", "--bootstrap", default="127.0.0.1:9092", help="host:port,… (127.0.0.1:9092)")
    return parser


def _definition_of(file: str) -> Definition:
    if file.endswith(".py"):
        found = runpy.run_path(file).get("definition")
        if not isinstance(found, Definition):
            raise DefinitionError(file, None, "", "has no `definition`: definition = read_definition({…})")
        return found
    with open(file, encoding="utf-8") as source:
        return parse_definition(source.read(), file)


def _test(file: str, runs: int, seed: Optional[int]) -> int:
    definition = _definition_of(file)
    reports = [test_laws(Lens(definition, name), runs, seed) for name in definition.dialects]
    for report in reports:
        print(_report_text(report))
    return 0 if all(report.violation is None for report in reports) else 1


def _report_text(report: LawReport) -> str:
    broken = report.violation
    if broken is not None:
        what = "an example is refused" if broken.law is None else f"{broken.law} is broken"
        return f"✖ {report.form}: {what}\n  record: {broken.record}\n  reason: {broken.reason}"
    text = f"✔ {report.form}: {report.examples} examples, {report.generated} generated records"
    if report.without_raw == 0:
        return text
    return f"{text}, {report.without_raw} of them have no raw form, such as {report.without_raw_example}"


async def _read_back(topic: str, bootstrap: str, prints: bool) -> int:
    records, missing = 0, _Missing()
    async for record in turned_back(topic, bootstrap_servers=bootstrap):
        records += 1
        if record.missing is not None:
            missing.add(record)
        elif prints:
            print(json.dumps(_record_json(topic, record), ensure_ascii=False, separators=(",", ":")))
    whole = records - missing.count
    if prints:
        print(f"{topic}: {whole} of {records} records restored", *missing.lines(), sep="\n", file=sys.stderr)
    else:
        ratio = 1 if records == 0 else whole / records
        fact = {"topic": topic, "records": records, "lossless": whole, "losslessRatio": ratio}
        print(json.dumps({**fact, "missing": list(missing.reasons.values())}, ensure_ascii=False))
    return 0 if missing.count == 0 else 1


_REASONS_MAX = 100


class _Missing:
    """For each reason how many, and the first of them."""

    def __init__(self) -> None:
        self.count = 0
        self.reasons: Dict[str, Dict[str, Any]] = {}

    def add(self, record: TurnedBack) -> None:
        self.count += 1
        reason = record.missing or ""
        if reason not in self.reasons and len(self.reasons) >= _REASONS_MAX:
            reason = "other reasons"
        if reason not in self.reasons:
            first = {"reason": reason, "count": 0, "partition": record.partition, "offset": record.offset}
            self.reasons[reason] = first if record.missing_key is None else {**first, "key": record.missing_key}
        self.reasons[reason]["count"] += 1

    def lines(self) -> List[str]:
        return [
            f"  {found['count']} not: {found['reason']} (first: partition {found['partition']}, offset {found['offset']}"
            + (f", key {found['key']})" if "key" in found else ")")
            for found in self.reasons.values()
        ]


def _record_json(topic: str, record: TurnedBack) -> Dict[str, Any]:
    """As `gregor canonical restore` prints it."""
    headers: List[Tuple[Any, Any]] = [(name, _bytes_json(value)) for name, value in record.headers]
    place = {"topic": topic, "partition": record.partition, "offset": record.offset, "timestamp": record.timestamp}
    return {**place, "key": _bytes_json(record.key), "value": _bytes_json(record.value), "headers": headers}


def _bytes_json(value: Optional[bytes]) -> Any:
    if value is None:
        return None
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}
