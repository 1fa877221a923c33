"""The shipped holiday table against the text of the law and of the notices."""

from datetime import date, timedelta

import pytest

from cloud.kpi.tables import load_calendar
from protocols.rules.calendar import HolidayPolicy
from protocols.rules.errors import MissingTable


def days_off(year: int, policy: HolidayPolicy) -> list[date]:
    calendar = load_calendar()
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
    return [day for day in days if calendar.is_holiday(day, policy)]


@pytest.mark.parametrize("year", [2025, 2026])
def test_order_795_gives_thirteen_days_a_year(year: int) -> None:
    assert len(days_off(year, "statutory")) == 13


def test_2027_is_computed_and_has_no_notice() -> None:
    calendar = load_calendar()

    assert calendar.is_provisional(date(2027, 6, 1))
    assert not calendar.is_provisional(date(2026, 6, 1))
    with pytest.raises(MissingTable, match="2027"):
        days_off(2027, "gazetted")


def test_the_notices_of_2025_and_2026_give_28_and_33_days() -> None:
    assert len(days_off(2025, "gazetted")) == 28
    assert len(days_off(2026, "gazetted")) == 33


@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 5, 4), date(2025, 3, 8), date(2025, 5, 4)])
def test_partial_holidays_are_no_days_off(day: date) -> None:
    assert not load_calendar().is_holiday(day, "statutory")


@pytest.mark.parametrize("year", [2024, 2028])
def test_other_years_have_no_table(year: int) -> None:
    with pytest.raises(MissingTable, match=str(year)):
        load_calendar().is_holiday(date(year, 1, 1), "statutory")
