"""`yizhan kpi …`: the pure KPI functions on JSON from stdin; exit 0 ok, 2 wrong use or bad input."""

import argparse
import json
import sys
from datetime import date
from typing import BinaryIO, TextIO

from cloud.kpi.document import MAX_DOCUMENT_BYTES, parse_json, read_day, read_facts
from cloud.kpi.errors import InputError
from cloud.kpi.tables import load_calendar
from protocols.rules.calendar import Calendar
from protocols.rules.errors import MissingTable
from protocols.rules.opening import judge

OK = 0
BAD_INPUT = 2

_EPILOG = """\
reads {"signals": [{"slot", "signal", "value", "from", "to", "clock"?}], "closures": [{"from", "to", "reason"}],
"power_cuts": [{"from", "to"}], "policy": {"holiday_policy", "grace_minutes", "unknown_budget", "hours",
"signals_required"}}, times in RFC 3339; everything but signals may be left out. `hours` has seven entries from
Monday: ["09:00", "17:00"], a list of such pairs, or [] for a closed day. A document may carry its own "day".
With --lines a line that cannot be judged is answered by {"line": N, "error": "…"} in its place, and the exit code
is 2 after the last line."""


def opening(argv: list[str]) -> int:
    """Run `yizhan kpi opening --day D [--lines]`: signals on stdin, the day's verdict on stdout."""
    parser = argparse.ArgumentParser(
        prog="yizhan kpi opening",
        description="Was the station open? Judges one day from device signals (rule v1).",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--day", help="the day in Asia/Shanghai, such as 2026-03-02")
    parser.add_argument("--lines", action="store_true", help="one document per line in and out")
    options = parser.parse_args(argv)
    try:
        day = None if options.day is None else read_day(options.day, "--day")
        calendar = load_calendar()
        if options.lines:
            return _opening_lines(sys.stdin.buffer, sys.stdout, day, calendar)
        _print(
            sys.stdout, _opening_verdict(sys.stdin.buffer.read(MAX_DOCUMENT_BYTES + 1), day, calendar, may_differ=False)
        )
    except InputError as error:
        _complain(str(error))
        return BAD_INPUT
    return OK


def _opening_lines(source: BinaryIO, target: TextIO, day: date | None, calendar: Calendar) -> int:
    code = OK
    for number, line in enumerate(iter(lambda: source.readline(MAX_DOCUMENT_BYTES + 1), b""), start=1):
        if not line.strip():
            continue
        if len(line) > MAX_DOCUMENT_BYTES:  # what follows would be read from the middle of this line
            raise InputError(f"line {number}", f"longer than the limit of {MAX_DOCUMENT_BYTES} bytes")
        try:
            answer = _opening_verdict(line, day, calendar, may_differ=True)
        except InputError as error:
            answer = {"line": number, "error": str(error)}
            _complain(f"line {number}: {error}")
            code = BAD_INPUT
        _print(target, answer)
    return code


def _opening_verdict(text: bytes, day: date | None, calendar: Calendar, *, may_differ: bool) -> dict[str, object]:
    own_day, facts = read_facts(parse_json(text))
    if own_day and day and own_day != day and not may_differ:
        raise InputError("day", f"the document says {own_day}, --day says {day}")
    asked = own_day or day
    if asked is None:
        raise InputError("day", "is missing; pass --day or put it into the document")
    try:
        return judge(asked, facts, calendar).to_object()
    except MissingTable as error:
        raise InputError("day", str(error)) from error


def _print(target: TextIO, answer: dict[str, object]) -> None:
    """Write one line at once: a caller may wait for it before he sends the next."""
    target.write(json.dumps(answer) + "\n")
    target.flush()


def _complain(text: str) -> None:
    sys.stderr.write(f"yizhan kpi opening: {text}\n")
