"""The door of the outbox: put, drain, ack; durable on return."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from edge.errors import OutboxError, OutboxFull
from edge.outbox import chains, rows, starts
from edge.outbox.budget import Budget, Declare
from edge.outbox.rows import AckTaken, Head, Row
from edge.outbox.schema import connect
from edge.outbox.writer import Writer
from protocols.venue.delivery import Ack, Resend
from protocols.venue.lineage import StartMark
from protocols.venue.presence import OutboxDepth, StreamDepth
from protocols.venue.vocabulary import STREAMS, Stream
from provisioning.site import OutboxLimits

OUTBOX_FILE: Final = "outbox.db"
BYTES_PER_MB: Final = 1024 * 1024

#: Characters put before the file's size is looked at again: far below the part of a budget that an alarm is about.
CHECK_CHARS: Final = 16 * 1024

T = TypeVar("T")
_Heads = dict[Stream, Head]


class Outbox:
    """Events of one store (D4); made by `open_outbox`."""

    def __init__(self, path: Path, limits: OutboxLimits, declare: Declare, now: Callable[[], datetime]) -> None:
        self._path = path
        self._keep_days = limits.keep_evidence_days
        self._budget = Budget(limits.max_mb * BYTES_PER_MB, declare)
        self._now = now
        self._writer: Writer[_Heads] = Writer(self._connect, self._finish, self._committed, self._forget)
        self._full = False
        # Of the writer's thread: what is known without a look at the file, as long as rows are only appended.
        self._firsts: dict[Stream, int] = {}
        self._unchecked = CHECK_CHARS
        self._heads: _Heads = {}
        self._watchers: list[Callable[[], None]] = []
        self.store = ""
        #: Why the store before this one was given up, if that happened at this start.
        self.replaced: str | None = None
        #: Whether the store was made by the start that `begin` was told of.
        self.is_new = False
        self.ignored_acks_total = 0
        #: Characters of text put since the start, per stream.
        self.put_chars: dict[Stream, int] = dict.fromkeys(STREAMS, 0)

    async def open(self) -> None:
        """Open the file; OutboxError if it can neither be used nor replaced."""
        try:
            await self._writer.open()
        except sqlite3.Error as error:
            raise OutboxError(f"{self._path.name} cannot be opened: {error}") from error

    async def close(self) -> None:
        """Store what waits and close the file."""
        await self._writer.close()

    def watch(self, callback: Callable[[], None]) -> None:
        """Have `callback` called on the loop after every commit."""
        self._watchers.append(callback)

    def head(self, stream: Stream) -> Head:
        """Return the state of a stream after the last commit."""
        return self._heads[stream]

    def depth(self) -> OutboxDepth:
        """Return what a birth says of the outbox."""
        return OutboxDepth(**{stream: _depth(head) for stream, head in self._heads.items()})

    async def put(self, stream: Stream, text: str) -> int:
        """Store one event and return its seq; OutboxFull if evidence has used up the disk budget."""
        return (await self.put_many(stream, (text,))).start

    async def put_many(self, stream: Stream, texts: Sequence[str]) -> range:
        """Store events of one stream in one transaction and return their seqs."""
        if not texts:
            return range(0)
        chars = sum(map(len, texts))
        # One event, and no look at the file due: a few microseconds before the commit.
        small = len(texts) == 1 and not self._full and self._unchecked + chars < CHECK_CHARS
        first = await self._writer.run(partial(self._put, stream, texts, chars), small=small)
        self.put_chars[stream] += chars
        return range(first, first + len(texts))

    async def record(self, stream: Stream, job: Callable[[sqlite3.Connection], tuple[T, Sequence[str]]]) -> T:
        """Do a job that returns its result and the events it makes true, and store those in the same transaction.

        A job that refuses raises an OutboxError before it writes anything.
        """
        chars = 0

        def put(connection: sqlite3.Connection) -> T:
            nonlocal chars
            result, texts = job(connection)
            chars = sum(map(len, texts))
            if texts:
                self._put(stream, texts, chars, connection)
            return result

        result = await self._writer.run(put)
        self.put_chars[stream] += chars
        return result

    async def transact(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Do a job that stores no event; durable on return."""
        return await self._writer.run(job)

    async def drain(self, stream: Stream, after: int, limit: int, upto: int | None = None) -> list[Row]:
        """Return up to `limit` rows behind `after`, in order."""
        last = self.head(stream).last if upto is None else upto
        return await self._writer.run(lambda connection: rows.read(connection, stream, after, last, limit))

    async def _change(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Run a job that may do more than append: the file is looked at again before its commit."""

        def change(connection: sqlite3.Connection) -> T:
            self._forget()
            return job(connection)

        return await self._writer.run(change)

    async def ack(self, ack: Ack) -> AckTaken:
        """Take the cloud's watermarks; those of a foreign store are ignored (D4)."""
        taken = AckTaken(ignored=1) if ack.store != self.store else await self._change(partial(self._ack, ack))
        self.ignored_acks_total += taken.ignored
        return taken

    async def declare_missing(self, resend: Resend) -> tuple[int, int] | None:
        """Declare what a resend asks for and is gone; return the range (both included) that can be sent."""
        return await self._change(partial(self._declare_missing, resend))

    async def digest(self, day: str) -> dict[Stream, dict[str, Any]]:
        """Return the digest of a UTC day (YYYY-MM-DD) per stream, over what is acked (D18)."""
        return await self._writer.run(lambda connection: chains.digest_of(connection, day))

    async def begin(self, boot: str) -> bool:
        """Enter a start of the agent before it records anything; returns whether it is the store's first."""
        self.is_new = await self._change(lambda connection: starts.begin(connection, boot))
        return self.is_new

    async def lineage(self, since: str | None = None) -> list[StartMark]:
        """Return the starts that wrote here since `since`, or since the newest that the core has answered."""
        return await self._writer.run(lambda connection: starts.lineage(connection, since))

    async def remembers(self, boot: str) -> bool:
        """Return whether a start wrote into this store here."""
        return await self._writer.run(lambda connection: starts.remembers(connection, boot))

    async def answered(self, boot: str) -> None:
        """Note that the core knows a start as the newest of this store."""
        await self._change(lambda connection: starts.answered(connection, boot))

    async def part(self, boot: str, common: Mapping[Stream, int]) -> None:
        """Go on in a new store with what lies behind `common`, numbered from 1; the rest belongs to the old one."""
        self.store = await self._change(lambda connection: starts.part(connection, boot, common))
        self.is_new = True

    async def noted_digest(self) -> str | None:
        """Return the newest day that `note_digest` was told of in this store."""
        return await self._writer.run(lambda connection: rows.meta(connection, "digest_day"))

    async def note_digest(self, day: str) -> None:
        """Remember that a day's digest was taken."""
        await self._change(lambda connection: rows.set_meta(connection, "digest_day", day))

    def _connect(self) -> sqlite3.Connection:
        connection = connect(self._path)
        self.store = rows.store_of(connection)
        self.replaced = rows.meta(connection, "replaced")
        connection.execute("DELETE FROM meta WHERE key = 'replaced'")
        return connection

    def _finish(self, connection: sqlite3.Connection) -> _Heads:
        if self._full or self._unchecked >= CHECK_CHARS:
            self._forget()
            self._full = self._budget.enforce(connection)
            self._unchecked = 0
        heads = rows.heads(connection, self._firsts)
        self._firsts = {stream: head.first for stream, head in heads.items() if head.first is not None}
        return heads

    def _forget(self) -> None:
        self._firsts = {}
        self._unchecked = CHECK_CHARS

    def _committed(self, heads: _Heads) -> None:
        self._heads = heads
        for watcher in self._watchers:
            watcher()

    def _put(self, stream: Stream, texts: Sequence[str], chars: int, connection: sqlite3.Connection) -> int:
        if self._full and stream != "evidence":
            raise OutboxFull(f"the disk budget is full of evidence; {len(texts)} {stream} event(s) were not taken")
        self._unchecked += chars
        return rows.put(connection, stream, texts)

    def _ack(self, ack: Ack, connection: sqlite3.Connection) -> AckTaken:
        taken = rows.take_ack(connection, ack, self._now(), self._keep_days)
        for stream, upto in taken.lowered.items():
            last = connection.execute("SELECT last FROM stream WHERE name = ?", (stream,)).fetchone()[0]
            gone = rows.missing(connection, stream, upto + 1, last)
            if gone is not None:
                self._budget.gap(connection, stream, gone, (None, None))
        return taken

    def _declare_missing(self, resend: Resend, connection: sqlite3.Connection) -> tuple[int, int] | None:
        last = connection.execute("SELECT last FROM stream WHERE name = ?", (resend.stream,)).fetchone()[0]
        end = min(resend.last, last)
        gone = rows.missing(connection, resend.stream, resend.first, end)
        if gone is not None:
            self._budget.gap(connection, resend.stream, gone, (None, None))
        first = resend.first if gone is None else gone[1] + 1
        return (first, end) if first <= end else None


@asynccontextmanager
async def open_outbox(
    folder: Path, limits: OutboxLimits, declare: Declare, now: Callable[[], datetime]
) -> AsyncIterator[Outbox]:
    """Yield the outbox of a state directory; `declare` words what the outbox says about itself, `now` is UTC."""
    outbox = Outbox(folder / OUTBOX_FILE, limits, declare, now)
    await outbox.open()
    try:
        yield outbox
    finally:
        await outbox.close()


def _depth(head: Head) -> StreamDepth:
    return StreamDepth(first=head.first, last=head.last, upto=head.upto, bytes=head.bytes)
