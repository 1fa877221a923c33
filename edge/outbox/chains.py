"""Each day's hash chain per stream (W11, D18, D19): extended when an ack is taken, before anything is deleted."""

import json
import sqlite3
from typing import Any, Final

from protocols.venue.digests import START, extend, written
from protocols.venue.vocabulary import STREAMS, Stream

TABLES: Final = (
    "CREATE TABLE digest_mark(stream TEXT PRIMARY KEY, upto INTEGER NOT NULL) WITHOUT ROWID",
    """CREATE TABLE digest(stream TEXT, day TEXT, first INTEGER NOT NULL, count INTEGER NOT NULL, chain BLOB NOT NULL,
    PRIMARY KEY(stream, day)) WITHOUT ROWID""",
)
#: Days that are kept; the newest ones.
MAX_DAYS: Final = 400
CHUNK_ROWS: Final = 500

#: day -> (first seq, count, chain)
_Days = dict[str, tuple[int, int, bytes]]


def extend_to(connection: sqlite3.Connection, stream: Stream, upto: int) -> None:
    """Take the events up to `upto` into their days' chains; each seq once, also after a lowered ack."""
    mark = _mark(connection, stream)
    if upto <= mark:
        return
    days: _Days = {}
    last = mark
    query = f"SELECT seq, text FROM {stream} WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"  # noqa: S608 - STREAMS
    while chunk := connection.execute(query, (last, upto, CHUNK_ROWS)).fetchall():
        for seq, text in chunk:
            event = json.loads(text)
            event["seq"] = seq
            day = str(event["time"])[:10]  # written by this agent, in UTC (D1)
            first, count, chain = days.get(day) or _day(connection, stream, day) or (seq, 0, START)
            days[day] = (first, count + 1, extend(chain, event))
        last = chunk[-1][0]
    connection.executemany(
        "INSERT OR REPLACE INTO digest VALUES(?, ?, ?, ?, ?)", [(stream, day, *found) for day, found in days.items()]
    )
    connection.execute("INSERT OR REPLACE INTO digest_mark VALUES(?, ?)", (stream, upto))
    if days:
        _forget_old(connection, stream)


def digest_of(connection: sqlite3.Connection, day: str) -> dict[Stream, dict[str, Any]]:
    """Return what `digest.taken` says of each stream for one UTC day (`protocols.venue.messages.StreamDigest`)."""
    found: dict[Stream, dict[str, Any]] = {}
    for stream in STREAMS:
        first, count, chain = _day(connection, stream, day) or (None, 0, START)
        upto = _mark(connection, stream)
        found[stream] = {"from": first, "upto": upto, "count": count, "hash": written(chain)}
    return found


def _day(connection: sqlite3.Connection, stream: Stream, day: str) -> tuple[int, int, bytes] | None:
    row = connection.execute(
        "SELECT first, count, chain FROM digest WHERE stream = ? AND day = ?", (stream, day)
    ).fetchone()
    return None if row is None else (int(row[0]), int(row[1]), bytes(row[2]))


def _mark(connection: sqlite3.Connection, stream: Stream) -> int:
    row = connection.execute("SELECT upto FROM digest_mark WHERE stream = ?", (stream,)).fetchone()
    return 0 if row is None else int(row[0])


def _forget_old(connection: sqlite3.Connection, stream: Stream) -> None:
    connection.execute(
        "DELETE FROM digest WHERE stream = ? AND day IN "
        "(SELECT day FROM digest WHERE stream = ? ORDER BY day DESC LIMIT -1 OFFSET ?)",
        (stream, stream, MAX_DAYS),
    )
