"""Every refusal of an opening document names its place."""

import json
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.kpi.document import MAX_DOCUMENT_BYTES, parse_json, read_facts
from cloud.kpi.errors import InputError
from protocols.rules.facts import Policy, PowerCut, SlotInterval

SIGNAL = {
    "slot": "door-1",
    "signal": "door",
    "value": "locked",
    "from": "2026-03-02T09:00:00+08:00",
    "to": "2026-03-02T02:00:00Z",
}
CUT = {"from": "2026-03-02T12:00:00+08:00", "to": "2026-03-02T12:10:00+08:00"}
WHOLE: dict[str, Any] = {
    "day": "2026-03-02",
    "signals": [SIGNAL],
    "closures": [CUT | {"reason": "disinfection"}],
    "power_cuts": [CUT],
    "policy": {
        "holiday_policy": "gazetted",
        "grace_minutes": 1,
        "unknown_budget": 2,
        "hours": [["09:00", "17:00"]] * 5 + [[["09:00", "11:30"], ["13:00", "24:00"]], []],
        "signals_required": ["kiosk", "light"],
    },
}


def changed(path: str, value: object) -> dict[str, Any]:
    """Return WHOLE with the member at `signals.0.to` replaced."""
    document = deepcopy(WHOLE)
    *way, last = path.split(".")
    place: Any = document
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    place[int(last) if last.isdigit() else last] = value
    return document


def test_a_whole_document_is_read_as_it_says() -> None:
    day, facts = read_facts(WHOLE)

    assert day == date(2026, 3, 2)
    start, end = datetime(2026, 3, 2, 1, tzinfo=UTC), datetime(2026, 3, 2, 2, tzinfo=UTC)
    assert facts.signals == (SlotInterval("door-1", "door", "locked", start, end),)
    cut = (datetime(2026, 3, 2, 4, tzinfo=UTC), datetime(2026, 3, 2, 4, 10, tzinfo=UTC))
    assert (facts.closures, facts.power_cuts) == ((cut,), (PowerCut(*cut),))
    hours = ((540, 1020),)
    assert facts.policy == Policy(
        holiday_policy="gazetted",
        grace_minutes=1,
        unknown_budget=2,
        hours=(hours, hours, hours, hours, hours, ((540, 690), (780, 1440)), ()),
        signals_required=frozenset({"kiosk", "light"}),
    )


def test_a_closure_needs_no_reason() -> None:
    _, facts = read_facts({"signals": [], "closures": [CUT]})

    assert len(list(facts.closures)) == 1


def test_only_signals_are_mandatory() -> None:
    day, facts = read_facts({"signals": []})

    assert (day, facts.signals, facts.closures, facts.power_cuts, facts.policy) == (None, (), (), (), Policy())


