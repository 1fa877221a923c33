"""The daily digest at the core (W11, D18, D19): computed over what is stored, compared, repaired by a resend.

Events that were dead-lettered one by one count with their raw bytes: the station's chain holds whatever was acked.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, Final

import uuid_utils

from cloud.fleet import service as fleet
from cloud.ingest.handlers import Arrived
from cloud.ingest.marks import Range
from cloud.ingest.models import DeadLetter, DigestCheck, StoredEvent, StreamMark, ThinnedRange
from cloud.ingest.service import STRIDE
from cloud.ingest.signatures import signed_payload
from cloud.platform.core import Core
from cloud.platform.database import FAILURES, transaction
from cloud.platform.errors import CloudError
from protocols.errors import DocumentError
from protocols.venue import topics
from protocols.venue.delivery import MAX_RESEND, Resend
from protocols.venue.digests import START, day_of, extend, written
from protocols.venue.messages.agent import DigestTaken, GapDeclared
from protocols.venue.presence import Birth
from protocols.venue.timestamps import parse_time

TICK_S: Final = 1.0
#: A resend has this long to arrive before the digests are compared again.
REPAIR_S: Final = 10.0
#: Rows read at a time; between two chunks the loop serves others.
CHUNK: Final = 2_000
#: A day that the station calls empty is looked for in this many events below the watermark.
LOOK_BACK: Final = 100_000
#: Resends of one repair; what is left is asked for by the next digest.
MAX_RESENDS: Final = 40

#: (topic, payload, retain)
Publish = Callable[[str, bytes, bool], Awaitable[None]]

_LOG = logging.getLogger(__name__)
_LATER: Final[tuple[type[Exception], ...]] = (CloudError, *FAILURES)


async def record_digests(core: Core, arrived: Sequence[Arrived]) -> None:
    """Note what stations claim, in the transaction that stores their `digest.taken` events."""
    now = core.now()
    for one in arrived:
        signature = await _judge_signature(one)
        if signature == "invalid":
            await fleet.raise_alarm("digest_signature", one.station, now, subject=one.data.day)
        for stream, claim in one.data.streams.items():
            values = {"from_seq": claim.first, "upto": claim.upto, "count": claim.count, "hash": claim.hash,
                      "state": "waiting", "signature": signature if stream == "evidence" else "none",
                      "due_at": now, "own_count": None, "own_hash": None, "checked_at": None}  # fmt: skip
            await DigestCheck.update_or_create(
                values, station=one.station, store=one.data.store, day=one.data.day, stream=stream
            )


async def record_thinned(core: Core, arrived: Sequence[Arrived]) -> None:
    """Note what stations thinned, in the transaction that stores their `gap.declared` events.

    Only thinning names times: it happens to what is not acked yet, while an answer to a resend also names what was.
    """
    for one in arrived:
        data: GapDeclared = one.data
        if data.reason != "disk_budget" or data.first_time is None:
            continue
        place = {"station": one.station, "store": one.store, "stream": data.stream}
        for first, last in data.ranges:
            await ThinnedRange.get_or_create(None, None, **place, from_seq=first, to_seq=last)
        late = DigestCheck.filter(**place, state="different", upto__gte=data.ranges[0][0])
        await late.update(state="asked", due_at=core.now())  # the digest came first: compare once more


class Digests:
    """Compares claims with what is stored, as long as the process that reads the broker runs."""

    def __init__(self, core: Core, publish: Publish) -> None:
        self._core = core
        self._publish = publish

    async def run(self) -> None:
        """Compare what is due, for ever."""
        while True:
            await asyncio.sleep(TICK_S)
            try:
                await self.compare_due()
            except _LATER as error:
                _LOG.warning("digests are compared later: %r", error)

    async def compare_due(self) -> None:
        """Compare every claim whose time has come."""
        due = DigestCheck.filter(state__in=["waiting", "asked"], due_at__lte=self._core.now())
        for check in await due.order_by("id").limit(CHUNK):
            await self._compare(check)

    async def _compare(self, check: DigestCheck) -> None:
        count, own = await compute(check)
        now = self._core.now()
        same = _agrees(check, count, own)
        if not same and (thinned := await _thinned(check)):
            fewer, without = await compute(check, thinned)
            if _agrees(check, fewer, without):
                same, count, own = True, fewer, without
        before = check.state
        check.own_count, check.own_hash, check.checked_at = count, own, now
        if same:
            check.state = "repaired" if before == "asked" else "equal"
        elif before == "waiting":
            await self._ask_again(check)
            check.state, check.due_at = "asked", now + timedelta(seconds=REPAIR_S)
        else:
            check.state = "different"
        subject = f"{check.day} {check.stream}"
        async with transaction():
            await check.save()
            if check.state == "different":
                detail = {"claimed": check.count, "stored": count}
                await fleet.raise_alarm("digest_mismatch", check.station, now, subject=subject, detail=detail)
            elif same:
                await fleet.clear_alarm("digest_mismatch", check.station, now, subject=subject)
        self._core.hub.publish("alarm", {"station": check.station})

    async def _ask_again(self, check: DigestCheck) -> None:
        """Ask for what is not stored of the span, or for all of it when every seq is there."""
        span = (check.from_seq or 1, check.upto)
        ranges = await _absent(check, span) or [span]
        parts = [(first, min(first + MAX_RESEND - 1, b)) for a, b in ranges for first in range(a, b + 1, MAX_RESEND)][
            :MAX_RESENDS
        ]
        for first, last in parts:
            values = {"from": first, "to": last, "stream": check.stream}
            resend = Resend.from_object({"id": str(uuid_utils.uuid7()), "at": self._core.now(), **values})
            self._core.metrics.resends.inc()
            await self._publish(topics.station_topic(check.station, "resend"), resend.to_bytes(), False)


def _agrees(check: DigestCheck, count: int, own: str) -> bool:
    """Return whether both sides have the same; an empty day is empty however its hash is written (D18 leaves room)."""
    return count == check.count and (count == 0 or own == check.hash)


async def _thinned(check: DigestCheck) -> list[Range]:
    """Return what the station thinned up to the claimed watermark."""
    place = {"station": check.station, "store": check.store, "stream": check.stream}
    rows = await ThinnedRange.filter(**place, from_seq__lte=check.upto, to_seq__gte=check.from_seq or 1)
    return [(row.from_seq, row.to_seq) for row in rows]


async def compute(check: DigestCheck, without: Sequence[Range] = ()) -> tuple[int, str]:
    """Return (count, hash) of the day's events up to the claimed watermark, as they are stored, some left out."""
    count, chain = 0, START
    mark = await StreamMark.get_or_none(station=check.station, store=check.store, stream=check.stream)
    if mark is None:
        return count, written(chain)
    first = check.from_seq or max(1, check.upto - LOOK_BACK)
    letters = await _letters(check, first)
    while first <= check.upto:
        last = min(first + CHUNK - 1, check.upto)
        base = mark.id * STRIDE
        rows = await StoredEvent.filter(id__gte=base + first, id__lte=base + last).order_by("id")
        texts = {seq: text for seq, text in letters.items() if first <= seq <= last} | {
            row.id - base: row.text for row in rows
        }
        for seq, text in sorted(texts.items()):
            event = None if any(a <= seq <= b for a, b in without) else _event_of_day(text, check.day)
            if event is not None:
                count, chain = count + 1, extend(chain, event)
        first = last + 1
        await asyncio.sleep(0)
    return count, written(chain)


