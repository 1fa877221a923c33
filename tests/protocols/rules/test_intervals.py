"""Samples -> intervals, sentence by sentence of domain.md §4."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.rules.errors import UnknownSignal
from protocols.rules.intervals import TIMINGS, Interval, SignalTracker, to_intervals
from protocols.venue.vocabulary import SIGNALS

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
#: What a test writes for an interval: value, from, to (s after START), samples.
Short = tuple[str, float, float, int]


def t(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def short(intervals: list[Interval]) -> list[Short]:
    return [(i.value, (i.start - START).total_seconds(), (i.end - START).total_seconds(), i.samples) for i in intervals]


def read(signal: str, *samples: tuple[float, str]) -> list[Short]:
    return short(to_intervals(signal, [(value, t(seconds)) for seconds, value in samples]))


def test_every_signal_has_its_timing() -> None:
    assert TIMINGS.keys() == SIGNALS.keys()
    assert {name: (x.sample_s, x.max_gap_s, x.debounce_s) for name, x in TIMINGS.items() if name != "staff"} == {
        "door": (30, 75, 3),
        "wall": (30, 75, 10),
        "kiosk": (30, 75, 10),
        "light": (60, 150, 30),
        "footfall": (10, 30, 0),
        "probe": (30, 75, 0),
        "mains": (10, 45, 15),
    }


@pytest.mark.parametrize("signal", [name for name in TIMINGS if name != "staff"])
def test_equal_samples_up_to_the_maximal_gap_apart_join(signal: str) -> None:
    gap, value = TIMINGS[signal].max_gap_s, SIGNALS[signal][0]

    assert read(signal, (0, value), (gap, value), (2 * gap, value)) == [(value, 0, 2 * gap, 3)]


@pytest.mark.parametrize("signal", [name for name in TIMINGS if name != "staff"])
def test_a_longer_gap_closes_the_interval_at_its_last_sample(signal: str) -> None:
    gap, value = TIMINGS[signal].max_gap_s, SIGNALS[signal][0]
    late = gap + 0.25

    assert read(signal, (0, value), (gap, value), (gap + late, value), (gap + late + 30, value)) == [
        (value, 0, gap, 2),
        (value, gap + late, gap + late + 30, 2),
    ]


def test_one_sample_alone_covers_no_time() -> None:
    assert read("door", (0, "locked")) == []
    assert read("probe", (0, "alive"), (100, "alive"), (200, "dead")) == []


@pytest.mark.parametrize("signal", ["door", "wall", "kiosk", "light"])
def test_a_change_is_placed_at_the_first_sample_of_a_value_that_held(signal: str) -> None:
    yes, no = SIGNALS[signal]
    held = TIMINGS[signal].debounce_s

    assert read(signal, (0, yes), (30, yes), (60, no), (60 + held, no)) == [
        (yes, 0, 60, 2),
        (no, 60, 60 + held, 2),
    ]


@pytest.mark.parametrize("signal", ["door", "wall", "kiosk", "light"])
def test_a_blip_shorter_than_the_debounce_is_dropped(signal: str) -> None:
    yes, no = SIGNALS[signal]
    blip = TIMINGS[signal].debounce_s - 0.001

    assert read(signal, (0, yes), (30, no), (30 + blip, yes), (61, yes)) == [(yes, 0, 61, 3)]


def test_a_value_holds_until_another_sample_contradicts_it() -> None:
    assert read("door", (0, "unlocked"), (30, "locked"), (33, "unlocked"), (60, "unlocked")) == [
        ("unlocked", 0, 30, 1),
        ("locked", 30, 33, 1),
        ("unlocked", 33, 60, 2),
    ]


def test_a_blip_does_not_bridge_a_gap() -> None:
    assert read("light", (0, "on"), (60, "on"), (200, "off"), (215, "on"), (275, "on")) == [
        ("on", 0, 60, 2),
        ("on", 215, 275, 2),
    ]


def test_a_new_value_before_silence_never_held() -> None:
    assert read("door", (0, "unlocked"), (30, "unlocked"), (60, "locked"), (200, "unlocked")) == [
        ("unlocked", 0, 30, 2)
    ]


def test_a_change_within_the_gap_counts_though_the_old_value_is_by_then_older_than_the_gap() -> None:
    assert read("door", (0, "unlocked"), (30, "unlocked"), (70, "locked"), (140, "locked")) == [
        ("unlocked", 0, 70, 2),
        ("locked", 70, 140, 2),
    ]


def test_a_first_value_that_flickers_begins_where_it_settles() -> None:
    assert read("door", (0, "locked"), (1, "unlocked"), (2, "locked"), (6, "locked")) == [("locked", 2, 6, 2)]


def test_without_a_debounce_every_sample_counts() -> None:
    assert read("probe", (0, "alive"), (30, "dead"), (31, "alive"), (61, "alive")) == [
        ("alive", 0, 30, 1),
        ("dead", 30, 31, 1),
        ("alive", 31, 61, 2),
    ]


def test_people_hold_300_seconds_after_the_last_detection() -> None:
    samples: list[tuple[float, str]] = [(0, "people"), *((n * 10.0, "none") for n in range(1, 40))]

    assert read("footfall", *samples) == [("people", 0, 300, 30), ("none", 300, 390, 10)]


def test_a_new_detection_starts_the_300_seconds_again() -> None:
    samples = [(n * 10.0, "people" if n in {0, 20} else "none") for n in range(60)]

    assert read("footfall", *samples) == [("people", 0, 500, 50), ("none", 500, 590, 10)]


def test_people_do_not_hold_through_silence_but_beyond_it() -> None:
    assert read("footfall", (0, "people"), (10, "people"), (100, "none"), (110, "none")) == [
        ("people", 0, 10, 2),
        ("people", 100, 110, 2),
    ]


def test_an_empty_hall_needs_no_detection_to_be_empty() -> None:
    assert read("footfall", (0, "none"), (10, "none")) == [("none", 0, 10, 2)]


def test_a_sign_in_holds_until_the_sign_out() -> None:
    assert read("staff", (0, "present"), (1500, "absent")) == [("present", 0, 1500, 1)]


def test_a_sighting_carries_a_sign_in_on() -> None:
    assert read("staff", (0, "present"), (1800, "present"), (3000, "absent")) == [("present", 0, 3000, 2)]


def test_a_sign_in_holds_at_most_30_minutes_past_the_last_sighting_then_nothing() -> None:
    assert read("staff", (0, "present"), (600, "present"), (3600, "present"), (3660, "absent")) == [
        ("present", 0, 2400, 2),
        ("present", 3600, 3660, 1),
    ]


def test_absence_does_not_outlast_its_last_sample() -> None:
    tracker = SignalTracker("staff")
    tracker.sample("absent", t(0))
    tracker.sample("absent", t(60))

    assert short(tracker.expire(t(4000))) == [("absent", 0, 60, 2)]


def test_the_open_interval_grows_with_its_samples() -> None:
    tracker = SignalTracker("door")
    assert tracker.open_interval() is None
    for seconds in (0, 30):
        assert tracker.sample("unlocked", t(seconds)) == []
    first = tracker.open_interval(t(45))
    tracker.sample("unlocked", t(60))
    second = tracker.open_interval()

    assert short([i for i in (first, second) if i]) == [("unlocked", 0, 30, 2), ("unlocked", 0, 60, 3)]


def test_the_open_interval_ignores_a_change_that_has_not_held_yet() -> None:
    tracker = SignalTracker("door")
    for seconds, value in ((0, "unlocked"), (30, "unlocked"), (40, "locked")):
        assert tracker.sample(value, t(seconds)) == []
    still = tracker.open_interval()
    closed = tracker.sample("locked", t(43))
    now = tracker.open_interval()

    assert short([i for i in (still, *closed, now) if i]) == [
        ("unlocked", 0, 30, 2),
        ("unlocked", 0, 40, 2),
        ("locked", 40, 43, 2),
    ]


def test_an_open_sign_in_reaches_up_to_now_while_it_holds() -> None:
    tracker = SignalTracker("staff")
    tracker.sample("present", t(0))

    reports = [tracker.open_interval(now) for now in (None, t(60), t(1800), t(2000))]

    assert short([i for i in reports if i]) == [("present", 0, 60, 1), ("present", 0, 1800, 1), ("present", 0, 1800, 1)]
    assert tracker.open_interval(t(-5)) is None


def test_silence_closes_an_interval_without_a_further_sample() -> None:
    tracker = SignalTracker("door")
    assert tracker.expire(t(0)) == []
    tracker.sample("unlocked", t(0))
    tracker.sample("unlocked", t(30))

    assert tracker.expire(t(105)) == []
    assert short(tracker.expire(t(105.001))) == [("unlocked", 0, 30, 2)]
    assert tracker.open_interval() is None
    assert tracker.expire(t(200)) == []


def test_flush_closes_at_the_last_sample_and_a_sign_in_at_now() -> None:
    door, staff = SignalTracker("door"), SignalTracker("staff")
    for seconds in (0, 30):
        door.sample("unlocked", t(seconds))
        staff.sample("present", t(seconds))

    assert short(door.flush(t(40)) + door.flush()) == [("unlocked", 0, 30, 2)]
    assert short(staff.flush(t(40))) == [("present", 0, 40, 2)]


def test_a_clock_that_is_set_back_starts_anew() -> None:
    assert read("door", (100, "unlocked"), (130, "unlocked"), (10, "unlocked"), (40, "unlocked")) == [
        ("unlocked", 100, 130, 2),
        ("unlocked", 10, 40, 2),
    ]
    assert read("footfall", (100, "people"), (110, "none"), (10, "none"), (20, "none")) == [
        ("people", 100, 110, 2),
        ("none", 10, 20, 2),
    ]


def test_two_samples_of_one_moment_are_no_time() -> None:
    assert read("probe", (0, "alive"), (0, "dead"), (0, "alive"), (30, "alive")) == [("alive", 0, 30, 2)]


def test_unknown_signals_and_values_are_refused() -> None:
    with pytest.raises(UnknownSignal, match="window"):
        SignalTracker("window")
    with pytest.raises(UnknownSignal, match="ajar"):
        SignalTracker("door").sample("ajar", START)


signals = st.sampled_from(sorted(TIMINGS))
steps = st.lists(st.tuples(st.sampled_from([0, 1, 3, 10, 29, 30, 31, 75, 76, 151, 2000]), st.booleans()), max_size=40)


def series(signal: str, given_steps: list[tuple[int, bool]]) -> list[tuple[str, datetime]]:
    now, samples = START, []
    for seconds, yes in given_steps:
        now += timedelta(seconds=seconds)
        samples.append((SIGNALS[signal][0 if yes else 1], now))
    return samples


@given(signals, steps)
def test_intervals_are_ordered_apart_and_have_length(signal: str, given_steps: list[tuple[int, bool]]) -> None:
    found = to_intervals(signal, series(signal, given_steps))

    assert all(interval.start < interval.end and interval.samples >= 1 for interval in found)
    assert all(before.end <= after.start for before, after in pairwise(found))
    if all(seconds for seconds, _ in given_steps):  # two values of one moment may leave no time between equal ones
        assert all(before.value != after.value for before, after in pairwise(found) if before.end == after.start)


@given(signals, steps)
def test_open_reports_only_ever_extend_what_becomes_final(signal: str, given_steps: list[tuple[int, bool]]) -> None:
    samples = series(signal, given_steps)
    tracker = SignalTracker(signal)
    rows: dict[tuple[str, datetime], datetime] = {}
    for value, at in samples:
        reports = [*tracker.sample(value, at), *filter(None, [tracker.open_interval(at)])]
        for report in reports:
            key = (report.value, report.start)
            assert report.end >= rows.get(key, report.start), "a report took back what an earlier one said"
            rows[key] = report.end
    rows |= {(i.value, i.start): i.end for i in tracker.flush()}

    assert [(i.value, i.start, i.end) for i in to_intervals(signal, samples)] == [
        (value, start, end) for (value, start), end in rows.items()
    ]


@given(st.sampled_from(["probe"]), steps)
def test_without_a_debounce_a_moment_has_the_value_of_the_sample_before_it(
    signal: str, given_steps: list[tuple[int, bool]]
) -> None:
    samples = series(signal, given_steps)
    found = to_intervals(signal, samples)

    for (value, start), (_, end) in pairwise(samples):
        if start == end:
            continue
        inside = [i for i in found if i.start <= start and end <= i.end]
        joins = (end - start).total_seconds() <= TIMINGS[signal].max_gap_s
        assert [i.value for i in inside] == ([value] if joins else [])
