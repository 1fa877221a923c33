"""`yizhan jobs screen`: JSON lines of texts in, verdicts out; exit 0 ok, 2 when a line could not be judged."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache, partial
from typing import Any, Final

from cloud.jobs.gate import Standard, screen_text, verdict_of
from cloud.jobs.standards import HOME, NoTableError, standard_on
from cloud.platform.lines import LineError, answer_lines
from cloud.platform.times import market_day

#: A post is some hundred characters; a longer line is no post.
MAX_LINE_BYTES: Final = 256 * 1024
MAX_TEXT_CHARACTERS: Final = 20_000
#: Standards kept for (day, place) of the lines before.
MAX_STANDARDS: Final = 256

_KEYS: Final = frozenset({"id", "text", "place", "date"})
_EPILOG: Final = """\
reads one {"id": …, "text": "…", "place": "…"?, "date": "YYYY-MM-DD"?} a line and prints
{"id", "verdict": "ok|review|block", "findings": [{"rule", "severity", "span": [from, to], "law"}]} for each.
Pay is judged at Zhenjiang, today, unless the line says `place` (a district's name or code) and `date`.
A line that cannot be judged is named on stderr with its number; the others are answered, and the exit code is 2."""


def screen(argv: list[str], today: Callable[[], date] | None = None) -> int:
    """Run `yizhan jobs screen`."""
    parser = argparse.ArgumentParser(
        prog="yizhan jobs screen",
        description="May these posts be published? Screens texts against the law, one JSON line each.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args(argv)
    answer = partial(_answer, today=today or _today)
    return answer_lines(sys.stdin.buffer, sys.stdout, _complain, answer, MAX_LINE_BYTES)


def _complain(text: str) -> None:
    sys.stderr.write(f"yizhan jobs screen: {text}\n")


def _answer(line: bytes, today: Callable[[], date]) -> dict[str, Any]:
    asked = _read(line)
    findings = screen_text(asked["text"], _standard(asked, today))
    return {
        "id": asked["id"],
        "verdict": verdict_of(findings),
        "findings": [finding.to_object() for finding in findings],
    }


def _read(line: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(line)
    except ValueError as error:
        raise LineError(f'no JSON ({error}); a line is {{"id": "1", "text": "…"}}') from error
    if not isinstance(asked, dict):
        raise LineError('not an object; a line is {"id": "1", "text": "…"}')
    if unknown := asked.keys() - _KEYS:
        raise LineError(f"unknown key {min(unknown)!r}; keys are id, text, place, date")
    if isinstance(asked.get("id"), bool) or not isinstance(asked.get("id"), str | int):
        raise LineError("id is missing; give each line a text or a whole number")
    if not isinstance(asked.get("text"), str):
        raise LineError("text is missing; it is the post as people read it")
    if len(asked["text"]) > MAX_TEXT_CHARACTERS:
        raise LineError(f"text is longer than {MAX_TEXT_CHARACTERS} characters")
    return asked


def _standard(asked: Mapping[str, Any], today: Callable[[], date]) -> Standard:
    place, day = asked.get("place") or HOME, asked.get("date")
    if not isinstance(place, str):
        raise LineError("place is no text; name a district such as 润州区 or its code 321111")
    try:
        return _cached(date.fromisoformat(day) if day else today(), place)
    except NoTableError as error:
        raise LineError(str(error)) from error
    except (TypeError, ValueError) as error:
        raise LineError(f"date {day!r} is no day; write it as 2026-03-02") from error


@lru_cache(MAX_STANDARDS)
def _cached(day: date, place: str) -> Standard:
    return standard_on(day, place)


def _today() -> date:
    return market_day(datetime.now(UTC))
