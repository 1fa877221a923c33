"""The station's numbers, in the outbox's file: a number and its event are one transaction.

They stay when the store is left for a new one (starts.part): numbers belong to the day, not to the store.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from edge.errors import TicketRefused
from edge.outbox import rows
from protocols.rules.queueing import MAX_NUMBER

TABLES: Final = (
    """CREATE TABLE queue_series(day TEXT NOT NULL, letter TEXT NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY(day, letter)) WITHOUT ROWID""",
    """CREATE TABLE queue_ticket(id TEXT PRIMARY KEY, day TEXT NOT NULL, letter TEXT NOT NULL, number INTEGER NOT NULL,
    pending INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE(day, letter, number)) WITHOUT ROWID""",
)
#: Days whose numbers are remembered; a clock that was a week ahead and went back finds its old numbers.
KEPT_DAYS: Final = 8
#: Where the count of the hall's moves is kept.
_MOVES: Final = "queue_moves"


@dataclass(frozen=True, slots=True)
class Kept:
    """One row: `pending` is the number of the hall's newest move that the cloud has not taken yet, 0 when none."""

    id: str
    day: str
    letter: str
    number: int
    pending: int
    body: str


def number_after(connection: sqlite3.Connection, day: str, letter: str, known: int) -> int:
    """Give out the next number of a service and day: above all given here, and above `known`, which the cloud has."""
    row = connection.execute("SELECT last FROM queue_series WHERE day = ? AND letter = ?", (day, letter)).fetchone()
    number = max(row[0] if row else 0, known) + 1
    if number > MAX_NUMBER:
        raise TicketRefused("used_up", f"{letter} has no number left on {day}")
    connection.execute("INSERT OR REPLACE INTO queue_series VALUES(?, ?, ?)", (day, letter, number))
    return number


def move_after(connection: sqlite3.Connection, floor: int) -> int:
    """Return the number of the hall's next move: above the last one and at least `floor`, the time in ms.

    So it grows even when the store was lost or the clock went back (like an epoch, D2).
    """
    number = max(int(rows.meta(connection, _MOVES) or 0) + 1, floor)
    rows.set_meta(connection, _MOVES, str(number))
    return number


def find(connection: sqlite3.Connection, ticket: str) -> Kept | None:
    """Return one ticket."""
    row = connection.execute("SELECT * FROM queue_ticket WHERE id = ?", (ticket,)).fetchone()
    return Kept(*row) if row else None


def of_day(connection: sqlite3.Connection, day: str) -> list[Kept]:
    """Return the tickets of a day."""
    return [Kept(*row) for row in connection.execute("SELECT * FROM queue_ticket WHERE day = ?", (day,))]


def keep(connection: sqlite3.Connection, tickets: Sequence[Kept]) -> None:
    """Write tickets; one whose number somebody else holds is not taken: what was issued here stays."""
    connection.executemany(
        "INSERT INTO queue_ticket VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET pending = excluded.pending, "
        "body = excluded.body ON CONFLICT DO NOTHING",
        [(one.id, one.day, one.letter, one.number, one.pending, one.body) for one in tickets],
    )


def forget_before(connection: sqlite3.Connection, day: str) -> None:
    """Delete what is older than a day."""
    for table in ("queue_ticket", "queue_series"):
        connection.execute(f"DELETE FROM {table} WHERE day < ?", (day,))  # noqa: S608 - names above


def series(connection: sqlite3.Connection, day: str) -> Mapping[str, int]:
    """Return the last number given out per service on a day."""
    return dict(connection.execute("SELECT letter, last FROM queue_series WHERE day = ?", (day,)).fetchall())
