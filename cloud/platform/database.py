"""One database, SQLite or PostgreSQL, brought to the current schema when it is opened; one dialect per process.

Everything that writes more than one statement does so inside `transaction()`; what must not happen when that fails,
such as telling the pages, is left to `after_commit()`.
"""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import unquote, urlsplit

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient, TransactionContext, TransactionContextPooled
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.context import TortoiseContext
from tortoise.exceptions import BaseORMException, DBConnectionError, OperationalError, TransactionManagementError
from tortoise.transactions import in_transaction

from cloud.platform import schema
from cloud.platform.errors import CloudError, DatabaseError, DatabaseUnreachableError, SettingsError

Dialect = Literal["sqlite", "postgres"]

APP: Final = "yizhan"
#: Modules with tables; a new domain adds its line here and a migration.
MODELS: Final = (
    "cloud.emergency.models",
    "cloud.employers.models",
    "cloud.fairs.models",
    "cloud.fairs.show_models",
    "cloud.fleet.equipment_models",
    "cloud.fleet.models",
    "cloud.identity.auditmodels",
    "cloud.identity.models",
    "cloud.identity.public_models",
    "cloud.ingest.models",
    "cloud.jobs.models",
    "cloud.jobs.vacancy_models",
    "cloud.kpi.models",
    "cloud.ledgers.models",
    "cloud.people.faces.models",
    "cloud.people.guidance.models",
    "cloud.people.models",
    "cloud.people.placements.models",
    "cloud.people.registration.models",
    "cloud.platform.keymodels",
    "cloud.legal.models",
    "cloud.platform.models",
    "cloud.platform.notify.models",
    "cloud.policies.models",
    "cloud.service.chatmodels",
    "cloud.service.models",
    "cloud.service.surveymodels",
    "cloud.service.queue_models",
    "cloud.web.models",
)

#: How long a statement waits for another process that writes the same SQLite file.
BUSY_TIMEOUT_MS: Final = 30_000
#: Page of a new SQLite file: at SQLite's own 4 KiB an event fills a tenth of one, and appending costs a quarter more.
PAGE_BYTES: Final = 8 * 1024
#: Pages of the log before SQLite copies them into the file (16 MiB): fewer stops while a backlog is stored.
CHECKPOINT_PAGES: Final = 2_000
WAL_LIMIT_BYTES: Final = 64 * 1024 * 1024
#: PostgreSQL connections of one process.
POOL_SIZE: Final = 8
CONNECT_TIMEOUT_S: Final = 5.0

#: Whatever a statement may raise: the ORM translates some errors of its drivers and lets others through.
FAILURES: Final[tuple[type[Exception], ...]] = (
    BaseORMException, sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError,
    OSError, TimeoutError,
)  # fmt: skip
#: Those that say nothing about the statement: the server is down, out of room, or gave way to another transaction.
_PASSING: Final[tuple[type[Exception], ...]] = (
    sqlite3.OperationalError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError, asyncpg.TransactionRollbackError, asyncpg.PostgresIOError,
    asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError, DBConnectionError,
)  # fmt: skip
_UNREACHABLE: Final = (OSError, TimeoutError, DBConnectionError, asyncpg.CannotConnectNowError)

#: What a step after a commit may meet without keeping the next one back.
_PASSED_OVER: Final[tuple[type[Exception], ...]] = (CloudError, *FAILURES)
#: What is done after a commit.
Step = Callable[[], Awaitable[None] | None]
#: What is done in a transaction, when all else in it is done.
Closing = Callable[[], Awaitable[None]]

_LOG = logging.getLogger(__name__)


