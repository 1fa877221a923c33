"""Who may be introduced to which work on which day."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.rules.id_number import age_on
from protocols.rules.working_age import Bar, admit, standing_on

DAY = date(2026, 3, 2)
LAW = date(2021, 6, 1)
BARS = (
    Bar("occupation", "6-16-01", "井下作业", "劳动法 第64条", LAW),
    Bar("venue", "ktv", "歌舞娱乐场所", "未成年人保护法 第61条", LAW),
    Bar("occupation", "4-01", "旧规定", "已废止", LAW, date(2025, 12, 31)),
)


@pytest.mark.parametrize(
    ("birth", "standing"),
    [
        (None, "unknown"),
        (date(2010, 3, 3), "under_age"),
        (date(2010, 3, 2), "minor"),
        (date(2008, 3, 3), "minor"),
        (date(2008, 3, 2), "adult"),
        (date(2008, 2, 29), "adult"),
    ],
)
def test_the_birthday_is_the_first_day_of_the_new_age(birth: date | None, standing: str) -> None:
    assert standing_on(birth, DAY) == standing


def test_minors_are_kept_from_what_the_table_bars_and_from_nothing_else() -> None:
    minor = date(2009, 1, 1)
    assert [bar.word for bar in admit(minor, DAY, BARS, "6-16-01-05").bars] == ["井下作业"]
    assert not admit(minor, DAY, BARS, "6-16-01-05").allowed
    assert admit(minor, DAY, BARS, "6-16-011").allowed, "a code only begins at its dashes"
    assert not admit(minor, DAY, BARS, "6-16-01").allowed
    assert not admit(minor, DAY, BARS, venues={"ktv"}).allowed
    assert admit(minor, DAY, BARS, "4-01-02-03").allowed, "that rule is over"
    assert not admit(minor, date(2025, 12, 31), BARS, "4-01-02-03").allowed
    assert admit(minor, DAY, BARS).allowed
    assert admit(date(1990, 1, 1), DAY, BARS, "6-16-01-05", {"ktv"}).allowed
    assert not admit(None, DAY, BARS).allowed, "nobody knows his age"


@given(st.dates(date(1950, 1, 1), DAY), st.sampled_from(["", "6-16-01-05", "4-02-07-09"]))
def test_nobody_below_sixteen_is_ever_admitted(birth: date, occupation: str) -> None:
    found = admit(birth, DAY, BARS, occupation)
    assert found.allowed <= (age_on(birth, DAY) >= 16)
    assert found.standing == ("under_age" if age_on(birth, DAY) < 16 else found.standing)
