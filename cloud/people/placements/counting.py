"""Which placements count: `key_group_placed` of domain.md §5. Pure: rows and days in, the verdict of each row out.

A row counts when it is proved and its person belonged to a key group on the day that the work began; a person counts
once in a period, by his first row that counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

Verdict = Literal["counted", "no_proof", "disputed", "rejected", "no_group", "again"]
#: State of a row -> why it does not count.
_STATES: Final[dict[str, Verdict]] = {"claimed": "no_proof", "disputed": "disputed", "rejected": "rejected"}


@dataclass(frozen=True, slots=True)
class Row:
    """What the rule reads of a placement; `groups` are those of the day `on`."""

    id: str
    person: str
    on: date
    state: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A row and whether it counts; `first` is the row by which its person counts already."""

    row: Row
    verdict: Verdict
    first: str = ""


def judge(rows: Iterable[Row]) -> list[Judged]:
    """Return every row of a period with its verdict, by day and then by id."""
    counted: dict[str, str] = {}
    found = []
    for row in sorted(rows, key=lambda one: (one.on, one.id)):
        verdict = _STATES.get(row.state) or ("counted" if row.groups else "no_group")
        if verdict == "counted" and row.person in counted:
            found.append(Judged(row, "again", counted[row.person]))
            continue
        if verdict == "counted":
            counted[row.person] = row.id
        found.append(Judged(row, verdict))
    return found


def count(judged: Iterable[Judged]) -> int:
    """Return how many persons of key groups were placed."""
    return sum(one.verdict == "counted" for one in judged)
