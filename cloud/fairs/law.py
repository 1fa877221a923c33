"""The papers that the law asks of a fair and the figures of the contract, as tables with validity. Pure."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final

_TABLES: Final = "tables"


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper: for which states it is needed, from how many expected people on, and by what law.

    `kept` is `paper` for one that a person puts on file, `fact` for what the records say by themselves.
    """

    id: str
    name: str
    needed_for: frozenset[str]
    from_people: int
    kept: str
    law: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What the contract asks on a day: posts of a fair, the days before it on which too few are told, weeks ahead."""

    posts_per_fair: int
    warn_days: tuple[int, ...]
    weeks_ahead: int


def papers_on(day: date) -> Mapping[str, Paper]:
    """Return the papers in force on a day, by id, in the order of the checklist."""
    return {
        row["paper"]: Paper(
            id=row["paper"],
            name=row["name"],
            needed_for=frozenset(row["needed_for"].split()),
            from_people=int(row["from_people"]),
            kept=row["kept"],
            law=row["law"],
        )
        for row in _rows("papers", day)
    }


def rules_on(day: date) -> Rules:
    """Return the figures in force on a day; those of the first table before there was one."""
    values = {row["rule"]: row["value"] for row in _rows("rules", day) or _table("rules")}
    days = sorted((int(word) for word in values["warn_days"].split()), reverse=True)
    return Rules(int(values["posts_per_fair"]), tuple(days), int(values["weeks_ahead"]))


def _rows(name: str, day: date) -> list[Mapping[str, str]]:
    text = day.isoformat()
    return [
        row for row in _table(name) if row["valid_from"] <= text and (not row["valid_to"] or text <= row["valid_to"])
    ]


@cache
def _table(name: str) -> list[Mapping[str, str]]:
    text = files("cloud.fairs").joinpath(_TABLES, f"{name}.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
