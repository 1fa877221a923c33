"""Rule v1, sentence by sentence of domain.md §4."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from protocols.rules.errors import MissingTable
from protocols.rules.facts import DEFAULT_HOURS, Facts, Policy, PowerCut, SlotInterval
from protocols.rules.minutes import Span
from protocols.rules.opening import RULE_VERSION, Verdict, judge, required_span
from tests.protocols.rules.days import CALENDAR, DAY, at, seen, span

DOOR = seen("door", "unlocked")
STAFF = seen("staff", "present")
WALL = seen("wall", "on")
KIOSK = seen("kiosk", "usable")
PEOPLE = seen("footfall", "people")
LIGHT = seen("light", "on")
LOCKED = seen("door", "locked")
ABSENT = seen("staff", "absent")
WALL_OFF = seen("wall", "off")
KIOSK_OFF = seen("kiosk", "unusable")
NOBODY = seen("footfall", "none")
DARK = seen("light", "off")


def judged(*signals: SlotInterval, policy: Policy | None = None, day: date = DAY) -> Verdict:
    return judge(day, Facts(signals=signals, policy=policy or Policy()), CALENDAR)


def excused(closures: list[Span], power_cuts: list[Span]) -> Verdict:
    return judge(DAY, Facts((DOOR, WALL), closures, [PowerCut(*cut) for cut in power_cuts]), CALENDAR)


def test_the_rule_has_a_version() -> None:
    assert RULE_VERSION == "v1"


@pytest.mark.parametrize(
    ("signals", "state"),
    [
        ((), "unknown"),
        ((DOOR,), "unknown"),
        ((STAFF,), "unknown"),
        ((DOOR, STAFF), "open"),
        ((DOOR, WALL), "open"),
        ((DOOR, KIOSK), "open"),
        ((DOOR, PEOPLE), "open"),
        ((DOOR, LIGHT), "open"),
        ((STAFF, WALL), "open"),
        ((WALL, KIOSK), "unknown"),
        ((WALL, KIOSK, PEOPLE, LIGHT), "unknown"),
        ((LOCKED,), "closed"),
        ((LOCKED, WALL), "closed"),
        ((LOCKED, WALL, KIOSK), "unknown"),
        ((LOCKED, STAFF), "closed"),
        ((LOCKED, STAFF, LIGHT), "unknown"),
        ((LOCKED, WALL_OFF, ABSENT), "closed"),
        ((ABSENT,), "unknown"),
        ((ABSENT, WALL_OFF), "closed"),
        ((KIOSK_OFF, DARK), "closed"),
        ((KIOSK_OFF, DARK, PEOPLE), "unknown"),
        ((ABSENT, NOBODY), "unknown"),
        ((NOBODY, DARK), "unknown"),
        ((ABSENT, WALL_OFF, NOBODY), "closed"),
        ((DOOR, NOBODY), "unknown"),
        ((DOOR, ABSENT, WALL_OFF), "unknown"),
        ((DOOR, WALL, ABSENT, KIOSK_OFF), "open"),
        ((STAFF, WALL, KIOSK_OFF, DARK), "open"),
    ],
)
def test_a_minute_follows_the_first_step_that_fits(signals: tuple[SlotInterval, ...], state: str) -> None:
    verdict = judged(*signals)

    assert [(part.state, part.start, part.end) for part in verdict.segments] == [(state, at("09:00"), at("17:00"))]
    assert {name: getattr(verdict, name) for name in ("open", "closed", "unknown", "excused")} == {
        "open": 0,
        "closed": 0,
        "unknown": 0,
        "excused": 0,
    } | {state: 480}


def test_an_open_day_is_compliant_and_has_480_required_minutes() -> None:
    assert judged(DOOR, WALL).to_object() == {
        "day": "2026-03-02",
        "required": 480,
        "open": 480,
        "closed": 0,
        "unknown": 0,
        "excused": 0,
        "verdict": "compliant",
        "segments": [{"from": "2026-03-02T09:00:00+08:00", "to": "2026-03-02T17:00:00+08:00", "state": "open"}],
    }


def test_an_interval_must_cover_the_whole_minute() -> None:
    late_by_a_microsecond = replace(WALL, start=at("09:00").replace(microsecond=1))
    early_by_a_microsecond = replace(WALL, end=at("16:59:59").replace(microsecond=999_999))

    assert judged(DOOR, late_by_a_microsecond).unknown == 1
    assert judged(DOOR, early_by_a_microsecond).unknown == 1
    assert judged(DOOR, seen("wall", "on", "09:00", "17:00")).unknown == 0


def test_intervals_of_one_slot_and_value_are_joined_before_the_test() -> None:
    halves = (seen("wall", "on", "08:00", "12:00:30"), seen("wall", "on", "12:00:30", "18:00"))
    overlapping = (seen("wall", "on", "08:00", "14:00"), seen("wall", "on", "10:00", "12:00"), WALL)

    assert judged(DOOR, *halves).open == 480
    assert judged(DOOR, *overlapping).open == 480


def test_intervals_of_two_slots_are_not_joined() -> None:
    halves = (
        seen("wall", "on", "08:00", "12:00:30", slot="wall-1"),
        seen("wall", "on", "12:00:30", "18:00", slot="wall-2"),
    )

    assert judged(DOOR, *halves).unknown == 1


def test_a_hole_of_one_second_costs_its_minute() -> None:
    halves = (seen("wall", "on", "08:00", "12:00:30"), seen("wall", "on", "12:00:31", "18:00"))

    assert judged(DOOR, *halves).unknown == 1


def test_a_slot_that_contradicts_itself_is_silent_in_that_minute() -> None:
    verdict = judged(DOOR, WALL, seen("wall", "off", "10:00", "10:10"))

    assert (verdict.open, verdict.unknown, verdict.closed) == (470, 10, 0)


def test_a_contradiction_of_seconds_silences_its_whole_minute() -> None:
    assert judged(DOOR, WALL, seen("wall", "off", "10:00:20", "10:00:40")).unknown == 1
    assert judged(LOCKED, seen("door", "unlocked", "10:00:20", "10:00:40")).unknown == 1


def test_an_empty_hall_contradicts_a_busy_one_in_the_same_slot() -> None:
    assert judged(DOOR, PEOPLE, seen("footfall", "none", "10:00", "10:10")).unknown == 10


def test_an_interval_without_length_contradicts_nothing() -> None:
    assert judged(DOOR, WALL, seen("wall", "off", "10:00:20", "10:00:20")).open == 480


def test_two_slots_of_one_kind_have_one_vote() -> None:
    walls = (seen("wall", "on", slot="wall-1"), seen("wall", "on", slot="wall-2"))
    dark_walls = (seen("wall", "off", slot="wall-1"), seen("wall", "off", slot="wall-2"))
    doors = (seen("door", "unlocked", slot="door-1"), seen("door", "unlocked", slot="door-2"))

    assert judged(*walls, LOCKED).closed == 480
    assert judged(*dark_walls).unknown == 480
    assert judged(*doors).unknown == 480


def test_a_kind_says_yes_if_any_of_its_slots_does() -> None:
    assert judged(DOOR, seen("wall", "off", slot="wall-1"), seen("wall", "on", slot="wall-2")).open == 480


def test_a_locked_side_door_does_not_close_a_station_with_an_open_one() -> None:
    assert judged(WALL, seen("door", "locked", slot="d-1"), seen("door", "unlocked", slot="d-2")).open == 480


def test_a_kind_says_no_if_a_slot_does_and_none_says_yes() -> None:
    silent = (seen("wall", "on", slot="wall-1"), seen("wall", "off", slot="wall-1"))

    assert judged(*silent, seen("wall", "off", slot="wall-2"), DARK).closed == 480


def test_one_slot_may_carry_two_signals() -> None:
    assert judged(DOOR, seen("kiosk", "usable", slot="k"), seen("footfall", "none", slot="k")).open == 480


@pytest.mark.parametrize(("clock", "open_minutes"), [("trusted", 480), ("corrected", 480), ("untrusted", 0)])
def test_only_a_trusted_or_corrected_clock_votes(clock: str, open_minutes: int) -> None:
    assert judged(DOOR, seen("wall", "on", clock=clock)).open == open_minutes


def test_untrusted_intervals_do_not_count_beside_trusted_ones() -> None:
    assert judged(DOOR, WALL, seen("wall", "off", clock="untrusted")).open == 480
    assert judged(LOCKED, seen("door", "unlocked", clock="untrusted")).closed == 480


def test_an_untrusted_interval_does_not_join_two_trusted_ones() -> None:
    halves = (seen("wall", "on", "08:00", "12:00"), seen("wall", "on", "12:01", "18:00"))

    assert judged(DOOR, *halves, seen("wall", "on", "11:00", "13:00", clock="untrusted")).unknown == 1


def test_a_closure_excuses_only_the_minutes_it_covers_whole() -> None:
    verdict = excused([span("09:10:30", "09:20:30")], [])

    assert (verdict.excused, verdict.open) == (9, 471)


def test_a_closure_and_a_power_cut_are_joined() -> None:
    assert excused([span("09:10", "09:10:30")], [span("09:10:30", "09:11")]).excused == 1
    assert excused([span("09:10", "09:10:29")], [span("09:10:30", "09:11")]).excused == 0


@pytest.mark.parametrize("signals", [(DOOR, WALL), (LOCKED,), (LOCKED, WALL, KIOSK), ()])
def test_an_excuse_wins_over_everything(signals: tuple[SlotInterval, ...]) -> None:
    verdict = judge(DAY, Facts(signals, [], [PowerCut(*span("00:00", "23:59"))]), CALENDAR)

    assert (verdict.excused, verdict.open + verdict.closed + verdict.unknown, verdict.verdict) == (480, 0, "compliant")


@pytest.mark.parametrize(("minutes", "verdict"), [(4, "compliant"), (5, "compliant"), (6, "violation")])
def test_more_closed_minutes_than_the_grace_are_a_violation(minutes: int, verdict: str) -> None:
    late = seen("door", "unlocked", f"09:0{minutes}")

    assert judged(late, WALL, seen("door", "locked", end=f"09:0{minutes}")).verdict == verdict


@pytest.mark.parametrize(("minutes", "verdict"), [(14, "compliant"), (15, "compliant"), (16, "unproven")])
def test_more_unknown_minutes_than_the_budget_leave_the_day_unproven(minutes: int, verdict: str) -> None:
    assert judged(DOOR, seen("wall", "on", f"09:{minutes}")).verdict == verdict


def test_a_violation_outweighs_missing_proof() -> None:
    verdict = judged(seen("door", "locked", "09:00", "09:06"), seen("door", "unlocked", "12:00"), WALL)

    assert (verdict.closed, verdict.unknown > 15, verdict.verdict) == (6, True, "violation")


def test_excused_minutes_count_for_neither_limit() -> None:
    facts = Facts([LOCKED], [span("09:00", "16:55")])

    assert judge(DAY, facts, CALENDAR).verdict == "compliant"


def test_grace_and_budget_come_from_the_policy() -> None:
    shut_all_day = Policy(grace_minutes=480)
    no_tolerance = Policy(grace_minutes=0, unknown_budget=0)

    assert judged(LOCKED, policy=shut_all_day).verdict == "compliant"
    assert judged(DOOR, seen("wall", "on", "09:01"), policy=no_tolerance).verdict == "unproven"
    assert judged(seen("door", "locked", "09:00", "09:01"), seen("door", "unlocked", "09:01"), WALL).closed == 1


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2026, 5, 1)])
def test_a_statutory_day_requires_nothing(day: date) -> None:
    assert judged(LOCKED, day=day).to_object() == {
        "day": day.isoformat(),
        "required": 0,
        "open": 0,
        "closed": 0,
        "unknown": 0,
        "excused": 0,
        "verdict": "not_required",
        "segments": [],
    }


@pytest.mark.parametrize(
    ("day", "policy", "required"),
    [
        (date(2026, 1, 2), "statutory", 480),
        (date(2026, 1, 2), "gazetted", 0),
        (date(2026, 1, 1), "gazetted", 0),
        (date(2026, 1, 4), "gazetted", 480),
        (date(2026, 3, 8), "gazetted", 480),
        (date(2026, 5, 4), "statutory", 480),
    ],
)
def test_the_holiday_policy_decides_about_adjusted_days(day: date, policy: str, required: int) -> None:
    chosen = Policy(holiday_policy="gazetted" if policy == "gazetted" else "statutory")

    assert judged(day=day, policy=chosen).required == required


def test_a_computed_year_is_flagged() -> None:
    assert judged(day=date(2027, 1, 1)).to_object()["flags"] == ["provisional"]
    assert judged(day=date(2027, 1, 2)).flags == ("provisional",)
    assert judged().flags == ()


def test_a_year_without_a_table_is_no_guess() -> None:
    with pytest.raises(MissingTable, match="2028") as caught:
        judged(day=date(2028, 3, 1))
    assert caught.value.year == 2028


def test_hours_are_given_per_weekday() -> None:
    short_monday = Policy(hours=(((8 * 60, 12 * 60),), *((DEFAULT_HOURS,) * 6)))

    verdict = judged(DOOR, WALL, policy=short_monday)

    assert (verdict.required, verdict.segments[0].start, verdict.segments[0].end) == (240, at("08:00"), at("12:00"))
    assert judged(day=date(2026, 3, 3), policy=short_monday).required == 480


def test_a_break_in_the_hours_is_no_segment() -> None:
    two_shifts = Policy(hours=(((540, 720), (780, 1020)),) * 7)

    assert [(s.start, s.end) for s in judged(DOOR, WALL, policy=two_shifts).segments] == [
        (at("09:00"), at("12:00")),
        (at("13:00"), at("17:00")),
    ]


def test_a_weekday_without_hours_is_not_required() -> None:
    assert judged(LOCKED, policy=Policy(hours=((),) * 7)).verdict == "not_required"


def test_hours_may_reach_to_the_end_of_the_day() -> None:
    night = Policy(hours=(((0, 1440),),) * 7)
    always = replace(DOOR, start=datetime(1, 1, 1, tzinfo=UTC), end=datetime(9999, 12, 31, tzinfo=UTC))

    assert judged(always, replace(always, signal="wall", value="on"), policy=night).open == 1440


def test_a_station_may_name_the_signals_that_prove_it_open() -> None:
    without_door = Policy(signals_required=frozenset({"kiosk", "light"}))

    assert judged(KIOSK, LIGHT, policy=without_door).open == 480
    assert judged(KIOSK, STAFF, policy=without_door).unknown == 480
    assert judged(KIOSK_OFF, DARK, policy=without_door).closed == 480
    assert judged(KIOSK, LIGHT, LOCKED, policy=without_door).unknown == 480


def test_segments_are_merged_in_order_and_leave_no_hole() -> None:
    facts = Facts(
        [seen("door", "locked", end="09:20"), seen("door", "unlocked", "09:20"), seen("wall", "on", end="16:00")],
        [span("12:00", "12:30")],
    )

    assert [(s.state, s.start, s.end) for s in judge(DAY, facts, CALENDAR).segments] == [
        ("closed", at("09:00"), at("09:20")),
        ("open", at("09:20"), at("12:00")),
        ("excused", at("12:00"), at("12:30")),
        ("open", at("12:30"), at("16:00")),
        ("unknown", at("16:00"), at("17:00")),
    ]


def test_signals_of_other_days_do_no_harm() -> None:
    yesterday = replace(LOCKED, start=at("08:00", date(2026, 3, 1)), end=at("18:00", date(2026, 3, 1)))
    tomorrow = replace(LOCKED, start=at("08:00", date(2026, 3, 3)), end=at("18:00", date(2026, 3, 3)))

    assert judged(DOOR, WALL, yesterday, tomorrow).open == 480


def test_the_required_span_reaches_from_the_first_to_the_last_required_minute() -> None:
    two_shifts = Policy(hours=(((540, 720), (780, 1020)),) * 7)

    assert required_span(DAY, two_shifts, CALENDAR) == span("09:00", "17:00")
    assert required_span(DAY, Policy(hours=((),) * 7), CALENDAR) is None
    assert required_span(date(2026, 1, 1), Policy(), CALENDAR) is None
