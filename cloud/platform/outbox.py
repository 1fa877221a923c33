"""Domain events: written in the transaction that makes them true, handed to each consumer at least once, in order.

A consumer's effect in the database and its position are one transaction; what it does outside comes after the commit
and must bear being done again.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from tortoise.backends.base.client import BaseDBAsyncClient

from cloud.platform.database import FAILURES, after_commit, transaction
from cloud.platform.errors import CloudError
from cloud.platform.models import DomainEvent, Reader

#: Done after the consumer's transaction has committed.
AfterCommit = Callable[[], Awaitable[None]]
#: Called inside a transaction with one or more events, oldest first.
Consumer = Callable[[Sequence[DomainEvent]], Awaitable[AfterCommit | None]]

#: Events one consumer takes in one transaction.
BATCH: Final = 100
#: How soon events of other processes are seen; events of this one wake the consumers at once.
POLL_S: Final = 1.0
#: Events are kept this long after they were read, for whoever asks what happened.
KEEP: Final = timedelta(days=90)
RETRY_MIN_S: Final = 0.5
RETRY_MAX_S: Final = 60.0
#: PostgreSQL: makes ids become visible in their order, so that a reader's position never skips one.
_ORDER_LOCK: Final = 7_907_002

_LOG = logging.getLogger(__name__)
_RETRIED: Final[tuple[type[Exception], ...]] = (CloudError, *FAILURES)


class Outbox:
    """The domain events of one process's database."""

    def __init__(self) -> None:
        self._wakers: set[asyncio.Event] = set()
        self._unannounced = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[BaseDBAsyncClient]:
        """Run the body in one transaction; consumers wake as soon as the outermost one has committed."""
        async with transaction() as connection:
            after_commit(self.wake)
            yield connection

    async def emit(self, topic: str, key: str, data: Mapping[str, Any], now: datetime) -> None:
        """Record that something happened; call it inside `transaction()`."""
        await lock_order()
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        await DomainEvent.create(topic=topic, key=key, data=text, at=now)

    def wake(self) -> None:
        """Let the consumers look now."""
        for waker in self._wakers:
            waker.set()

    async def consume(self, name: str, topics: Sequence[str], consumer: Consumer) -> None:
        """Hand every event of `topics` to `consumer`, for ever; a failure is tried again later and logged once."""
        waker = asyncio.Event()
        self._wakers.add(waker)
        pause_s = 0.0
        try:
            while True:
                try:
                    more = await _consume_once(name, topics, consumer)
                except _RETRIED as error:
                    _LOG.log(logging.DEBUG if pause_s else logging.ERROR, "consumer %s failed: %r", name, error)
                    pause_s = min(max(pause_s * 2, RETRY_MIN_S), RETRY_MAX_S)
                    await asyncio.sleep(pause_s)
                    continue
                if pause_s:
                    _LOG.info("consumer %s works again", name)
                    pause_s = 0.0
                if not more:
                    await _wait(waker)
        finally:
            self._wakers.discard(waker)


async def forget_read(now: datetime) -> None:
    """Delete old events that every consumer has read."""
    slowest = await Reader.all().order_by("position").first()
    if slowest is not None:
        await DomainEvent.filter(at__lt=now - KEEP, id__lte=slowest.position).delete()


async def lock_order() -> None:
    """Hold other writers of domain events back until this transaction ends (PostgreSQL; SQLite has one writer)."""
    connection = DomainEvent._meta.db  # noqa: SLF001 - the ORM's own way to the connection in force
    if connection.capabilities.dialect == "postgres":
        await connection.execute_query("SELECT pg_advisory_xact_lock($1)", [_ORDER_LOCK])


async def _consume_once(name: str, topics: Sequence[str], consumer: Consumer) -> bool:
    """Handle what there is; return whether there may be more."""
    known = await Reader.get_or_none(name=name)
    waiting = DomainEvent.filter(id__gt=known.position if known else 0, topic__in=list(topics))
    if not await waiting.exists():
        return False
    async with transaction():
        reader, _ = await Reader.get_or_create(name=name)
        locked = await Reader.select_for_update().get(name=name)
        events = await DomainEvent.filter(id__gt=locked.position, topic__in=list(topics)).order_by("id").limit(BATCH)
        if not events:
            return False
        after = await consumer(events)
        reader.position = events[-1].id
        await reader.save(update_fields=["position"])
    if after is not None:
        await after()
    return len(events) == BATCH


async def _wait(waker: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(POLL_S):
            await waker.wait()
    except TimeoutError:
        pass
    waker.clear()
