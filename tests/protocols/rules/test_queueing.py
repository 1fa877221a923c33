"""The queue's rules: every pair of state and act, the order, the estimate, and that a replay is what happened."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.rules import queueing
from protocols.rules.queueing import ACTS, STATES, Act, IllegalAct, Move, Rules, State, Ticket

RULES = Rules()
NINE = datetime(2026, 3, 2, 1, tzinfo=UTC)


def at(minute: int) -> datetime:
    return NINE + timedelta(minutes=minute)


def ticket(number: int, **changes: object) -> Ticket:
    return replace(Ticket(f"t{number:03}", "A", at(number)), **changes)  # type: ignore[arg-type]


def called(number: int, minute: int, **changes: object) -> Ticket:
    return ticket(number, state="called", called_at=at(minute), last_called_at=at(minute), **changes)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("act", ACTS)
def test_the_table_alone_says_what_may_be_done(state: State, act: Act) -> None:
    move = Move(act, at(9), counter=3, to="B", back_at=4)
    wanted = queueing.TRANSITIONS[state].get(act)
    if wanted is None:
        with pytest.raises(IllegalAct) as refusal:
            queueing.act_on(ticket(1, state=state), move, RULES)
        assert (refusal.value.state, refusal.value.act) == (state, act)
    else:
        assert queueing.act_on(ticket(1, state=state), move, RULES).state == wanted


def test_the_words_of_the_table_are_the_words_of_the_types() -> None:
    assert set(queueing.TRANSITIONS) == set(get_args(State))
    assert {act for row in queueing.TRANSITIONS.values() for act in row} == set(get_args(Act))
    assert queueing.label("A", 12) == "A012"
    assert queueing.label("B", 1234) == "B1234"


def test_the_moments_that_statistics_are_made_of() -> None:
    moves = [Move("call", at(5), 3), Move("recall", at(6), 3), Move("start", at(7)), Move("done", at(12))]
    after, taken = queueing.replay(ticket(1), moves, RULES)
    assert taken == [True] * 4
    assert (after.called_at, after.last_called_at, after.served_at, after.ended_at) == (at(5), at(6), at(7), at(12))


def test_a_skipped_number_returns_after_some_calls_and_is_given_up_in_the_end() -> None:
    skipped = queueing.act_on(called(1, 5), Move("skip", at(6), 3, back_at=10), RULES)
    assert (skipped.state, skipped.counter, skipped.back_at, skipped.skips) == ("waiting", None, 10, 1)
    others = [skipped, ticket(2), ticket(3)]
    assert next_of(others, calls=9) == "t002"
    assert next_of(others, calls=10) == "t001"
    assert next_of([skipped], calls=0) == "t001"  # nobody else waits: nobody idles
    again = replace(skipped, state="called", skips=RULES.max_skips)
    given_up = queueing.act_on(again, Move("skip", at(20), 3, back_at=30), RULES)
    assert (given_up.state, given_up.ended_at) == ("no_show", at(20))
    late = queueing.act_on(given_up, Move("recall", at(25), 3), RULES)
    assert (late.state, late.ended_at) == ("called", None)


def test_a_transfer_keeps_the_place_in_the_queue_of_the_other_service() -> None:
    moved = queueing.act_on(called(1, 5), Move("transfer", at(8), 3, to="B"), RULES)
    assert (moved.service, moved.state, moved.place) == ("B", "waiting", at(1))
    there = [ticket(number, service="B") for number in (0, 2, 3)]
    assert next_of([moved, *there], services="B") == "t000"
    assert next_of([moved, *there[1:]], services="B") == "t001"


def test_priority_goes_first_but_only_so_often_in_a_row() -> None:
    people = [ticket(1), ticket(2, priority=True), ticket(3, priority=True)]
    assert next_of(people, streak=1) == "t002"
    assert next_of(people, streak=2) == "t001"
    assert next_of(people[1:], streak=2) == "t002"  # nobody else waits
    past = [called(1, 1), called(2, 2, priority=True), called(3, 3, priority=True), ticket(9, priority=True)]
    assert queueing.priority_streak(past) == 2
    assert queueing.priority_streak(past[1:3]) == 2
    assert queueing.priority_streak([]) == 0


def next_of(tickets: list[Ticket], services: str = "A", calls: int = 0, streak: int = 0) -> str | None:
    found = queueing.choose(tickets, services, dict.fromkeys(services, calls), streak, RULES)
    return found.id if found else None


def test_nobody_is_next_where_nobody_waits() -> None:
    assert next_of([called(1, 1), ticket(2, service="B")]) is None
    assert queueing.choose([ticket(1)], "A", {}, 0, RULES) is not None


def test_how_many_are_ahead_and_how_long_that_takes() -> None:
    me = ticket(5)
    people = [ticket(1), ticket(2, service="B"), called(3, 9), ticket(4), me, ticket(6), ticket(7, priority=True)]
    assert queueing.ahead_of(me, people) == 3
    assert queueing.ahead_of(people[-1], people) == 0
    assert queueing.estimate_s(3, 300, 2) == 450
    assert queueing.estimate_s(0, 300, 1) == 0
    assert queueing.estimate_s(3, 300, 0) is None


MOVES = st.lists(st.sampled_from(ACTS), max_size=12)


@given(MOVES)
def test_what_the_table_refuses_changes_nothing(acts: list[Act]) -> None:
    moves = [Move(act, at(minute), 1, "B", minute) for minute, act in enumerate(acts, 10)]
    after, taken = queueing.replay(ticket(1), moves, RULES)
    allowed = [move for move, was in zip(moves, taken, strict=True) if was]
    assert queueing.replay(ticket(1), allowed, RULES) == (after, [True] * len(allowed))
    assert after.place == at(1)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 40)), max_size=30), st.integers(1, 4))
def test_everybody_is_called_once_and_priority_starves_nobody(people: list[tuple[bool, int]], in_row: int) -> None:
    rules = Rules(priority_in_row=in_row)
    tickets = {f"t{n:03}": Ticket(f"t{n:03}", "A", at(minute), priority) for n, (priority, minute) in enumerate(people)}
    order: list[Ticket] = []
    while found := queueing.choose(tickets.values(), "A", {}, queueing.priority_streak(tickets.values()), rules):
        tickets[found.id] = queueing.act_on(found, Move("call", at(100 + len(order)), 1), rules)
        order.append(found)
    assert sorted(one.id for one in order) == sorted(tickets)
    for kind in (True, False):
        places = [one.place for one in order if one.priority is kind]
        assert places == sorted(places)
    for start in range(len(order) - in_row):
        run = order[start : start + in_row + 1]
        if all(one.priority for one in run):
            assert all(one.priority for one in order[start:])
