"""Acks after the commit, and what is still missing asked for again (W5, W7, D15).

Only the process with the lease does it (W27), so that one connection publishes all acks, in the order in which the
watermarks moved.
"""

import asyncio
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import uuid_utils

from cloud.fleet import service as fleet
from cloud.ingest.client import Link
from cloud.ingest.marks import Mark
from cloud.ingest.models import StreamMark
from cloud.ingest.store import Key, to_mark
from cloud.platform.core import Core
from cloud.platform.errors import LinkDownError
from protocols.venue import topics
from protocols.venue.delivery import MAX_RESEND, Ack, Resend, Watermark
from protocols.venue.events import Properties
from protocols.venue.lineage import Fork, Known
from protocols.venue.presence import Birth

#: A gap is asked for this long after something beyond it was stored; then twice as long each time, up to the maximum.
FIRST_RESEND_S: Final = 2.0
MAX_RESEND_S: Final = 60.0
#: Ranges asked for in one round of one stream.
RANGES_A_ROUND: Final = 4
TICK_S: Final = 0.25
#: Commits that follow each other within this share one ack per station.
PAUSE_S: Final = 0.02
#: Acks published before the broker has confirmed the last one of them: below the 20 that mosquitto says it takes.
ACKS_AT_ONCE: Final = 16

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Said:
    """What the station's own documents say."""

    presence_epoch: int | None = None
    birth_epoch: int | None = None
    store: str | None = None
    #: The newest birth that is committed: (epoch, boot), and whether its store went on elsewhere.
    boot: tuple[int, str] | None = None
    fork: Fork | None = None

    def to_document(self) -> Known:
        """Return what an ack says of the station (ADR 0008)."""
        epoch = max(self.presence_epoch or 0, self.birth_epoch or 0)
        members: dict[str, Any] = {} if self.fork is None else {"fork": self.fork}
        if self.boot is not None and self.boot[0] == epoch:
            members["boot"] = self.boot[1]
        return Known(epoch=epoch, **members)

    def refuse(self, properties: Properties) -> str | None:
        """Return why a batch does not belong to what the station said of itself, or None when it does (D14)."""
        if self.presence_epoch is not None and properties.epoch > self.presence_epoch:
            return "epoch_ahead"
        if self.store is None or self.birth_epoch is None or properties.store == self.store:
            return None
        return "stale_store" if properties.epoch <= self.birth_epoch else None


@dataclass(slots=True)
class _Gap:
    """When a stream's first hole is asked for next."""

    mark: Mark
    due_s: float
    pause_s: float


