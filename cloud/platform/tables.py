"""What a database really has, in words that both dialects share: tables, columns, references, unique groups."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from cloud.platform.errors import DatabaseError

Kind = Literal["int", "text", "bool", "time", "date", "bytes", "float", "uuid", "json"]
#: Runs one statement and returns its rows; values stand for the dialect's own marks.
Query = Callable[..., Awaitable[Sequence[Mapping[str, Any]]]]

#: The list of migrations is not data: it comes with the schema.
NOT_DATA: Final = "tortoise_migrations"

#: The beginning of a declared type -> what it means; the first that fits counts.
_KINDS: Final[tuple[tuple[str, Kind], ...]] = (
    ("char(36)", "uuid"), ("uuid", "uuid"), ("varchar", "text"), ("character", "text"), ("char", "text"),
    ("text", "text"), ("timestamp", "time"), ("date", "date"), ("bool", "bool"), ("blob", "bytes"), ("bytea", "bytes"),
    ("real", "float"), ("double", "float"), ("json", "json"), ("bigint", "int"), ("smallint", "int"), ("int", "int"),
)  # fmt: skip

_SQLITE_TABLES: Final = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
_PG_TABLES: Final = "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()"
_PG_COLUMNS: Final = """
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS required,
       COALESCE(i.indisprimary, FALSE) AS pk
FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY(i.indkey)
WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_PG_REFERENCES: Final = """
SELECT a.attname AS name, f.relname AS target FROM pg_constraint c JOIN pg_class f ON f.oid = c.confrelid
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
WHERE c.contype = 'f' AND c.conrelid = to_regclass($1)
"""
_PG_UNIQUE: Final = """
SELECT array_agg(a.attname::text) AS columns FROM pg_index i
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
WHERE i.indisunique AND NOT i.indisprimary AND i.indrelid = to_regclass($1) GROUP BY i.indexrelid
"""


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `length` bounds a text that has a bound, else it is 0."""

    name: str
    kind: Kind
    length: int
    required: bool
    pk: bool


@dataclass(frozen=True, slots=True)
class Table:
    """One table; `references` leads from a column to the table it refers to."""

    name: str
    columns: tuple[Column, ...]
    references: Mapping[str, str]
    unique: frozenset[frozenset[str]]

    @property
    def key(self) -> Column:
        """Return the column of the primary key."""
        return next(column for column in self.columns if column.pk)


async def read_tables(query: Query, dialect: str) -> dict[str, Table]:
    """Return every table of data, by name."""
    found = await query(_SQLITE_TABLES if dialect == "sqlite" else _PG_TABLES)
    describe = _sqlite_table if dialect == "sqlite" else _postgres_table
    return {name: await describe(query, name) for name in sorted(row["name"] for row in found) if name != NOT_DATA}


def in_order(tables: Mapping[str, Table]) -> list[Table]:
    """Return the tables so that each comes after those it refers to."""
    done: dict[str, Table] = {}
    while len(done) < len(tables):
        ready = [
            one for name, one in tables.items() if name not in done and set(one.references.values()) <= {*done, name}
        ]
        if not ready:
            raise DatabaseError(f"tables refer to each other in a circle: {sorted(set(tables) - set(done))}")
        done |= {one.name: one for one in ready}
    return list(done.values())


async def _sqlite_table(query: Query, name: str) -> Table:
    columns = [
        Column(row["name"], *_kind(name, row["type"]), bool(row["notnull"]), bool(row["pk"]))
        for row in await query(f'PRAGMA table_info("{name}")')
    ]
    references = {row["from"]: row["table"] for row in await query(f'PRAGMA foreign_key_list("{name}")')}
    unique = set()
    for index in await query(f'PRAGMA index_list("{name}")'):
        if index["unique"] and index["origin"] != "pk":
            unique.add(frozenset(part["name"] for part in await query(f'PRAGMA index_info("{index["name"]}")')))
    return Table(name, tuple(columns), references, frozenset(unique))


async def _postgres_table(query: Query, name: str) -> Table:
    quoted = f'"{name}"'
    columns = [
        Column(row["name"], *_kind(name, row["type"]), row["required"], row["pk"])
        for row in await query(_PG_COLUMNS, quoted)
    ]
    references = {row["name"]: row["target"] for row in await query(_PG_REFERENCES, quoted)}
    unique = frozenset(frozenset(row["columns"]) for row in await query(_PG_UNIQUE, quoted))
    return Table(name, tuple(columns), references, unique)


def _kind(table: str, declared: str) -> tuple[Kind, int]:
    """Return what a declared type means, and the bound of a text that has one."""
    word = declared.lower()
    found = re.search(r"\((\d+)\)", word)
    for start, kind in _KINDS:
        if word.startswith(start):
            return kind, int(found[1]) if found and kind == "text" else 0
    raise DatabaseError(f"the table {table} has a column of type {declared!r}, which no backup knows")
