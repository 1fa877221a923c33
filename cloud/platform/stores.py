"""A database as backups see it: one snapshot to read from, or one transaction to fill; beside a core that runs.

Reading never holds a writer up: PostgreSQL gives a snapshot to a repeatable read, SQLite's write-ahead log to every
transaction. Statements go straight to the drivers, with the names of the schema itself.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final, Protocol

import asyncpg

from cloud.platform.archive import TO_POSTGRES, TO_SQLITE
from cloud.platform.database import BUSY_TIMEOUT_MS, CONNECT_TIMEOUT_S, Dialect, connection_of
from cloud.platform.errors import DatabaseError, DatabaseUnreachableError
from cloud.platform.tables import Table

#: Rows that are in memory at once.
CHUNK: Final = 5_000
_PG_SEQUENCE: Final = "SELECT pg_get_serial_sequence($1, $2) AS name"


class NoDatabaseError(DatabaseError):
    """There is no file of this name."""


class Store(Protocol):
    """One database within one transaction."""

    dialect: Dialect

    async def query(self, statement: str, *values: object) -> Sequence[Mapping[str, Any]]:
        """Return the rows of one statement."""

    def rows(self, table: Table) -> AsyncIterator[Sequence[Sequence[Any]]]:
        """Yield all rows, in parts, ordered by key."""

    async def fill(self, table: Table, rows: Iterable[list[Any]]) -> None:
        """Put rows into an empty table; values are those of `changes`."""

    async def last_id(self, table: Table) -> int:
        """Return the last number that the key was given by the database, 0 when it gives none."""

    async def set_last_id(self, table: Table, last: int) -> None:
        """Have the next key be greater than `last` and than every one there is."""


@asynccontextmanager
async def reading(url: str) -> AsyncIterator[Store]:
    """Yield a snapshot of a database."""
    async with _transaction(url, write=False) as store:
        yield store


@asynccontextmanager
async def filling(url: str) -> AsyncIterator[Store]:
    """Yield a database for one transaction; a body that fails leaves nothing of it."""
    async with _transaction(url, write=True) as store:
        yield store


@asynccontextmanager
async def _transaction(url: str, *, write: bool) -> AsyncIterator[Store]:
    dialect, credentials = connection_of(url)
    opened = (
        _sqlite(Path(credentials["file_path"]), write=write) if dialect == "sqlite" else _postgres(credentials, write)
    )
    try:
        async with opened as store:
            yield store
    except (sqlite3.Error, asyncpg.PostgresError) as error:
        raise DatabaseError(f"the database refuses: {error}") from error


class _Sqlite:
    dialect: Dialect = "sqlite"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def query(self, statement: str, *values: object) -> Sequence[Mapping[str, Any]]:
        cursor = self._connection.execute(statement, values)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    async def rows(self, table: Table) -> AsyncIterator[Sequence[Sequence[Any]]]:
        cursor = self._connection.execute(_select(table, ""))
        while rows := await asyncio.to_thread(cursor.fetchmany, CHUNK):
            yield rows

    async def fill(self, table: Table, rows: Iterable[list[Any]]) -> None:
        marks = ", ".join("?" for _ in table.columns)
        statement = f'INSERT INTO "{table.name}" ({_names(table)}) VALUES ({marks})'  # noqa: S608 - names of the schema
        source = iter(rows)
        while part := list(islice(source, CHUNK)):
            await asyncio.to_thread(self._connection.executemany, statement, part)

    async def last_id(self, table: Table) -> int:
        if not await self.query("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'"):
            return 0
        rows = await self.query("SELECT seq FROM sqlite_sequence WHERE name = ?", table.name)
        return int(rows[0]["seq"]) if rows else 0

    async def set_last_id(self, table: Table, last: int) -> None:
        made = await self.query("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", table.name)
        if "AUTOINCREMENT" not in made[0]["sql"].upper():
            return
        last = max(last, await self.last_id(table))
        await self.query("DELETE FROM sqlite_sequence WHERE name = ?", table.name)
        await self.query("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", table.name, last)


@asynccontextmanager
async def _sqlite(path: Path, *, write: bool) -> AsyncIterator[Store]:
    if not path.exists():  # noqa: ASYNC240 - one look before a program's only work
        raise NoDatabaseError(f"there is no database {path}")
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT_MS / 1000)
    try:
        if write:
            # Rows come in the order of their references, and all are checked at the end.
            connection.execute("PRAGMA foreign_keys = OFF")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
        else:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
        yield _Sqlite(connection)
        if broken := connection.execute("PRAGMA foreign_key_check").fetchone() if write else None:
            raise DatabaseError(f"rows of {broken[0]} refer to rows that are not there")
        connection.execute("COMMIT")
    finally:
        connection.close()


class _Postgres:
    dialect: Dialect = "postgres"

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def query(self, statement: str, *values: object) -> Sequence[Mapping[str, Any]]:
        rows: Sequence[Mapping[str, Any]] = await self._connection.fetch(statement, *values)
        return rows

    async def rows(self, table: Table) -> AsyncIterator[Sequence[Sequence[Any]]]:
        # Text is ordered by its bytes, as SQLite does, whatever language the server speaks.
        order = ' COLLATE "C"' if table.key.kind == "text" else ""
        cursor = await self._connection.cursor(_select(table, order))
        while rows := await cursor.fetch(CHUNK):
            yield [tuple(row) for row in rows]

    async def fill(self, table: Table, rows: Iterable[list[Any]]) -> None:
        columns = [column.name for column in table.columns]
        await self._connection.copy_records_to_table(table.name, records=rows, columns=columns, timeout=None)

    async def last_id(self, table: Table) -> int:
        name = (await self.query(_PG_SEQUENCE, f'"{table.name}"', table.key.name))[0]["name"]
        if name is None:
            return 0
        row = (await self.query(f"SELECT last_value, is_called FROM {name}"))[0]  # noqa: S608 - quoted by the server
        return int(row["last_value"]) if row["is_called"] else 0

    async def set_last_id(self, table: Table, last: int) -> None:
        name = (await self.query(_PG_SEQUENCE, f'"{table.name}"', table.key.name))[0]["name"]
        if name is None:
            return
        found = await self.query(f'SELECT max("{table.key.name}") AS top FROM "{table.name}"')  # noqa: S608
        top = max(last, found[0]["top"] or 0)
        if top:
            await self.query("SELECT setval($1::text::regclass, $2)", name, top)


@asynccontextmanager
async def _postgres(credentials: Mapping[str, Any], write: bool) -> AsyncIterator[Store]:  # noqa: FBT001 - private
    names = ("host", "port", "user", "password", "database")
    given = {name: credentials[name] for name in names}
    try:
        connection = await asyncpg.connect(timeout=CONNECT_TIMEOUT_S, **given, command_timeout=None)
    except (OSError, TimeoutError, asyncpg.CannotConnectNowError) as error:
        raise DatabaseUnreachableError(f"the database does not answer: {error}; is it running?") from error
    try:
        isolation = "read_committed" if write else "repeatable_read"
        async with connection.transaction(isolation=isolation, readonly=not write):
            yield _Postgres(connection)
    finally:
        await connection.close()


def _names(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)


def _select(table: Table, collation: str) -> str:
    return f'SELECT {_names(table)} FROM "{table.name}" ORDER BY "{table.key.name}"{collation}'  # noqa: S608 - names


#: What `fill` wants its values changed to.
CHANGES: Final = {"sqlite": TO_SQLITE, "postgres": TO_POSTGRES}
