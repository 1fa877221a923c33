"""What stations say of faces, in the transaction that stores their events; every handler bears repeats."""

import logging
from collections.abc import Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from cloud.identity import audit
from cloud.ingest.handlers import Arrived
from cloud.people.faces.counting import watch_count
from cloud.people.faces.models import FaceEnrolment, FaceGallery, FaceLook, FaceSignIn, FaceStaff, FaceTombstone
from cloud.people.faces.signing import LOOK_WITHIN
from cloud.people.faces.tombstones import CHANGED, FOLLOWER, leave_station
from cloud.people.models import Consent, Erasure, ErasureReceipt
from cloud.platform.core import Core
from cloud.platform.outbox import AfterCommit
from protocols.venue.timestamps import format_time

#: Receipts count only in the stream whose digest a station signs.
EVIDENCE: Final = "evidence"
#: Outcomes of a comparison that say who somebody is.
NAMED: Final = frozenset({"proposed", "same"})
#: Columns of a comparison that are taken as they come.
_TAKEN: Final = ("score", "second", "threshold")

_LOG = logging.getLogger(__name__)


async def record_enrolled(core: Core, arrived: Sequence[Arrived]) -> AfterCommit:
    """Keep who is enrolled where; whoever does not agree goes at once (handler of `person.enrolled`)."""
    for one in arrived:
        person = _person(one.data.person)
        if person is None:
            _LOG.warning("%s enrolled somebody whose id is none of ours", one.station)
            continue
        details = {"station": one.station, "slot": one.slot, "model": one.data.model, "frames": one.data.frames}
        agrees = await _agrees(person, str(one.data.consent))
        if agrees is None:
            await leave_station(core, person, one.station, "no_consent")
        else:
            await _keep(core, one, person, agrees)
        await audit.record(core, f"station:{one.station}", "face.enrol", f"person:{person}", details=details,
                           result="ok" if agrees else "refused")  # fmt: skip
    await watch_count(core)
    return partial(_announce, core)


async def record_looks(core: Core, arrived: Sequence[Arrived]) -> AfterCommit:
    """Keep every comparison (handler of `look.ended`)."""
    for one in arrived:
        data, person = one.data, _person(one.data.person or "")
        if await FaceLook.exists(station=one.station, look=data.look):
            continue
        named = person if data.outcome in NAMED else None
        staff = await FaceStaff.get_or_none(person=named) if named and data.outcome == "same" else None
        at = min(one.event.time, core.now())
        await FaceLook.create(
            station=one.station, slot=one.slot, page=data.page, look=data.look, at=at, heard_at=core.now(),
            mode=data.mode, outcome=data.outcome, person=person, booked=named, staff=staff.account if staff else "",
            gallery=data.gallery, model=data.model, live=str(data.live), second_factor=_second(data.second_factor),
            **{name: getattr(data, name) for name in _TAKEN},
        )  # fmt: skip
        if named:
            mine = FaceEnrolment.filter(person=named, station=one.station, seen_at__lt=at)
            await mine.update(seen_at=at)
            near = FaceSignIn.filter(station=one.station, slot=data.page, person=named, look="", result="ok")
            await near.filter(at__gte=at - LOOK_WITHIN, at__lte=at + LOOK_WITHIN).update(look=data.look)
    return partial(_announce, core)


async def record_applied(core: Core, arrived: Sequence[Arrived]) -> AfterCommit:
    """Note which revision stations follow (handler of `gallery.applied`)."""
    for one in arrived:
        if one.stream != EVIDENCE:
            continue
        rev, now = one.data.rev, core.now()
        row = await FaceGallery.get_or_none(station=one.station)
        if row is not None and rev >= row.applied_rev:
            row.applied_rev, row.applied_at, row.count, row.missing = rev, now, one.data.count, one.data.missing
            await row.save(update_fields=["applied_rev", "applied_at", "count", "missing"])
        waiting = FaceTombstone.filter(station=one.station, answered_at=None, rev__gt=0, rev__lte=rev)
        await waiting.filter(applied_at=None).update(applied_at=now, applied_rev=rev)
        await _answer(core, one, await waiting.filter(applied_at__isnull=False))
    return partial(_announce, core)


async def record_erased(core: Core, arrived: Sequence[Arrived]) -> AfterCommit:
    """Note whom stations say they have erased (handler of `people.erased`)."""
    for one in arrived:
        if one.stream != EVIDENCE:
            continue
        gone = [person for text in one.data.erased if (person := _person(text)) is not None]
        waiting = FaceTombstone.filter(station=one.station, person__in=gone, answered_at=None, rev__gt=0)
        await waiting.update(erased_at=core.now())
        await _answer(core, one, await waiting.filter(applied_at__isnull=False))
    return partial(_announce, core)


async def _answer(core: Core, one: Arrived, rows: Sequence[FaceTombstone]) -> None:
    """Close the tombstones whose station has said all that it must."""
    now = core.now()
    closed = [row for row in rows if row.erased_at is not None or not row.held]
    if not closed:
        return
    receipt = f"{one.store}:{one.stream}:{one.seq}"[:80]
    await FaceTombstone.filter(id__in=[row.id for row in closed]).update(answered_at=now, receipt=receipt)
    for row in closed:
        erasure = await Erasure.get_or_none(subject=row.person) if row.why == "erased" else None
        if erasure is not None:
            mine = ErasureReceipt.filter(erasure_id=erasure.id, follower=f"{FOLLOWER}{row.station}", at=None)
            await mine.update(at=now, note=f"revision {row.applied_rev}, {receipt}"[:120])
    if await FaceTombstone.exists(station=one.station, answered_at=None, rev=0):
        await core.outbox.emit_many(CHANGED, [one.station], now)


async def _keep(core: Core, one: Arrived, person: UUID, consent: int) -> None:
    at = min(one.event.time, core.now())
    values: dict[str, Any] = {
        "page": one.data.page, "model": one.data.model, "frames": one.data.frames, "consent": consent,
        "enrolled_at": at, "seen_at": at, "state": "enrolled",
    }  # fmt: skip
    await FaceEnrolment.update_or_create(values, person=person, station=one.station, slot=one.slot)
    # What was to go from here has been replaced by what he agrees to now.
    earlier = FaceTombstone.filter(person=person, station=one.station, lifted_at=None)
    await earlier.filter(answered_at=None).update(answered_at=core.now(), receipt=f"enrolled {format_time(at)}")
    await earlier.update(lifted_at=core.now())
    await core.outbox.emit_many(CHANGED, [one.station], core.now())


async def _agrees(person: UUID, consent: str) -> int | None:
    """Return the consent in force under which somebody was enrolled; None when it is not, or is another."""
    if not (consent.isascii() and consent.isdigit() and len(consent) <= 18):  # noqa: PLR2004 - what a column takes
        return None
    row = await Consent.get_or_none(id=int(consent), person_id=person, purpose="face", withdrawn_at=None)
    return row.id if row else None


def _person(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _second(value: object) -> str:
    return str(value or "")[:12]


async def _announce(core: Core) -> None:
    core.hub.publish("faces", {})
