"""Domain events: written in the transaction that makes them true, handed to each consumer at least once, in order.

A consumer's effect in the database and its position are one transaction; what it does outside comes after the commit
and must bear being done again. An event that a consumer cannot take is tried again with growing pauses, alone, and
then set aside for a person: the events behind it go on. What only says that the database or the broker is away is
tried for ever and sets nothing aside.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from tortoise.backends.base.client import BaseDBAsyncClient

from cloud.platform.database import FAILURES, after_commit, transaction, will_pass
from cloud.platform.errors import CloudError, DatabaseUnreachableError, LinkDownError, NotFoundError
from cloud.platform.models import DomainEvent, PoisonEvent, Reader, ReaderTrouble

#: Done after the consumer's transaction has committed.
AfterCommit = Callable[[], Awaitable[None]]
#: Called inside a transaction with one or more events, oldest first.
Consumer = Callable[[Sequence[DomainEvent]], Awaitable[AfterCommit | None]]

#: Events one consumer takes in one transaction.
BATCH: Final = 100
#: How soon events of other processes are seen; events of this one wake the consumers at once.
POLL_S: Final = 1.0
#: The same while this process listens to the others (news.py): only what was missed is found by looking.
LISTENING_POLL_S: Final = 5.0
#: PostgreSQL tells every process that listens when a transaction with events commits.
EVENTS_CHANNEL: Final = "yizhan_events"
#: Events are kept this long after they were read, for whoever asks what happened.
KEEP: Final = timedelta(days=90)
RETRY_MIN_S: Final = 0.5
RETRY_MAX_S: Final = 60.0
#: An event that failed this often, over about a minute, is set aside.
MAX_TRIES: Final = 8
MAX_ERROR_LENGTH: Final = 500
#: Hands a set-aside event over again, to its consumer alone; the key is the id of its row.
RETRY: Final = "poison.retry"
#: PostgreSQL: makes ids become visible in their order, so that a reader's position never skips one.
_ORDER_LOCK: Final = 7_907_002

_LOG = logging.getLogger(__name__)
_AWAY: Final = (LinkDownError, DatabaseUnreachableError)


class _RefusedError(CloudError):
    """A consumer did not take these events."""

    def __init__(self, events: Sequence[DomainEvent]) -> None:
        super().__init__(f"events {events[0].id} to {events[-1].id} were not taken")
        self.events = events


class Outbox:
    """The domain events of one process's database."""

    def __init__(self) -> None:
        #: The consumers that wait, and the topics of each.
        self._wakers: dict[asyncio.Event, frozenset[str]] = {}
        #: Whether commits of other processes wake this one.
        self.listening = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[BaseDBAsyncClient]:
        """Run the body in one transaction; who consumes its events wakes as soon as the outermost one has committed."""
        async with transaction() as connection:
            yield connection

    async def emit(self, topic: str, key: str, data: Mapping[str, Any], now: datetime) -> None:
        """Record that something happened; call it inside `transaction()`."""
        await lock_order()
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        await DomainEvent.create(topic=topic, key=key, data=text, at=now)
        after_commit(partial(self.wake, topic))
        connection = DomainEvent._meta.db  # noqa: SLF001 - the ORM's own way to the connection in force
        if connection.capabilities.dialect == "postgres":
            await connection.execute_query("SELECT pg_notify($1, '')", [EVENTS_CHANNEL])

    async def emit_many(self, topic: str, keys: Sequence[str], now: datetime) -> None:
        """Record that the same happened to many things, each named by its key and by `id` in its data."""
        if not keys:
            return
        await lock_order()
        await DomainEvent.bulk_create(
            [DomainEvent(topic=topic, key=key, data=json.dumps({"id": key}), at=now) for key in keys]
        )
        after_commit(partial(self.wake, topic))
        connection = DomainEvent._meta.db  # noqa: SLF001 - the ORM's own way to the connection in force
        if connection.capabilities.dialect == "postgres":
            await connection.execute_query("SELECT pg_notify($1, '')", [EVENTS_CHANNEL])

    def wake(self, topic: str = "") -> None:
        """Let the consumers of a topic look now; without one, all of them."""
        for waker, topics in self._wakers.items():
            if not topic or topic in topics:
                waker.set()

    async def consume(self, name: str, topics: Sequence[str], consumer: Consumer) -> None:
        """Hand every event of `topics` to `consumer`, for ever; what goes wrong is logged once."""
        waker = asyncio.Event()
        reading = _Reading(name, (*topics, RETRY), consumer)
        self._wakers[waker] = frozenset(reading.topics)
        try:
            while True:
                if await reading.turn():
                    await _wait(waker, LISTENING_POLL_S if self.listening else POLL_S)
        finally:
            del self._wakers[waker]


