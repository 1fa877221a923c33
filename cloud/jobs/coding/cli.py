"""`yizhan occupations code`: JSON lines of titles in, occupations out; exit 0 ok, 2 when a line could not be coded."""

import argparse
import json
import sys
from typing import Any, Final

from cloud.jobs.coding.suggest import coder
from cloud.platform.lines import LineError, answer_lines

#: A title is some dozen characters; a longer line is none.
MAX_LINE_BYTES: Final = 64 * 1024
_SAMPLE: Final = '{"id": "1", "title": "焊工 要带证 日结"}'
_EPILOG: Final = f"""\
reads one {_SAMPLE} a line and prints
{{"id", "codes": [{{"code", "name", "score"}} x 5]}} for each, the likeliest first; `score` says how sure it is (0-1).
Codes and names are those of the national classification of 2022; some titles name a group, not a profession.
A line that cannot be read is named on stderr with its number; the others are answered, and the exit code is 2."""


def code(argv: list[str]) -> int:
    """Run `yizhan occupations code`."""
    parser = argparse.ArgumentParser(
        prog="yizhan occupations code",
        description="Which occupation is this? Codes job titles in people's own words, one JSON line each.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args(argv)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")  # Chinese, whatever the terminal's language is
    return answer_lines(sys.stdin.buffer, sys.stdout, _complain, _answer, MAX_LINE_BYTES)


def _answer(line: bytes) -> dict[str, Any]:
    asked = _read(line)
    return {"id": asked["id"], "codes": [found.to_object() for found in coder().code(asked["title"])]}


def _read(line: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise LineError(f"no JSON ({error}); a line is {_SAMPLE}") from error
    if not isinstance(asked, dict):
        raise LineError(f"not an object; a line is {_SAMPLE}")
    if unknown := asked.keys() - {"id", "title"}:
        raise LineError(f"unknown key {min(unknown)!r}; keys are id and title")
    if isinstance(asked.get("id"), bool) or not isinstance(asked.get("id"), str | int):
        raise LineError("id is missing; give each line a text or a whole number")
    if not isinstance(asked.get("title"), str) or not asked["title"].strip():
        raise LineError("title is missing or empty; it is the job as people write it")
    return asked


def _complain(text: str) -> None:
    sys.stderr.write(f"yizhan occupations code: {text}\n")
