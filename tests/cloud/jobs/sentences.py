"""The labelled sentences of the gate, and what each is judged by: the market's rules on the day of the labels."""

import csv
import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from cloud.jobs.gate import Standard
from cloud.jobs.standards import post_standard

DAY: Final = date(2026, 3, 2)
VERDICTS: Final = {"pass": "ok", "review": "review", "block": "block"}
_DATA: Final = Path(__file__).parents[2] / "data"

Row = dict[str, str]


def standard() -> Standard:
    """Return rules and wage of the labels."""
    return post_standard(DAY)


def first_set() -> Sequence[Row]:
    """Return the sixty examples that the rules were first written against."""
    return _rows("screening_60.tsv")


def second_set() -> Sequence[Row]:
    """Return the sentences that were labelled before the rules were touched."""
    return _rows("screening/second_set.tsv")


def third_set() -> Sequence[Row]:
    """Return sentences and whole posts that were written after the rules; what they missed of them was mended."""
    return _rows("screening/third_set.tsv")


def held_out(row: Row) -> bool:
    """Return whether a sentence belongs to the half that was not looked at while the rules were tuned."""
    return hashlib.sha256(row["sentence"].encode()).digest()[0] % 2 == 1


def _rows(name: str) -> Sequence[Row]:
    return list(csv.DictReader((_DATA / name).read_text("utf-8").splitlines(), delimiter="\t"))
