"""The one writer of a file: who commits, what shares a commit, and what a failure costs."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from edge.errors import OutboxError
from edge.outbox import writer as writer_module
from edge.outbox.writer import QUICK_IN_A_ROW, Writer

#: A commit that is quick here: on a machine with other work one may take a while.
QUICK_S = 0.5


class Disk:
    """A table in a real file, whose commits can be made slow, and the transactions that it has seen."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.pause_s = 0.0
        self.transactions = 0
        self.undone = 0

    def connect(self) -> sqlite3.Connection:
        """Open the file."""
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, factory=_Slow)
        connection.disk = self
        connection.execute("CREATE TABLE IF NOT EXISTS note(text TEXT NOT NULL UNIQUE)")
        return connection

    def finish(self, connection: sqlite3.Connection) -> int:
        """Count the transaction and return how many texts there are."""
        self.transactions += 1
        return int(connection.execute("SELECT count(*) FROM note").fetchone()[0])

    def undo(self) -> None:
        """Count a transaction that was rolled back."""
        self.undone += 1


class _Slow(sqlite3.Connection):
    """A connection whose commits take at least as long as its disk says."""

    disk: Disk

    def execute(self, sql: str, *arguments: object) -> sqlite3.Cursor:
        if sql == "COMMIT":
            time.sleep(self.disk.pause_s)
        return super().execute(sql, *arguments)  # type: ignore[arg-type]


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path / "notes.db")


@pytest.fixture
async def writer(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Writer[int]]:
    monkeypatch.setattr(writer_module, "QUICK_COMMIT_S", QUICK_S)
    writer = Writer(disk.connect, disk.finish, lambda _count: None, disk.undo)
    await writer.open()
    yield writer
    await writer.close()


def note(text: str) -> Callable[[sqlite3.Connection], int]:
    """Return a job that stores a text and says which thread did it."""

    def job(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO note VALUES(?)", (text,))
        return threading.get_ident()

    return job


async def until_on_loop(writer: Writer[int]) -> None:
    """Let the writer learn that the disk is quick, so that the next small job alone is the loop's."""
    for number in range(QUICK_IN_A_ROW):
        await writer.run(note(f"settle {number}"))
    assert await writer.run(note("alone"), small=True) == threading.get_ident()


async def test_a_small_job_alone_is_committed_on_the_loop_while_the_disk_is_quick(
    writer: Writer[int], disk: Disk
) -> None:
    await until_on_loop(writer)
    with sqlite3.connect(disk.path) as other:
        count = other.execute("SELECT count(*) FROM note").fetchone()[0]
    other.close()
    assert count == disk.transactions - 1  # every job was its own transaction, beside the one that opened the file


async def test_a_job_that_may_be_long_is_the_threads(writer: Writer[int]) -> None:
    await until_on_loop(writer)
    assert await writer.run(note("long")) != threading.get_ident()


async def test_one_slow_commit_sends_the_next_ones_to_the_thread(writer: Writer[int], disk: Disk) -> None:
    await until_on_loop(writer)
    disk.pause_s = 1.2 * QUICK_S
    await writer.run(note("finds out"), small=True)
    assert await writer.run(note("next"), small=True) != threading.get_ident()
    disk.pause_s = 0
    assert await writer.run(note("still"), small=True) != threading.get_ident()


async def test_a_new_file_is_not_taken_for_quick(writer: Writer[int]) -> None:
    assert await writer.run(note("first"), small=True) != threading.get_ident()


async def test_jobs_of_one_turn_share_a_transaction(writer: Writer[int], disk: Disk) -> None:
    await until_on_loop(writer)
    before = disk.transactions
    threads = await asyncio.gather(*(writer.run(note(f"together {n}"), small=True) for n in range(50)))
    assert disk.transactions == before + 1
    assert set(threads) != {threading.get_ident()}


async def test_a_small_job_keeps_its_place_behind_what_the_thread_has(writer: Writer[int]) -> None:
    await until_on_loop(writer)
    order: list[str] = []

    def slow(connection: sqlite3.Connection) -> None:
        time.sleep(0.05)
        connection.execute("INSERT INTO note VALUES('slow')")
        order.append("slow")

    first = asyncio.create_task(writer.run(slow))
    await asyncio.sleep(0.01)
    await writer.run(lambda _connection: order.append("small"), small=True)
    await first
    assert order == ["slow", "small"]


async def test_a_failure_on_the_loop_is_told_and_undone(writer: Writer[int], disk: Disk) -> None:
    await until_on_loop(writer)
    await writer.run(note("twice"), small=True)
    with pytest.raises(OutboxError, match="nothing was stored"):
        await writer.run(note("twice"), small=True)
    assert disk.undone == 1
    assert await writer.run(lambda connection: connection.in_transaction, small=True)


async def test_what_was_asked_for_before_the_end_is_stored(disk: Disk) -> None:
    writer = Writer(disk.connect, disk.finish, lambda _count: None)
    await writer.open()
    asked = asyncio.create_task(writer.run(note("last"), small=True))
    await asyncio.sleep(0)
    await writer.close()
    assert await asked
