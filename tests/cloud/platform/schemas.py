"""Databases of one's own beside the suite's, and sample rows for every table that there is."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import uuid_utils

from cloud.platform.database import Database
from cloud.platform.tables import Column, Table, in_order, read_tables

Rows = list[dict[str, Any]]


@asynccontextmanager
async def empty_database(folder: Path) -> AsyncIterator[str]:
    """Yield the URL of a database without tables, in the dialect of this run."""
    url = os.environ.get("YIZHAN_TEST_POSTGRES_URL")
    if url is None:
        yield f"sqlite:///{folder}/own-{uuid_utils.uuid7().hex}.db"
        return
    name = f"own_{uuid_utils.uuid7().hex}"
    server = await asyncpg.connect(url)
    try:
        await server.execute(f'CREATE DATABASE "{name}"')
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
        await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await server.close()


async def rows_of(database: Database, statement: str, *values: object) -> Rows:
    """Return what a statement finds."""
    _, rows = await database.connection().execute_query(statement, list(values))
    return [dict(row) for row in rows]


async def tables_of(database: Database) -> dict[str, Table]:
    """Return every table of data."""

    async def query(statement: str, *values: object) -> Rows:
        return await rows_of(database, statement, *values)

    return await read_tables(query, database.dialect)


def sample(table: Table, column: Column, tables: dict[str, Table], number: int) -> Any:
    """Return the value of a column in the `number`th sample row; references lead to the row of the same number."""
    target = table.references.get(column.name)
    if target is not None:
        return sample(tables[target], tables[target].key, tables, number)
    text = f"{column.name[:4]}{number}"
    moment = f"2026-03-0{1 + number % 9} 01:02:03.000004+00:00"
    values: dict[str, Any] = {
        "int": number, "text": text[-column.length :] if column.length else text, "bool": number % 2 == 0,
        "time": moment, "date": f"2026-03-0{1 + number % 9}", "bytes": b"\x00\xff" + bytes([number]),
        "float": number + 0.25, "uuid": f"00000000-0000-7000-8000-{number:012d}", "json": f'{{"n":{number}}}',
    }  # fmt: skip
    return values[column.kind]


async def insert_samples(database: Database, tables: dict[str, Table], number: int) -> None:
    """Put the sample row `number` into every table by raw statements, whoever is referred to first."""
    for table in in_order(tables):
        await _insert(database, table, tables, number)


async def _insert(database: Database, table: Table, tables: dict[str, Table], number: int) -> None:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    values = [sample(table, column, tables, number) for column in table.columns]
    if database.dialect == "sqlite":
        marks = ", ".join("?" for _ in values)
    else:
        values = [value if isinstance(value, bytes) else _literal(value) for value in values]
        marks = ", ".join(
            f"${place}" if isinstance(value, bytes) else f"${place}::text::{_PG_CASTS[column.kind]}"
            for place, (column, value) in enumerate(zip(table.columns, values, strict=True), 1)
        )
    statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'  # noqa: S608 - names of the schema itself
    await database.connection().execute_query(statement, values)


_PG_CASTS = {
    "int": "bigint", "text": "text", "bool": "boolean", "time": "timestamptz", "date": "date", "float": "float8",
    "uuid": "uuid", "json": "jsonb",
}  # fmt: skip


def _literal(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