@dataclass
class _Reading:
    """One consumer at work."""

    name: str
    topics: tuple[str, ...]
    consumer: Consumer
    pause_s: float = 0.0
    #: One until it is known that the first event can be taken: a process before this one may have stood there.
    limit: int = 1

    async def turn(self) -> bool:
        """Take what there is, or pause after a failure; return whether nothing more is there now."""
        try:
            more = await self._take()
        except Exception as error:  # noqa: BLE001 - the boundary: a consumer's bug ends neither it nor the process
            await self._failed(error)
            return False
        if self.pause_s:
            _LOG.info("consumer %s works again", self.name)
            self.pause_s = 0.0
        return not more

    async def _take(self) -> bool:
        """Handle what there is; return whether there may be more."""
        known = await Reader.get_or_none(name=self.name)
        waiting = DomainEvent.filter(id__gt=known.position if known else 0, topic__in=self.topics)
        if not await waiting.exists():
            return False
        async with transaction():
            reader, _ = await Reader.get_or_create(name=self.name)
            locked = await Reader.select_for_update().get(name=self.name)
            found = DomainEvent.filter(id__gt=locked.position, topic__in=self.topics)
            events = await found.order_by("id").limit(self.limit)
            if not events:
                return False
            after = await self._hand_over(events)
            reader.position = events[-1].id
            await reader.save(update_fields=["position"])
            if self.limit == 1:
                await ReaderTrouble.filter(name=self.name).delete()
        alone, self.limit = self.limit == 1, BATCH
        if after is not None:
            await after()
        return alone or len(events) == BATCH

    async def _hand_over(self, events: Sequence[DomainEvent]) -> AfterCommit | None:
        """Call the consumer; an event that asks for another one is replaced by that one."""
        wanted = [found for event in events if (found := await _meant(self.name, event)) is not None]
        if not wanted:
            return None
        try:
            return await self.consumer(wanted)
        except Exception as error:
            if _is_away(error):
                raise
            raise _RefusedError(events) from error

    async def _failed(self, error: Exception) -> None:
        """Note what went wrong and wait before the next try; the last try sets the event aside."""
        cause = error.__cause__ if isinstance(error, _RefusedError) else error
        quiet = self.pause_s > 0
        _LOG.log(logging.DEBUG if quiet else logging.ERROR, "consumer %s failed: %r", self.name, cause,
                 exc_info=None if quiet or isinstance(cause, CloudError) else cause)  # fmt: skip
        if isinstance(error, _RefusedError):
            if len(error.events) > 1:
                self.limit, self.pause_s = 1, RETRY_MIN_S
                return
            self.limit = 1
            if await self._set_aside_at_last(error.events[0], repr(cause)[:MAX_ERROR_LENGTH]):
                self.pause_s = RETRY_MIN_S
                return
        self.pause_s = min(max(self.pause_s * 2, RETRY_MIN_S), RETRY_MAX_S)
        await asyncio.sleep(self.pause_s)

    async def _set_aside_at_last(self, event: DomainEvent, error: str) -> bool:
        """Count one more failure of an event; after the last one go past it. A database that is away counts nothing."""
        now = datetime.now(UTC)
        try:
            async with transaction():
                row = await ReaderTrouble.get_or_none(name=self.name)
                tries = row.tries + 1 if row is not None and row.event_id == event.id else 1
                await ReaderTrouble.filter(name=self.name).delete()
                if tries < MAX_TRIES:
                    await ReaderTrouble.create(name=self.name, event_id=event.id, tries=tries, error=error, at=now)
                    return False
                await _set_aside(self.name, event, tries, error, now)
                await Reader.update_or_create({"position": event.id}, name=self.name)
        except FAILURES as failure:
            _LOG.debug("the failure of consumer %s is not noted: %r", self.name, failure)
            return False
        self.limit = BATCH
        _LOG.error(
            "consumer %s goes past event %d (%s) after %d tries: %s", self.name, event.id, event.topic, tries, error
        )
        return True


async def retry_poison(outbox: Outbox, poison: int, now: datetime) -> None:
    """Have an event that was set aside handed to its consumer again; NotFoundError when there is none."""
    async with outbox.transaction():
        if not await PoisonEvent.filter(id=poison).update(asked=True):
            raise NotFoundError(f"no event {poison} is set aside")
        await outbox.emit(RETRY, str(poison), {}, now)


async def forget_read(now: datetime) -> int:
    """Delete old events that every consumer has read; return how many."""
    slowest = await Reader.all().order_by("position").first()
    if slowest is None:
        return 0
    return await DomainEvent.filter(at__lt=now - KEEP, id__lte=slowest.position).delete()


async def lock_order() -> None:
    """Hold other writers of domain events back until this transaction ends (PostgreSQL; SQLite has one writer)."""
    connection = DomainEvent._meta.db  # noqa: SLF001 - the ORM's own way to the connection in force
    if connection.capabilities.dialect == "postgres":
        await connection.execute_query("SELECT pg_advisory_xact_lock($1)", [_ORDER_LOCK])


def _is_away(error: Exception) -> bool:
    return isinstance(error, _AWAY) or will_pass(error)


async def _meant(consumer: str, event: DomainEvent) -> DomainEvent | None:
    """Return the event itself, or the one that it asks for again; None when that is another consumer's or gone."""
    if event.topic != RETRY:
        return event
    row = await PoisonEvent.get_or_none(id=int(event.key), consumer=consumer)
    if row is None:
        return None
    await row.delete()  # within the consumer's transaction: it stays when the consumer fails again
    return DomainEvent(id=row.event_id, topic=row.topic, key=row.key, data=row.data, at=row.happened_at)


async def _set_aside(consumer: str, event: DomainEvent, tries: int, error: str, now: datetime) -> None:
    if event.topic == RETRY:
        row = await PoisonEvent.get_or_none(id=int(event.key))
        if row is not None:
            row.tries, row.error, row.at, row.asked = row.tries + tries, error, now, False
            await row.save()
        return
    await PoisonEvent.create(consumer=consumer, event_id=event.id, topic=event.topic, key=event.key, data=event.data,
                             happened_at=event.at, tries=tries, error=error, at=now)  # fmt: skip


async def _wait(waker: asyncio.Event, poll_s: float) -> None:
    try:
        async with asyncio.timeout(poll_s):
            await waker.wait()
    except TimeoutError:
        pass
    waker.clear()