def _event_of_day(text: str, day: str) -> dict[str, Any] | None:
    try:
        event = json.loads(text)
        time = event["time"]
        on_day = time.startswith(day) if time.endswith("Z") else day_of(parse_time(time)).isoformat() == day
    except (ValueError, LookupError, TypeError, AttributeError, DocumentError):
        return None
    return event if on_day else None


async def _letters(check: DigestCheck, first: int) -> dict[int, str]:
    found = DeadLetter.filter(
        station=check.station, store=check.store, stream=check.stream, from_seq__gte=first, to_seq__lte=check.upto
    ).exclude(reason="conflict")
    return {row.from_seq: bytes(row.payload).decode("utf-8", "replace") async for row in found
            if row.from_seq is not None and row.from_seq == row.to_seq}  # fmt: skip


async def _absent(check: DigestCheck, span: Range) -> list[Range]:
    """Return the parts of a span of which no event is stored."""
    mark = await StreamMark.get_or_none(station=check.station, store=check.store, stream=check.stream)
    base = mark.id * STRIDE if mark else 0
    ids = await StoredEvent.filter(id__gte=base + span[0], id__lte=base + span[1]).order_by("id").values_list("id")
    absent, expected = [], span[0]
    for (row,) in ids:
        if row - base > expected:
            absent.append((expected, row - base - 1))
        expected = row - base + 1
    return [*absent, (expected, span[1])] if expected <= span[1] else absent


async def _judge_signature(one: Arrived) -> str:
    data: DigestTaken = one.data
    if data.jws is None:
        return "none"
    document = await fleet.birth_document(one.station)
    key = Birth.from_object(document).key if document else None
    if key is None:
        return "no_key"
    evidence = data.streams.get("evidence")
    claim = evidence.model_dump(mode="json", by_alias=True) if evidence else None
    expected = {"day": data.day, "store": data.store, "station": one.station, "evidence": claim}
    return "valid" if signed_payload(data.jws, key) == expected else "invalid"
