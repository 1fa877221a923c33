"""Statements of the event store. Everything here runs inside the writer's transaction, on its connection.

No ORM per event: rows go in one statement per group. A seq is consumed when it was stored, dead-lettered or declared
lost; consumed seqs that come again change nothing (W6).
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import chain, repeat
from typing import Any, Final

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import F

from cloud.ingest.marks import Mark
from cloud.ingest.models import DeadLetter, StreamMark
from cloud.ingest.notes import Batch
from cloud.ingest.service import STRIDE, flag_bits, to_ms
from protocols.venue.events import Judged
from protocols.venue.vocabulary import STREAMS, Stream

#: (station, store, stream)
Key = tuple[str, str, str]
#: (id, received_ms, flags, text)
Row = tuple[int, int, int, str]

#: An event that claims to be from further ahead is flagged (D17).
FUTURE: Final = timedelta(days=1)
#: Bytes kept of one dead letter, and dead letters kept per station: enough to find the fault.
MAX_LETTER_BYTES: Final = 64 * 1024
MAX_LETTERS: Final = 1_000
_WHY_LENGTH: Final = 500
#: Rows in one INSERT of SQLite: 4 values each, and it takes 32,766.
_CHUNK: Final = 1_000

_MARK_COLUMNS: Final = 9
_MARK_NAMES: Final = '"station", "store", "stream", "upto", "highest", "count", "gaps", "lost"'
_SELECT_MARK: Final = f'SELECT "id", {_MARK_NAMES} FROM "stream_mark"'  # noqa: S608 - names only
_CREATE_MARK: Final = f'INSERT INTO "stream_mark" ({_MARK_NAMES}) VALUES'
_INSERT_MARK: Final = f'INSERT INTO "stream_mark" ("id", {_MARK_NAMES}) VALUES'
_UPDATE_MARK: Final = 'ON CONFLICT ("id") DO UPDATE SET ' + ", ".join(
    f'"{name}" = excluded."{name}"' for name in ("upto", "highest", "count", "gaps", "lost")
)
_EVENT_COLUMNS: Final = ("id", "received_ms", "flags", "text")
_INSERT_EVENT: Final = 'INSERT INTO "event" ("id", "received_ms", "flags", "text")'


@dataclass(slots=True)
class OpenMark:
    """One stream's watermark inside the transaction."""

    id: int
    key: Key
    mark: Mark
    count: int
    changed: bool = False
    #: Seqs whose rows this transaction is about to insert.
    taken: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Letter:
    """Something for the dead-letter table."""

    station: str
    topic: str
    reason: str
    why: str
    payload: bytes
    store: str | None = None
    stream: str | None = None
    span: tuple[int, int] | None = None


@dataclass(slots=True)
class Placed:
    """What one batch brought: rows to insert, the new events that mean more, sources heard, letters, repetitions."""

    rows: list[Row] = field(default_factory=list)
    meant: list[Judged] = field(default_factory=list)
    heard: set[str | None] = field(default_factory=set)
    letters: list[Letter] = field(default_factory=list)
    repeated: int = 0


class Marks:
    """The watermarks that one transaction touches; each row is locked when it is read first (W27)."""

    def __init__(self, connection: BaseDBAsyncClient) -> None:
        self._connection = connection
        self._dialect = connection.capabilities.dialect
        self._open: dict[Key, OpenMark] = {}

    async def get(self, key: Key) -> OpenMark:
        """Return the watermark of a stream, made when this is its first event."""
        if key not in self._open:
            self._open[key] = await self._load(key)
        return self._open[key]

    async def seen(self, station: str, store: str) -> dict[Stream, Mark]:
        """Return how far each stream of a store has come, this transaction included; nothing is locked."""
        found = {row.stream: to_mark(row) async for row in StreamMark.filter(station=station, store=store)}
        opened = {key[2]: one.mark for key, one in self._open.items() if key[:2] == (station, store)}
        return {stream: mark for stream in STREAMS if (mark := opened.get(stream, found.get(stream)))}

    def changed(self) -> list[OpenMark]:
        """Return the watermarks that this transaction moved."""
        return [mark for mark in self._open.values() if mark.changed]

    async def lock(self, keys: Iterable[Key]) -> None:
        """Read and lock the watermarks of several streams at once, in order of id: two workers never wait in a ring."""
        wanted = sorted({key for key in keys if key not in self._open})
        if not wanted:
            return
        places = places_of(len(wanted), 3, self._dialect)
        statement = f"""{_SELECT_MARK} WHERE ("station", "store", "stream") IN (VALUES {places}) ORDER BY "id\""""
        for row in await self._select(statement, [word for key in wanted for word in key]):
            self._keep(row)

    async def save(self) -> None:
        """Write the watermarks that moved, in one statement."""
        changed = self.changed()
        if not changed:
            return
        values: list[Any] = []
        for one in changed:
            mark = one.mark
            values += (one.id, *one.key, mark.upto, mark.highest, one.count)
            values += (_written(mark.gaps), _written(mark.lost))
        places = places_of(len(changed), _MARK_COLUMNS, self._dialect)
        await self._connection.execute_query(f"{_INSERT_MARK} {places} {_UPDATE_MARK}", values)

    async def _load(self, key: Key) -> OpenMark:
        """Return a watermark; when two workers make it at the same time, the second waits for the first."""
        one = '("station", "store", "stream")'
        statement = f"{_SELECT_MARK} WHERE {one} = {places_of(1, 3, self._dialect)}"
        rows = await self._select(statement, list(key))
        if not rows:
            made = f"{places_of(1, _MARK_COLUMNS - 1, self._dialect)} ON CONFLICT DO NOTHING"
            await self._connection.execute_query(f"{_CREATE_MARK} {made}", [*key, 0, 0, 0, "[]", "[]"])
            rows = await self._select(statement, list(key))
        return self._keep(rows[0])

    async def _select(self, statement: str, values: list[Any]) -> Sequence[Any]:
        lock = " FOR UPDATE" if self._dialect == "postgres" else ""
        _, rows = await self._connection.execute_query(statement + lock, values)
        return rows

    def _keep(self, row: Any) -> OpenMark:
        key = (row["station"], row["store"], row["stream"])
        gaps, lost = _ranges(row["gaps"]), _ranges(row["lost"])
        self._open[key] = OpenMark(row["id"], key, Mark(row["upto"], row["highest"], gaps, lost), row["count"])
        return self._open[key]


