"""The one writer: takes everything that has arrived, stores it in one transaction, and only then acks (W5).

A group that fails because the database is away is tried again until it is there. A group that fails otherwise is
stored message by message, and the message that fails is stored without its effects, so that nothing blocks the rest.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from tortoise.backends.base.client import BaseDBAsyncClient

from cloud.fleet import service as fleet
from cloud.ingest.acks import Acks
from cloud.ingest.handlers import Arrived, Handler, load_handlers, subject_of
from cloud.ingest.hearing import Hearing, Leading, Roles
from cloud.ingest.marks import Mark
from cloud.ingest.models import Relayed
from cloud.ingest.notes import Batch, Live, Note, Overheard, Refusal, Report
from cloud.ingest.parking import Parking
from cloud.ingest.rebirths import Rebirths
from cloud.ingest.store import Key, Letter, Marks, Placed, Row, bury, insert_rows, place_batch
from cloud.platform.core import Core
from cloud.platform.database import FAILURES, transaction, will_pass
from cloud.platform.errors import CloudError
from cloud.platform.outbox import AfterCommit
from protocols.venue.events import slot_of
from protocols.venue.ids import AGENT
from protocols.venue.lineage import Fork
from protocols.venue.messages.agent import GapDeclared
from protocols.venue.messages.common import SlotChanged
from protocols.venue.presence import Birth, Presence
from protocols.venue.timestamps import format_time, parse_time
from protocols.venue.twin import Reported
from protocols.venue.vocabulary import FAULTS

#: Tells the broker that it may forget a message.
Done = Callable[[], None]

#: What waits for the writer at most, in messages and in bytes of them.
QUEUE: Final = 256
QUEUE_BYTES: Final = 8 * 1024 * 1024
#: Bytes in one transaction, after which it takes no further message: what waits is stored at once when it is small.
GROUP_BYTES: Final = 1024 * 1024
RETRY_MIN_S: Final = 0.2
#: The database is found again within this: what waits meanwhile is at the stations.
RETRY_MAX_S: Final = 2.0
#: The same unparsable bytes come once and three times again, then their seqs are given up (D13).
LOSE_AFTER: Final = 4
#: How often silence is judged.
SILENCE_TICK_S: Final = 1.0

_LOG = logging.getLogger(__name__)
#: What a message may break: the database refuses its values, or a handler does not expect them.
_FAILED: Final[tuple[type[Exception], ...]] = (
    *FAILURES,
    CloudError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
)


@dataclass(slots=True)
class _Group:
    """What one transaction gathers for its end and for after its commit."""

    now: datetime
    marks: Marks
    changes: list[fleet.Change]
    hearing: Hearing
    known: set[str]
    leads: bool | None = None
    rows: list[Row] = field(default_factory=list)
    arrived: list[Arrived] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    repeated: int = 0
    acked: set[tuple[str, str]] = field(default_factory=set)
    born: dict[str, tuple[Birth, Fork | None]] = field(default_factory=dict)
    rebirths: set[str] = field(default_factory=set)
    lives: list[tuple[str, str, Live]] = field(default_factory=list)
    news: list[list[Any]] = field(default_factory=list)
    after: list[AfterCommit] = field(default_factory=list)


class Writer:
    """Stores what `put` takes; `rebirths` asks stations to introduce themselves again."""

    def __init__(self, core: Core, liveness: fleet.Liveness, roles: Roles, rebirths: Rebirths) -> None:
        self._core = core
        self._liveness = liveness
        self._roles = roles
        self._parking = Parking()
        self._rebirths = rebirths
        self._handlers: dict[str, Handler] = load_handlers()
        self._queue: asyncio.Queue[tuple[Note, int, Done]] = asyncio.Queue(QUEUE)
        self._waiting_bytes = 0
        self._room = asyncio.Event()
        # Changes that memory has made and that no transaction has stored yet.
        self._unsaved: list[fleet.Change] = []

    async def put(self, note: Note, size: int, done: Done) -> None:
        """Take a message of `size` bytes; waits while the writer is behind. `done` is called when it is stored."""
        while self._waiting_bytes > QUEUE_BYTES:
            self._room.clear()
            await self._room.wait()
        self._waiting_bytes += size
        await self._queue.put((note, size, done))

    async def run(self) -> None:
        """Store what comes, for ever."""
        while True:
            notes, done = await self._next_group()
            self._core.metrics.queue_length.set(self._queue.qsize())
            await self._store(notes)
            for call in done:
                call()

    async def _next_group(self) -> tuple[list[Note], list[Done]]:
        """Return what has arrived, as far as it fits into one transaction."""
        note, size, call = await self._queue.get()
        notes, done, total = [note], [call], size
        while total < GROUP_BYTES and not self._queue.empty():
            note, size, call = self._queue.get_nowait()
            notes.append(note)
            done.append(call)
            total += size
        self._waiting_bytes -= total
        self._room.set()
        return notes, done

    async def judge_again(self) -> None:
        """Judge batches that overtook their station's presence again, for ever."""
        await self._parking.run(self.put)

    async def watch_silence(self) -> None:
        """Store and announce changes of state that only time has brought, for ever."""
        while True:
            await asyncio.sleep(SILENCE_TICK_S)
            self._unsaved += self._liveness.judge_all()
            for state, count in self._liveness.count_states().items():
                self._core.metrics.stations.labels(state).set(count)
            if self._unsaved:
                await self._store([])

    async def _store(self, notes: Sequence[Note]) -> None:
        """Store messages, however long the database is away; a message that cannot be stored stands back alone."""
        try:
            await self._store_when_possible(notes, self._handlers)
        except _FAILED:
            if len(notes) > 1:
                _LOG.exception("a group of %d messages failed; storing them one by one", len(notes))
                for note in notes:
                    await self._store([note])
                return
            _LOG.exception("a message has no effect: its handler failed: %s", [(type(n), n.station) for n in notes])
            await self._store_without_effects(notes)

    async def _store_without_effects(self, notes: Sequence[Note]) -> None:
        try:
            await self._store_when_possible([note for note in notes if isinstance(note, Batch)], {})
        except _FAILED:
            _LOG.exception("a batch cannot be stored at all and stays unacked")

    async def _store_when_possible(self, notes: Sequence[Note], handlers: dict[str, Handler]) -> None:
        pause_s = 0.0
        while True:
            try:
                await self._store_group(notes, handlers)
            except FAILURES as error:
                if not will_pass(error):
                    raise
                _LOG.log(logging.DEBUG if pause_s else logging.ERROR, "cannot store, keep trying: %r", error)
                self._core.metrics.stores = False
                self._core.metrics.store_retries.inc()
                pause_s = min(max(pause_s * 2, RETRY_MIN_S), RETRY_MAX_S)
                await asyncio.sleep(pause_s)
            else:
                if pause_s:
                    _LOG.info("storing works again")
                self._core.metrics.stores = True
                return

    async def _store_group(self, notes: Sequence[Note], handlers: dict[str, Handler]) -> None:
        started = time.perf_counter()
        async with transaction() as connection:
            stations = sorted({note.station for note in notes if note.station})
            hearing = await self._roles.take(connection, stations)
            known = {station for station in stations if await hearing.knows(station)}
            group = _Group(self._core.now(), Marks(connection), self._unsaved, hearing, known)
            await group.marks.lock(_key(note) for note in notes if isinstance(note, Batch) and note.station in known)
            for note in notes:
                await self._take(connection, group, note)
            await insert_rows(connection, group.rows)
            await self._handle(group, handlers)
            await group.marks.save()
            owed = group.acked | {one.key[:2] for one in group.marks.changed()}
            await group.hearing.save(owed, group.changes, group.now)
        self._unsaved = []
        self._core.metrics.commit_seconds.observe(time.perf_counter() - started)
        self._core.metrics.group_batches.observe(len(notes))
        await self._after(group)

    async def _take(self, connection: BaseDBAsyncClient, group: _Group, note: Note) -> None:
        if isinstance(note, Overheard):
            await self._take_overheard(group, note)
            return
        if note.station not in group.known:
            await self._take_unknown(group, note)
            return
        match note:
            case Batch():
                await self._take_batch(connection, group, note)
            case Refusal():
                await self._take_refusal(group, note)
            case Report():
                await self._take_report(group, note)

    async def _take_overheard(self, group: _Group, note: Overheard) -> None:
        """Believe what other processes heard; who leads no more leaves it to the next leader."""
        if isinstance(group.hearing, Leading):
            for told in note.told:
                group.changes += group.hearing.take(told, group.now)
                for station, slot, at, values in told.lives:
                    live = Live.model_construct(at=parse_time(at), health="good", values=values)
                    group.lives.append((station, slot, live))
                group.news += told.news
            await Relayed.filter(id__in=note.ids).delete()

    async def _take_unknown(self, group: _Group, note: Batch | Refusal | Report) -> None:
        """Keep what an unknown station sent as a dead letter and do not ack it: it comes again (D11)."""
        if isinstance(note, Report):
            if isinstance(note.document, Presence):
                await fleet.take_unclaimed(note.station, note.document.epoch, group.now)
            return
        properties = note.properties
        await fleet.take_unclaimed(note.station, properties.epoch if properties else 0, group.now)
        await self._bury(group, _letter(note, "unknown_station", "no site file names this station"))

    async def _take_batch(self, connection: BaseDBAsyncClient, group: _Group, batch: Batch) -> None:
        reason = group.hearing.refuse(batch.station, batch.properties)
        group.changes += group.hearing.heard(batch.station, group.now)
        if reason == "epoch_ahead" and group.hearing.may_overtake and self._parking.keep(batch):
            return
        if reason is not None:
            await self._bury(group, _letter(batch, reason, f"epoch {batch.properties.epoch}"))
            group.rebirths.add(batch.station)
            return
        one = await group.marks.get(_key(batch))
        if not one.mark.has_room(batch.properties.first):
            return
        placed = await place_batch(connection, one, batch, group.now)
        group.rows += placed.rows
        group.repeated += placed.repeated
        for letter in placed.letters:
            await self._bury(group, letter)
        group.acked.add((batch.station, batch.properties.store))
        await self._note_events(group, batch, placed)

    async def _note_events(self, group: _Group, batch: Batch, placed: Placed) -> None:
        """Gather what the stored events of a batch mean."""
        station, store = batch.station, batch.properties.store
        for judged in placed.meant:
            event, data = judged.event, judged.data
            if event is None:
                continue
            slot = slot_of(event.source, station) or AGENT
            if isinstance(data, GapDeclared):
                await self._give_up(group, (station, store, data.stream), data)
            elif isinstance(data, SlotChanged) and not event.replay:
                cause = data.cause if data.fault in FAULTS else data.fault or data.cause
                group.changes += group.hearing.slot_health((station, slot), data.health, cause, event.time)
            if subject_of(event.type) in self._handlers:
                place = (batch.properties.stream, judged.seq)
                group.arrived.append(Arrived(station, slot, store, event, data, *place))
        for source in placed.heard:
            if source is not None:
                group.changes += group.hearing.slot_heard((station, slot_of(source, station) or AGENT))

    async def _give_up(self, group: _Group, key: Key, declared: GapDeclared) -> None:
        one = await group.marks.get(key)
        for first, last in declared.ranges:
            if not one.mark.has_room(first):
                break
            one.mark.lose(first, last)
            _LOG.warning("%s lost %d..%d of %s: %s", key[0], first, last, key[2], declared.reason)
        one.changed = True

    async def _take_refusal(self, group: _Group, refusal: Refusal) -> None:
        times = await self._bury(group, _letter(refusal, refusal.reason, refusal.why))
        properties = refusal.properties
        if properties is None or times < LOSE_AFTER or group.hearing.refuse(refusal.station, properties) is not None:
            return
        one = await group.marks.get((refusal.station, properties.store, properties.stream))
        if not one.mark.has_room(properties.first):
            return
        one.mark.lose(properties.first, properties.last)
        one.changed = True
        group.acked.add((refusal.station, properties.store))

    async def _take_report(self, group: _Group, report: Report) -> None:
        if not isinstance(report.document, Live):
            # Else another process leads by now, and reads the same documents.
            if isinstance(group.hearing, Leading) and await self._leads(group, group.hearing):
                await self._take_document(group, group.hearing.acks, report)
            return
        live, place = report.document, (report.station, report.slot)
        group.changes += group.hearing.slot_health(place, live.health, None, live.at)
        group.hearing.slot_values(place, live.values, live.at)
        group.lives.append((*place, live))

    async def _leads(self, group: _Group, leading: Leading) -> bool:
        """Return whether this process still leads: a document that waited in one that stood still may be old."""
        if group.leads is None:
            group.leads = await leading.confirmed()
        return group.leads

    async def _take_document(self, group: _Group, acks: Acks, report: Report) -> None:
        station, now = report.station, group.now
        match report.document:
            case Presence() as presence:
                changes = await fleet.take_presence(self._liveness, station, presence, now, retained=report.retained)
                acks.note_presence(station, presence.epoch)
                group.changes += changes
            case Birth() as birth:
                taken = await fleet.take_birth(self._liveness, station, birth, report.text, now)
                if taken is None:
                    _LOG.warning("a birth of %s was refused: epoch %d, store %s", station, birth.epoch, birth.store)
                    group.acked |= acks.current_store(station)  # it says which epoch is to be outbid
                    return
                marks = await group.marks.seen(station, birth.store)
                group.born[station] = birth, await fleet.follow_store(station, birth, marks)
                group.changes += taken
                acks.note_birth(station, birth.epoch, birth.store)
                group.acked.add((station, birth.store))
            case Reported() as reported:
                await fleet.take_reported(station, reported)

    async def _bury(self, group: _Group, letter: Letter) -> int:
        group.letters.append(letter.reason)
        if letter.reason == "conflict":
            await fleet.raise_alarm("conflict", letter.station, group.now, subject=letter.stream or "")
        return await bury(letter, group.now)

    async def _handle(self, group: _Group, handlers: dict[str, Handler]) -> None:
        by_subject: dict[str, list[Arrived]] = {}
        for arrived in group.arrived:
            subject = subject_of(arrived.event.type)
            if subject in handlers:
                by_subject.setdefault(subject, []).append(arrived)
        for subject, events in by_subject.items():
            after = await handlers[subject](self._core, events)
            if after is not None:
                group.after.append(after)

    async def _after(self, group: _Group) -> None:
        metrics = self._core.metrics
        metrics.events_stored.inc(len(group.rows))
        metrics.events_repeated.inc(group.repeated)
        for reason in group.letters:
            metrics.dead_letters.labels(reason).inc()
        marks: dict[Key, Mark] = {one.key: one.mark for one in group.marks.changed()}
        group.hearing.committed(marks, group.acked, group.born)
        for station in group.rebirths:
            self._rebirths.ask(station)
        for station in group.born:
            self._rebirths.answered(station)
        fleet.announce(self._core, group.changes, group.now)
        for station, slot, live in group.lives:
            values = {"station": station, "slot": slot, "at": format_time(live.at), "values": live.values}
            self._core.hub.publish("live", values)
        for topic, data in group.news:
            self._core.hub.publish(topic, data)
        for after in group.after:
            await after()


def _key(batch: Batch) -> Key:
    return batch.station, batch.properties.store, batch.properties.stream


def _letter(note: Batch | Refusal, reason: str, why: str) -> Letter:
    letter = Letter(note.station, note.topic, reason, why, note.payload)
    if note.properties is not None:
        letter.store, letter.stream = note.properties.store, note.properties.stream
        letter.span = (note.properties.first, note.properties.last)
    return letter
