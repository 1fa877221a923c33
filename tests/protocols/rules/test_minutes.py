"""Bitmaps of minutes against plain sets."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from protocols.rules.minutes import DAY_MINUTES, at_least_two, covered, joined, runs, stretch, touched
from tests.protocols.rules.days import at

MIDNIGHT = at("00:00")


def members(minutes: int) -> set[int]:
    return {n for n in range(DAY_MINUTES) if minutes >> n & 1}


def test_a_stretch_is_cut_at_both_ends_of_the_day() -> None:
    assert members(stretch(-5, 2)) == {0, 1}
    assert members(stretch(1438, 2000)) == {1438, 1439}
    assert stretch(3, 3) == stretch(4, 3) == stretch(-9, -3) == stretch(1500, 1600) == 0


def test_spans_that_touch_are_joined_and_empty_ones_dropped() -> None:
    spans = [(at("10:00"), at("11:00")), (at("09:00"), at("10:00")), (at("12:00"), at("12:00"))]

    assert joined(spans) == [(at("09:00"), at("11:00"))]


def test_a_minute_is_touched_by_any_of_its_time_and_covered_by_all_of_it() -> None:
    spans = [(at("00:01:59"), at("00:04:01"))]

    assert members(touched(spans, MIDNIGHT)) == {1, 2, 3, 4}
    assert members(covered(spans, MIDNIGHT)) == {2, 3}


@given(st.lists(st.frozensets(st.integers(0, 50)), max_size=6))
def test_at_least_two_counts_like_a_person(sets: list[frozenset[int]]) -> None:
    expected = {n for n in range(51) if sum(n in one for one in sets) >= 2}

    assert members(at_least_two(sum(1 << n for n in one) for one in sets)) == expected


@given(st.frozensets(st.integers(0, DAY_MINUTES - 1)))
def test_runs_are_maximal_and_give_the_set_back(wanted: frozenset[int]) -> None:
    found = list(runs(sum(1 << n for n in wanted)))

    assert {n for first, last in found for n in range(first, last)} == wanted
    assert all(last < after for (_, last), (after, _) in pairwise(found))


@given(st.lists(st.tuples(st.integers(-100, 90_000), st.integers(0, 5_000)), max_size=5))
def test_covered_minutes_are_those_of_which_no_second_is_missing(stretches: list[tuple[int, int]]) -> None:
    spans = [(MIDNIGHT + timedelta(seconds=a), MIDNIGHT + timedelta(seconds=a + n)) for a, n in stretches]
    seconds = {second for a, n in stretches for second in range(a, a + n)}

    assert members(covered(spans, MIDNIGHT)) == {
        m for m in range(DAY_MINUTES) if all(s in seconds for s in range(m * 60, m * 60 + 60))
    }
    assert members(touched(spans, MIDNIGHT)) == {s // 60 for s in seconds if 0 <= s < DAY_MINUTES * 60}
