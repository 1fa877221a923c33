"""Days off are read, never guessed."""

from datetime import date

import pytest

from protocols.rules.calendar import Calendar
from protocols.rules.errors import BadTable, MissingTable
from tests.protocols.rules.days import CALENDAR


def test_a_year_without_rows_names_itself_and_the_missing_table() -> None:
    with pytest.raises(MissingTable, match=r"2031.*statutory days.*missing"):
        CALENDAR.is_holiday(date(2031, 1, 1), "statutory")


def test_a_year_without_its_notice_is_refused_only_under_gazetted() -> None:
    assert CALENDAR.is_holiday(date(2027, 1, 1), "statutory")
    with pytest.raises(MissingTable, match=r"2027.*notice"):
        CALENDAR.is_holiday(date(2027, 1, 1), "gazetted")


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({"date": "2026-13-01", "kind": "statutory"}, "row 2"),
        ({"date": "2026-01-01", "kind": "bank_holiday"}, "bank_holiday"),
        ({"kind": "statutory"}, "date"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(row: dict[str, str], what: str) -> None:
    with pytest.raises(BadTable, match=what):
        Calendar.from_rows([{"date": "2026-01-01", "kind": "statutory"}, row])
