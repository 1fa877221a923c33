"""What pages read often: a statement written out, its rows as the driver gives them, no objects built of them.

The ORM takes about as long to put a statement together as the database to answer it, and as long again for each column
of each row. What is read on every page, or by the thousand rows, is read here; everything else with the ORM.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final

from tortoise.connection import get_connections

#: Statements with the values put in: a few per page, and one more per length of a list on SQLite.
_STATEMENTS: Final = 512


async def fetch(statement: str, *values: object) -> Sequence[Any]:
    """Return the rows of a statement, sequences of its columns, on the connection in force.

    Each `?` stands for a value, in order; a list or tuple stands behind `IN ?`. Times are those of any offset on their
    way in, and come out, like days, as the driver has them: see `moment` and `day`.
    """
    connection = get_connections().get("default")
    values = tuple(value.astimezone(UTC) if isinstance(value, datetime) else value for value in values)
    lengths = tuple(len(value) if isinstance(value, list | tuple) else -1 for value in values)
    if connection.capabilities.dialect == "postgres":
        _, rows = await connection.execute_query(_numbered(statement, lengths), list(values))
    else:
        flat = [one for value in values for one in (value if isinstance(value, list | tuple) else (value,))]
        _, rows = await connection.execute_query(_spread(statement, lengths), flat)
    return rows


def moment(value: datetime | str) -> datetime:
    """Return a time column's value: SQLite keeps the text of it."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def moment_or_none(value: datetime | str | None) -> datetime | None:
    """Return the value of a time column that may be empty."""
    return None if value is None else moment(value)


def day(value: date | str) -> date:
    """Return the value of a column of days."""
    return date.fromisoformat(value) if isinstance(value, str) else value


@lru_cache(_STATEMENTS)
def _numbered(statement: str, lengths: tuple[int, ...]) -> str:
    """Return a statement as PostgreSQL takes it; a list is one value, so that its length makes no other statement."""
    for number, length in enumerate(lengths, 1):
        mark, place = ("?", f"${number}") if length < 0 else ("IN ?", f"= ANY(${number})")
        statement = statement.replace(mark, place, 1)
    return statement


@lru_cache(_STATEMENTS)
def _spread(statement: str, lengths: tuple[int, ...]) -> str:
    """Return a statement as SQLite takes it, with a mark for each value of a list."""
    parts = statement.split("?")
    marks = ["?" if length < 0 else f"({', '.join('?' * length)})" for length in lengths]
    return "".join(part + mark for part, mark in zip(parts, [*marks, ""], strict=True))
