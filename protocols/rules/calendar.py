"""Which days the market may stay closed: a table of days, never a computation (domain.md §4).

`statutory` are the 13 days of State Council order 795 (partial holidays, 8 March and 4 May, are not among them);
`gazetted` adds the adjusted days off that the yearly notice names. A year outside the table is an error.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, Self, get_args

from protocols.rules.errors import BadTable, MissingTable

HolidayPolicy = Literal["statutory", "gazetted"]
HOLIDAY_POLICIES: Final[tuple[HolidayPolicy, ...]] = get_args(HolidayPolicy)

#: Kinds of rows: a statutory day, a day off by the yearly notice, a weekend that is worked by the notice.
_STATUTORY = "statutory"
_NOTICE = ("adjusted_off", "makeup_workday")
_OFF_BY_NOTICE = "adjusted_off"

STATUTORY_TABLE = "the table of statutory days (State Council order 795)"
NOTICE_TABLE = "the State Council's holiday notice (policy `gazetted`)"


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of some years; `provisional` years are computed and await their notice."""

    statutory: frozenset[date]
    adjusted_off: frozenset[date]
    years: frozenset[int]
    notified_years: frozenset[int]
    provisional_years: frozenset[int]

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, str]]) -> Self:
        """Return the calendar of rows {date, kind, provisional}, other columns ignored; a BadTable names the row."""
        days: dict[str, set[date]] = {_STATUTORY: set(), **{kind: set() for kind in _NOTICE}}
        provisional: set[int] = set()
        for number, row in enumerate(rows, start=1):
            try:
                day = date.fromisoformat(row["date"])
                days[row["kind"]].add(day)
            except (KeyError, ValueError) as error:
                raise BadTable(f"holiday table, row {number}: {error}") from error
            if row.get("provisional") == "yes":
                provisional.add(day.year)
        return cls(
            statutory=frozenset(days[_STATUTORY]),
            adjusted_off=frozenset(days[_OFF_BY_NOTICE]),
            years=frozenset(day.year for day in days[_STATUTORY]),
            notified_years=frozenset(day.year for kind in _NOTICE for day in days[kind]),
            provisional_years=frozenset(provisional),
        )

    def is_holiday(self, day: date, policy: HolidayPolicy) -> bool:
        """Return whether the market may stay closed on `day`; a MissingTable names the year it would have to guess."""
        if day.year not in self.years:
            raise MissingTable(day.year, STATUTORY_TABLE)
        if policy == "statutory":
            return day in self.statutory
        if day.year not in self.notified_years:
            raise MissingTable(day.year, NOTICE_TABLE)
        return day in self.statutory or day in self.adjusted_off

    def is_provisional(self, day: date) -> bool:
        """Return whether the days of this year were computed before their notice appeared."""
        return day.year in self.provisional_years
