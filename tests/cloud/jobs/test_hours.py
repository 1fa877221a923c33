"""Working time as people write it, and what a pay comes to by it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.jobs.hours import WEEKS_PER_MONTH, WorkTime, parse_hours
from cloud.jobs.pay import Equivalents, equivalents, equivalents_of


@pytest.mark.parametrize(
    ("text", "hours", "days"),
    [
        ("8小时/天", 8.0, None),
        ("八小时工作制", 8.0, None),
        ("每天工作8-10小时", 10.0, None),
        ("一天4.5小时", 4.5, None),
        ("早8晚5", 9.0, None),
        ("早八晚六", 10.0, None),
        ("朝九晚六", 9.0, None),
        ("9:00-17:30", 8.5, None),
        ("7:30—16:30", 9.0, None),
        ("8点到5点", 9.0, None),
        ("上午9点到下午5点半", 8.5, None),
        ("晚8点至次日早8点", 12.0, None),
        ("22：00至6：00", 8.0, None),
        ("06:30-10:30", 4.0, None),
        ("8:00-12:00 13:30-17:30", 8.0, None),
        ("10:00-14:00，17:00-21:00", 8.0, None),
        ("8:00-17:00（午休1小时）", 8.0, None),
        ("早上8点-晚上6点，中午休息1.5小时", 8.5, None),
        ("白班8:00-20:00，夜班20:00-8:00", 12.0, None),
        ("两班倒12小时", 12.0, None),
        ("两班倒", 12.0, None),
        ("三班倒", 8.0, None),
        ("四班三运转", 8.0, None),
        ("做六休一", None, 6.0),
        ("做5休2", None, 5.0),
        ("上一休一，12小时", 12.0, 3.5),
        ("上12休24", 12.0, 168 / 36),
        ("每天8小时，单休", 8.0, 6.0),
        ("大小周", None, 5.5),
        ("周一至周五 9:00-18:00", 9.0, 5.0),
        ("每周工作5天，每天6小时", 6.0, 5.0),
        ("每周40小时，双休", 8.0, 5.0),
        ("每周24小时", None, None),
        ("长白班8小时，加班2小时", 8.0, None),
        ("早班", None, None),
        ("面谈", None, None),
        ("五险一金，20-45岁，8000-9000元", None, None),
        ("", None, None),
    ],
)
def test_working_time_is_read_from_what_people_write(text: str, hours: float | None, days: float | None) -> None:
    found = parse_hours(text)
    assert found.hours_per_day == pytest.approx(hours) if hours else found.hours_per_day is None
    assert found.days_per_week == pytest.approx(days) if days else found.days_per_week is None


@given(st.text(alphabet="早晚上下午点时班倒做休一二三四五六七八九十两周月天小:-~至到0123456789.，（）h ", max_size=40))
def test_whatever_is_written_gives_a_possible_day_or_none(text: str) -> None:
    found = parse_hours(text)
    assert found.hours_per_day is None or 0 < found.hours_per_day <= 24
    assert found.days_per_week is None or 0 < found.days_per_week <= 7


@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    parse_hours(text)


@given(st.integers(0, 23 * 60), st.integers(15, 15 * 60))
def test_from_to_is_the_time_between(start: int, length: int) -> None:
    end = (start + length) % 1440
    text = f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
    hours = parse_hours(text).hours_per_day
    # `09:00-05:00` may be a day until five; a clock of 24 hours says so only above twelve.
    until_five = end <= start < 720 and hours == pytest.approx((end + 720 - start) / 60)
    assert hours == pytest.approx(length / 60) or until_five


@given(st.integers(1, 16), st.integers(1, 6))
def test_number_and_rhythm_survive_their_words(hours: int, on: int) -> None:
    found = parse_hours(f"每天{hours}小时，做{on}休{7 - on}")
    assert (found.hours_per_day, found.days_per_week) == (hours, on)


@pytest.mark.parametrize(
    ("fen", "unit", "hours", "method", "hour_fen", "month_fen"),
    [
        (2_500, "hour", "每天8小时，双休", "", 2_500, 435_000),
        (2_500, "hour", "面谈", "", 2_500, None),
        (20_000, "day", "08:00-17:00（午休1小时），做六休一", "", 2_500, 522_000),
        (20_000, "day", "面谈", "", None, None),
        (348_000, "month", "每天8小时，双休", "", 2_000, 348_000),
        (348_000, "month", "8小时", "", None, 348_000),
        (80, "piece", "每天8小时，双休", "计件，日均300件", 3_000, 522_000),
        (80, "piece", "每天8小时", "每小时40件", 3_200, None),
        (80, "piece", "每天8小时", "计件", None, None),
    ],
)
def test_a_pay_comes_to_what_the_hours_say(  # noqa: PLR0913, PLR0917 - a row of the table
    fen: int, unit: str, hours: str, method: str, hour_fen: int | None, month_fen: int | None
) -> None:
    assert equivalents_of(fen, unit, hours, method) == Equivalents(hour_fen, month_fen)


@given(st.integers(1, 10**8), st.floats(0.5, 24), st.floats(0.5, 7))
def test_an_hour_and_a_month_agree(fen: int, hours: float, days: float) -> None:
    work = WorkTime(hours, days)
    month = equivalents(fen, "hour", work).month_fen
    assert month is not None
    back = equivalents(month, "month", work).hour_fen
    assert back is not None
    assert 0 <= fen - back <= 1 + 1 / (hours * days * WEEKS_PER_MONTH)
