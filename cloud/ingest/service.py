"""The door of the event store for readers: completeness per stream, stored events, dead letters."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tortoise.functions import Count

from cloud.ingest.models import DeadLetter, DigestCheck, StoredEvent, StreamMark
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
    mark = await StreamMark.filter(station=station).order_by("-id").first()
    return mark.store if mark else None


async def streams_document(
    station: str, store: str | None, outbox_last: dict[str, int], online_now: datetime | None
) -> dict[str, Any]:
    """Return the completeness of each stream of a store; `outbox_last` is what its newest birth says."""
    marks = {mark.stream: mark async for mark in StreamMark.filter(station=station, store=store or "")}
    return {stream: await _stream(marks.get(stream), outbox_last.get(stream), online_now) for stream in STREAMS}


async def complete_to_of(
    claims: Mapping[str, tuple[str, int | None]], stream: str, online: Collection[str], now: datetime
) -> dict[str, str]:
    """Return up to when nothing of one stream is missing, of many stations at once; who sent nothing is left out.

    `claims` holds (store, last seq of the stream in the newest birth) by station; without, its newest store counts.
    """
    marks = {}
    async for mark in StreamMark.filter(stream=stream).order_by("id"):
        if mark.station not in claims or claims[mark.station][0] == mark.store:
            marks[mark.station] = mark
    found = {}
    behind = {}
    for mark in marks.values():
        if mark.station in online and claims.get(mark.station, ("", None))[1] == mark.upto == mark.highest:
            found[mark.station] = format_time(now)
        else:
            behind[mark.id * STRIDE + mark.upto] = mark
    # Nearly always the event of the watermark itself is stored; else the one before it is looked for.
    last: dict[int, str] = dict(await StoredEvent.filter(id__in=list(behind)).values_list("id", "text"))
    for row_id, mark in behind.items():
        if row_id in last:
            found[mark.station] = format_time(parse_time(json.loads(last[row_id])["time"]))
        elif (before := await _complete_to(mark, None, None)) is not None:
            found[mark.station] = before
    return found


async def _stream(mark: StreamMark | None, outbox_last: int | None, online_now: datetime | None) -> dict[str, Any]:
    if mark is None:
        complete = format_time(online_now) if online_now and outbox_last == 0 else None
        return {"upto": 0, "highest": 0, "count": 0, "gaps": [], "lost": [], "complete_to": complete}
    return {
        "upto": mark.upto,
        "highest": mark.highest,
        "count": mark.count,
        "gaps": json.loads(mark.gaps),
        "lost": json.loads(mark.lost),
        "complete_to": await _complete_to(mark, outbox_last, online_now),
    }


async def _complete_to(mark: StreamMark, outbox_last: int | None, online_now: datetime | None) -> str | None:
    """Return the time up to which nothing is missing (D19)."""
    if online_now is not None and outbox_last == mark.upto == mark.highest:
        return format_time(online_now)
    base = mark.id * STRIDE
    row = await StoredEvent.filter(id__gt=base, id__lte=base + mark.upto).order_by("-id").first()
    return None if row is None else format_time(parse_time(json.loads(row.text)["time"]))


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
    rows = await DeadLetter.all().annotate(total=Count("id")).group_by("station").values("station", "total")
    return {row["station"]: row["total"] for row in rows}


async def dead_letters_document(station: str) -> dict[str, Any]:
    """Return the dead letters of a station, counted by reason."""
    rows = (
        await DeadLetter.filter(station=station)
        .annotate(total=Count("id"))
        .group_by("reason")
        .values("reason", "total")
    )
    by_reason = {row["reason"]: row["total"] for row in rows}
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
