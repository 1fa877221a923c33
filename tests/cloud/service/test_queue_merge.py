"""A cut line: what the hall did and what the console did come to one thing, whatever comes first."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.service import queue
from cloud.service.queue_fold import Entry, fold
from cloud.service.queue_models import QueueBook, QueueMove
from protocols.rules.queueing import Move, Rules, Ticket
from tests.cloud.service.halls import STATION, Hall

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
TICKET = Ticket("t", "A", START)


def entry(  # noqa: PLR0913, PLR0917 - the parts of a move
    name: str, source: str, act: str, rev: int, n: int, second: int = 0
) -> Entry:
    move = Move(act, START + timedelta(seconds=second), 1 if source == "console" else 2)  # type: ignore[arg-type]
    return Entry(name, source, move, rev, n)  # type: ignore[arg-type]


def test_what_never_reached_the_hall_does_not_hold() -> None:
    moves = [
        entry("seen", "console", "call", rev=5, n=0, second=1),
        entry("unseen", "console", "no_show", rev=9, n=0, second=2),
        entry("hall", "hall", "done", rev=7, n=3, second=9),
    ]
    after, taken = fold(TICKET, moves, Rules())
    assert (after.state, after.counter) == ("done", 1)
    assert taken == {"seen": True, "unseen": False, "hall": True}


def test_the_hall_wins_where_both_called_and_the_console_goes_on_from_there() -> None:
    moves = [
        entry("console", "console", "call", rev=7, n=0),
        entry("hall", "hall", "call", rev=7, n=1),
        entry("later", "console", "done", rev=9, n=1),
    ]
    after, taken = fold(TICKET, moves, Rules())
    assert (after.state, after.counter, taken["console"]) == ("done", 2, False)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["console", "hall", "core"]),
            st.sampled_from(["call", "recall", "start", "skip", "done", "no_show", "close"]),
            st.integers(1, 9),
            st.integers(0, 9),
        ),
        max_size=5,
    )
)
def test_the_order_of_arrival_does_not_matter(drawn: list[tuple[str, str, int, int]]) -> None:
    moves = [entry(str(i), source, act, rev, n, i) for i, (source, act, rev, n) in enumerate(drawn)]
    results = {repr(fold(TICKET, order, Rules())[0]) for order in itertools.permutations(moves)}
    assert len(results) == 1


@pytest.mark.db
async def test_the_hall_called_while_the_console_could_not(hall: Hall) -> None:
    first, second, third = await hall.give(3)
    book = await QueueBook.get(station=STATION)
    book.rev = 40
    await book.save()
    # The console called before the cloud knew that the line was cut; nobody in the hall heard it.
    await queue.call_next(hall.core, STATION, 1, by="staff:1")
    now = hall.core.now()
    events = [
        hall.moved(first, "call", 40, now + timedelta(seconds=1), counter=2),
        hall.moved(first, "done", 40, now + timedelta(seconds=60), counter=2),
        hall.moved(second, "call", 40, now + timedelta(seconds=60), counter=2),
    ]
    await hall.take(*events[1:])
    await hall.take(events[0])  # out of order, by a gap
    rows = [await hall.row(one) for one in (first, second, third)]
    assert [(row.state, row.counter) for row in rows] == [("done", 2), ("called", 2), ("waiting", None)]
    moves = await QueueMove.filter(ticket=first).order_by("id")
    assert sorted((one.source, one.act, one.taken) for one in moves) == [
        ("console", "call", False),
        ("hall", "call", True),
        ("hall", "done", True),
    ]
    assert (await QueueBook.get(station=STATION)).hall == 3
    called = await queue.call_next(hall.core, STATION, 1, by="staff:1")
    assert called is not None
    assert str(called.id) == third


@pytest.mark.db
async def test_moves_may_come_before_their_number(hall: Hall) -> None:
    issued = hall.issued()
    await hall.take(hall.moved(issued.data.ticket, "call", 0, hall.core.now()))
    await hall.take(issued)
    assert (await hall.row(issued.data.ticket)).state == "called"
