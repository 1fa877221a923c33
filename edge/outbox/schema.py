"""The outbox file: its tables, how it is opened, and what happens to one that is damaged."""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import uuid_utils

from edge.errors import OutboxError
from edge.outbox import chains, keys, starts, tickets
from edge.statefile import sync_folder
from protocols.venue.vocabulary import STREAMS

#: 2 adds the days' digests, 3 the starts that wrote into the store, 4 the numbers of the queue, 5 keys of events.
SCHEMA_VERSION: Final = 5
#: The write-ahead log is folded into the file at this many pages (4 KiB each).
CHECKPOINT_PAGES: Final = 4_000
#: And cut back to this after a burst (quality.md F27: at most 64 MB).
MAX_WAL_BYTES: Final = 32 * 1024 * 1024
#: Page cache; SQLite's default of 2 MB buys nothing for append and drain.
CACHE_KIB: Final = 1_024

#: One rowid table per stream: rows are only appended at the end and deleted from the front, so pages stay full.
_TABLES: Final = (
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE stream(name TEXT PRIMARY KEY, last INTEGER NOT NULL, upto INTEGER NOT NULL, bytes INTEGER NOT NULL)",
    "CREATE TABLE ack_mark(hour INTEGER PRIMARY KEY, upto INTEGER NOT NULL)",
    *chains.TABLES,
    starts.TABLE,
    *tickets.TABLES,
    *keys.TABLES,
    *(f"CREATE TABLE {stream}(seq INTEGER PRIMARY KEY, text TEXT NOT NULL)" for stream in STREAMS),
)

_log = logging.getLogger(__name__)


def connect(path: Path) -> sqlite3.Connection:
    """Open the outbox, making a new store if there is none or the file is damaged (which is then kept aside)."""
    try:
        return _open(path)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):  # locked, full or unreadable: the content may be fine
            raise OutboxError(f"{path.name} cannot be opened: {error}") from error
        aside = set_aside(path)
        _log.error("the outbox was damaged (%s): kept as %s, a new store is made", error, aside.name)
        connection = _open(path)
        connection.execute("INSERT INTO meta VALUES('replaced', ?)", (str(error),))
        return connection


def connect_in_memory() -> sqlite3.Connection:
    """Return a new store that is gone with its connection: for simulated stations, thousands in one process."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    _fill(connection)
    return connection


def set_aside(path: Path) -> Path:
    """Move a damaged outbox away; only the newest damaged one is kept."""
    aside = path.with_name(f"{path.stem}.damaged{path.suffix}")
    for suffix in ("", "-wal", "-shm"):
        source, target = Path(f"{path}{suffix}"), Path(f"{aside}{suffix}")
        target.unlink(missing_ok=True)
        if source.exists():
            source.rename(target)
    return aside


def _open(path: Path) -> sqlite3.Connection:
    if not path.exists():
        _create(path)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        _configure(connection)
        _check_version(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _configure(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
    connection.execute(f"PRAGMA journal_size_limit={MAX_WAL_BYTES}")
    connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(found)


def _check_version(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise OutboxError(f"the outbox has schema {version}; this program knows up to {SCHEMA_VERSION}")
    if version == 0:
        raise sqlite3.DatabaseError("the file has no tables")
    if 1 <= version < SCHEMA_VERSION:
        _upgrade(connection, version)


def _upgrade(connection: sqlite3.Connection, version: int) -> None:
    """Bring a store to this schema: what was acked before 2 is in no digest, the starts before 3 have no names.

    The numbers of 4 begin behind those that the cloud knows.
    """
    connection.execute("BEGIN")
    if version == 1:
        for statement in chains.TABLES:
            connection.execute(statement)
        connection.execute("INSERT INTO digest_mark SELECT name, upto FROM stream")
    if version <= 2:  # noqa: PLR2004 - a version
        connection.execute(starts.TABLE)
        starts.note_earlier(connection)
    for statement in (*(tickets.TABLES if version <= 3 else ()), *keys.TABLES):  # noqa: PLR2004 - a version
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
    connection.execute("COMMIT")


def _create(path: Path) -> None:
    """Make a new store beside its place and move it there whole: nobody ever sees half of one."""
    unborn = path.with_name(f"{path.name}.new")
    unborn.unlink(missing_ok=True)
    with closing(sqlite3.connect(unborn, isolation_level=None)) as connection:
        _fill(connection)
    unborn.rename(path)
    sync_folder(path.parent)


def _fill(connection: sqlite3.Connection) -> None:
    """Make the tables of a new store."""
    connection.execute("BEGIN")
    for statement in _TABLES:
        connection.execute(statement)
    connection.executemany("INSERT INTO stream VALUES(?, 0, 0, 0)", [(name,) for name in STREAMS])
    connection.execute("INSERT INTO meta VALUES('store', ?)", (str(uuid_utils.uuid7()),))
    connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
    connection.execute("COMMIT")
