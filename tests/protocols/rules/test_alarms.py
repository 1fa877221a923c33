"""Local rules: every kind of condition, hysteresis, hours, the unknown, and what cannot be."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.rules.alarms import OPS, AlarmRule, AlarmState, News, Scalar
from protocols.rules.errors import WrongRule
from tests.protocols.rules.days import at

START = at("10:00")


def rule(**more: Any) -> AlarmRule:
    return AlarmRule(**{"id": "hot", "slot": "sensor-1", "value": "temperature_c", "op": "above", "limit": 40, **more})


def story(
    given_rule: AlarmRule, *values: Scalar | None, step_s: float = 10, start: datetime = START
) -> list[News | None]:
    """Return what became of a rule that saw these values, one each `step_s`."""
    state = AlarmState(given_rule)
    return [state.see(value, start + timedelta(seconds=step_s * n)) for n, value in enumerate(values)]


def test_a_simple_condition_is_raised_once_and_cleared_once() -> None:
    assert story(rule(), 40, 40.1, 41, 40, 39, 41) == [None, "raised", None, "cleared", None, "raised"]
    assert story(rule(op="below", limit=5), 5, 4, 6) == [None, "raised", "cleared"]
    assert story(rule(op="equals", limit=True), False, True, 1, True) == [None, "raised", "cleared", "raised"]
    assert story(rule(op="differs", limit="good"), "good", "stale", "good") == [None, "raised", "cleared"]
    assert story(rule(), "41", True) == [None, None]


def test_a_number_is_good_again_only_where_the_rule_says() -> None:
    assert story(rule(clear=35), 41, 36, 35.1, 35, 36) == ["raised", None, None, "cleared", None]
    assert story(rule(op="below", limit=10, clear=15), 9, 14, 15) == ["raised", None, "cleared"]


def test_a_lasting_condition_must_hold_all_the_time() -> None:
    assert story(rule(for_s=20), 41, 41, 41, 41) == [None, None, "raised", None]
    assert story(rule(for_s=20), 41, 41, 39, 41, 41, 41) == [None] * 5 + ["raised"]


def test_what_nobody_saw_neither_raises_nor_clears() -> None:
    assert story(rule(for_s=20), 41, None, 41, 41, 41) == [None] * 4 + ["raised"]
    assert story(rule(), 41, None, None, 41, 39) == ["raised", None, None, None, "cleared"]


def test_a_repeating_condition_counts_beginnings_within_its_time() -> None:
    often = rule(times=3, within_s=60)
    assert story(often, 41, 39, 41, 41, 39, 41, 39) == [None] * 5 + ["raised", "cleared"]
    assert story(often, 41, 39, 39, 39, 41, 39, 39, 39, 41) == [None] * 9
    lasting = rule(times=2, within_s=600, for_s=10)
    assert story(lasting, 41, 39, 41, 41, 39, 41, 41) == [None] * 6 + ["raised"]


def test_a_schedule_watches_at_its_hours_only_and_its_end_clears() -> None:
    hours = rule(hours=((9 * 60, 10 * 60 + 1),), weekdays=frozenset({0}))
    assert story(hours, 41, 41, 41, step_s=60) == ["raised", "cleared", None]
    assert story(hours, 41, start=START + timedelta(days=1)) == [None]
    assert story(rule(hours=((0, 60), (10 * 60, 11 * 60))), 41) == ["raised"]


def test_a_state_that_was_kept_tells_the_end_and_one_that_is_reset_tells_nothing() -> None:
    state = AlarmState(rule(), raised=True)
    assert [state.see(41, START), state.see(39, START)] == [None, "cleared"]
    state.see(41, START)
    state.reset()
    assert not state.raised
    assert state.see(39, START) is None


@pytest.mark.parametrize(
    ("given_rule", "words"),
    [
        (rule(for_s=600), "sensor-1 的 temperature_c 高于 40，持续 10 分钟"),
        (rule(op="below", limit=4.5, for_s=30), "sensor-1 的 temperature_c 低于 4.5，持续 30 秒"),
        (rule(op="equals", limit=True, value="smoke"), "sensor-1 的 smoke 为 是"),
        (rule(op="equals", limit=False, value="on"), "sensor-1 的 on 为 否"),
        (rule(op="differs", limit="good", times=3, within_s=90), "sensor-1 的 temperature_c 不为 good，90 秒内 3 次"),
    ],
)
def test_a_rule_in_words(given_rule: AlarmRule, words: str) -> None:
    assert given_rule.describe() == words


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"value": ""}, "value"), ({"value": "x" * 33}, "value"), ({"op": "near"}, "op"),
        ({"severity": "panic"}, "severity"), ({"limit": "40"}, "limit"), ({"limit": True}, "limit"),
        ({"clear": 41}, "clear"), ({"op": "below", "clear": 39}, "clear"), ({"op": "equals", "clear": 1}, "clear"),
        ({"for_s": -1}, "for_s"), ({"for_s": 604_801}, "for_s"), ({"times": 0}, "times"),
        ({"times": 101, "within_s": 1}, "times"), ({"within_s": 604_801, "times": 2}, "within_s"),
        ({"times": 2}, "together"), ({"within_s": 5}, "together"), ({"hours": ((60, 60),)}, "hours"),
        ({"hours": ((0, 1441),)}, "hours"), ({"weekdays": frozenset({7})}, "weekdays"), ({"text": "x" * 201}, "text"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_says_what_to_write(more: dict[str, Any], what: str) -> None:
    with pytest.raises(WrongRule, match=what):
        rule(**more)


values = st.lists(st.none() | st.integers(30, 50) | st.booleans() | st.sampled_from(["good", "stale"]), max_size=30)


@given(values, st.sampled_from(OPS), st.integers(0, 40), st.integers(1, 3))
def test_raised_and_cleared_take_turns_whatever_is_seen(
    seen: list[Scalar | None], op: Any, for_s: int, times: int
) -> None:
    told = [
        news for news in story(rule(op=op, for_s=for_s, times=times, within_s=0 if times == 1 else 60), *seen) if news
    ]
    assert told == ["raised", "cleared"] * (len(told) // 2) + ["raised"] * (len(told) % 2)