class WriteTransaction(SqliteTransactionWrapper):
    """A transaction of SQLite that writes: one that begins by reading cannot wait for another writer, it fails.

    It begins in one visit of the driver's thread; the ORM's own takes two, and the lock would take a third.
    """

    async def begin(self) -> None:
        """Begin, when no other process writes or has stopped within BUSY_TIMEOUT_MS."""
        try:
            await self._connection.execute_fetchall("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise TransactionManagementError(error) from error


class _PooledConnection(asyncpg.Connection):  # type: ignore[misc]
    """A connection of the pool that is given back without a statement of its own.

    The driver's own way is to undo at every release what a session may have left behind, which is a second way to the
    server for each single read. Nothing here leaves anything: locks and settings are a transaction's, and who listens
    has a connection to himself (news.py). A transaction left open is undone all the same.
    """

    def get_reset_query(self) -> str:
        """Return no statement."""
        return ""


@dataclass(slots=True)
class _Unit:
    """The outermost transaction in force, what is done at its end and what waits for its commit."""

    closing: list[tuple[Closing, bool]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    open: bool = True


_UNIT: Final[ContextVar[_Unit | None]] = ContextVar("transaction", default=None)


@dataclass(frozen=True, slots=True)
class Database:
    """An open database."""

    dialect: Dialect
    context: TortoiseContext

    def connection(self) -> BaseDBAsyncClient:
        """Return the connection for single raw statements."""
        return self.context.db()

    async def ping(self) -> None:
        """Return when the database has answered; DatabaseUnreachableError when it does not."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await self.connection().execute_query("SELECT 1")
        except FAILURES as error:
            raise DatabaseUnreachableError(f"the database does not answer: {error}") from error


@asynccontextmanager
async def open_database(url: str, upto: str | None = schema.LATEST) -> AsyncIterator[Database]:
    """Open the database of `url`, bring it to the current schema and make its models usable in the body.

    `upto` names another migration to bring it to; None leaves the schema as it is.
    """
    dialect, credentials = connection_of(url)
    context = TortoiseContext()
    async with context:
        await context.init(config=orm_config(dialect, credentials))
        if upto is not None:
            await _bring_to_schema(context, dialect, credentials, upto)
        yield Database(dialect, context)


def connection_of(url: str) -> tuple[Dialect, dict[str, Any]]:
    """Return the dialect and the driver's arguments for a database URL."""
    if url.startswith("sqlite:///"):
        path = Path(unquote(url.removeprefix("sqlite:///")))
        path.parent.mkdir(parents=True, exist_ok=True)
        return "sqlite", {
            "file_path": str(path),
            "page_size": PAGE_BYTES,
            "journal_mode": "WAL",
            "synchronous": "FULL",
            "busy_timeout": BUSY_TIMEOUT_MS,
            "wal_autocheckpoint": CHECKPOINT_PAGES,
            "journal_size_limit": WAL_LIMIT_BYTES,
            "foreign_keys": "ON",
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.hostname or parts.path in {"", "/"}:
        raise SettingsError(f"{url!r} is no database: write sqlite:///FILE or postgres://user@host:5432/name")
    return "postgres", {
        "host": parts.hostname,
        "port": parts.port or 5432,
        "user": unquote(parts.username or "yizhan"),
        "password": None if parts.password is None else unquote(parts.password),
        "database": parts.path.removeprefix("/"),
        "minsize": 1,
        "maxsize": POOL_SIZE,
        "timeout": CONNECT_TIMEOUT_S,
        "application_name": "yizhan",
    }


def orm_config(dialect: Dialect, credentials: dict[str, Any]) -> dict[str, Any]:
    """Return what the ORM wants to know."""
    engine = "tortoise.backends.sqlite" if dialect == "sqlite" else "tortoise.backends.asyncpg"
    if dialect == "postgres":
        credentials = {**credentials, "connection_class": _PooledConnection}
    return {
        "connections": {"default": {"engine": engine, "credentials": credentials}},
        "apps": {APP: {"models": list(MODELS), "default_connection": "default", "migrations": schema.MIGRATIONS}},
        "use_tz": True,
        "timezone": "UTC",
    }


@asynccontextmanager
async def transaction() -> AsyncIterator[BaseDBAsyncClient]:
    """Run the body in one transaction that holds the write lock from its start.

    Inside another one it is a part of that: undone alone when its body fails, kept when the outermost one commits.
    """
    outer = _UNIT.get()
    if outer is not None and outer.open:
        async with _part_of(outer) as connection:
            yield connection
        return
    unit = _Unit()
    token = _UNIT.set(unit)
    try:
        async with _entered(_writing()) as connection:
            yield connection
            for closing, _ in unit.closing:
                await closing()
    except BaseException:
        unit.open = False
        await _keep([closing for closing, always in unit.closing if always])
        raise
    finally:
        unit.open = False
        _UNIT.reset(token)
    for step in unit.steps:
        await _do(step)


def after_commit(step: Step) -> None:
    """Have `step` (plain or async) done after the outermost transaction in force has committed, and never without.

    What it does is not undone by its failure: that is logged. Steps are done in the order in which they were named.
    """
    unit = _UNIT.get()
    if unit is None or not unit.open:
        raise RuntimeError("after_commit() is called inside transaction()")
    unit.steps.append(step)


def before_commit(step: Closing, *, always: bool = False) -> None:
    """Have `step` done as the last thing in the outermost transaction in force, which its failure undoes.

    What everybody locks is locked here: whoever holds it waits for nobody else. With `always` it is done when that
    transaction is undone as well, in one of its own.
    """
    unit = _UNIT.get()
    if unit is None or not unit.open:
        raise RuntimeError("before_commit() is called inside transaction()")
    unit.closing.append((step, always))


async def _keep(closing: Sequence[Closing]) -> None:
    try:
        for step in closing:
            async with transaction():
                await step()
    except FAILURES as error:
        _LOG.warning("what was to be kept of an undone transaction is not: %r", error)


@asynccontextmanager
async def _part_of(outer: _Unit) -> AsyncIterator[BaseDBAsyncClient]:
    known, closing = len(outer.steps), len(outer.closing)
    try:
        async with _entered(in_transaction()) as connection:
            yield connection
    except BaseException:
        del outer.steps[known:]
        outer.closing[closing:] = [one for one in outer.closing[closing:] if one[1]]
        raise


async def _do(step: Step) -> None:
    try:
        waited = step()
        if waited is not None:
            await waited
    except _PASSED_OVER as error:
        _LOG.warning("what follows a commit failed: %r", error)


async def lock_names(names: Iterable[str]) -> None:
    """Hold whoever locks one of the same names back until the transaction in force ends (SQLite has one writer anyway).

    They are locked in order, so that two who lock the same ones do not wait for each other.
    """
    connection = get_connections().get("default")
    if connection.capabilities.dialect == "postgres":
        lock = "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest($1::text[]) AS name"
        await connection.execute_query(lock, [sorted(set(names))])


def _writing() -> TransactionContext:
    """Return a transaction that is not begun yet."""
    client = get_connections().get("default")
    if isinstance(client, SqliteClient) and not isinstance(client, SqliteTransactionWrapper):
        return SqliteTransactionContext(WriteTransaction(client), client._lock)  # noqa: SLF001 - as the ORM makes its own
    return in_transaction()


@asynccontextmanager
async def _entered(context: TransactionContext) -> AsyncIterator[BaseDBAsyncClient]:
    """Enter a transaction of the ORM, and leave it for good even when the database goes away meanwhile.

    When its BEGIN fails the ORM keeps the connection (SQLite: the lock on it); when that or giving the connection
    back fails, it goes on calling the dead transaction the current one.
    """
    try:
        try:
            connection = await context.__aenter__()
        except BaseException:
            await _give_back(context)
            raise
        # Not `finally` with sys.exc_info(): inside a caller's `except` that names the caller's exception.
        try:
            yield connection
        except BaseException as error:
            await context.__aexit__(type(error), error, error.__traceback__)
            raise
        await context.__aexit__(None, None, None)
    finally:
        token = getattr(context, "token", None)
        if token is not None and not token._used:  # noqa: SLF001 - resetting twice is an error
            get_connections().reset(token)


async def _give_back(context: TransactionContext) -> None:
    """Give back what a transaction took before its BEGIN failed."""
    if getattr(context, "token", None) is None:
        return
    if isinstance(context, SqliteTransactionContext):
        context._trxlock.release()  # noqa: SLF001 - nobody else does
    elif isinstance(context, TransactionContextPooled):
        client: Any = context.client
        await client._parent._pool.release(client._connection)  # noqa: SLF001 - nor here


def will_pass(error: BaseException) -> bool:
    """Return whether the same statements may succeed later, as after a restart of the server or a full disk."""
    if isinstance(error, OperationalError | TransactionManagementError) and error.args:
        error = error.args[0] if isinstance(error.args[0], BaseException) else error
    return isinstance(error, _PASSING)


async def _bring_to_schema(context: TortoiseContext, dialect: Dialect, credentials: dict[str, Any], upto: str) -> None:
    try:
        await schema.bring_to(context, APP, dialect, credentials, upto)
    except _UNREACHABLE as error:
        raise DatabaseUnreachableError(f"the database does not answer: {error}; is it running?") from error
    except FAILURES as error:
        raise DatabaseError(f"the database cannot be brought to the current schema: {error}") from error
