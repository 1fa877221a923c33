"""Power cuts from what UPSes sampled and said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.rules.calendar import Calendar
from protocols.rules.facts import Facts, PowerCut, SlotInterval
from protocols.rules.minutes import Span, covered
from protocols.rules.opening import day_start, judge
from protocols.rules.power import PowerEvent, power_cuts, remaining
from tests.protocols.rules.days import CALENDAR, DAY, at, seen, span


def mains(value: str, start: str, end: str, slot: str = "ups-1", clock: str = "trusted") -> SlotInterval:
    return seen("mains", value, start, end, slot=slot, clock=clock)


def said(clock: str, event: str, slot: str = "ups-1") -> PowerEvent:
    return PowerEvent(slot, at(clock), event)


def test_a_ups_on_battery_proves_a_cut_with_what_it_said_of_it() -> None:
    intervals = [
        mains("online", "08:00", "10:00"), mains("battery", "10:00", "10:40"), mains("online", "10:40", "18:00"),
        seen("door", "unlocked"),
    ]  # fmt: skip
    events = [said("10:40", "back"), said("10:00", "gone"), said("11:00", "later"), said("10:00", "x", "ups-2")]

    assert power_cuts(intervals, events) == [PowerCut(*span("10:00", "10:40"), "ups-1", ("gone", "back"))]


def test_a_pulled_plug_is_no_cut_where_another_ups_sees_the_mains() -> None:
    intervals = [
        mains("battery", "10:00", "11:00"), mains("online", "10:10", "10:20", "ups-2"),
        mains("online", "10:50", "12:00", "ups-2"), mains("battery", "10:25", "10:30", "ups-2"),
    ]  # fmt: skip
    assert [(cut.span, cut.slot) for cut in power_cuts(intervals)] == [
        (span("10:00", "10:10"), "ups-1"),
        (span("10:20", "10:50"), "ups-1"),
        (span("10:25", "10:30"), "ups-2"),
    ]


@pytest.mark.parametrize("clock", ["untrusted", "corrected"])
def test_an_untrusted_clock_proves_nothing_and_a_corrected_one_does(clock: str) -> None:
    assert len(power_cuts([mains("battery", "10:00", "10:40", clock=clock)])) == (clock == "corrected")


def test_forty_minutes_on_battery_are_excused_and_the_evidence_stands_in_the_verdict() -> None:
    cuts = power_cuts([mains("battery", "10:00", "10:40"), mains("battery", "18:00", "18:30")], [said("10:00", "gone")])
    verdict = judge(DAY, Facts((seen("door", "unlocked"), seen("wall", "on")), power_cuts=cuts), CALENDAR)

    assert (verdict.excused, verdict.open, verdict.required) == (40, 440, 480)
    assert verdict.to_object()["evidence"] == [
        {
            "from": "2026-03-02T10:00:00+08:00", "to": "2026-03-02T10:40:00+08:00", "slot": "ups-1", "events": ["gone"],
        }
    ]  # fmt: skip


def test_a_cut_that_nobody_proves_is_excused_without_evidence() -> None:
    verdict = judge(DAY, Facts(power_cuts=[PowerCut(*span("10:00", "10:40"))]), Calendar.from_rows([
        {"date": "2026-01-01", "kind": "statutory"},
    ]))  # fmt: skip
    assert verdict.excused == 40
    assert "evidence" not in verdict.to_object()


spans = st.lists(
    st.tuples(st.integers(0, 600), st.integers(0, 60)).map(
        lambda one: span(f"{one[0] // 60:02}:{one[0] % 60:02}", f"{sum(one) // 60:02}:{sum(one) % 60:02}")
    ),
    max_size=5,
)


@given(spans, spans)
def test_what_remains_is_what_is_in_the_one_and_not_in_the_other(some: list[Span], taken: list[Span]) -> None:
    midnight = day_start(DAY)
    left = remaining(some, taken)
    assert covered(left, midnight) == covered(some, midnight) & ~covered(taken, midnight)
    assert left == sorted(left)
