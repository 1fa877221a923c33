"""Alarms: what must not pass unseen, one open row per matter until it is over or a person has taken note of it."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final, Literal

from cloud.fleet.models import Alarm
from cloud.ingest.handlers import Arrived
from cloud.platform.core import Core
from cloud.platform.database import after_commit, lock_names, transaction
from cloud.platform.errors import NotFoundError
from cloud.platform.outbox import AfterCommit
from cloud.platform.paging import newest_first
from protocols.venue.timestamps import format_time

Kind = Literal[
    "digest_mismatch", "digest_signature", "two_stores", "conflict", "outbox_filled", "device_fault", "local_rule",
    "over_capacity", "face_count", "face_erasure",
]  # fmt: skip
#: Alarms in one list.
MAX_LISTED: Final = 200
#: What a camera's picture can have; a stream that is lost is a slot that is stale.
CAMERA_FAULTS: Final = ("frozen", "black", "defocus", "moved")
#: What the column takes.
MAX_SUBJECT: Final = 64


async def raise_alarm(
    kind: Kind, station: str, now: datetime, *, subject: str = "", detail: Mapping[str, Any] | None = None
) -> None:
    """Raise an alarm, or count it once more while it is open; call it inside a transaction."""
    text = json.dumps(detail or {}, ensure_ascii=False)
    # One open row per matter, also when several processes raise it at once.
    await lock_names([f"alarm {kind} {station} {subject}"])
    row = await Alarm.filter(kind=kind, station=station, subject=subject, open=True).first()
    if row is None:
        await Alarm.create(kind=kind, station=station, subject=subject, detail=text, raised_at=now, last_at=now)
    else:
        await Alarm.filter(id=row.id).update(times=row.times + 1, last_at=now, detail=text)


async def clear_alarm(kind: Kind, station: str, now: datetime, *, subject: str = "") -> None:
    """Close an alarm whose matter is over."""
    await Alarm.filter(kind=kind, station=station, subject=subject, open=True).update(open=False, closed_at=now)


async def acknowledge(core: Core, alarm_id: int, by: str) -> Alarm:
    """Close an alarm because a person has taken note of it."""
    async with transaction():
        row = await Alarm.select_for_update().get_or_none(id=alarm_id)
        if row is None:
            raise NotFoundError(f"there is no alarm {alarm_id}")
        if row.open:
            row.open, row.closed_at, row.closed_by = False, core.now(), by
            await row.save()
        after_commit(partial(core.hub.publish, "alarm", {"station": row.station}))
    return row


async def station_of(alarm_id: int) -> str:
    """Return the station that an alarm is about."""
    row = await Alarm.get_or_none(id=alarm_id)
    if row is None:
        raise NotFoundError(f"there is no alarm {alarm_id}")
    return row.station


async def open_alarms(among: Collection[str] | None = None) -> list[Alarm]:
    """Return the open alarms of some stations (None: all), newest first."""
    rows, _ = await list_alarms(among=among)
    return list(rows)


async def list_alarms(
    *, closed: bool = False, cursor: str | None = None, limit: int = MAX_LISTED, among: Collection[str] | None = None
) -> tuple[Sequence[Alarm], str | None]:
    """Return (the open alarms, newest first, with `closed` the others as well; cursor of what follows).

    `among` names the stations that they may be of; None is all.
    """
    found = Alarm.all() if closed else Alarm.filter(open=True)
    if among is not None:
        found = found.filter(station__in=list(among))
    return await newest_first(found, "last_at", cursor, limit)


def document(row: Alarm) -> dict[str, Any]:
    """Return an alarm as REST shows it."""
    return {
        "id": row.id,
        "kind": row.kind,
        "station": row.station,
        "subject": row.subject,
        "detail": json.loads(row.detail),
        "times": row.times,
        "raised_at": format_time(row.raised_at),
        "last_at": format_time(row.last_at),
        "open": row.open,
        "closed_at": format_time(row.closed_at) if row.closed_at else None,
        "closed_by": row.closed_by,
    }


def alarm_text(row: Alarm) -> str:
    """Return what an alarm's source said of it, empty for nothing."""
    return str(json.loads(row.detail).get("text", ""))


async def record_filled(core: Core, arrived: Sequence[Arrived]) -> AfterCommit:
    """Raise or clear the alarm of a disk budget at 80 % (W9, handler of `outbox.filled`)."""
    return await _record_state(core, arrived, "outbox_filled", "alarm", ("used_percent", "limit_bytes"))


async def record_capacity(core: Core, arrived: Sequence[Arrived]) -> AfterCommit:
    """Raise or clear the alarm of a hall with too many people in it (handler of `capacity.changed`)."""
    return await _record_state(core, arrived, "over_capacity", "over", ("people", "capacity"))


async def _record_state(
    core: Core, arrived: Sequence[Arrived], kind: Kind, bad: str, told: Sequence[str]
) -> AfterCommit:
    """Raise a station's alarm while its events say the state `bad`, with some of their numbers; else clear it."""
    now = core.now()
    for one in arrived:
        if one.data.state == bad:
            await raise_alarm(kind, one.station, now, detail={name: getattr(one.data, name) for name in told})
        else:
            await clear_alarm(kind, one.station, now)
    return partial(_tell, core, arrived)


async def record_faults(core: Core, arrived: Sequence[Arrived]) -> AfterCommit:
    """Raise or clear the alarm of what a device says is wrong with it (handler of `fault.began` and `fault.ended`)."""
    now = core.now()
    for one in arrived:
        subject = f"{one.slot} {one.data.cause}"[:MAX_SUBJECT]
        if one.event.type.endswith(".fault.began.v1"):
            text = getattr(one.data, "text", "") or one.data.cause
            await raise_alarm("device_fault", one.station, now, subject=subject, detail={"text": text})
        else:
            await clear_alarm("device_fault", one.station, now, subject=subject)
    return partial(_tell, core, arrived)


async def record_health(core: Core, arrived: Sequence[Arrived]) -> AfterCommit:
    """Raise or clear the alarm of what a camera's picture is worth (handler of `health.changed`): one at a time."""
    now = core.now()
    for one in arrived:
        for state in CAMERA_FAULTS:
            subject = f"{one.slot} {state}"[:MAX_SUBJECT]
            if state == one.data.state:
                await raise_alarm("device_fault", one.station, now, subject=subject, detail={"text": state})
            else:
                await clear_alarm("device_fault", one.station, now, subject=subject)
    return partial(_tell, core, arrived)


async def _tell(core: Core, arrived: Sequence[Arrived]) -> None:
    for station in {one.station for one in arrived}:
        core.hub.publish("alarm", {"station": station})


async def record_local(core: Core, arrived: Sequence[Arrived]) -> AfterCommit:
    """Raise or clear the alarm of a station's own rule (handler of `alarm.raised` and `alarm.cleared`)."""
    now = core.now()
    for one in arrived:
        subject = f"{one.slot} {one.data.rule}"[:MAX_SUBJECT]
        if one.event.type.endswith(".alarm.raised.v1"):
            detail = {"text": one.data.text, "severity": one.data.severity, "value": one.data.value}
            await raise_alarm("local_rule", one.station, now, subject=subject, detail=detail)
        else:
            await clear_alarm("local_rule", one.station, now, subject=subject)
    return partial(_tell, core, arrived)


async def rule_holds(station: str, slot: str) -> bool:
    """Return whether a rule of the station's own holds for a slot."""
    return await Alarm.filter(kind="local_rule", station=station, subject__startswith=f"{slot} ", open=True).exists()
