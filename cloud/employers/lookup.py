"""Tables of verification: which papers, how often, why refused, industries; read once, when first asked.

Industries are the 20 sections and 97 divisions of GB/T 4754-2017 with its amendment 1 of 2019; a firm's is written
as section and division, such as `G54`.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

_TABLES: Final = files("cloud.employers") / "tables"
#: Employees -> words, the bands of 人力资源市场's own forms.
SIZES: Final[dict[str, str]] = {
    "1-9": "1–9 人",
    "10-49": "10–49 人",
    "50-299": "50–299 人",
    "300-999": "300–999 人",
    "1000+": "1000 人以上",
}


@dataclass(frozen=True, slots=True)
class PaperKind:
    """One paper that the law asks for."""

    kind: str
    name: str
    hint: str
    source: str


@dataclass(frozen=True, slots=True)
class Recheck:
    """How long a verification holds, when the firm is reminded before, how long its posts stay after."""

    months: int
    remind_days: tuple[int, ...]
    grace_days: int


@dataclass(frozen=True, slots=True)
class Industry:
    """A section with its divisions by code, such as `G54`."""

    code: str
    name: str
    divisions: Mapping[str, str]


def papers_on(day: date) -> tuple[PaperKind, ...]:
    """Return the papers that a verification on a day needs."""
    return tuple(PaperKind(row["kind"], row["name"], row["hint"], row["source"]) for row in _in_force("papers", day))


def recheck_on(day: date) -> Recheck:
    """Return the terms in force on a day; LookupError when the table has none."""
    row = next(iter(_in_force("recheck", day)), None)
    if row is None:
        raise LookupError(f"recheck.csv has no row for {day}")
    return Recheck(
        int(row["recheck_months"]), tuple(int(one) for one in row["remind_days"].split()), int(row["grace_days"])
    )


@cache
def refusals() -> Mapping[str, str]:
    """Return why a round may be refused: code -> words."""
    return MappingProxyType({row["code"]: row["text"] for row in _rows("refusals")})


@cache
def industries() -> tuple[Industry, ...]:
    """Return every section of the classification."""
    rows = _rows("industries")
    return tuple(
        Industry(
            section["section"],
            section["name"],
            MappingProxyType(
                {f"{row['section']}{row['code']}": row["name"]
                 for row in rows if row["code"] and row["section"] == section["section"]}
            ),
        )
        for section in rows
        if not section["code"]
    )  # fmt: skip


@cache
def divisions() -> Mapping[str, str]:
    """Return every division: `G54` -> its name."""
    return MappingProxyType({code: name for section in industries() for code, name in section.divisions.items()})


def _in_force(name: str, day: date) -> list[dict[str, str]]:
    return [
        row
        for row in _rows(name)
        if date.fromisoformat(row["valid_from"]) <= day
        and (not row["valid_to"] or day <= date.fromisoformat(row["valid_to"]))
    ]


@cache
def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((_TABLES / f"{name}.csv").read_text("utf-8").splitlines()))
