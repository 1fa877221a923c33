"""What stations say of themselves, into the database; called inside the transaction of the reader of the broker."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from tortoise.expressions import Q

from cloud.fleet.alarms import raise_alarm
from cloud.fleet.liveness import Change, Liveness
from cloud.fleet.models import Birth, Boot, PastStore, Presence, Slot, Station, StoreStart, Twin, Unclaimed
from cloud.fleet.states import SlotState
from cloud.platform.core import Core
from protocols.venue import presence as wire
from protocols.venue.timestamps import format_time
from protocols.venue.twin import Reported

#: Unknown stations remembered (D11).
MAX_UNCLAIMED: Final = 100


async def load_liveness(liveness: Liveness, *, anew: bool = False) -> None:
    """Bring the memory in line with the tree in the database; `anew` also with the states, which others have kept."""
    present = {row.station: row for row in await Presence.all()}
    stations = {row.id async for row in Station.all()}
    for station in stations:
        row = present.get(station)
        liveness.add_station(
            station,
            online=row is not None and row.online,
            state=row.state if row else "offline",  # type: ignore[arg-type]
            last_heard=row.last_heard if row else None,
            anew=anew,
        )
    places = set()
    async for slot in Slot.all():
        place = (slot.station_id, slot.name)
        places.add(place)
        state: SlotState = slot.state  # type: ignore[assignment]
        liveness.add_slot(place, heartbeat_s=slot.heartbeat_s, state=state, cause=slot.cause, anew=anew)
    liveness.keep_only(stations, places)


async def has_joined(liveness: Liveness, station: str) -> bool:
    """Return whether a station that memory does not know has just been put into the tree; memory knows it then."""
    if not await Station.exists(id=station):
        return False
    await load_liveness(liveness)
    return True


async def take_presence(
    liveness: Liveness, station: str, presence: wire.Presence, now: datetime, *, retained: bool
) -> list[Change]:
    """Store a presence if it is not older than the newest seen (D3); a retained copy is no sign of life."""
    values: dict[str, Any] = presence.model_dump(include={"online", "epoch", "conn", "reason"})
    if not retained:
        values["last_heard"] = now
    order = Q(epoch__lt=presence.epoch) | Q(epoch=presence.epoch, conn__lte=presence.conn)
    if not await Presence.filter(order, station=station).update(**values):
        if await Presence.exists(station=station):
            return []
        state = "offline" if not presence.online else "online"
        new: dict[str, Any] = {"last_heard": now, "state": state, "since": now, **values}
        await Presence.bulk_create([Presence(**new, station=station)], ignore_conflicts=True)
        await Presence.filter(order, station=station).update(**values)  # if somebody else made it at the same time
    changes = liveness.presence(station, online=presence.online)
    return changes if retained or not presence.online else changes + liveness.heard(station, now)


async def take_birth(
    liveness: Liveness, station: str, birth: wire.Birth, text: str, now: datetime
) -> list[Change] | None:
    """Store a birth; None when it is older than the newest, or names another store without a newer epoch (W4)."""
    row = await Birth.select_for_update().get_or_none(station=station)
    if row is not None:
        stays = (birth.epoch, birth.conn) < (row.epoch, row.conn)
        if birth.store != row.store and birth.epoch <= row.epoch:
            detail = {"current": row.store, "refused": birth.store, "epoch": birth.epoch}
            await raise_alarm("two_stores", station, now, detail=detail)
            return None
        if stays:
            return None
        if birth.store != row.store:
            await _close_store(row, now)
    values = {"epoch": birth.epoch, "conn": birth.conn, "store": birth.store, "document": text, "received_at": now}
    await Birth.update_or_create(values, station=station)
    await Boot.get_or_create({"boot": birth.boot}, station=station, epoch=birth.epoch)
    await take_reported(station, birth.twin)
    changes = await _present_at_birth(liveness, station, birth, now) + liveness.heard(station, now)
    for slot, state in birth.slots.items():
        changes += liveness.slot_health((station, slot), state.health)
    return changes


async def _close_store(row: Birth, now: datetime) -> None:
    """Keep what is known of the store before this one: how far its streams had come on the station."""
    document = json.loads(row.document)
    told = {stream: values["last"] for stream, values in document["outbox"].items()}
    starts = document.get("lineage")
    if starts and not await StoreStart.exists(station=row.station, store=row.store, boot=document["boot"]):
        told = {stream: starts[-1][stream] for stream in told}  # an old copy took what it recorded elsewhere
    last = json.dumps(told)
    await PastStore.update_or_create({"told": last, "closed_at": now}, station=row.station, store=row.store)


async def _present_at_birth(liveness: Liveness, station: str, birth: wire.Birth, now: datetime) -> list[Change]:
    """Believe a birth whose presence was never seen: it came before the station was in the tree (D11)."""
    same_or_newer = Q(epoch__gt=birth.epoch) | Q(epoch=birth.epoch, conn__gte=birth.conn)
    if await Presence.exists(same_or_newer, station=station):
        return []
    reason: wire.PresenceReason = "start" if birth.why == "start" else "reconnect"
    presence = wire.Presence(online=True, epoch=birth.epoch, conn=birth.conn, at=birth.at, reason=reason)
    return await take_presence(liveness, station, presence, now, retained=False)


async def take_reported(station: str, reported: Reported) -> None:
    """Store the reported twin."""
    text = json.dumps(reported.to_object())
    await Twin.update_or_create({"applied_rev": reported.applied_rev, "reported": text}, station=station)


async def take_unclaimed(station: str, epoch: int, now: datetime) -> None:
    """Remember that an unknown station speaks; the list is bounded."""
    if await Unclaimed.filter(station=station).update(epoch=epoch, last_heard=now):
        return
    if await Unclaimed.all().count() < MAX_UNCLAIMED:
        new = Unclaimed(station=station, epoch=epoch, first_heard=now, last_heard=now)
        await Unclaimed.bulk_create([new], ignore_conflicts=True)


async def store_changes(changes: Iterable[Change], now: datetime) -> None:
    """Write changes of state, those that say the same in one statement: with the network a whole city falls silent."""
    newest = {(change.station, change.slot): change for change in changes}
    alike: dict[tuple[str | None, str, str | None], list[str]] = {}
    for change in newest.values():
        alike.setdefault((change.slot, change.state, change.cause), []).append(change.station)
    for (slot, state, cause), stations in alike.items():
        if slot is None:
            await Presence.filter(station__in=stations).update(state=state, since=now)
        else:
            await Slot.filter(station_id__in=stations, name=slot).update(state=state, cause=cause, since=now)


def announce(core: Core, changes: Iterable[Change], now: datetime) -> None:
    """Tell the pages; call it after the commit."""
    at = format_time(now)
    for change in changes:
        topic = "station" if change.slot is None else "slot"
        core.hub.publish(topic, {"station": change.station, "slot": change.slot, "state": change.state,
                                 "cause": change.cause, "since": at})  # fmt: skip
