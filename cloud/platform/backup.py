"""Backup of the database while the core runs, and restore into an empty one of either dialect, all or nothing.

What is sealed stays sealed: the secret file is in no backup, only a fingerprint of it. A restore counts and sums up
every table again as it reads it back from the database that it filled, before it commits.
"""

import contextlib
import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from cloud.platform import archive, stores
from cloud.platform.archive import ArchiveReader, ArchiveWriter, ColumnEntry, Lines, Manifest, TableEntry
from cloud.platform.database import open_database
from cloud.platform.errors import DatabaseError
from cloud.platform.stores import Store
from cloud.platform.tables import NOT_DATA, Table, in_order, read_tables

Secret = Literal["same", "different", "missing"]

_MIGRATIONS: Final = f"SELECT max(name) AS name FROM {NOT_DATA} WHERE app = 'yizhan'"  # noqa: S608 - a constant
_FINGERPRINT: Final = b"yizhan backup"
_FINGERPRINT_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class Report:
    """What was copied, and how long it took."""

    file: str
    migration: str
    tables: int
    rows: int
    bytes: int
    seconds: float
    secret: Secret

    def to_object(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {name: getattr(self, name) for name in self.__slots__}


async def back_up(url: str, file: Path, secret: Path, now: datetime) -> Report:
    """Write everything that is in the database at one moment into a file that was not there."""
    began_s = time.monotonic()
    async with stores.reading(url) as store:
        migration = await _migration(store)
        tables = in_order(await read_tables(store.query, store.dialect))
        with archive.writing(file) as target:
            entries = tuple([await _save(store, table, target) for table in tables])
            manifest = Manifest(
                format=archive.FORMAT,
                made_at=now,
                dialect=store.dialect,
                migration=migration,
                secret=_fingerprint(secret),
                tables=entries,
            )
            target.close(manifest)
    return _report(file, manifest, began_s, "same" if manifest.secret else "missing")


async def restore(url: str, file: Path, secret: Path) -> Report:
    """Fill an empty database from a backup and bring it to the current schema; nothing is left of one that fails."""
    began_s = time.monotonic()
    with archive.reading(file) as source:
        manifest = source.manifest
        await _refuse_rows(url)
        async with open_database(url, manifest.migration):
            pass  # the schema that the rows were written for
        async with stores.filling(url) as store:
            tables = await read_tables(store.query, store.dialect)
            await _close_to_others(store, tables)
            if full := await _not_empty(store, tables):
                raise DatabaseError(f"the database is not empty: {full} has rows")
            _compare(manifest, tables)
            for entry in manifest.tables:
                await _load(store, tables[entry.name], entry, source)
            for entry in manifest.tables:
                await _verify(store, tables[entry.name], entry)
        async with open_database(url):
            pass
    found = _fingerprint(secret)
    return _report(file, manifest, began_s, "same" if found == manifest.secret else "different" if found else "missing")


async def _save(store: Store, table: Table, target: ArchiveWriter) -> TableEntry:
    lines = Lines([column.kind for column in table.columns])
    with target.table(table.name) as member:
        async for rows in store.rows(table):
            member.write(lines.of(rows))
    columns = tuple(ColumnEntry(name=column.name, kind=archive.shared_kind(column.kind)) for column in table.columns)
    return TableEntry(name=table.name, key=table.key.name, columns=columns, rows=lines.rows, sha256=lines.sha256,
                      last_id=await store.last_id(table))  # fmt: skip


async def _load(store: Store, table: Table, entry: TableEntry, source: ArchiveReader) -> None:
    ordered = _as_written(table, entry)
    kinds = [column.kind for column in ordered.columns]
    await store.fill(ordered, source.rows(entry, kinds, stores.CHANGES[store.dialect]))
    await store.set_last_id(table, entry.last_id)


async def _verify(store: Store, table: Table, entry: TableEntry) -> None:
    ordered = _as_written(table, entry)
    lines = Lines([column.kind for column in ordered.columns])
    async for rows in store.rows(ordered):
        lines.of(rows)
    if (lines.rows, lines.sha256) != (entry.rows, entry.sha256):
        raise DatabaseError(f"{table.name} reads back as {lines.rows} other rows than the {entry.rows} of the backup")


def _as_written(table: Table, entry: TableEntry) -> Table:
    """Return the table with its columns in the order of the archive."""
    columns = {column.name: column for column in table.columns}
    ordered = tuple(columns[column.name] for column in entry.columns)
    return Table(table.name, ordered, table.references, table.unique)


async def _migration(store: Store) -> str:
    rows = await store.query(_MIGRATIONS)
    if not rows or rows[0]["name"] is None:
        raise DatabaseError("there is nothing to back up: the database has no schema")
    return str(rows[0]["name"])


async def _refuse_rows(url: str) -> None:
    """Leave a database alone that somebody uses: before its schema is touched."""
    full = None
    with contextlib.suppress(stores.NoDatabaseError):
        async with stores.reading(url) as store:
            full = await _not_empty(store, await read_tables(store.query, store.dialect))
    if full:
        raise DatabaseError(f"the database is not empty: {full} has rows; restore into a new one")


async def _close_to_others(store: Store, tables: Mapping[str, Table]) -> None:
    """Keep a core that starts meanwhile from writing (SQLite: the transaction does)."""
    if store.dialect == "postgres":
        await store.query("LOCK TABLE " + ", ".join(f'"{name}"' for name in tables) + " IN ACCESS EXCLUSIVE MODE")


async def _not_empty(store: Store, tables: Mapping[str, Table]) -> str | None:
    for name in tables:
        if await store.query(f'SELECT 1 FROM "{name}" LIMIT 1'):  # noqa: S608 - a name of the schema
            return name
    return None


def _compare(manifest: Manifest, tables: Mapping[str, Table]) -> None:
    written = {entry.name: {(one.name, one.kind) for one in entry.columns} for entry in manifest.tables}
    made = {
        name: {(one.name, archive.shared_kind(one.kind)) for one in table.columns} for name, table in tables.items()
    }
    if written != made:
        names = sorted(name for name in written.keys() | made.keys() if written.get(name) != made.get(name))
        raise DatabaseError(f"the backup has other columns than the schema {manifest.migration}: {', '.join(names)}")


def _fingerprint(secret: Path) -> str:
    """Return what tells one secret file from another and nothing about it; empty when there is none."""
    try:
        return hmac.new(secret.read_bytes(), _FINGERPRINT, hashlib.sha256).hexdigest()[:_FINGERPRINT_DIGITS]
    except OSError:
        return ""


def _report(file: Path, manifest: Manifest, began_s: float, secret: Secret) -> Report:
    return Report(
        file=str(file),
        migration=manifest.migration,
        tables=len(manifest.tables),
        rows=manifest.rows,
        bytes=file.stat().st_size,
        seconds=round(time.monotonic() - began_s, 3),
        secret=secret,
    )
