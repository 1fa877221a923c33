"""The door of the event store for readers: completeness per stream, stored events, dead letters."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec

from cloud.ingest.models import DeadLetter, DigestCheck, StoredEvent, StreamMark
from cloud.platform.reading import fetch
from protocols.venue.timestamps import format_time, parse_time
from protocols.venue.vocabulary import STREAMS

#: id of a row = mark * STRIDE + seq.
STRIDE: Final = 2**40
#: Bits of `event.flags`.
FLAGS: Final[dict[str, int]] = {"unknown_type": 1, "unknown_field": 2, "future": 4}
MAX_PAGE: Final = 1_000
#: Attributes that CloudEvents itself defines; all others are extensions.
_ATTRIBUTES: Final = frozenset({"specversion", "id", "source", "type", "time", "datacontenttype", "dataschema",
                                "subject", "data"})  # fmt: skip

_NEWEST_STORE: Final = "SELECT store FROM stream_mark WHERE station = ? ORDER BY id DESC LIMIT 1"
_MARKS: Final = "SELECT id, station, store, stream, upto, highest, count, gaps, lost FROM stream_mark"
_OF_STORE: Final = f"{_MARKS} WHERE station = ? AND store = ?"
_OF_STREAM: Final = f"{_MARKS} WHERE stream = ? ORDER BY id"
_TEXTS: Final = "SELECT id, text FROM event WHERE id IN ?"
_LAST_TEXT: Final = "SELECT text FROM event WHERE id > ? AND id <= ? ORDER BY id DESC LIMIT 1"
_LETTERS_BY_STATION: Final = "SELECT station, COUNT(*) FROM dead_letter GROUP BY station"
_LETTERS_BY_REASON: Final = "SELECT reason, COUNT(*) FROM dead_letter WHERE station = ? GROUP BY reason"


class _Event(msgspec.Struct):
    """Of a stored event, its time; the rest is passed over."""

    time: str


_EVENT: Final = msgspec.json.Decoder(_Event)


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list; `next` continues it, None at its end."""

    items: list[dict[str, Any]]
    next: int | None


def flag_names(bits: int) -> list[str]:
    """Return the names of the flags that are set."""
    return [name for name, bit in FLAGS.items() if bits & bit]


def flag_bits(names: tuple[str, ...]) -> int:
    """Return the bits of the named flags."""
    return sum(FLAGS[name] for name in names)


async def newest_store(station: str) -> str | None:
    """Return the store whose events came last, for a station that never sent a birth."""
    rows = await fetch(_NEWEST_STORE, station)
    return str(rows[0][0]) if rows else None


class _Mark(NamedTuple):
    """The columns of _MARKS."""

    id: int
    station: str
    store: str
    stream: str
    upto: int
    highest: int
    stored: int
    gaps: str
    lost: str


async def streams_document(
    station: str, store: str | None, outbox_last: Mapping[str, int], online_now: datetime | None
) -> dict[str, Any]:
    """Return the completeness of each stream of a store; `outbox_last` is what its newest birth says."""
    marks = {mark.stream: mark for row in await fetch(_OF_STORE, station, store or "") if (mark := _Mark(*row))}
    now = format_time(online_now) if online_now else None
    whole = {name for name, mark in marks.items() if now and outbox_last.get(name) == mark.upto == mark.highest}
    times = await _times_of([mark for name, mark in marks.items() if name not in whole])
    found = {name: _stream(mark, now if name in whole else times.get(mark.id)) for name, mark in marks.items()}
    return {name: found.get(name) or _no_stream(now if outbox_last.get(name) == 0 else None) for name in STREAMS}


async def complete_to_of(
    claims: Mapping[str, tuple[str, int | None]], stream: str, online: Collection[str], now: datetime
) -> dict[str, str]:
    """Return up to when nothing of one stream is missing, of many stations at once; who sent nothing is left out.

    `claims` holds (store, last seq of the stream in the newest birth) by station; without, its newest store counts.
    """
    marks = {}
    for mark in map(_Mark._make, await fetch(_OF_STREAM, stream)):
        if mark.station not in claims or claims[mark.station][0] == mark.store:
            marks[mark.station] = mark
    whole = {
        station
        for station, mark in marks.items()
        if station in online and claims.get(station, ("", None))[1] == mark.upto == mark.highest
    }
    times = await _times_of([mark for station, mark in marks.items() if station not in whole])
    at = format_time(now)
    found = {station: at if station in whole else times.get(mark.id) for station, mark in marks.items()}
    return {station: time for station, time in found.items() if time is not None}


