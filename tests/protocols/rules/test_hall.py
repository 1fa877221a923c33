"""One hall from all that senses it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.rules.hall import EMPTY, FRESH, MOVED, REGION_FRESH, Hall, Limit, Occupancy

NINE = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def later(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


def test_who_has_no_sensor_knows_nothing() -> None:
    assert Hall().read(NINE) == Occupancy(None, None, over=False)


def test_presence_says_somebody_or_nobody_while_it_is_fresh() -> None:
    hall = Hall()
    hall.sees("radar", NINE, somebody=True)
    assert hall.read(NINE + FRESH) == Occupancy(somebody=True)
    assert hall.read(NINE + FRESH + SECOND) == Occupancy()
    hall.sees("radar", later(100), somebody=False)
    assert hall.read(later(100)) == Occupancy(somebody=False)
    hall.sees("modbus", later(100), somebody=True)
    assert hall.read(later(100)) == Occupancy(somebody=True)


def test_counters_at_several_doors_make_one_number() -> None:
    hall = Hall()
    hall.counts("north", 10, 0, NINE)
    hall.counts("south", 0, 7, NINE)
    assert hall.read(NINE) == Occupancy(somebody=True, people=3)
    assert hall.read(NINE + MOVED + SECOND) == Occupancy(people=3)
    hall.counts("south", 0, 12, later(400))
    assert hall.read(later(400)).people == 0


def test_a_sensor_that_sees_somebody_makes_it_one_at_least() -> None:
    hall = Hall()
    hall.counts("north", 2, 2, NINE)
    hall.sees("radar", NINE, somebody=True)
    assert hall.read(NINE).people == 1


def test_a_region_outweighs_a_difference_of_counts_while_it_is_fresh() -> None:
    hall = Hall()
    hall.counts("north", 40, 3, NINE)
    hall.region("camera", 30, NINE)
    assert hall.read(NINE + REGION_FRESH) == Occupancy(somebody=True, people=30)
    assert hall.read(NINE + REGION_FRESH + SECOND).people == 37
    hall.region("camera", 0, later(700))
    assert hall.read(later(700)) == Occupancy(somebody=False, people=0)


def test_a_counter_that_was_reset_goes_on_where_it_was() -> None:
    hall = Hall()
    hall.counts("north", 10, 4, NINE)
    hall.counts("north", 2, 1, NINE)
    assert hall.read(NINE).people == 7


def test_drift_is_set_off_when_every_sensor_sees_nobody_for_long() -> None:
    hall = Hall()
    hall.counts("north", 10, 6, NINE)
    for seconds in range(0, int(EMPTY.total_seconds()) + 1, 60):
        hall.sees("radar", later(seconds), somebody=False)
        assert hall.read(later(seconds)).people == (4 if seconds < EMPTY.total_seconds() else 0)
    hall.counts("north", 11, 6, later(1_900))
    hall.sees("radar", later(1_900), somebody=False)
    assert hall.read(later(1_900)).people == 1


def test_somebody_at_the_door_or_before_the_radar_begins_the_wait_anew() -> None:
    hall = Hall()
    hall.counts("north", 10, 6, NINE)
    for seconds in range(0, 3_600, 60):
        hall.sees("radar", later(seconds), somebody=seconds % 1_200 == 0)
        assert hall.read(later(seconds)).people == 4


def test_a_locked_hall_is_empty_unless_somebody_is_seen_in_it() -> None:
    hall = Hall()
    hall.counts("north", 10, 6, NINE)
    hall.door("shutter", NINE, unlocked=False)
    hall.door("side", NINE, unlocked=True)
    assert hall.read(NINE).people == 4
    hall.door("side", NINE, unlocked=False)
    hall.sees("radar", NINE, somebody=True)
    assert hall.read(NINE).people == 4
    hall.sees("radar", NINE, somebody=False)
    assert hall.read(NINE).people == 0


def test_every_day_begins_with_an_empty_hall() -> None:
    hall = Hall()
    hall.counts("north", 10, 6, NINE)
    assert hall.read(NINE).people == 4
    assert hall.read(NINE + timedelta(hours=24)).people == 0
    hall.counts("north", 1, 0, NINE + timedelta(hours=24))  # its totals begin anew with the day
    assert hall.read(NINE + timedelta(hours=24)).people == 1


def test_the_alarm_begins_late_and_ends_later() -> None:
    hall = Hall(Limit(10))
    over = []
    for seconds, people in [
        (0, 10), (10, 11), (20, 10), (30, 11), (50, 12), (60, 11), (70, 10), (80, 11), (90, 10), (100, 9), (110, 10),
    ]:  # fmt: skip
        hall.region("camera", people, later(seconds))
        if hall.read(later(seconds)).over:
            over.append(seconds)
    assert over == [60, 70, 80, 90]


def test_without_a_limit_or_a_number_there_is_no_alarm() -> None:
    hall = Hall(Limit(1, hold_s=0))
    hall.region("camera", 5, NINE)
    assert hall.read(NINE).over
    assert not hall.read(NINE + REGION_FRESH + SECOND).over
    hall.limit = None
    hall.region("camera", 5, later(700))
    assert not hall.read(later(700)).over


def test_a_restart_forgets_neither_people_nor_alarm() -> None:
    hall = Hall(Limit(3, hold_s=0))
    hall.counts("north", 10, 6, NINE)
    assert hall.read(NINE).over
    again = Hall(Limit(3))
    again.restore(hall.to_json())
    assert again.read(later(1)) == Occupancy(people=4, over=True)
    assert again.to_json() == hall.to_json()


@pytest.mark.parametrize("kept", [{}, {"counters": 7}, {"counters": {"a": [1]}}, {"counters": {"a": ["x", 1, 1]}}])
def test_what_cannot_be_read_is_nothing(kept: dict[str, Any]) -> None:
    hall = Hall()
    hall.restore(kept)
    assert hall.read(NINE) == Occupancy()


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 60)), max_size=40))
def test_the_alarm_changes_only_above_the_limit_and_at_the_lower_one(steps: list[tuple[int, int]]) -> None:
    limit = Limit(20, clear_percent=80, hold_s=30)
    hall, now, before = Hall(limit), NINE, False
    for people, seconds in steps:
        now += seconds * SECOND
        hall.region("camera", people, now)
        found = hall.read(now).over
        assert found or not before or people <= limit.clear
        assert before or not found or people > limit.people
        before = found