def places_of(rows: int, columns: int, dialect: str = "sqlite") -> str:
    """Return the placeholders of `rows` rows: (?, ?), (?, ?) or ($1, $2), ($3, $4)."""
    if dialect != "postgres":
        return ", ".join([f"({', '.join('?' * columns)})"] * rows)
    return ", ".join(
        f"({', '.join(f'${row * columns + column}' for column in range(1, columns + 1))})" for row in range(rows)
    )


def _ranges(text: str) -> list[tuple[int, int]]:
    return [] if text == "[]" else [(first, last) for first, last in json.loads(text)]


def _written(ranges: list[tuple[int, int]]) -> str:
    return json.dumps(ranges) if ranges else "[]"


def to_mark(row: StreamMark) -> Mark:
    """Return the arithmetic of a stored watermark."""
    return Mark(row.upto, row.highest, _ranges(row.gaps), _ranges(row.lost))


async def place_batch(connection: BaseDBAsyncClient, one: OpenMark, batch: Batch, now: datetime) -> Placed:
    """Sort the events of a batch into new rows, dead letters and repetitions, and move the watermark."""
    first, last = batch.properties.first, batch.properties.last
    missing, placed = one.mark.missing(first, last), Placed()
    fresh: Sequence[int] = range(first, last + 1)
    if missing != [(first, last)]:
        new = {seq for a, b in missing for seq in range(a, b + 1)}
        healed = await _compare(connection, one, batch, [seq for seq in fresh if seq not in new], placed)
        fresh = sorted([*healed, *new])
        placed.repeated = last - first + 1 - len(fresh)
    _place(one, batch, fresh, now, placed)
    if fresh:
        one.mark.consume(first, last)
        one.taken.update(fresh)
        one.count += len(placed.rows)
        one.changed = True
    return placed


def _place(one: OpenMark, batch: Batch, fresh: Sequence[int], now: datetime, placed: Placed) -> None:
    """Make rows of events whose place is free."""
    reading, first = batch.reading, batch.properties.first
    base, received_ms, horizon = one.id * STRIDE, to_ms(now), now + FUTURE
    whole = len(fresh) == len(reading.texts)
    if whole and not reading.bad and not reading.flags and max(reading.times) <= horizon:
        placed.rows = list(zip([base + seq for seq in fresh], repeat(received_ms), repeat(0), reading.texts))
    else:
        for seq in fresh:
            place = seq - first
            if place in reading.bad:
                bad = reading.bad[place]
                placed.letters.append(_letter(batch, bad, bad.reason or "schema", bad.why))
                continue
            flags = flag_bits(reading.flags.get(place, ()))
            if reading.times[place] > horizon:
                flags |= flag_bits(("future",))
            placed.rows.append((base + seq, received_ms, flags, reading.texts[place]))
    if whole:
        placed.meant, placed.heard = reading.meant, set(reading.heard)
    else:
        taken = set(fresh)
        placed.meant = [judged for judged in reading.meant if judged.seq in taken]
        placed.heard = {reading.heard[seq - first] for seq in fresh}


