"""The queue's rules, the same for the console and for the hall: one transition table, one order, one estimate. Pure.

A ticket is the fold of its moves over the table; `place` is its time of issue and stays so, whatever happens to it.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, get_args

from protocols.rules.errors import RuleError

State = Literal["waiting", "called", "serving", "done", "no_show", "closed"]
Act = Literal["call", "recall", "start", "skip", "transfer", "done", "no_show", "close"]
STATES: Final[tuple[State, ...]] = get_args(State)
ACTS: Final[tuple[Act, ...]] = get_args(Act)

#: From each state, what may be done and what it becomes. A number that nobody answered to may still be called again.
TRANSITIONS: Final[Mapping[State, Mapping[Act, State]]] = {
    "waiting": {"call": "called", "close": "closed"},
    "called": {
        "recall": "called", "start": "serving", "skip": "waiting", "transfer": "waiting", "done": "done",
        "no_show": "no_show", "close": "closed",
    },
    "serving": {"transfer": "waiting", "done": "done", "close": "closed"},
    "done": {},
    "no_show": {"recall": "called"},
    "closed": {},
}  # fmt: skip
#: A ticket in one of these keeps a counter busy.
AT_COUNTER: Final = frozenset[State]({"called", "serving"})
#: And in one of these a day is not over for it.
OPEN: Final = AT_COUNTER | {"waiting"}
#: Numbers of one service and day; more than this no hall serves.
MAX_NUMBER: Final = 9_999


class IllegalAct(RuleError):  # noqa: N818 - the table says no
    """The table does not allow this act now: nothing changes."""

    def __init__(self, state: State, act: Act) -> None:
        super().__init__(f"a ticket that is {state} cannot take {act}")
        self.state: State = state
        self.act: Act = act


@dataclass(frozen=True, slots=True)
class Rules:
    """The market's own rules: what a skip costs, and how many with priority come in a row while others wait."""

    skip_returns_after: int = 3
    max_skips: int = 2
    priority_in_row: int = 2


@dataclass(frozen=True, slots=True)
class Move:
    """One act on a ticket; `to` is the service of a transfer, `back_at` the call count at which a skipped one returns.

    Both counts are of the calls of one service on one day.
    """

    act: Act
    at: datetime
    counter: int | None = None
    to: str = ""
    back_at: int = 0


@dataclass(frozen=True, slots=True)
class Ticket:
    """One number: where it stands and the moments its statistics are made of."""

    id: str
    service: str
    place: datetime
    priority: bool = False
    state: State = "waiting"
    counter: int | None = None
    back_at: int = 0
    skips: int = 0
    called_at: datetime | None = None
    last_called_at: datetime | None = None
    served_at: datetime | None = None
    ended_at: datetime | None = None


def label(letter: str, number: int) -> str:
    """Return a number as people read and hear it: `A012`."""
    return f"{letter}{number:03}"


def act_on(ticket: Ticket, move: Move, rules: Rules) -> Ticket:
    """Return the ticket after a move; IllegalAct when the table does not allow it."""
    state = TRANSITIONS[ticket.state].get(move.act)
    if state is None:
        raise IllegalAct(ticket.state, move.act)
    match move.act:
        case "call" | "recall":
            first = ticket.called_at or move.at
            return replace(ticket, state=state, counter=move.counter, back_at=0, called_at=first,
                           last_called_at=move.at, ended_at=None)  # fmt: skip
        case "start":
            return replace(ticket, state=state, served_at=move.at)
        case "transfer":
            return replace(ticket, state=state, service=move.to, counter=None, back_at=0)
        case "skip" if ticket.skips < rules.max_skips:
            return replace(ticket, state=state, counter=None, skips=ticket.skips + 1, back_at=move.back_at)
        case "skip":
            return replace(ticket, state="no_show", skips=ticket.skips + 1, ended_at=move.at)
        case _:
            return replace(ticket, state=state, ended_at=move.at)


def replay(ticket: Ticket, moves: Iterable[Move], rules: Rules) -> tuple[Ticket, list[bool]]:
    """Return the ticket after all moves that the table allowed in their order, and for each whether it was allowed."""
    taken = []
    for move in moves:
        try:
            ticket = act_on(ticket, move, rules)
        except IllegalAct:
            taken.append(False)
        else:
            taken.append(True)
    return ticket, taken


def choose(
    tickets: Iterable[Ticket], services: Collection[str], calls: Mapping[str, int], streak: int, rules: Rules
) -> Ticket | None:
    """Return who is next at a counter that serves these services; None when nobody waits.

    By time of issue; who was skipped waits for his service's calls, unless nobody else does. Priority goes first, but
    after `priority_in_row` of them an ordinary number is called (`streak` counts those just called).
    """
    waiting = [one for one in tickets if one.state == "waiting" and one.service in services]
    due = [one for one in waiting if one.back_at <= calls.get(one.service, 0)] or waiting
    favoured = [one for one in due if one.priority]
    others = [one for one in due if not one.priority]
    pool = favoured if favoured and (streak < rules.priority_in_row or not others) else others
    return min(pool, key=_place, default=None)


def priority_streak(tickets: Iterable[Ticket]) -> int:
    """Return how many numbers with priority were called in a row, up to the newest call."""
    called = [(one.last_called_at, one.id, one.priority) for one in tickets if one.last_called_at is not None]
    streak = 0
    for _, _, priority in sorted(called, reverse=True):
        if not priority:
            break
        streak += 1
    return streak


def ahead_of(ticket: Ticket, tickets: Iterable[Ticket]) -> int:
    """Return how many of the same service are called before a waiting ticket, as far as can be said now."""
    return sum(
        1
        for one in tickets
        if one.state == "waiting" and one.service == ticket.service and one.id != ticket.id and _before(one, ticket)
    )


def estimate_s(ahead: int, serve_s: int, counters: int) -> int | None:
    """Return the seconds until one with `ahead` people before him is called; None while no counter serves him.

    `serve_s` is how long one person takes; the counters that serve share the people.
    """
    return math.ceil(ahead * serve_s / counters) if counters > 0 else None


def _before(one: Ticket, other: Ticket) -> bool:
    return (not one.priority, *_place(one)) < (not other.priority, *_place(other))


def _place(ticket: Ticket) -> tuple[datetime, str]:
    return ticket.place, ticket.id
