"""Pay against the minimum wage of its day."""

from datetime import date

import pytest

from cloud.jobs.lookup import minimum_wages, occupations, search_occupations
from cloud.jobs.wages import hours_per_day, missing_fen, wage_on

TODAY = wage_on(date(2026, 3, 2), minimum_wages())


@pytest.mark.parametrize(
    ("day", "monthly_fen"), [("2026-01-01", 266_000), ("2025-12-31", 249_000), ("2023-12-31", 228_000)]
)
def test_the_wage_is_that_of_the_day(day: str, monthly_fen: int) -> None:
    wage = wage_on(date.fromisoformat(day), minimum_wages())
    assert wage is not None
    assert wage.monthly_fen == monthly_fen


def test_before_the_first_row_nobody_knows() -> None:
    assert wage_on(date(2020, 1, 1), minimum_wages()) is None


@pytest.mark.parametrize(
    ("fen", "unit", "hours", "lawful"),
    [
        (266_000, "month", "", True),
        (265_999, "month", "", False),
        (2_500, "hour", "", True),
        (2_499, "hour", "", False),
        (18_000, "day", "08:30-17:30，每周休一天", True),
        (12_230, "day", "每天8小时", True),
        (12_200, "day", "每天8小时", False),
        (10_000, "day", "06:30-10:30", True),
        (9_900, "day", "06:30-10:30", False),
        (12_200, "day", "面谈", False),
        (1, "piece", "每天8小时", True),
    ],
)
def test_pay_is_judged_by_its_unit_and_its_hours(fen: int, unit: str, hours: str, *, lawful: bool) -> None:
    assert TODAY is not None
    assert (missing_fen(fen, unit, hours, TODAY) == 0) is lawful


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("每天10小时", 10.0),
        ("09:00-17:00", 8.0),
        ("10:00-14:00，17:00-21:00", 8.0),
        ("22：00至6：00", 8.0),
        ("早班", 8.0),
        ("一天4.5小时", 4.5),
    ],
)
def test_hours_are_read_from_what_people_write(text: str, hours: float) -> None:
    assert hours_per_day(text) == hours


def test_occupations_are_found_by_name_and_code_without_their_marks() -> None:
    assert occupations()["4-09-08-01"] == "保洁员"
    assert ("4-02-07-08", "快递员") in search_occupations("快递")
    assert search_occupations("4-02-07-08") == [("4-02-07-08", "快递员")]
