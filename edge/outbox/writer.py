"""The one writer of a SQLite file: what callers ask for meanwhile shares one transaction (group commit).

A thread does the work. A small job that comes alone is done on the loop while the disk is quick: to wake the thread and
be woken by it takes longer than such a commit (ADR 13). The connection is the thread's from the hand-over of a group
until its results are on the loop, and the loop's otherwise; so it needs no lock.
"""

import asyncio
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from edge.errors import OutboxClosed, OutboxError

T = TypeVar("T")
S = TypeVar("S")

#: Jobs that share one transaction; more would make the first one wait too long.
MAX_GROUP: Final = 512
#: Jobs that may wait; a caller beyond them waits for room.
MAX_WAITING: Final = 2_048
#: The loop may stand still for a commit this long; a slower one has the next ones done by the thread.
QUICK_COMMIT_S: Final = 0.001
#: Quick commits in a row before a disk counts as quick.
QUICK_IN_A_ROW: Final = 16
#: The thread must end within this when the agent stops; the agent itself has 5 s.
CLOSE_TIMEOUT_S: Final = 3.0

Job = Callable[[sqlite3.Connection], Any]
_Entry = tuple[Job, "asyncio.Future[Any]"]
_Outcome = tuple["asyncio.Future[Any]", Any, BaseException | None]

_log = logging.getLogger(__name__)


class Writer(Generic[S]):
    """Runs jobs on a connection. A result is handed out only after the commit of the transaction that it came from.

    A job that raises an OutboxError must have written nothing: it fails alone. Any SQLite error undoes the whole group.
    `finish` runs last in every transaction; what it returns goes to `committed` on the loop before the results do.
    `undone` runs on the thread after a transaction that was rolled back.
    """

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        finish: Callable[[sqlite3.Connection], S],
        committed: Callable[[S], None],
        undone: Callable[[], None] = lambda: None,
        name: str = "outbox",
    ) -> None:
        self._connect = connect
        self._finish = finish
        self._committed = committed
        self._undone = undone
        self._jobs: queue.SimpleQueue[list[_Entry] | None] = queue.SimpleQueue()
        # Asked for in this turn of the loop, and whether all of it is small.
        self._asked: list[_Entry] = []
        self._all_small = True
        # Given to the thread and not settled yet: while there are none, the connection is the loop's.
        self._handed_over = 0
        self._quick_commits = 0
        self._connection: sqlite3.Connection | None = None
        self._room = asyncio.Semaphore(MAX_WAITING)
        self._loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._thread = threading.Thread(target=self._main, name=name, daemon=True)
        self._closed = False

    async def open(self) -> None:
        """Start the thread; raises what `connect` raised."""
        self._thread.start()
        await asyncio.shield(self._opened)

    async def run(self, job: Callable[[sqlite3.Connection], T], *, small: bool = False) -> T:
        """Run one job in the next transaction and return its result once that is durable.

        `small` says that it takes far less time than the commit.
        """
        async with self._room:
            if self._closed:
                raise OutboxClosed("the outbox is closed")
            future: asyncio.Future[T] = self._loop.create_future()
            if not self._asked:
                self._loop.call_soon(self._begin)
            self._asked.append((job, future))
            self._all_small = self._all_small and small
            return await future

    async def close(self) -> None:
        """Let the jobs that wait be done, then end the thread."""
        if self._closed or not self._thread.is_alive():
            return
        self._closed = True
        self._hand_over()
        self._jobs.put(None)
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await asyncio.shield(self._ended)
        self._thread.join()

    def _begin(self) -> None:
        """Do what this turn of the loop asked for, or have it done."""
        entries = self._asked
        alone = len(entries) == 1 and self._all_small and not self._handed_over
        if alone and self._connection is not None and self._quick_commits >= QUICK_IN_A_ROW:
            self._asked = []
            self._settle(*self._group(self._connection, entries))
        else:
            self._hand_over()

    def _hand_over(self) -> None:
        self._handed_over += len(self._asked)
        # Not one by one: the thread wakes at the first, and what was asked for together shares a transaction.
        for start in range(0, len(self._asked), MAX_GROUP):
            self._jobs.put(self._asked[start : start + MAX_GROUP])
        self._asked, self._all_small = [], True

    def _main(self) -> None:
        try:
            connection = self._connect()
            first = self._group(connection, [])
        except Exception as error:  # noqa: BLE001 - handed to the opener
            self._call(self._opened.set_exception, error)
            return
        self._connection = connection
        self._call(self._settle, *first)
        self._call(self._opened.set_result, None)
        try:
            while (entries := self._take()) is not None:
                self._call(self._take_back, *self._group(connection, entries))
        finally:
            connection.close()
            self._call(self._ended.set_result, None)

    def _take(self) -> list[_Entry] | None:
        """Return what is waiting, at least one job; None when there will be no more."""
        asked = self._jobs.get()
        if asked is None:
            return None
        entries = list(asked)
        while len(entries) < MAX_GROUP:
            try:
                asked = self._jobs.get_nowait()
            except queue.Empty:
                break
            if asked is None:
                self._jobs.put(None)
                break
            entries += asked
        return entries

    def _group(self, connection: sqlite3.Connection, entries: list[_Entry]) -> tuple[list[_Outcome], S | None]:
        try:
            connection.execute("BEGIN")
            outcomes = [_outcome(connection, *entry) for entry in entries]
            state = self._finish(connection)
            began = time.perf_counter()
            connection.execute("COMMIT")
            quick = time.perf_counter() - began <= QUICK_COMMIT_S
            self._quick_commits = self._quick_commits + 1 if quick else 0
        except Exception as error:  # noqa: BLE001 - handed to every caller of the group
            _undo(connection)
            self._undone()
            failure = OutboxError(f"nothing was stored: {error}")
            failure.__cause__ = error
            return [(future, None, failure) for _, future in entries], None
        return outcomes, state

    def _take_back(self, outcomes: list[_Outcome], state: S | None) -> None:
        self._handed_over -= len(outcomes)
        self._settle(outcomes, state)

    def _settle(self, outcomes: list[_Outcome], state: S | None) -> None:
        if state is not None:
            self._committed(state)
        for future, result, error in outcomes:
            if future.done():  # its caller was cancelled
                continue
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

    def _call(self, function: Callable[..., object], *args: object) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *args)
        except RuntimeError:  # the loop is closed: nobody waits any more
            _log.debug("the loop has gone before the outbox")


def _outcome(connection: sqlite3.Connection, job: Job, future: "asyncio.Future[Any]") -> _Outcome:
    try:
        return (future, job(connection), None)
    except OutboxError as error:
        return (future, None, error)


def _undo(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        try:
            connection.execute("ROLLBACK")
        except sqlite3.Error:
            _log.exception("the outbox could not be rolled back")
