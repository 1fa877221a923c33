"""How training intentions are counted (KPI C4.2). Pure.

The tender asks for 200 persons a year (收集培训意愿不少于200人). Each person counts once per project and calendar year
of the market; wishes that name no project are one project together. `persons` is beside it, for whoever reads the
tender's 人 more strictly.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Intention:
    """One intention: whose, of which project (empty: a wish in words), on which day of the market."""

    person: str
    project: str
    day: date


@dataclass(frozen=True, slots=True)
class Intentions:
    """The count of a period, the persons behind it, and what was said again."""

    intentions: int
    persons: int
    repeats: int


def count_intentions(rows: Iterable[Intention]) -> Intentions:
    """Return how many intentions count; the rows are those of the period."""
    found = list(rows)
    counted = {(row.person, row.project, row.day.year) for row in found}
    return Intentions(len(counted), len({row.person for row in found}), len(found) - len(counted))
