"""What stations say of emergency notices, in the transaction that stores their events; every handler bears repeats."""

from collections.abc import Sequence
from uuid import UUID

from cloud.emergency.models import EmergencyNotice, EmergencyPlace, EmergencyScreen
from cloud.emergency.raising import CLOUD, end
from cloud.ingest.handlers import Arrived
from cloud.platform.core import Core
from cloud.platform.outbox import AfterCommit


async def record_raised(core: Core, arrived: Sequence[Arrived]) -> AfterCommit:
    """Note that stations took notices up; one of their own is heard of here for the first time."""
    for one in arrived:
        data, at = one.data, min(one.event.time, core.now())
        values = {
            "kind": data.kind, "title": data.title[:20], "text": data.text[:120], "drill": data.drill,
            "origin": one.station, "by": data.by[:80], "raised_at": data.raised_at, "ends_at": data.ends_at,
        }  # fmt: skip
        row = await EmergencyNotice.get_or_none(id=UUID(data.notice))
        if row is None and data.origin == CLOUD:
            continue  # of a cloud that forgot it
        if row is None:
            row = await EmergencyNotice.create(id=UUID(data.notice), **values)
        place = await _place(row, one.station)
        if place.taken_at is None:
            place.taken_at = at
            await place.save(update_fields=["taken_at"])
        known = set(await EmergencyScreen.filter(place_id=place.id).values_list("slot", flat=True))
        fresh = dict.fromkeys(slot[:32] for slot in data.screens if slot[:32] not in known)
        await EmergencyScreen.bulk_create([EmergencyScreen(place=place, slot=slot) for slot in fresh])
    return _announce(core, arrived)


async def record_shown(core: Core, arrived: Sequence[Arrived]) -> AfterCommit:
    """Keep each screen's first word that it shows a notice."""
    for one in arrived:
        screen = await _screen(one)
        if screen is None or screen.shown_at is not None:
            continue
        data = one.data
        screen.shown_at, screen.heard_at = one.event.time, core.now()
        screen.content, screen.via, screen.trouble = data.content[:64], data.via, ""
        screen.width, screen.height = data.width, data.height
        await screen.save()
    return _announce(core, arrived)


async def record_failed(core: Core, arrived: Sequence[Arrived]) -> AfterCommit:
    """Note what a controller said no with."""
    for one in arrived:
        screen = await _screen(one)
        if screen is not None and screen.shown_at is None:
            screen.trouble = one.data.text[:200]
            await screen.save(update_fields=["trouble"])
    return _announce(core, arrived)


async def record_ended(core: Core, arrived: Sequence[Arrived]) -> AfterCommit:
    """Note that notices are over at stations; one that a station raised is then over for good."""
    for one in arrived:
        data, at = one.data, min(one.event.time, core.now())
        row = await EmergencyNotice.get_or_none(id=UUID(data.notice))
        if row is None:
            continue
        place = await _place(row, one.station)
        if place.ended_at is None:
            place.ended_at, place.end_reason, place.ended_by = at, data.reason, data.by[:80]
            await place.save(update_fields=["ended_at", "end_reason", "ended_by"])
        if row.ended_at is None and row.origin == one.station:
            await end(row, data.reason, data.by, at)
    return _announce(core, arrived)


async def _place(row: EmergencyNotice, station: str) -> EmergencyPlace:
    place, _ = await EmergencyPlace.get_or_create(notice=row, station=station)
    return place


async def _screen(one: Arrived) -> EmergencyScreen | None:
    """Return the row of the screen that speaks; None when nobody here knows the notice."""
    notice = UUID(one.data.notice)
    known = await EmergencyScreen.get_or_none(place__notice_id=notice, place__station=one.station, slot=one.slot)
    if known is not None:  # nearly always, and a second is short
        return known
    row = await EmergencyNotice.get_or_none(id=notice)
    if row is None:
        return None
    place = await _place(row, one.station)
    screen, _ = await EmergencyScreen.get_or_create(place=place, slot=one.slot)
    return screen


def _announce(core: Core, arrived: Sequence[Arrived]) -> AfterCommit:
    """Return what has open pages look again."""
    notices = sorted({one.data.notice for one in arrived})

    async def announce() -> None:
        for notice in notices:
            core.hub.publish("emergency", {"id": notice})

    return announce
