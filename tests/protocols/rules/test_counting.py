"""People counted in a day: totals since a reset and windows say the same people and are never added."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.rules.counting import MAX_REGIONS, MAX_WINDOWS, Tally

NINE = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
DAY = date(2026, 3, 2)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def window(tally: Tally, entered: int, left: int, hours: int = 0, of: timedelta = HOUR) -> None:
    begins = NINE + timedelta(hours=hours)
    tally.window("1", entered, left, begins, begins + of)


def test_a_running_total_is_taken_as_it_is_said() -> None:
    tally = Tally(DAY)
    assert (tally.total, tally.inside) == ((0, 0), 0)
    tally.running("1", 70, 75, NINE)
    assert (tally.total, tally.inside) == ((70, 75), 0)
    tally.running("1", 80, 76, NINE + MINUTE)
    assert (tally.total, tally.inside) == ((80, 76), 4)


def test_windows_are_added_and_one_that_comes_again_is_not() -> None:
    tally = Tally(DAY)
    window(tally, 7, 5)
    window(tally, 2, 3, 1)
    window(tally, 7, 5)
    assert tally.total == (9, 8)
    assert tally.left_out_total == 0


def test_a_window_over_another_one_is_left_out() -> None:
    tally = Tally(DAY)
    window(tally, 7, 5)
    window(tally, 9, 9, of=24 * HOUR)
    assert (tally.total, tally.left_out_total) == ((7, 5), 1)


def test_running_totals_outweigh_windows_whichever_comes_first() -> None:
    for running_first in (True, False):
        tally = Tally(DAY)
        if running_first:
            tally.running("1", 10, 4, NINE + HOUR)
        window(tally, 10, 4)
        if not running_first:
            tally.running("1", 10, 4, NINE + HOUR)
        assert tally.total == (10, 4)


def test_what_was_counted_before_a_reset_stays_counted() -> None:
    tally = Tally(DAY)
    tally.running("1", 70, 60, NINE)
    tally.running("1", 3, 1, NINE + MINUTE)
    tally.running("1", 4, 1, NINE + 2 * MINUTE)
    assert tally.total == (74, 61)


def test_a_total_that_is_sent_again_or_late_is_no_reset() -> None:
    tally = Tally(DAY)
    tally.running("1", 70, 60, NINE)
    tally.running("1", 65, 60, NINE - MINUTE)
    tally.running("1", 65, 60, NINE)
    tally.running("1", 70, 60, NINE)
    assert tally.total == (70, 60)


@pytest.mark.parametrize("counted", [(80, 75), (10, 5)])
def test_a_new_day_begins_with_nobody_whether_the_counter_is_reset_or_not(counted: tuple[int, int]) -> None:
    tally = Tally(DAY)
    tally.running("1", 70, 70, NINE)
    window(tally, 1, 1)
    tally.roll(NINE + 24 * HOUR)
    assert (tally.total, tally.day) == ((0, 0), date(2026, 3, 3))
    tally.roll(NINE)  # a clock that was set back: the day goes on
    assert tally.day == date(2026, 3, 3)
    tally.running("1", *counted, NINE + 24 * HOUR)
    assert tally.total == (10, 5)


def test_what_was_counted_yesterday_and_told_today_is_not_of_today() -> None:
    tally = Tally(date(2026, 3, 3))
    tally.running("1", 70, 60, NINE)
    window(tally, 5, 5)
    assert (tally.total, tally.left_out_total) == ((0, 0), 1)
    tally.running("1", 72, 60, NINE + 24 * HOUR)
    assert tally.total == (2, 0)


def test_every_line_is_counted_and_each_by_its_own_way() -> None:
    tally = Tally(DAY)
    tally.running("1", 10, 0, NINE)
    tally.window("2", 0, 4, NINE, NINE + HOUR)
    assert (tally.total, tally.inside) == ((10, 4), 6)


def test_lines_and_windows_have_a_limit() -> None:
    tally = Tally(DAY)
    for line in range(MAX_REGIONS + 1):
        tally.running(str(line), 1, 0, NINE)
    tally.window("more", 1, 0, NINE, NINE + HOUR)
    assert (tally.total, tally.left_out_total) == ((MAX_REGIONS, 0), 3 - 1)
    second = timedelta(seconds=1)
    full = Tally(DAY)
    for index in range(MAX_WINDOWS + 1):
        full.window("1", 1, 1, NINE + index * second, NINE + (index + 1) * second)
    assert (full.total, full.left_out_total) == ((MAX_WINDOWS, MAX_WINDOWS), 1)


def test_a_tally_outlives_a_restart() -> None:
    tally = Tally(DAY)
    tally.running("1", 70, 60, NINE)
    tally.running("1", 3, 1, NINE + MINUTE)
    tally.window("2", 5, 4, NINE, NINE + HOUR)
    again = Tally.from_json(tally.to_json(), NINE)
    assert (again.total, again.to_json()) == (tally.total, tally.to_json())
    again.running("1", 4, 1, NINE + 2 * MINUTE)
    assert again.total == (79, 65)


@pytest.mark.parametrize(
    "kept",
    [
        {}, {"day": 7}, {"day": "noon", "regions": {}}, {"day": "2026-03-02", "regions": []},
        {"day": "2026-03-02", "regions": {"1": {"last": [1]}}},
        {"day": "2026-03-02", "regions": {"1": {"last": [1, 1], "at": "noon"}}},
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_new_tally(kept: dict[str, Any]) -> None:
    tally = Tally.from_json(kept, NINE)
    assert (tally.day, tally.total) == (DAY, (0, 0))


steps = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.booleans()), min_size=1, max_size=12)


@given(steps, st.randoms(use_true_random=False), st.sampled_from(["both", "windows"]))
def test_however_both_kinds_come_the_people_are_those_who_went(
    went: list[tuple[int, int, bool]], random: Any, sent: str
) -> None:
    """Each minute somebody goes, a counter may be reset, and it tells its total, its window or both, again and late."""
    tally = Tally(DAY)
    since_reset, truth = (0, 0), (0, 0)
    windows: list[tuple[int, int, datetime, datetime]] = []
    runs: list[tuple[int, int, datetime]] = []
    for index, (entered, left, reset) in enumerate(went):
        begins, ends = NINE + index * MINUTE, NINE + (index + 1) * MINUTE
        # A reset after which nobody passes cannot be seen and need not be.
        since_reset = (entered, left) if reset else (since_reset[0] + entered, since_reset[1] + left)
        if reset and runs and not (entered < runs[-1][0] or left < runs[-1][1]):
            since_reset = (runs[-1][0] + entered, runs[-1][1] + left)
        truth = truth[0] + entered, truth[1] + left
        windows.append((entered, left, begins, ends))
        if sent == "both":
            runs.append((*since_reset, ends))
            tally.running("1", *runs[-1])
            if random.random() < 0.5:
                tally.running("1", *random.choice(runs))
        for one in random.sample(windows, random.randint(0, len(windows))):
            tally.window("1", *one)
        assert tally.total[0] <= truth[0]
        assert tally.total[1] <= truth[1]
        if sent == "both":
            assert tally.total == truth
        tally = Tally.from_json(tally.to_json(), ends)
    for one in windows:
        tally.window("1", *one)
    assert tally.total == truth
