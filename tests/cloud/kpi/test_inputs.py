"""A verdict can be computed again from its input, and only what matters changes the input's digest."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given

from cloud.kpi.document import read_facts
from cloud.kpi.inputs import clip, digest, input_document
from protocols.rules.facts import Facts, Policy, PowerCut, SlotInterval
from protocols.rules.opening import judge, required_span
from tests.protocols.rules.days import CALENDAR, DAY, at, seen, span
from tests.protocols.rules.test_opening_properties import facts as any_facts

FACTS = Facts(
    [seen("door", "unlocked", "08:58", "17:02"), seen("wall", "on", clock="corrected")],
    [span("12:00", "12:10")],
    [PowerCut(*span("13:00", "13:01"))],
    Policy(signals_required=frozenset({"door", "wall"})),
)
WINDOW = span("09:00", "17:00")


def sha256(facts: Facts) -> str:
    return digest(input_document(DAY, clip(facts, WINDOW)), required=True, provisional=False)


@given(any_facts)
def test_clipping_and_writing_down_changes_no_minute(given_facts: Facts) -> None:
    window = required_span(DAY, given_facts.policy, CALENDAR)
    document = input_document(DAY, clip(given_facts, window))
    day, again = read_facts(document)

    assert day == DAY
    assert judge(DAY, again, CALENDAR) == judge(DAY, given_facts, CALENDAR)
    assert input_document(DAY, again) == document


def test_the_required_span_is_none_on_a_holiday() -> None:
    assert required_span(DAY, Policy(), CALENDAR) == WINDOW
    assert required_span(DAY, Policy(hours=((),) * 7), CALENDAR) is None
    assert clip(FACTS, None) == Facts(policy=FACTS.policy)


def test_what_happens_outside_the_hours_does_not_change_the_digest() -> None:
    night = seen("door", "locked", "17:02", "17:03")

    for minutes in (0, 1, 400):
        longer = replace(night, end=night.end + timedelta(minutes=minutes))
        assert sha256(replace(FACTS, signals=[*FACTS.signals, longer])) == sha256(FACTS)


def test_order_does_not_change_the_digest() -> None:
    assert sha256(replace(FACTS, signals=list(reversed(list(FACTS.signals))))) == sha256(FACTS)


def test_every_fact_that_may_matter_changes_the_digest() -> None:
    door, wall = FACTS.signals
    others = [
        replace(FACTS, signals=[door]),
        replace(FACTS, signals=[door, replace(wall, clock="untrusted")]),
        replace(FACTS, signals=[door, replace(wall, start=at("09:00:01"))]),
        replace(FACTS, signals=[door, SlotInterval("wall-2", "wall", "on", wall.start, wall.end, "corrected")]),
        replace(FACTS, closures=[]),
        replace(FACTS, power_cuts=[]),
        replace(FACTS, closures=[span("12:00", "12:11")]),
        replace(FACTS, policy=Policy()),
        replace(FACTS, policy=replace(FACTS.policy, grace_minutes=6)),
    ]
    document = input_document(DAY, clip(FACTS, WINDOW))
    digests = [sha256(FACTS), *map(sha256, others)]
    digests += [digest(document, required=False, provisional=False), digest(document, required=True, provisional=True)]

    assert len(set(digests)) == len(digests)