@pytest.mark.parametrize("clock", ["trusted", "untrusted", "corrected"])
def test_a_clock_may_be_named(clock: str) -> None:
    _, facts = read_facts({"signals": [SIGNAL | {"clock": clock}]})

    assert [signal.clock for signal in facts.signals] == [clock]


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("signals.0.signal", "window", 'signals[0].signal: "window" is not known'),
        ("signals.0.signal", "probe", "signals[0].signal: "),
        ("signals.0.value", "ajar", 'signals[0].value: "ajar" is not known; use unlocked or locked'),
        ("signals.0.value", "on", "signals[0].value: "),
        ("signals.0.value", None, "signals[0].value: null"),
        ("signals.0.clock", "maybe", "signals[0].clock: "),
        ("signals.0.slot", "", "signals[0].slot: "),
        ("signals.0.slot", 3, "signals[0].slot: "),
        ("signals.0.to", "2026-03-02T01:00:00Z", "signals[0].to: 2026-03-02T01:00:00Z is not after from"),
        ("signals.0.to", "2026-03-02T08:00:00+08:00", "signals[0].to: "),
        ("signals.0.from", "2026-03-02T09:00:00", "signals[0].from: '2026-03-02T09:00:00' is not an RFC 3339 time"),
        ("signals.0.from", "2026-02-30T09:00:00Z", "signals[0].from: "),
        ("signals.0.from", 1772413200, "signals[0].from: 1772413200 is not a time"),
        ("signals.0.colour", "red", "signals[0].colour: unknown key"),
        ("signals.0", "door", "signals[0]: an object is needed"),
        ("signals", {}, "signals: a list is needed"),
        ("signals", None, "signals: a list is needed"),
        ("closures.0.to", "2026-03-02T12:00:00+08:00", "closures[0].to: "),
        ("closures.0.reason", 7, "closures[0].reason: "),
        ("closures.0.approved", True, "closures[0].approved: unknown key"),
        ("power_cuts.0.from", "noon", "power_cuts[0].from: "),
        ("power_cuts.0.reason", "x", "power_cuts[0].reason: unknown key; known: from, to, events, slot"),
        ("power_cuts.0.slot", 7, "power_cuts[0].slot: a text is needed"),
        ("power_cuts.0.events", "x", "power_cuts[0].events: a list is needed"),
        ("power_cuts.0.events", [7], "power_cuts[0].events[0]: a text is needed"),
        ("policy", [], "policy: an object is needed"),
        ("policy.mercy", 1, "policy.mercy: unknown key"),
        ("policy.holiday_policy", "none", "policy.holiday_policy: "),
        ("policy.grace_minutes", -1, "policy.grace_minutes: "),
        ("policy.grace_minutes", True, "policy.grace_minutes: "),
        ("policy.grace_minutes", 1.5, "policy.grace_minutes: "),
        ("policy.unknown_budget", 1441, "policy.unknown_budget: "),
        ("policy.hours", [["09:00", "17:00"]], "policy.hours: one entry per weekday"),
        ("policy.hours", "09:00-17:00", "policy.hours: one entry per weekday"),
        ("policy.hours.2", "closed", "policy.hours[2]: Wednesday"),
        ("policy.hours.2", ["09:00"], "policy.hours[2]: "),
        ("policy.hours.2", [["09:00", "10:00"], 3], "policy.hours[2]: "),
        ("policy.hours.2", ["17:00", "09:00"], "policy.hours[2]: 09:00 is not after 17:00"),
        ("policy.hours.2", ["09:00", "24:01"], "policy.hours[2]: "),
        ("policy.hours.2", ["09:60", "17:00"], "policy.hours[2]: "),
        ("policy.hours.2", ["9:00", "17:00"], "policy.hours[2]: "),
        ("policy.hours.2", ["09:00", 17], "policy.hours[2]: 17"),
        ("policy.signals_required", [], "policy.signals_required: "),
        ("policy.signals_required", "kiosk", "policy.signals_required: "),
        ("policy.signals_required", ["kiosk", "probe"], "policy.signals_required[1]: "),
        ("signal", [], "signal: unknown key"),
        ("day", "2.3.2026", "day: "),
        ("day", "2026-02-29", "day: 2026-02-29 names no existing day"),
        ("day", 20260302, "day: "),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(path: str, value: object, complaint: str) -> None:
    with pytest.raises(InputError) as caught:
        read_facts(changed(path, value))
    assert str(caught.value).startswith(complaint)


@pytest.mark.parametrize("name", sorted(SIGNAL))
def test_a_missing_member_is_named(name: str) -> None:
    with pytest.raises(InputError, match=rf"^signals\[1\]\.{name}: is missing$"):
        read_facts({"signals": [SIGNAL, {key: value for key, value in SIGNAL.items() if key != name}]})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (b"", "input: not JSON"),
        (b"{", "input: not JSON"),
        (b"{} {}", "input: not JSON"),
        (b"\xff{}", "input: not UTF-8"),
        (b'{"signals": NaN}', "input: not JSON: NaN"),
        (b'{"signals": [], "day": 1, "signals": []}', "input: not JSON: member 'signals' appears twice"),
        (b"[" * 200_000, "input: not JSON"),
    ],
)
def test_what_is_no_json_is_refused(text: bytes, complaint: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_json(text)
    assert str(caught.value).startswith(complaint)


def test_a_document_has_a_limit() -> None:
    with pytest.raises(InputError, match="above the limit"):
        parse_json(b" " * (MAX_DOCUMENT_BYTES + 1))


@pytest.mark.parametrize("value", [[], None, 3, "x"])
def test_the_document_is_an_object(value: object) -> None:
    with pytest.raises(InputError, match=r"^input: an object is needed"):
        read_facts(value)


def test_a_long_wrong_value_is_cut_short() -> None:
    with pytest.raises(InputError) as caught:
        read_facts({"signals": [SIGNAL | {"signal": "x" * 1000}]})
    assert len(str(caught.value)) < 300


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["09:00", *SIGNAL.values()]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*WHOLE, *SIGNAL, "x"]), inner),
    max_leaves=8,
)


@given(
    st.sampled_from([*WHOLE, *(f"signals.0.{name}" for name in SIGNAL), "policy.hours.1", "closures.0"]), json_values
)
def test_any_other_value_is_read_or_refused_but_never_crashes(path: str, value: object) -> None:
    with suppress(InputError):
        read_facts(json.loads(json.dumps(changed(path, value))))
