"""What makes thousands of stations fit into one process: stores in memory that work on the loop, without threads.

Numbers, rows, watermarks, budget and digests are the agent's own; only the file and its thread are left out.
"""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final, Generic, TypeVar

from edge.errors import OutboxClosed
from edge.ledger import Entry, Ledger
from edge.outbox import Head, Outbox
from edge.outbox.budget import Declare
from edge.outbox.outbox import OUTBOX_FILE
from edge.outbox.rows import store_of
from edge.outbox.schema import connect_in_memory
from edge.outbox.writer import Writer
from edge.requests import Outcome, Request
from protocols.venue.vocabulary import Stream
from provisioning.site import OutboxLimits

T = TypeVar("T")
S = TypeVar("S")

#: Memory is short: what is acked is forgotten at once. Resends are answered from what is not acked yet.
KEEP_EVIDENCE_DAYS: Final = 0


class InlineWriter(Writer[S], Generic[S]):
    """Runs each job at once, in a transaction of its own."""

    _connection: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Open the store."""
        self._connection = self._connect()
        await self.run(lambda _connection: None)

    async def run(self, job: Callable[[sqlite3.Connection], T], *, small: bool = True) -> T:  # noqa: ARG002
        """Run one job and return its result."""
        if self._connection is None:
            raise OutboxClosed("the outbox is closed")
        future = self._loop.create_future()
        self._settle(*self._group(self._connection, [(job, future)]))
        result: T = future.result()
        return result

    async def close(self) -> None:
        """Forget the store."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class FillingOutbox(Outbox):
    """An outbox whose disk can be full: then no transaction of it commits, neither a put nor an ack."""

    disk_full = False

    def __init__(self, state: Path, limits: OutboxLimits, declare: Declare, now: Callable[[], datetime]) -> None:
        super().__init__(state / OUTBOX_FILE, limits, declare, now)

    def _finish(self, connection: sqlite3.Connection) -> dict[Stream, Head]:
        if self.disk_full:
            raise sqlite3.OperationalError("database or disk is full")
        return super()._finish(connection)


class MemoryOutbox(FillingOutbox):
    """The same in memory: a new store at every start, gone with the process."""

    def __init__(self, state: Path, limits: OutboxLimits, declare: Declare, now: Callable[[], datetime]) -> None:
        super().__init__(state, limits.model_copy(update={"keep_evidence_days": KEEP_EVIDENCE_DAYS}), declare, now)
        self._writer = InlineWriter(self._connect, self._finish, self._committed, self._forget)
        self._changes = -1

    def _connect(self) -> sqlite3.Connection:
        connection = connect_in_memory()
        self.store = store_of(connection)
        return connection

    def _finish(self, connection: sqlite3.Connection) -> dict[Stream, Head]:
        """Leave everything as it is after a job that only read."""
        if connection.total_changes == self._changes:
            return self._heads
        heads = super()._finish(connection)
        self._changes = connection.total_changes
        return heads

    def _committed(self, heads: dict[Stream, Head]) -> None:
        if heads is not self._heads:
            super()._committed(heads)


class LateLedger(Ledger):
    """A ledger whose file is opened by the first command: most simulated stations never get one."""

    _opened = False

    async def open(self) -> None:
        """Open the file later."""

    async def receive(self, request: Request, outcome: Outcome | None = None) -> Entry | None:
        """Enter a command."""
        if not self._opened:
            self._opened = True
            await super().open()
        return await super().receive(request, outcome)

    async def unreplied(self) -> list[Entry]:
        """Return what has ended without the broker having the terminal reply."""
        return await super().unreplied() if self._opened else []
