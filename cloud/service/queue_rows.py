"""Rows of the queue as the rules know them, and what every act of it reads. Call inside a transaction."""

import json
from collections.abc import Collection
from datetime import date
from typing import Any, Final
from uuid import UUID

from tortoise.functions import Count

from cloud.platform.errors import NotFoundError
from cloud.platform.outbox import lock_order
from cloud.service.queue_models import QueueBook, QueueCounter, QueueMove, QueueService, QueueTicket
from protocols.rules.queueing import AT_COUNTER, OPEN, Move, Ticket
from protocols.venue.queue import MAX_OPEN

#: Domain event: a station's queue is another one now; its key is the station.
CHANGED: Final = "queue.changed"
_FOLDED: Final = (
    "service", "state", "counter", "back_at", "skips", "called_at", "last_called_at", "served_at", "ended_at",
)  # fmt: skip


async def hold(station: str) -> QueueBook:
    """Return a station's book, which nobody else changes until the transaction in force ends.

    The order of events is locked first, as the change will need it: two who lock in this order never wait crosswise.
    """
    await lock_order()
    await QueueBook.get_or_create(station=station)
    return await QueueBook.select_for_update().get(station=station)


async def book_of(station: str) -> QueueBook | None:
    """Return a station's book as it is, None before its queue was ever used."""
    return await QueueBook.get_or_none(station=station)


def ticket_of(row: QueueTicket) -> Ticket:
    """Return a row as the rules know it."""
    return Ticket(
        id=str(row.id),
        place=row.issued_at,
        priority=row.priority != "",
        **{name: getattr(row, name) for name in _FOLDED},
    )


def fresh(row: QueueTicket) -> Ticket:
    """Return a row's ticket as it was issued, before any move."""
    return Ticket(str(row.id), row.letter, row.issued_at, row.priority != "")


def folded(ticket: Ticket) -> dict[str, Any]:
    """Return the columns that a fold of moves gives."""
    return {name: getattr(ticket, name) for name in _FOLDED}


def move_of(row: QueueMove) -> Move:
    """Return a row as the rules know it."""
    return Move(row.act, row.at, row.counter, row.to, row.back_at)  # type: ignore[arg-type]


async def open_rows(station: str, day: date) -> list[QueueTicket]:
    """Return the day's numbers that are not over, in the order of their issue."""
    found = QueueTicket.filter(station=station, day=day, state__in=list(OPEN))
    return await found.order_by("issued_at", "id").limit(MAX_OPEN)


async def recent_rows(station: str, day: date, limit: int) -> list[QueueTicket]:
    """Return the numbers called last, newest first."""
    found = QueueTicket.filter(station=station, day=day, last_called_at__isnull=False)
    return await found.order_by("-last_called_at", "-id").limit(limit)


async def calls_done(station: str, day: date) -> dict[str, int]:
    """Return how many calls each service had on a day."""
    found = QueueMove.filter(station=station, day=day, act="call", taken=True)
    rows = await found.annotate(calls=Count("id")).group_by("service").values("service", "calls")
    return {row["service"]: row["calls"] for row in rows}


async def here_at(station: str, day: date, counter: int) -> QueueTicket | None:
    """Return who is called to or served at a counter."""
    found = QueueTicket.filter(station=station, day=day, counter=counter, state__in=list(AT_COUNTER))
    return await found.order_by("-last_called_at", "-id").first()


async def services_of(station: str) -> list[QueueService]:
    """Return the services of a station by their letters."""
    return await QueueService.filter(station=station).order_by("letter")


async def counters_of(station: str) -> list[QueueCounter]:
    """Return the counters of a station by their numbers."""
    return await QueueCounter.filter(station=station).order_by("number")


async def counter_of(station: str, number: int) -> QueueCounter:
    """Return one counter; NotFoundError when there is none."""
    row = await QueueCounter.get_or_none(station=station, number=number)
    if row is None:
        raise NotFoundError(f"there is no counter {number} at {station}")
    return row


async def service_of(station: str, letter: str) -> QueueService:
    """Return one service; NotFoundError when there is none."""
    row = await QueueService.get_or_none(station=station, letter=letter) if len(letter) == 1 else None
    if row is None:
        raise NotFoundError(f"there is no service {letter!r} at {station}")
    return row


def letters_for(counter: QueueCounter, services: Collection[QueueService]) -> list[str]:
    """Return the letters that a counter serves: those whose every skill it has."""
    mine = frozenset(json.loads(counter.skills))
    return [one.letter for one in services if mine.issuperset(json.loads(one.skills))]


async def ticket_row(station: str, ticket: str) -> QueueTicket:
    """Return one number of a station; NotFoundError when there is none."""
    try:
        row = await QueueTicket.get_or_none(id=UUID(ticket), station=station)
    except ValueError:
        row = None
    if row is None:
        raise NotFoundError(f"there is no ticket {ticket!r} at {station}")
    return row