async def _times_of(marks: Sequence[_Mark]) -> dict[int, str]:
    """Return the time of the event of each watermark by the mark's id (D19); a mark without events is left out."""
    wanted = {mark.id * STRIDE + mark.upto: mark for mark in marks if mark.upto}
    texts: dict[int, str] = dict(await fetch(_TEXTS, list(wanted))) if wanted else {}
    for row_id, mark in wanted.items():
        # Nearly always the event of the watermark itself is stored; else the one before it counts.
        if row_id not in texts and (before := await fetch(_LAST_TEXT, mark.id * STRIDE, row_id)):
            texts[row_id] = before[0][0]
    return {wanted[id_].id: format_time(parse_time(_EVENT.decode(text).time)) for id_, text in texts.items()}


def _stream(mark: _Mark, complete_to: str | None) -> dict[str, Any]:
    return {
        "upto": mark.upto,
        "highest": mark.highest,
        "count": mark.stored,
        "gaps": json.loads(mark.gaps),
        "lost": json.loads(mark.lost),
        "complete_to": complete_to,
    }


def _no_stream(complete_to: str | None) -> dict[str, Any]:
    return {"upto": 0, "highest": 0, "count": 0, "gaps": [], "lost": [], "complete_to": complete_to}


async def stored_events(station: str, store: str, stream: str, *, after: int, limit: int) -> Page:
    """Return stored events in order of seq, also those beyond a gap."""
    mark = await StreamMark.get_or_none(station=station, store=store, stream=stream)
    if mark is None:
        return Page([], None)
    base = mark.id * STRIDE
    rows = await StoredEvent.filter(id__gt=base + after, id__lt=base + STRIDE).order_by("id").limit(limit + 1)
    items = [
        {
            "seq": row.id - base,
            "received_at": format_time(from_ms(row.received_ms)),
            "flags": flag_names(row.flags),
            "event": json.loads(row.text),
        }
        for row in rows[:limit]
    ]
    return Page(items, items[-1]["seq"] if len(rows) > limit else None)


def strict_cloudevent(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event as CloudEvents 1.0 has it: no 64-bit integers, names of extensions in [a-z0-9] (W1)."""
    strict: dict[str, Any] = {}
    for name, value in event.items():
        plain = name if name in _ATTRIBUTES else "".join(c for c in name.lower() if c.isascii() and c.isalnum())
        exact = name in _ATTRIBUTES or isinstance(value, bool | str)
        strict[plain or "extension"] = value if exact else json.dumps(value, ensure_ascii=False)
    return strict


async def digests_document(station: str, limit: int = 30) -> list[dict[str, Any]]:
    """Return the newest comparisons of daily digests (W11)."""
    rows = await DigestCheck.filter(station=station).order_by("-day", "stream").limit(limit)
    return [
        {
            "day": row.day,
            "stream": row.stream,
            "store": row.store,
            "state": row.state,
            "signature": row.signature,
            "claimed": {"from": row.from_seq, "upto": row.upto, "count": row.count, "hash": row.hash},
            "stored": {"count": row.own_count, "hash": row.own_hash},
            "checked_at": format_time(row.checked_at) if row.checked_at else None,
        }
        for row in rows
    ]


async def dead_letter_counts() -> dict[str, int]:
    """Return how many dead letters each station has."""
    return dict(await fetch(_LETTERS_BY_STATION))


async def dead_letters_document(station: str) -> dict[str, Any]:
    """Return the dead letters of a station, counted by reason."""
    by_reason: dict[str, int] = dict(await fetch(_LETTERS_BY_REASON, station))
    return {"total": sum(by_reason.values()), "by_reason": by_reason}


async def list_dead_letters(station: str | None = None, limit: int = 100) -> list[DeadLetter]:
    """Return the newest dead letters."""
    found = DeadLetter.all() if station is None else DeadLetter.filter(station=station)
    return await found.order_by("-last_at").limit(limit)


def to_ms(moment: datetime) -> int:
    """Return milliseconds since 1970."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_ms(milliseconds: int) -> datetime:
    """Return the time of milliseconds since 1970."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
