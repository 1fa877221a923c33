"""What each station is told of faces: who may be kept there, and who must go; one revision more with every change.

Revisions grow like epochs: they are at least the time in ms, so that a core restored from a backup is not refused.
"""

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from tortoise.expressions import Q

from cloud.people.faces.models import FaceEnrolment, FaceGallery, FaceTombstone
from cloud.platform.core import Core
from cloud.platform.errors import LinkDownError, NotFoundError
from cloud.platform.models import DomainEvent
from cloud.platform.outbox import AfterCommit, lock_order
from protocols.venue import topics
from protocols.venue.gallery import MAX_GONE, MAX_INLINE, GalleryList, Tombstone
from protocols.venue.timestamps import format_time

#: An answered tombstone stays this long, for a station that is set back to an older state.
KEPT_FOR: Final = timedelta(days=30)
#: Lists that are published and not yet confirmed by the broker.
MAX_UNDER_WAY: Final = 20

#: Members that the contract writes as null where there is nothing to say.
_NOWHERE: Final = {"ids": None, "url": None, "sha256": None}

_LOG = logging.getLogger(__name__)

#: (topic, payload): publishes one retained document, QoS 1.
Publish = Callable[[str, bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Galleries:
    """Makes the lists of stations and publishes them."""

    core: Core
    publish: Publish

    async def on_changed(self, events: Sequence[DomainEvent]) -> AfterCommit:
        """Make new lists in the consumer's transaction; publish them after its commit."""
        fresh = await self._build({event.key for event in events})

        async def send() -> None:
            await self._send(fresh)

        return send

    async def publish_all(self) -> None:
        """Publish every list again: a broker may have forgotten them."""
        await self._send(await FaceGallery.filter(rev__gt=0))

    async def _send(self, rows: Sequence[FaceGallery]) -> None:
        under_way = asyncio.Semaphore(MAX_UNDER_WAY)

        async def send_one(row: FaceGallery) -> None:
            async with under_way:
                try:
                    await self.publish(topics.station_topic(row.station, "gallery"), row.document.encode())
                except LinkDownError as error:
                    _LOG.warning("the faces of %s are published after the next connect: %s", row.station, error)

        await asyncio.gather(*(send_one(row) for row in rows))
        if rows:
            self.core.hub.publish("faces", {})

    async def _build(self, stations: Iterable[str]) -> list[FaceGallery]:
        """Store a new revision of each list that says something else now; return those."""
        await lock_order()  # two builds at once would both make the same revision
        found = [await self._list(station) for station in sorted(stations)]
        return [row for row in found if row is not None]

    async def _list(self, station: str) -> FaceGallery | None:
        now = self.core.now()
        people = await _people(station)
        gone = await self._gone(station, people)
        words = {"ids": people, "gone": [{"id": str(one.person), "at": format_time(one.at)} for one in gone]}
        digest = hashlib.sha256(json.dumps(words).encode()).hexdigest()
        row = await FaceGallery.get_or_none(station=station) or FaceGallery(station=station)
        if row.digest == digest and all(one.rev for one in gone):
            return None
        row.rev, row.digest, row.at = max(row.rev + 1, int(now.timestamp() * 1000)), digest, now
        row.people = json.dumps(people, separators=(",", ":"))
        told = [Tombstone(id=str(one.person), at=one.at) for one in gone]
        document = GalleryList(rev=row.rev, at=now, count=len(people), gone=told, **_ids(self.core, row, people))
        row.document = json.dumps(_NOWHERE | document.to_object(), separators=(",", ":"))
        await row.save()
        await FaceTombstone.filter(id__in=[one.id for one in gone if not one.rev]).update(rev=row.rev)
        return row

    async def _gone(self, station: str, people: Sequence[str]) -> list[FaceTombstone]:
        """Return the tombstones to be told: those without an answer, oldest first, then the newest answered ones.

        What has no room in a list follows when others were answered.
        """
        young = Q(answered_at__isnull=True) | Q(at__gt=self.core.now() - KEPT_FOR)
        rows = await FaceTombstone.filter(young, station=station, lifted_at=None).order_by("id")
        here = set(people)
        wanted = [row for row in rows if str(row.person) not in here]
        waiting = [row for row in wanted if row.answered_at is None]
        answered = [row for row in reversed(wanted) if row.answered_at is not None]
        told = {row.person: row for row in reversed((waiting + answered)[:MAX_GONE])}
        return sorted(told.values(), key=lambda row: row.id)


async def _people(station: str) -> list[str]:
    rows = FaceEnrolment.filter(station=station, state="enrolled").distinct()
    return sorted({str(one) for one in await rows.values_list("person", flat=True)})


def _ids(core: Core, row: FaceGallery, people: Sequence[str]) -> dict[str, Any]:
    """Return the ids, or where they are fetched when there are too many of them to stand in the list."""
    if len(people) <= MAX_INLINE:
        return {"ids": people}
    path = f"/galleries/{row.station}/{row.rev}.json?sig={_signature(core.secret, row.station, row.rev)}"
    return {"url": path, "sha256": hashlib.sha256(row.people.encode()).hexdigest()}


async def fetched(core: Core, station: str, rev: int, signature: str) -> bytes:
    """Return the ids of a station's list as JSON; NotFoundError for another address than the one that it was sent.

    Only the station is told its address, on a topic that the broker lets nobody else read.
    """
    right = hmac.compare_digest(_signature(core.secret, station, rev).encode(), signature.encode())
    row = await FaceGallery.get_or_none(station=station, rev=rev) if right else None
    if row is None:
        raise NotFoundError("there is no such list")
    return row.people.encode()


def _signature(secret: bytes, station: str, rev: int) -> str:
    return hmac.new(secret, f"face-gallery\n{station}\n{rev}".encode(), hashlib.sha256).hexdigest()
