"""One number as the station keeps it, to and from its row and the cloud's board."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from edge.outbox.tickets import Kept
from protocols.rules.queueing import Ticket, label
from protocols.venue.queue import TicketShown
from protocols.venue.timestamps import format_time, parse_time


@dataclass(frozen=True, slots=True)
class Held:
    """A number of a day; `pending` is the hall's newest move that the cloud has not taken yet, 0 when none."""

    day: str
    letter: str
    number: int
    priority: str
    ticket: Ticket
    pending: int = 0

    @property
    def label(self) -> str:
        """Return the number as people read it."""
        return label(self.letter, self.number)

    def after(self, ticket: Ticket, pending: int) -> "Held":
        """Return it with the ticket moved on."""
        return replace(self, ticket=ticket, pending=pending)

    def to_row(self) -> Kept:
        """Return the row of the outbox's file."""
        one = self.ticket
        body = {
            "service": one.service,
            "priority": self.priority,
            "state": one.state,
            "counter": one.counter,
            "place": format_time(one.place),
            "back_at": one.back_at,
            "skips": one.skips,
            **{name: _text(getattr(one, name)) for name in _MOMENTS},
        }
        return Kept(one.id, self.day, self.letter, self.number, self.pending, json.dumps(body, ensure_ascii=False))


_MOMENTS = ("called_at", "last_called_at", "served_at", "ended_at")


def held_of_row(row: Kept) -> Held:
    """Return what a row says."""
    body: dict[str, Any] = json.loads(row.body)
    ticket = Ticket(
        id=row.id,
        service=body["service"],
        place=parse_time(body["place"]),
        priority=body["priority"] != "",
        state=body["state"],
        counter=body["counter"],
        back_at=body["back_at"],
        skips=body["skips"],
        **{name: _time(body[name]) for name in _MOMENTS},
    )
    return Held(row.day, row.letter, row.number, body["priority"], ticket, row.pending)


def held_of_board(day: str, shown: TicketShown) -> Held:
    """Return a number as the cloud's board has it."""
    ticket = Ticket(
        id=shown.id,
        service=shown.service,
        place=shown.place,
        priority=shown.priority != "",
        state=shown.state,
        counter=shown.counter,
        back_at=shown.back_at,
        skips=shown.skips,
        called_at=shown.called_at,
        last_called_at=shown.last_called_at,
        served_at=shown.served_at,
    )
    return Held(day, shown.letter, shown.number, shown.priority, ticket)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)


def _time(text: str | None) -> datetime | None:
    return None if text is None else parse_time(text)
