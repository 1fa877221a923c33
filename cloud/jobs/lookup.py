"""Tables that come with the package: occupations, minimum wages, screening rules; read once, when first asked."""

import csv
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from cloud.jobs.screening.table import Rules, parse_rules

TABLES: Final = files("cloud.jobs") / "tables"
#: Level of a profession in the classification; those above it are groups.
_PROFESSION = "4"
#: Behind a name: L for a green profession, S for a digital one.
_MARKS = re.compile(r"[LS](?:/[LS])?$")


@dataclass(frozen=True, slots=True)
class MinimumWage:
    """What a month or an hour must pay at least, in fen, from `start` to `end` (None: still)."""

    start: date
    end: date | None
    monthly_fen: int
    hourly_fen: int
    source: str


def strip_marks(name: str) -> str:
    """Return the name of an occupation without the mark of a green or digital one."""
    return _MARKS.sub("", name)


@cache
def occupations() -> Mapping[str, str]:
    """Return code -> name of every profession of the classification of 2022 (职业分类大典)."""
    rows = csv.DictReader((TABLES / "csco2022.csv").read_text("utf-8").splitlines())
    professions = (row for row in rows if row["level"] == _PROFESSION)
    return MappingProxyType({row["code"]: strip_marks(row["name"]) for row in professions})


@cache
def minimum_wages() -> tuple[MinimumWage, ...]:
    """Return the minimum wages of Zhenjiang."""
    rows = csv.DictReader((TABLES / "minimum_wage.csv").read_text("utf-8").splitlines())
    return tuple(
        MinimumWage(
            start=date.fromisoformat(row["effective_from"]),
            end=date.fromisoformat(row["effective_to"]) if row["effective_to"] else None,
            monthly_fen=int(row["monthly_yuan"]) * 100,
            hourly_fen=int(row["hourly_yuan"]) * 100,
            source=row["source"],
        )
        for row in rows
    )


@dataclass(frozen=True, slots=True)
class Freshness:
    """After how many days a firm is asked whether it still seeks, and how many it has to answer."""

    ask_after_days: int
    lapse_after_days: int


def freshness_on(day: date) -> Freshness:
    """Return the terms in force on a day; LookupError when the table has none."""
    row = _in_force("freshness", day)
    return Freshness(int(row["ask_after_days"]), int(row["lapse_after_days"]))


def gig_term_days(day: date) -> int:
    """Return up to how many days a full-time job is gig work (零工) all the same."""
    return int(_in_force("gig", day)["max_term_days"])


def _in_force(name: str, day: date) -> dict[str, str]:
    """Return the row of a table that is in force on a day."""
    for row in _rows(name):
        if date.fromisoformat(row["valid_from"]) <= day <= date.fromisoformat(row["valid_to"] or "9999-12-31"):
            return row
    raise LookupError(f"{name}.csv has no row for {day}")


@cache
def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((TABLES / f"{name}.csv").read_text("utf-8").splitlines()))


@cache
def wage_places() -> Mapping[str, str]:
    """Return code -> name of the places that the table of minimum wages is for."""
    rows = csv.DictReader((TABLES / "wage_places.csv").read_text("utf-8").splitlines())
    return MappingProxyType({row["code"]: row["name"] for row in rows})


@cache
def screening_rules() -> Rules:
    """Return the screening rules."""
    return parse_rules(_toml("screening.toml"), _toml("screening_words.toml"))


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((TABLES / name).read_text("utf-8"))


def search_occupations(text: str, limit: int = 20) -> list[tuple[str, str]]:
    """Return (code, name) of professions whose name or code contains `text`; names that begin with it first."""
    wanted = text.strip()
    found = [(code, name) for code, name in occupations().items() if wanted in name or code.startswith(wanted)]
    return sorted(found, key=lambda one: (not one[1].startswith(wanted), len(one[1]), one[0]))[:limit]
