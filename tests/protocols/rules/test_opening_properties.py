"""Rule v1 against a second, literal implementation, on days that nobody would write down."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from protocols.rules.facts import OPENING_SIGNALS, Facts, Policy, PowerCut, SlotInterval
from protocols.rules.minutes import Span
from protocols.rules.opening import judge
from tests.protocols.rules.days import CALENDAR, DAY, at
from tests.protocols.rules.reference import states_of_day

#: The station of these tests opens for a few minutes only: the reference walks through every second.
HOURS = ((540, 545), (546, 550))
START = at("08:59")
SECONDS = 12 * 60


@st.composite
def spans(draw: st.DrawFn) -> Span:
    first, length = draw(st.integers(0, SECONDS)), draw(st.integers(1, SECONDS))
    if draw(st.booleans()):  # ends on whole minutes are where rules break
        first, length = first // 60 * 60, (length // 60 + 1) * 60
    return START + timedelta(seconds=first), START + timedelta(seconds=first + length)


@st.composite
def intervals(draw: st.DrawFn) -> SlotInterval:
    signal = draw(st.sampled_from(sorted(OPENING_SIGNALS)))
    value = draw(st.sampled_from(OPENING_SIGNALS[signal]))
    slot = draw(st.sampled_from(["a", "b"]))
    start, end = draw(spans())
    return SlotInterval(slot, signal, value, start, end, draw(st.sampled_from(["trusted", "trusted", "untrusted"])))


policies = st.builds(
    Policy,
    grace_minutes=st.integers(0, 9),
    unknown_budget=st.integers(0, 9),
    hours=st.just((HOURS,) * 7),
    signals_required=st.none() | st.frozensets(st.sampled_from(sorted(OPENING_SIGNALS)), min_size=1),
)
facts = st.builds(
    Facts,
    signals=st.lists(intervals(), max_size=12),
    closures=st.lists(spans(), max_size=2),
    power_cuts=st.lists(spans().map(lambda cut: PowerCut(*cut)), max_size=2),
    policy=policies,
)


@given(facts)
def test_every_minute_has_the_state_of_the_literal_reading(given_facts: Facts) -> None:
    verdict = judge(DAY, given_facts, CALENDAR)

    minutes = [
        (part.start + timedelta(minutes=n), part.state)
        for part in verdict.segments
        for n in range((part.end - part.start) // timedelta(minutes=1))
    ]
    assert minutes == states_of_day(DAY, given_facts)


@given(facts)
def test_the_counts_add_up_and_the_segments_cover_the_hours(given_facts: Facts) -> None:
    verdict = judge(DAY, given_facts, CALENDAR)

    assert verdict.open + verdict.closed + verdict.unknown + verdict.excused == verdict.required == 9
    assert verdict.segments[0].start == at("09:00")
    assert verdict.segments[-1].end == at("09:10")
    for before, after in pairwise(verdict.segments):
        touches = before.end == after.start
        assert (touches and before.state != after.state) or (before.end, after.start) == (at("09:05"), at("09:06"))


@given(facts, st.randoms())
def test_the_order_of_the_facts_does_not_matter(given_facts: Facts, random: object) -> None:
    shuffled = sorted(given_facts.signals, key=lambda _: random.random())  # type: ignore[attr-defined]

    again = Facts(shuffled, given_facts.closures, given_facts.power_cuts, given_facts.policy)

    assert judge(DAY, again, CALENDAR) == judge(DAY, given_facts, CALENDAR)
