"""What stations say of their queues, in the transaction that stores their events; and the end of a day."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import uuid_utils

from cloud.ingest.handlers import Arrived
from cloud.platform.core import Core
from cloud.platform.database import transaction
from cloud.platform.times import MARKET_TIME, market_day
from cloud.service import queue_rows as rows
from cloud.service.queue_acts import announce
from cloud.service.queue_fold import Entry, fold
from cloud.service.queue_models import QueueMove, QueueService, QueueTicket
from cloud.service.queue_rules import rules_on
from cloud.service.queue_stats import measured_s
from protocols.rules.queueing import OPEN
from protocols.venue.rfc3339 import parse_time

#: Numbers of earlier days closed in one transaction.
CLOSE_AT_ONCE: Final = 200
#: Numbers that one night deletes; the next one goes on.
FORGET_AT_ONCE: Final = 2_000
#: Days whose serving times say how long one person takes.
MEASURED_DAYS: Final = 14


async def record_issued(core: Core, arrived: Sequence[Arrived]) -> None:
    """Keep numbers that were given out; a late one takes the place of its time (handler of `ticket.issued`)."""
    now = core.now()
    for one in arrived:
        data = one.data
        row, is_new = await QueueTicket.get_or_create(
            {
                "station": one.station, "day": _day(data.day), "letter": data.letter, "number": data.number,
                "service": data.letter, "priority": data.priority, "slot": one.slot, "issued_at": one.event.time,
                "heard_at": now, "state": "waiting",
            },
            id=UUID(data.ticket),
        )  # fmt: skip
        if is_new:
            await refold(row)
    await _tell(core, arrived, now)


async def record_moved(core: Core, arrived: Sequence[Arrived]) -> None:
    """Take what the hall did while the line was cut (handler of `ticket.moved`)."""
    now = core.now()
    for station in sorted({one.station for one in arrived}):
        book = await rows.hold(station)
        mine = [one for one in arrived if one.station == station]
        for one in mine:
            await _keep(one)
        for ticket in {one.data.ticket for one in mine}:
            row = await QueueTicket.get_or_none(id=UUID(ticket), station=station)
            if row is not None:
                await refold(row)
        book.hall = max(book.hall, *(one.data.n for one in mine))
        await book.save(update_fields=["hall"])
    await _tell(core, arrived, now)


async def refold(row: QueueTicket) -> None:
    """Bring a number to what all its moves come to."""
    moves = {str(move.id): move for move in await QueueMove.filter(ticket=row.id, station=row.station)}
    entries = [
        Entry(name, move.source, rows.move_of(move), move.rev, move.n)  # type: ignore[arg-type]
        for name, move in moves.items()
    ]
    after, taken = fold(rows.fresh(row), entries, rules_on(row.day).rules)
    for name, was_taken in taken.items():
        if moves[name].taken != was_taken:
            await QueueMove.filter(id=moves[name].id).update(taken=was_taken)
    await QueueTicket.filter(id=row.id).update(**rows.folded(after))


async def end_days(core: Core) -> str:
    """Close what earlier days left open, and measure how long people take; returns what was done, for its page."""
    today = market_day(core.now())
    closed = 0
    while True:
        left = await QueueTicket.filter(day__lt=today, state__in=list(OPEN)).order_by("id").limit(CLOSE_AT_ONCE)
        if not left:
            break
        async with core.outbox.transaction():
            closed += await _close(core, left)
    await _measure(core)
    return f"关闭 {closed} 个号"


async def forget_before(core: Core, before: datetime) -> int:
    """Delete numbers of days before a moment with their moves; returns how many, at most FORGET_AT_ONCE."""
    del core
    old = QueueTicket.filter(day__lt=market_day(before)).order_by("day", "id").limit(FORGET_AT_ONCE)
    found = [row.id for row in await old.only("id")]
    async with transaction():
        await QueueMove.filter(ticket__in=found).delete()
        return await QueueTicket.filter(id__in=found).delete()


async def _close(core: Core, left: Sequence[QueueTicket]) -> int:
    now = core.now()
    stations = sorted({row.station for row in left})
    books = {station: await rows.hold(station) for station in stations}
    for row in left:
        await QueueMove.create(
            id=uuid_utils.uuid7().hex, station=row.station, day=row.day, ticket=row.id, act="close", at=now,
            service=row.service, by="core", source="core", rev=books[row.station].rev, n=books[row.station].hall,
        )  # fmt: skip
        await refold(row)
    await announce(core, stations, now)
    return len(left)


async def _measure(core: Core) -> None:
    now = core.now()
    since = market_day(now) - timedelta(days=MEASURED_DAYS)
    for service in await QueueService.all():
        done = QueueTicket.filter(station=service.station, service=service.letter, day__gte=since, state="done")
        found = measured_s([rows.ticket_of(row) async for row in done])
        if found is not None and found != service.measured_s:
            service.measured_s = found
            await service.save(update_fields=["measured_s"])


async def _keep(one: Arrived) -> None:
    data = one.data
    row = await QueueTicket.get_or_none(id=UUID(data.ticket), station=one.station)
    day = row.day if row is not None else one.event.time.astimezone(MARKET_TIME).date()
    await QueueMove.get_or_create(
        {
            "station": one.station, "day": day, "ticket": UUID(data.ticket), "act": data.act, "at": one.event.time,
            "counter": data.counter, "service": row.service if row is not None else "", "back_at": data.back_at,
            "by": data.by[:80], "source": "hall", "rev": data.base, "n": data.n,
        },
        id=UUID(one.event.id),
    )  # fmt: skip


async def _tell(core: Core, arrived: Sequence[Arrived], now: datetime) -> None:
    await announce(core, sorted({one.station for one in arrived}), now)


def _day(text: str) -> object:
    return parse_time(f"{text}T00:00:00Z").date()
