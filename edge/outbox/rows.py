"""What is done to the outbox's rows; plain functions on a connection inside a transaction."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from edge.errors import OutboxError
from edge.outbox import chains
from protocols.venue.delivery import Ack
from protocols.venue.vocabulary import MAX_INTEGER, STREAMS, Stream

SECONDS_PER_HOUR: Final = 3600
HOURS_PER_DAY: Final = 24


@dataclass(frozen=True, slots=True)
class Head:
    """One stream: first seq kept (None: no row), last given out, newest acked, bytes of text kept."""

    first: int | None
    last: int
    upto: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Row:
    """One stored event without `seq` and `replay`."""

    seq: int
    text: str


@dataclass(slots=True)
class AckTaken:
    """What an ack changed: streams whose watermark rose or fell, and how many entries were not taken."""

    raised: dict[Stream, int] = field(default_factory=dict)
    lowered: dict[Stream, int] = field(default_factory=dict)
    ignored: int = 0


@dataclass(frozen=True, slots=True)
class _Statements:
    insert: str
    read: str
    first: str
    size: str
    delete: str


def _statements(table: Stream) -> _Statements:
    return _Statements(
        insert=f"INSERT INTO {table} VALUES(?, ?)",
        read=f"SELECT seq, text FROM {table} WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",  # noqa: S608 - STREAMS
        first=f"SELECT min(seq) FROM {table}",  # noqa: S608
        size=f"SELECT coalesce(sum(length(CAST(text AS BLOB))), 0) FROM {table} WHERE seq <= ?",  # noqa: S608
        delete=f"DELETE FROM {table} WHERE seq <= ?",  # noqa: S608
    )


_NONE: Final[Mapping[Stream, int]] = {}

#: Gives numbers out, unless they would reach the limit.
_GIVE: Final = "UPDATE stream SET last = last + ?1, bytes = bytes + ?2 WHERE name = ?3 AND last < ?4 RETURNING last"

SQL: Final[dict[Stream, _Statements]] = {stream: _statements(stream) for stream in STREAMS}


def store_of(connection: sqlite3.Connection) -> str:
    """Return the id of this store (D4)."""
    return str(meta(connection, "store"))


def meta(connection: sqlite3.Connection, key: str) -> str | None:
    """Return one remembered value."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def set_meta(connection: sqlite3.Connection, key: str, value: str) -> None:
    """Remember one value."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES(?, ?)", (key, value))


def put(connection: sqlite3.Connection, stream: Stream, texts: Sequence[str]) -> int:
    """Append events and return the seq of the first; numbers come from the same transaction (W4)."""
    size = sum(len(text.encode()) for text in texts)
    given = connection.execute(_GIVE, (len(texts), size, stream, MAX_INTEGER - len(texts))).fetchall()
    if not given:
        raise OutboxError(f"stream {stream} has used up its numbers")
    first = int(given[0][0]) - len(texts) + 1
    connection.executemany(SQL[stream].insert, enumerate(texts, first))
    return first


def read(connection: sqlite3.Connection, stream: Stream, after: int, upto: int, limit: int) -> list[Row]:
    """Return up to `limit` rows with after < seq <= upto."""
    return [Row(*row) for row in connection.execute(SQL[stream].read, (after, upto, limit))]


def heads(connection: sqlite3.Connection, firsts: Mapping[Stream, int] = _NONE) -> dict[Stream, Head]:
    """Return the state of every stream; `firsts` are those first seqs that are known, the others are looked up."""
    found = {row[0]: row[1:] for row in connection.execute("SELECT name, last, upto, bytes FROM stream")}
    return {
        stream: Head(firsts[stream] if stream in firsts else _first(connection, stream), *found[stream])
        for stream in STREAMS
    }


def delete_to(connection: sqlite3.Connection, stream: Stream, seq: int) -> None:
    """Delete the rows up to `seq`, that one included."""
    size = connection.execute(SQL[stream].size, (seq,)).fetchone()[0]
    connection.execute(SQL[stream].delete, (seq,))
    connection.execute("UPDATE stream SET bytes = bytes - ? WHERE name = ?", (size, stream))


def missing(connection: sqlite3.Connection, stream: Stream, first: int, last: int) -> tuple[int, int] | None:
    """Return the part of first..last (both included, clipped to what was given out) whose rows are gone.

    Rows go only from the front, so it is one range.
    """
    given = connection.execute("SELECT last FROM stream WHERE name = ?", (stream,)).fetchone()[0]
    kept = _first(connection, stream)
    gone_to = min(last, given if kept is None else kept - 1)
    return (first, gone_to) if first <= gone_to else None


def take_ack(connection: sqlite3.Connection, ack: Ack, now: datetime, keep_evidence_days: int) -> AckTaken:
    """Take an ack of this store: raise watermarks, lower them once per core epoch (D16), delete what is covered.

    What is newly covered enters its day's digest before it may be deleted (D19).
    """
    taken = AckTaken()
    newest_epoch = int(meta(connection, "ack_epoch") or 0)
    for stream in STREAMS:
        _take_mark(connection, stream, ack.upto(stream), taken, may_lower=ack.epoch > newest_epoch)
    if ack.epoch > newest_epoch:
        set_meta(connection, "ack_epoch", str(ack.epoch))
    for stream, upto in taken.raised.items():
        chains.extend_to(connection, stream, upto)
    _forget_covered(connection, taken, now, keep_evidence_days)
    return taken


def _take_mark(connection: sqlite3.Connection, stream: Stream, upto: int, taken: AckTaken, *, may_lower: bool) -> None:
    last, known = connection.execute("SELECT last, upto FROM stream WHERE name = ?", (stream,)).fetchone()
    if upto == known:
        return
    if upto > last or (upto < known and not may_lower):
        taken.ignored += 1
        return
    connection.execute("UPDATE stream SET upto = ? WHERE name = ?", (upto, stream))
    (taken.raised if upto > known else taken.lowered)[stream] = upto


def _forget_covered(connection: sqlite3.Connection, taken: AckTaken, now: datetime, keep_evidence_days: int) -> None:
    for stream, upto in taken.raised.items():
        if stream != "evidence":
            delete_to(connection, stream, upto)
    if "evidence" in taken.lowered:
        upto = taken.lowered["evidence"]
        connection.execute("UPDATE ack_mark SET upto = min(upto, ?)", (upto,))
    if "evidence" in taken.raised:
        _keep_evidence(connection, taken.raised["evidence"], now, keep_evidence_days)


def _keep_evidence(connection: sqlite3.Connection, upto: int, now: datetime, days: int) -> None:
    """Note how far evidence was acked in this hour; delete what was acked more than `days` ago (W5)."""
    if days == 0:
        delete_to(connection, "evidence", upto)
        return
    hour = int(now.timestamp()) // SECONDS_PER_HOUR
    connection.execute("INSERT OR REPLACE INTO ack_mark VALUES(?, ?)", (hour, upto))
    oldest = hour - days * HOURS_PER_DAY
    old = connection.execute("SELECT max(upto) FROM ack_mark WHERE hour < ?", (oldest,)).fetchone()[0]
    if old is not None:
        delete_to(connection, "evidence", old)
        connection.execute("DELETE FROM ack_mark WHERE hour < ?", (oldest,))


def _first(connection: sqlite3.Connection, stream: Stream) -> int | None:
    row = connection.execute(SQL[stream].first).fetchone()
    return None if row[0] is None else int(row[0])
