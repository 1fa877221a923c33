"""What each station is told: its notices in force as one signed manifest, one revision more with every change.

Revisions grow like epochs: they are at least the time in ms, so that a core restored from a backup is not refused.
"""

import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from cloud.emergency.models import EmergencyBoard, EmergencyNotice, EmergencyPlace
from cloud.emergency.raising import CLOUD, end_expired
from cloud.platform.core import Core
from cloud.platform.errors import LinkDownError
from cloud.platform.models import DomainEvent
from cloud.platform.outbox import AfterCommit, lock_order
from protocols.venue import topics
from protocols.venue.content import Item, Manifest
from protocols.venue.notices import CHANNEL, LIFTED, MAX_NOTICES, Notice
from provisioning.signing import content_key, sign_manifest

#: A board holds until the next one; stations look at the times of its notices only.
VALIDITY: Final = timedelta(days=365)
#: How soon a notice whose time is over leaves the boards, s.
REFRESH_S: Final = 30.0

_LOG = logging.getLogger(__name__)

#: (topic, payload): publishes one retained document, QoS 1.
Publish = Callable[[str, bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Boards:
    """Signs the boards of stations and publishes them."""

    core: Core
    publish: Publish

    async def on_changed(self, events: Sequence[DomainEvent]) -> AfterCommit:
        """Sign new boards in the consumer's transaction; publish them after its commit."""
        fresh = [row for station in sorted({event.key for event in events}) if (row := await self._build(station))]

        async def send() -> None:
            await self._send(fresh)

        return send

    async def refresh(self) -> None:
        """Take what is over off the boards."""
        await end_expired(self.core)

    async def publish_all(self) -> None:
        """Publish every board again: a broker may have forgotten them."""
        await self._send(await EmergencyBoard.filter(rev__gt=0))

    async def _send(self, rows: Sequence[EmergencyBoard]) -> None:
        for row in rows:
            try:
                await self.publish(topics.content(row.station, CHANNEL), row.envelope.encode())
            except LinkDownError as error:
                _LOG.warning("the notices of %s are published after the next connect: %s", row.station, error)

    async def _build(self, station: str) -> EmergencyBoard | None:
        """Store a new revision if the board says something else now; return it then."""
        await lock_order()  # two builds at once would both make the same revision
        now = self.core.now()
        items = await _items(station)
        digest = hashlib.sha256(json.dumps([item.to_object() for item in items]).encode()).hexdigest()
        row = await EmergencyBoard.get_or_none(station=station) or EmergencyBoard(station=station)
        if row.digest == digest:
            return None
        row.rev, row.digest, row.issued_at = max(row.rev + 1, int(now.timestamp() * 1000)), digest, now
        manifest = Manifest(
            station=station, channel=CHANNEL, rev=row.rev, issued_at=now, valid_from=now, valid_to=now + VALIDITY,
            items=items,
        )  # fmt: skip
        row.envelope = sign_manifest(manifest, content_key(self.core.secret)).to_bytes().decode()
        await row.save()
        return row


async def _items(station: str) -> list[Item]:
    """Return the notices of the cloud in force at a station, and which of the station's own were taken back."""
    places = EmergencyPlace.filter(station=station).prefetch_related("notice")
    ours = await places.filter(notice__origin=CLOUD, notice__ended_at__isnull=True, ended_at__isnull=True)
    lifted = await places.filter(notice__origin=station, notice__end_reason="lifted", ended_at__isnull=True)
    notices = sorted((notice_of(place.notice) for place in ours), key=lambda notice: notice.precedence)
    items = [
        Item(id=one.id, kind="notice", seconds=1.0, valid_to=one.ends_at, data=one.to_object())
        for one in notices[:MAX_NOTICES]
    ]
    lifts = [{"id": str(place.notice.id), "by": place.notice.ended_by} for place in lifted]
    lifts = sorted(lifts, key=lambda lift: lift["id"])[-MAX_NOTICES:]
    return [*items, Item(id=LIFTED, kind="page", seconds=1.0, valid_to=None, data={"lifted": lifts})]


def notice_of(row: EmergencyNotice) -> Notice:
    """Return a notice as it goes to the stations."""
    return Notice.model_validate(
        {
            "id": str(row.id), "kind": row.kind, "title": row.title, "text": row.text, "drill": row.drill,
            "sound": row.sound, "raised_at": row.raised_at, "ends_at": row.ends_at, "by": row.by,
        }
    )  # fmt: skip