async def insert_rows(connection: BaseDBAsyncClient, rows: Sequence[Row]) -> None:
    """Append rows to the event table."""
    if not rows:
        return
    if connection.capabilities.dialect == "postgres":
        # COPY: half the work of an INSERT from arrays for the server.
        async with connection.acquire_connection() as driver:
            await driver.copy_records_to_table("event", records=rows, columns=_EVENT_COLUMNS)
        return
    # One statement for many rows: SQLite works on it without Python's lock, and the next batches are read meanwhile.
    # All statements in one visit of the driver's thread: each visit waits for Python's lock and for the loop.
    async with connection.acquire_connection() as driver:
        await driver._execute(_insert_chunks, driver._conn, rows)  # noqa: SLF001 - no door for several statements


def _insert_chunks(driver: sqlite3.Connection, rows: Sequence[Row]) -> None:
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        driver.execute(_insert_many(len(part)), list(chain.from_iterable(part)))


@lru_cache(maxsize=64)
def _insert_many(rows: int) -> str:
    """Return SQLite's statement for `rows` rows; the same text again is not compiled again."""
    return f"{_INSERT_EVENT} VALUES {places_of(rows, len(_EVENT_COLUMNS))}"


async def bury(letter: Letter, now: datetime) -> int:
    """Store a dead letter and return how often the same bytes have come; the table is bounded per station."""
    # A repetition differs in its `replay` only (D12), and counts as the same bytes.
    same = letter.payload.replace(b'"replay":false', b'"replay":true').replace(b'"replay": false', b'"replay": true')
    digest = hashlib.sha256(letter.topic.encode() + b"\n" + same).hexdigest()
    same_one = DeadLetter.filter(station=letter.station, reason=letter.reason, sha256=digest)
    # Counted by the database: the repetitions of one letter may come to several processes at once (W27).
    if not await same_one.update(times=F("times") + 1, last_at=now):
        if await DeadLetter.filter(station=letter.station).count() >= MAX_LETTERS:
            return 1
        first, last = letter.span or (None, None)
        row = DeadLetter(
            station=letter.station, topic=letter.topic, store=letter.store, stream=letter.stream, from_seq=first,
            to_seq=last, reason=letter.reason, why=_plain(letter.why), payload=letter.payload[:MAX_LETTER_BYTES],
            sha256=digest, times=0, first_at=now, last_at=now,
        )  # fmt: skip
        await DeadLetter.bulk_create([row], ignore_conflicts=True)
        await same_one.update(times=F("times") + 1, last_at=now)
    return (await same_one.get()).times


def _plain(text: str) -> str:
    """Return a text that every database takes: no NUL, no half of a surrogate pair."""
    return text[:_WHY_LENGTH].replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


async def _compare(
    connection: BaseDBAsyncClient, one: OpenMark, batch: Batch, repeated: Sequence[int], placed: Placed
) -> list[int]:
    """Note a letter for each event whose place is taken by another one (D14); return the seqs that heal a loss.

    A seq that was consumed without a row - lost, or lost by us - takes its event when that comes after all (W11).
    """
    reading, first, base = batch.reading, batch.properties.first, one.id * STRIDE
    stored = await _texts(connection, [base + seq for seq in repeated])
    healed = []
    for seq in repeated:
        text, known = reading.texts[seq - first], stored.get(base + seq)
        if known is None:
            if seq - first not in reading.bad and seq not in one.taken:
                one.mark.find(seq)
                healed.append(seq)
        elif known != text and not _same_event(known, text):
            why = "another event was stored with this seq before"
            placed.letters.append(_letter(batch, Judged(seq, text, None), "conflict", why))
    return healed


async def _texts(connection: BaseDBAsyncClient, ids: Sequence[int]) -> dict[int, str]:
    """Return the stored texts of rows; `ids` are close together, so a range is read."""
    if not ids:
        return {}
    numbered = ("$1", "$2") if connection.capabilities.dialect == "postgres" else ("?", "?")
    statement = f'SELECT "id", "text" FROM "event" WHERE "id" BETWEEN {numbered[0]} AND {numbered[1]}'  # noqa: S608
    wanted = set(ids)
    _, rows = await connection.execute_query(statement, [min(ids), max(ids)])
    return {row["id"]: row["text"] for row in rows if row["id"] in wanted}


def _same_event(stored: str, sent: str) -> bool:
    return bool(_without_replay(stored) == _without_replay(sent))


def _without_replay(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    if isinstance(value, dict):
        value.pop("replay", None)
    return value


def _letter(batch: Batch, judged: Judged, reason: str, why: str) -> Letter:
    properties = batch.properties
    return Letter(
        batch.station, batch.topic, reason, why, judged.text.encode(), properties.store, properties.stream,
        (judged.seq, judged.seq),
    )  # fmt: skip
