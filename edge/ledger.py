"""The command ledger (W20): what was asked, how far it went, how it ended; each step durable before it is taken."""

import json
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final, Literal

from edge.errors import OutboxError
from edge.outbox.schema import set_aside
from edge.outbox.writer import Writer
from edge.requests import Outcome, Request
from protocols.venue.commands import LEDGER_DAYS

LEDGER_FILE: Final = "ledger.db"
SCHEMA_VERSION: Final = 1
#: Commands under way at a time in one station; each may be one that a crash left behind.
MAX_OPEN: Final = 64
#: Terminal replies sent again after a reconnect.
MAX_UNREPLIED: Final = 200
CACHE_KIB: Final = 128

LedgerState = Literal["received", "started", "effect_done", "replied"]

_TABLE: Final = """CREATE TABLE command(
    id TEXT PRIMARY KEY, at INTEGER NOT NULL, request TEXT NOT NULL, state TEXT NOT NULL,
    replies INTEGER NOT NULL DEFAULT 0, outcome TEXT, told INTEGER NOT NULL DEFAULT 0)"""
_OPEN_INDEX: Final = "CREATE INDEX command_open ON command(state) WHERE state <> 'replied'"
_COLUMNS: Final = "SELECT request, state, outcome, told FROM command"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: `outcome` from `effect_done` on; `told` once its `command.ended` event is stored (D23)."""

    request: Request
    state: LedgerState
    outcome: Outcome | None
    told: bool


class Ledger:
    """The commands of the last 30 days, in a file of its own: it outlives a damaged outbox."""

    def __init__(self, state: Path) -> None:
        self._path = state / LEDGER_FILE
        self._writer: Writer[None] = Writer(self._connect, lambda _connection: None, lambda _state: None, name="ledger")

    async def open(self) -> None:
        """Open the file; OutboxError if it can neither be used nor replaced."""
        try:
            await self._writer.open()
        except sqlite3.Error as error:
            raise OutboxError(f"{self._path.name} cannot be opened: {error}") from error

    async def close(self) -> None:
        """Finish what waits and close the file."""
        await self._writer.close()

    async def receive(self, request: Request, outcome: Outcome | None = None) -> Entry | None:
        """Enter a command, one with an `outcome` as ended; returns the row that its id has already, if any."""
        return await self._writer.run(partial(_receive, request, outcome))

    async def start(self, command_id: str) -> None:
        """Say that the effect begins now."""
        await self._writer.run(partial(_set_state, command_id, "started"))

    async def finish(self, command_id: str, outcome: Outcome) -> None:
        """Say that the effect is done, or that there will be none, and how it ended."""
        await self._writer.run(partial(_finish, command_id, outcome))

    async def told(self, command_id: str) -> None:
        """Say that the `command.ended` event is stored."""
        await self._writer.run(partial(_tell, command_id))

    async def replied(self, command_id: str) -> None:
        """Say that the broker has the terminal reply."""
        await self._writer.run(partial(_set_state, command_id, "replied"))

    async def count_reply(self, command_id: str) -> int:
        """Return the number of the next reply, durable before it is used; 1 for an id without a row."""
        return await self._writer.run(partial(_count_reply, command_id))

    async def unfinished(self) -> list[Entry]:
        """Return what a stop or crash left behind: not ended, or ended and not told, oldest first."""
        where = "WHERE state IN ('received', 'started') OR told = 0 ORDER BY at, id"
        return await self._writer.run(lambda connection: _entries(connection, where))

    async def unreplied(self) -> list[Entry]:
        """Return what has ended without the broker having the terminal reply, oldest first."""
        where = f"WHERE state = 'effect_done' ORDER BY at, id LIMIT {MAX_UNREPLIED}"
        return await self._writer.run(lambda connection: _entries(connection, where))

    async def forget_old(self, now: datetime) -> None:
        """Delete rows older than 30 days."""
        oldest = int((now - timedelta(days=LEDGER_DAYS)).timestamp())
        await self._writer.run(
            lambda connection: connection.execute("DELETE FROM command WHERE at < ?", (oldest,)).rowcount
        )

    def _connect(self) -> sqlite3.Connection:
        try:
            return _open(self._path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise OutboxError(f"{self._path.name} cannot be opened: {error}") from error
            aside = set_aside(self._path)
            _log.error("the command ledger was damaged (%s): kept as %s, a new one is made", error, aside.name)
            return _open(self._path)


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        _bring_to_schema(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _bring_to_schema(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise OutboxError(f"the ledger has schema {version}; this program knows up to {SCHEMA_VERSION}")
    if version == 0:
        connection.execute("BEGIN")
        for statement in (_TABLE, _OPEN_INDEX, f"PRAGMA user_version={SCHEMA_VERSION}"):
            connection.execute(statement)
        connection.execute("COMMIT")


def _receive(request: Request, outcome: Outcome | None, connection: sqlite3.Connection) -> Entry | None:
    known = _entries(connection, "WHERE id = ?", request.id)
    if known:
        return known[0]
    connection.execute(
        "INSERT INTO command(id, at, request, state, outcome) VALUES(?, ?, ?, ?, ?)",
        (
            request.id,
            int(request.received_at.timestamp()),
            request.to_text(),
            "received" if outcome is None else "effect_done",
            _outcome_text(outcome),
        ),
    )
    return None


def _finish(command_id: str, outcome: Outcome, connection: sqlite3.Connection) -> None:
    connection.execute(
        "UPDATE command SET state = 'effect_done', outcome = ? WHERE id = ?", (_outcome_text(outcome), command_id)
    )


def _set_state(command_id: str, state: LedgerState, connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE command SET state = ? WHERE id = ?", (state, command_id))


def _tell(command_id: str, connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE command SET told = 1 WHERE id = ?", (command_id,))


def _count_reply(command_id: str, connection: sqlite3.Connection) -> int:
    connection.execute("UPDATE command SET replies = replies + 1 WHERE id = ?", (command_id,))
    row = connection.execute("SELECT replies FROM command WHERE id = ?", (command_id,)).fetchone()
    return int(row[0]) if row else 1


def _entries(connection: sqlite3.Connection, where: str, *values: str) -> list[Entry]:
    return [
        Entry(Request.from_text(request), state, Outcome(**json.loads(outcome)) if outcome else None, bool(told))
        for request, state, outcome, told in connection.execute(f"{_COLUMNS} {where}", values)
    ]


def _outcome_text(outcome: Outcome | None) -> str | None:
    return None if outcome is None else json.dumps(outcome.members(), ensure_ascii=False)


@asynccontextmanager
async def open_ledger(state: Path) -> AsyncIterator[Ledger]:
    """Yield the ledger of a state directory."""
    ledger = Ledger(state)
    await ledger.open()
    try:
        yield ledger
    finally:
        await ledger.close()
