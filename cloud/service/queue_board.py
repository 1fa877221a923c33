"""A station's board: its queue signed as a content manifest, one revision more whenever something changed.

Revisions grow like epochs: they are at least the time in ms, so that a core restored from a backup is not refused.
"""

import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from tortoise.functions import Max

from cloud.fleet import service as fleet
from cloud.platform.core import Core
from cloud.platform.errors import LinkDownError
from cloud.platform.models import DomainEvent
from cloud.platform.outbox import AfterCommit
from cloud.platform.times import market_day
from cloud.service import queue_rows as rows
from cloud.service.queue_models import QueueBook, QueueMove, QueueService, QueueTicket
from cloud.service.queue_rules import rules_on
from protocols.venue import topics
from protocols.venue.content import Item, Manifest
from protocols.venue.queue import (
    CHANNEL,
    ITEM,
    MAX_CALLS,
    Board,
    CallShown,
    CounterShown,
    Pin,
    PriorityShown,
    RulesShown,
    ServiceShown,
    TicketShown,
)
from provisioning.signing import content_key, sign_manifest

#: A board holds this long without the cloud; it is renewed long before.
VALIDITY: Final = timedelta(days=30)
RENEW_AFTER: Final = timedelta(days=1)
#: How soon a new day, or what a job measured, is on the boards, s.
REFRESH_S: Final = 60.0

_LOG = logging.getLogger(__name__)

#: (topic, payload): publishes one retained document, QoS 1.
Publish = Callable[[str, bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Boards:
    """Builds the boards of all stations with a queue and publishes them."""

    core: Core
    publish: Publish

    async def on_changed(self, events: Sequence[DomainEvent]) -> AfterCommit:
        """Build new boards in the consumer's transaction; publish them after its commit."""
        fresh = [row for station in sorted({event.key for event in events}) if (row := await self._build(station))]

        async def send() -> None:
            await self._send(fresh)

        return send

    async def refresh(self) -> None:
        """Bring the boards to the day and renew what grows old."""
        for station in sorted(set(await QueueService.all().distinct().values_list("station", flat=True))):
            async with self.core.outbox.transaction():
                fresh = await self._build(str(station))
            await self._send([fresh] if fresh else [])

    async def publish_all(self) -> None:
        """Publish every board again: a broker may have forgotten them."""
        await self.refresh()
        await self._send(await QueueBook.filter(rev__gt=0))

    async def _send(self, books: Sequence[QueueBook]) -> None:
        for book in books:
            try:
                await self.publish(topics.content(book.station, CHANNEL), book.envelope.encode())
            except LinkDownError as error:
                _LOG.debug("the board of %s is published after the next connect: %s", book.station, error)

    async def _build(self, station: str) -> QueueBook | None:
        """Store a new revision if the board is another one now or grows old; return it then."""
        if not await fleet.station_names([station]):
            return None
        book, now = await rows.hold(station), self.core.now()
        board = await board_of(book, market_day(now))
        text = json.dumps(board.to_object(), ensure_ascii=False)
        digest = hashlib.sha256(text.encode()).hexdigest()
        if book.digest == digest and book.issued_at is not None and now - book.issued_at <= RENEW_AFTER:
            return None
        book.rev, book.digest, book.issued_at = max(book.rev + 1, int(now.timestamp() * 1000)), digest, now
        manifest = _manifest(book, board, now)
        book.manifest = manifest.to_bytes().decode()
        book.envelope = sign_manifest(manifest, content_key(self.core.secret)).to_bytes().decode()
        await book.save(update_fields=["rev", "digest", "issued_at", "manifest", "envelope"])
        return book


async def board_of(book: QueueBook, day: date) -> Board:
    """Return a station's board of a day as it is now."""
    station, rules = book.station, rules_on(day)
    services, counters = await rows.services_of(station), await rows.counters_of(station)
    return Board(
        day=day.isoformat(),
        hall=book.hall,
        services=await _services(station, day, services),
        counters=[
            CounterShown(number=one.number, name=one.name, letters=rows.letters_for(one, services),
                         staffed=bool(one.seat))
            for one in counters
            if one.active
        ],
        tickets=[_ticket(row) for row in await rows.open_rows(station, day)],
        calls=await _calls(station, day),
        rules=RulesShown(
            skip_returns_after=rules.rules.skip_returns_after,
            max_skips=rules.rules.max_skips,
            priority_in_row=rules.rules.priority_in_row,
            text=rules.text,
            priorities=[PriorityShown(key=key, name=name) for key, name in rules.priorities],
        ),
        pin=Pin(salt=book.pin_salt, hash=book.pin_hash) if book.pin_hash else None,
    )  # fmt: skip


async def _services(station: str, day: date, services: Sequence[QueueService]) -> list[ServiceShown]:
    calls = await rows.calls_done(station, day)
    found = QueueTicket.filter(station=station, day=day).annotate(top=Max("number")).group_by("letter")
    known = {row["letter"]: row["top"] for row in await found.values("letter", "top")}
    return [
        ServiceShown(
            letter=one.letter,
            name=one.name,
            open=one.open,
            opens=one.opens,
            closes=one.closes,
            serve_s=one.measured_s or one.serve_s,
            calls=calls.get(one.letter, 0),
            known=known.get(one.letter, 0),
        )
        for one in services
    ]


async def _calls(station: str, day: date) -> list[CallShown]:
    found = QueueMove.filter(station=station, day=day, act__in=["call", "recall"], taken=True, counter__isnull=False)
    newest = await found.order_by("-at", "-id").limit(MAX_CALLS)
    tickets = {row.id: row for row in await QueueTicket.filter(id__in=[move.ticket for move in newest])}
    return [
        CallShown(
            id=str(move.id),
            letter=tickets[move.ticket].letter,
            number=tickets[move.ticket].number,
            counter=move.counter,
            at=move.at,
        )
        for move in newest
        if move.ticket in tickets and move.counter is not None
    ]


def _ticket(row: QueueTicket) -> TicketShown:
    return TicketShown(
        id=str(row.id),
        letter=row.letter,
        number=row.number,
        service=row.service,
        priority=row.priority,
        state=row.state,  # type: ignore[arg-type]
        counter=row.counter,
        place=row.issued_at,
        back_at=row.back_at,
        skips=row.skips,
        called_at=row.called_at,
        last_called_at=row.last_called_at,
        served_at=row.served_at,
    )


def _manifest(book: QueueBook, board: Board, now: datetime) -> Manifest:
    item = Item(id=ITEM, kind="page", seconds=1.0, valid_to=None, data=board.to_object())
    return Manifest(station=book.station, channel=CHANNEL, rev=book.rev, issued_at=now, valid_from=now,
                    valid_to=now + VALIDITY, items=[item])  # fmt: skip