class Acks:
    """Memory of every watermark, and the publisher of acks and resends."""

    def __init__(self, core: Core, link: Link) -> None:
        self._core = core
        self._link = link
        self._epoch = 0
        self._upto: dict[tuple[str, str], dict[str, int]] = {}
        # How many numbers of a stream are consumed: grows with every commit, whichever process made it.
        self._consumed: dict[Key, int] = {}
        self._known: dict[str, Said] = {}
        self._gaps: dict[Key, _Gap] = {}
        self._due: set[tuple[str, str]] = set()
        self._wake = asyncio.Event()

    async def load(self) -> None:
        """Read births from the database, in place of what was known before; watermarks are read at the connect."""
        for memory in (self._upto, self._consumed, self._known, self._gaps, self._due):
            memory.clear()
        self._epoch = 0
        for station, epoch, birth in await fleet.known_epochs():
            self._known[station] = Said(epoch, *(birth or (None, None, None)))

    def refuse(self, station: str, properties: Properties) -> str | None:
        """Return why a batch does not belong to what the station said of itself, or None when it does (D14)."""
        known = self._known.get(station)
        return None if known is None else known.refuse(properties)

    def note_presence(self, station: str, epoch: int) -> None:
        """Remember the epoch of a presence."""
        known = self._known.setdefault(station, Said())
        known.presence_epoch = max(epoch, known.presence_epoch or 0)

    def note_birth(self, station: str, epoch: int, store: str) -> None:
        """Remember the store of a birth; holes of another store are asked for no more."""
        known = self._known.setdefault(station, Said())
        known.birth_epoch, known.store = epoch, store
        known.presence_epoch = max(epoch, known.presence_epoch or 0)
        for key in [key for key in self._gaps if key[0] == station and key[1] != store]:
            del self._gaps[key]

    def born(self, births: Mapping[str, tuple[Birth, Fork | None]]) -> None:
        """Remember births that are committed; the acks that are due answer them."""
        for station, (birth, fork) in births.items():
            known = self._known.setdefault(station, Said())
            known.boot, known.fork = (birth.epoch, birth.boot), fork

    def current_store(self, station: str) -> set[tuple[str, str]]:
        """Return (station, store) of the store whose ack a station reads now, nothing when it has none."""
        known = self._known.get(station)
        return set() if known is None or known.store is None else {(station, known.store)}

    def keep_only(self, stations: set[str]) -> None:
        """Forget stations that are no longer in the tree: nothing more is said to them."""
        self._known = {station: known for station, known in self._known.items() if station in stations}
        self._gaps = {key: gap for key, gap in self._gaps.items() if key[0] in stations}
        self._due = {pair for pair in self._due if pair[0] in stations}

    async def connected(self, epoch: int) -> None:
        """Read every watermark and let every ack be published with the new core epoch, once.

        Only here may a watermark be lower than before: the database may have been restored from a copy.
        """
        self._epoch = 0
        self._upto.clear()
        self._consumed.clear()
        async for row in StreamMark.all():
            self._note_mark((row.station, row.store, row.stream), to_mark(row))
        self._epoch = epoch
        self._due.update((station, known.store) for station, known in self._known.items() if known.store is not None)
        self._wake.set()

    def committed(self, marks: Mapping[Key, Mark], stores: Iterable[tuple[str, str]]) -> None:
        """Note watermarks that a commit moved; the acks of those and of `stores` (station, store) are due."""
        for key, mark in marks.items():
            self._note_mark(key, mark)
            self._due.add(key[:2])
        self._due.update(stores)
        if self._due:
            self._wake.set()

    async def refresh(self, pairs: Collection[tuple[str, str]]) -> None:
        """Read the watermarks of (station, store) that other processes moved; their acks are due."""
        rows = StreamMark.filter(station__in={pair[0] for pair in pairs}, store__in={pair[1] for pair in pairs})
        marks = {(row.station, row.store, row.stream): to_mark(row) async for row in rows}
        self.committed({key: mark for key, mark in marks.items() if key[:2] in pairs}, pairs)

    async def publish_due(self) -> None:
        """Publish acks as they fall due, for ever; several commits of one station meanwhile become one ack."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._due and self._epoch:  # without an epoch the leader's connection does not stand yet
                chunk = [self._due.pop() for _ in range(min(len(self._due), ACKS_AT_ONCE))]
                await self._send_acks(chunk)
            await asyncio.sleep(PAUSE_S)

    async def ask_for_gaps(self) -> None:
        """Ask for what is missing when its time has come, for ever."""
        while True:
            await asyncio.sleep(TICK_S)
            now_s = asyncio.get_running_loop().time()
            for key, gap in list(self._gaps.items()):
                if gap.due_s <= now_s:
                    await self._ask(key, gap)
                    gap.pause_s = min(gap.pause_s * 2, MAX_RESEND_S)
                    gap.due_s = now_s + gap.pause_s

    def _note_mark(self, key: Key, mark: Mark) -> None:
        station, store, stream = key
        consumed = mark.highest - sum(last - first + 1 for first, last in mark.gaps)
        if consumed < self._consumed.get(key, 0):
            return  # read before a commit that is known by now
        self._consumed[key] = consumed
        self._upto.setdefault((station, store), {})[stream] = mark.upto
        known = self._known.get(station)
        current = known is None or known.store in {None, store}
        if not mark.gaps or not current:
            self._gaps.pop(key, None)
            return
        gap = self._gaps.get(key)
        if gap is None or gap.mark.gaps[0] != mark.gaps[0]:
            self._gaps[key] = _Gap(mark, asyncio.get_running_loop().time() + FIRST_RESEND_S, FIRST_RESEND_S)
        else:
            gap.mark = mark

    async def _ask(self, key: Key, gap: _Gap) -> None:
        station, _, stream = key
        for first, last in gap.mark.gaps[:RANGES_A_ROUND]:
            values = {"from": first, "to": min(last, first + MAX_RESEND - 1), "stream": stream}
            resend = Resend.from_object({"id": str(uuid_utils.uuid7()), "at": self._core.now(), **values})
            self._core.metrics.resends.inc()
            try:
                await self._link.publish(topics.station_topic(station, "resend"), resend.to_bytes())
            except LinkDownError as error:
                _LOG.debug("%s is asked for events after the next connect: %s", station, error)

    async def _send_acks(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Publish acks one after another, and return when the broker has the last one and so all of them."""
        try:
            acks = [(topics.station_topic(station, "ack"), self._ack(station, store)) for station, store in pairs]
            if len(acks) > 1:
                self._link.post(acks[:-1])
            await self._link.publish(*acks[-1], retain=True)
        except LinkDownError as error:
            _LOG.debug("%d acks are sent after the next connect: %s", len(pairs), error)

    def _ack(self, station: str, store: str) -> bytes:
        at = self._core.now()
        uptos = self._upto.get((station, store), {})
        marks: dict[str, Any] = {stream: Watermark(upto=upto, at=at) for stream, upto in uptos.items()}
        known = self._known.get(station)
        if known is not None and known.store in {None, store}:
            marks["known"] = known.to_document()
        return Ack(store=store, epoch=self._epoch, **marks).to_bytes()
