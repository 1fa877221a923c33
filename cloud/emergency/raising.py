"""Raising and lifting emergency notices: one act of one person, at once, in the audit chain as every write is."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

import uuid_utils

from cloud.emergency.models import EmergencyNotice, EmergencyPlace, EmergencyScreen
from cloud.emergency.shapes import NoticeDraft
from cloud.fleet import service as fleet
from cloud.identity import audit
from cloud.identity.service import Principal
from cloud.platform.core import Core
from cloud.platform.database import after_commit
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.inputs import id_of
from firmware_profiles.ui.notices import notice_templates
from protocols.venue.notices import MAX_NOTICES, EndReason

#: Domain event: the board of the station that is its key must be signed anew.
CHANGED: Final = "emergency.changed"
#: Slots of these kinds show notices.
SCREENS: Final = ("wall", "kiosk")
CLOUD: Final = "cloud"


async def raise_notice(core: Core, draft: NoticeDraft, by: Principal) -> EmergencyNotice:
    """Put a notice in force at the stations named, or at all that the caller may see; durable on return."""
    template, now = notice_templates()[draft.kind], _now(core)
    row = EmergencyNotice(
        id=UUID(str(uuid_utils.uuid7())), kind=draft.kind, title=draft.title or template.title,
        text=template.text if draft.text is None else draft.text, drill=draft.drill, sound=draft.sound, origin=CLOUD,
        by=by.label, raised_at=now, ends_at=now + timedelta(minutes=draft.minutes or template.minutes),
    )  # fmt: skip
    async with core.outbox.transaction():
        stations = await _stations(draft, by)
        await _room(stations)
        await row.save(force_create=True)
        screens = await _screens()
        for station in stations:
            place = await EmergencyPlace.create(notice=row, station=station)
            slots = [slot for where, slot in screens if where == station]
            await EmergencyScreen.bulk_create([EmergencyScreen(place=place, slot=slot) for slot in slots])
        details = {"kind": row.kind, "drill": row.drill, "stations": len(stations), "until": row.ends_at.isoformat()}
        await audit.record(core, by.label, "emergency.raise", str(row.id), details=details)
        await tell(core, stations, row.id)
    return row


async def lift_notice(core: Core, notice_id: str, by: Principal) -> EmergencyNotice:
    """Take a notice back everywhere before its end, whoever raised it."""
    async with core.outbox.transaction():
        row = await hold(notice_id)
        places = await EmergencyPlace.filter(notice=row.id)
        if not all(by.allows(place.station) for place in places):
            raise NotFoundError("没有这条通知")
        if row.ended_at is not None:
            raise ConflictError("这条通知已经结束", "emergency-ended")
        await end(row, "lifted", by.label, _now(core))
        await audit.record(core, by.label, "emergency.lift", str(row.id), details={"drill": row.drill})
        await tell(core, [place.station for place in places], row.id)
    return row


async def end_expired(core: Core) -> None:
    """End notices whose time is over; screens have let go of them by themselves."""
    if not await EmergencyNotice.exists(ended_at__isnull=True, ends_at__lte=core.now()):
        return
    async with core.outbox.transaction():
        for row in await EmergencyNotice.filter(ended_at__isnull=True, ends_at__lte=core.now()):
            await end(row, "expired", CLOUD, row.ends_at)
            places = await EmergencyPlace.filter(notice=row.id).values_list("station", flat=True)
            await tell(core, [str(station) for station in places], row.id)


async def end(row: EmergencyNotice, reason: EndReason, by: str, at: datetime) -> None:
    """Note that a notice is over."""
    row.ended_at, row.end_reason, row.ended_by = at, reason, by[:80]
    await row.save(update_fields=["ended_at", "end_reason", "ended_by"])


async def hold(notice_id: str) -> EmergencyNotice:
    """Return a notice, locked; NotFoundError when there is none."""
    row = await EmergencyNotice.select_for_update().get_or_none(id=id_of(notice_id, "没有这条通知"))
    if row is None:
        raise NotFoundError("没有这条通知")
    return row


async def tell(core: Core, stations: Sequence[str], notice: UUID) -> None:
    """Have boards be signed anew and open pages look again, after the commit."""
    now = core.now()
    for station in sorted(set(stations)):
        await core.outbox.emit(CHANGED, station, {"notice": str(notice)}, now)
    after_commit(partial(core.hub.publish, "emergency", {"id": str(notice)}))


async def _stations(draft: NoticeDraft, by: Principal) -> list[str]:
    known = sorted(await fleet.station_names(draft.stations))
    allowed = [station for station in known if by.allows(station)]
    missing = sorted(set(draft.stations or ()) - set(allowed))
    if missing or not allowed:
        words = f"没有这个驿站：{'、'.join(missing[:5])}" if missing else "没有可以发布的驿站"
        raise InvalidInputError(words, {"stations": words})
    return allowed


async def _room(stations: Sequence[str]) -> None:
    for station in stations:
        if await EmergencyPlace.filter(station=station, notice__ended_at__isnull=True).count() >= MAX_NOTICES:
            raise ConflictError(f"{station} 已有 {MAX_NOTICES} 条通知", "emergency-many")


async def _screens() -> list[tuple[str, str]]:
    return [place for kind in SCREENS for place in await fleet.slots_of_kind(kind)]


def _now(core: Core) -> datetime:
    """Return the time as the wire carries it, in milliseconds."""
    now = core.now()
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
