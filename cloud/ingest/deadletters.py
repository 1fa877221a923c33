"""Dead letters: listed, and tried again after a fix (W10). A letter that is stored is gone in the same transaction."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from tortoise.backends.base.client import BaseDBAsyncClient

from cloud.fleet import service as fleet
from cloud.ingest.handlers import Arrived, Handler, load_handlers, subject_of
from cloud.ingest.models import DeadLetter
from cloud.ingest.notes import Batch
from cloud.ingest.reader import gather
from cloud.ingest.store import MAX_LETTER_BYTES, Marks, OpenMark, Placed, bury, insert_rows, place_batch
from cloud.ingest.told import Told
from cloud.platform.core import Core
from cloud.platform.database import after_commit, transaction
from cloud.platform.errors import NotFoundError
from cloud.platform.outbox import AfterCommit
from cloud.platform.paging import newest_first
from protocols.errors import BatchRefused
from protocols.venue.events import Judged, Properties, decode_batch, judge_event, slot_of
from protocols.venue.ids import AGENT
from protocols.venue.messages.agent import GapDeclared
from protocols.venue.strict_json import load_object
from protocols.venue.timestamps import format_time
from protocols.venue.vocabulary import MAX_INTEGER, STREAMS

#: Letters in one list or one round of retries.
MAX_LISTED: Final = 1_000
_PREVIEW_CHARS: Final = 200
#: What no fix of ours changes: the contract itself says that these are not stored.
_FINAL: Final = frozenset({"conflict", "stale_store", "epoch_ahead"})

Result = Literal["stored", "refused", "kept"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a letter: `stored` (and gone), `refused` once more, or `kept` because it cannot be tried."""

    id: int
    result: Result
    events: int = 0
    why: str = ""

    def to_object(self) -> dict[str, Any]:
        """Return the line that `deadletters retry` prints."""
        return {"id": self.id, "result": self.result, "events": self.events, "why": self.why}


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which letters are listed: of a station, for a reason, of the stations that the caller may see; None is all."""

    station: str | None = None
    reason: str | None = None
    among: Collection[str] | None = None


async def list_letters(
    station: str | None = None, reason: str | None = None, limit: int = 100, among: Collection[str] | None = None
) -> list[DeadLetter]:
    """Return the newest letters."""
    rows, _ = await page_of_letters(Chosen(station, reason, among), None, min(limit, MAX_LISTED))
    return list(rows)


async def page_of_letters(chosen: Chosen, cursor: str | None, limit: int) -> tuple[Sequence[DeadLetter], str | None]:
    """Return (letters, newest first; cursor of what follows)."""
    station, reason = chosen.station, chosen.reason
    found = DeadLetter.all() if chosen.among is None else DeadLetter.filter(station__in=list(chosen.among))
    if station is not None:
        found = found.filter(station=station)
    if reason is not None:
        found = found.filter(reason=reason)
    return await newest_first(found, "last_at", cursor, limit)


def letter_document(row: DeadLetter) -> dict[str, Any]:
    """Return a letter as REST and the command line show it; `payload` is its beginning."""
    return {
        "id": row.id,
        "station": row.station,
        "topic": row.topic,
        "reason": row.reason,
        "why": row.why,
        "store": row.store,
        "stream": row.stream,
        "from": row.from_seq,
        "to": row.to_seq,
        "times": row.times,
        "first_at": format_time(row.first_at),
        "last_at": format_time(row.last_at),
        "payload": bytes(row.payload).decode("utf-8", "replace")[:_PREVIEW_CHARS],
    }


async def station_of(letter_id: int) -> str:
    """Return the station that a letter came from."""
    row = await DeadLetter.get_or_none(id=letter_id).only("id", "station")
    if row is None:
        raise NotFoundError(f"there is no dead letter {letter_id}")
    return row.station


async def forget_before(core: Core, moment: datetime) -> int:
    """Delete letters that came for the last time before a moment; returns how many."""
    del core
    return await DeadLetter.filter(last_at__lt=moment).delete()


async def retry(core: Core, letter_id: int, handlers: dict[str, Handler] | None = None) -> Outcome:
    """Judge a letter again; what fits now is stored with all its effects, exactly once."""
    row = await DeadLetter.get_or_none(id=letter_id)
    if row is None:
        raise NotFoundError(f"there is no dead letter {letter_id}")
    kept = _why_kept(row)
    if kept:
        return Outcome(letter_id, "kept", why=kept)
    try:
        await fleet.require_station(row.station)
        batch = _read(row)
    except (BatchRefused, NotFoundError) as error:
        return Outcome(letter_id, "refused", why=str(error))
    bad = next(iter(batch.reading.bad.values()), None)
    if bad is not None:
        return Outcome(letter_id, "refused", why=f"{bad.reason}: {bad.why}")
    async with transaction() as connection:
        marks = Marks(connection)
        one = await marks.get((row.station, batch.properties.store, batch.properties.stream))
        if await DeadLetter.select_for_update().get_or_none(id=letter_id) is None:
            return Outcome(letter_id, "kept", why="somebody else has just tried it")
        if not one.mark.has_room(batch.properties.first):
            return Outcome(letter_id, "kept", why="too many gaps before it; try later")
        placed = await _store(core, connection, one, batch)
        await _give_up(marks, batch, placed.meant)
        for step in await _effects(core, batch, placed.meant, load_handlers() if handlers is None else handlers):
            after_commit(step)
        await marks.save()
        await DeadLetter.filter(id=letter_id).delete()
        await Told(acks=[[row.station, batch.properties.store]]).send()
    return Outcome(letter_id, "stored", len(placed.rows))


async def _store(core: Core, connection: BaseDBAsyncClient, one: OpenMark, batch: Batch) -> Placed:
    now = core.now()
    placed = await place_batch(connection, one, batch, now)
    await insert_rows(connection, placed.rows)
    for letter in placed.letters:
        await bury(letter, now)
    one.changed = True
    return placed


async def _give_up(marks: Marks, batch: Batch, stored: Sequence[Judged]) -> None:
    for judged in stored:
        if isinstance(judged.data, GapDeclared):
            one = await marks.get((batch.station, batch.properties.store, judged.data.stream))
            for first, last in judged.data.ranges:
                if one.mark.has_room(first):
                    one.mark.lose(first, last)
            one.changed = True


async def _effects(
    core: Core, batch: Batch, stored: Sequence[Judged], handlers: dict[str, Handler]
) -> list[AfterCommit]:
    """Let the domains know of the events, as the writer does for those that came well."""
    after = []
    for judged in stored:
        if judged.event is None:
            continue
        slot = slot_of(judged.event.source, batch.station) or AGENT
        arrived = Arrived(
            batch.station, slot, batch.properties.store, judged.event, judged.data, batch.properties.stream, judged.seq
        )
        handler = handlers.get(subject_of(judged.event.type))
        step = await handler(core, [arrived]) if handler else None
        if step is not None:
            after.append(step)
    return after


def _why_kept(row: DeadLetter) -> str:
    if row.reason in _FINAL:
        return f"{row.reason}: the first one stays"
    if row.store is None or row.stream not in STREAMS or row.from_seq is None or row.to_seq is None:
        return "it is no batch of events"
    return "only its beginning was kept" if len(row.payload) >= MAX_LETTER_BYTES else ""


def _read(row: DeadLetter) -> Batch:
    """Return a letter as a batch; BatchRefused when it still cannot be parsed."""
    payload = bytes(row.payload)
    stream = next(name for name in STREAMS if name == row.stream)
    # The sender's epoch was not kept: the batch was let in or not on that ground before.
    properties = Properties(stream, row.from_seq or 0, row.to_seq or 0, MAX_INTEGER - 1, row.store or "")
    if payload.lstrip().startswith(b"{"):
        text = payload.decode()
        value = load_object(payload)
        judged = [judge_event(value, text, seq=properties.first, properties=properties, station=row.station)]
    else:
        judged = decode_batch(payload, properties, station=row.station, stream=stream)
    return Batch(row.station, row.topic, properties, gather(judged), payload)


def preview(row: DeadLetter) -> str:
    """Return the beginning of a letter on one line, for a table."""
    return str(json.dumps(letter_document(row)["payload"], ensure_ascii=False))[1:-1]
