"""What time does to faces: unused templates go, who does not answer is an alarm, old rows are forgotten."""

from datetime import datetime, timedelta
from typing import Final

from cloud.fleet import service as fleet
from cloud.people.faces.counting import watch_count
from cloud.people.faces.galleries import KEPT_FOR
from cloud.people.faces.models import FaceEnrolment, FaceLook, FaceSignIn, FaceTombstone
from cloud.people.faces.tombstones import CHANGED, leave_station
from cloud.platform.core import Core
from cloud.platform.database import transaction
from cloud.platform.notify import service as notify
from cloud.platform.times import market_day

#: A station that has not answered for so long is a to-do for who looks after it.
PATIENCE: Final = timedelta(hours=24)
#: Templates that one run lets go, and rows that one night forgets; the next one goes on.
MAX_AT_ONCE: Final = 1_000


async def keep_up(core: Core) -> str:
    """Let unused templates go, raise and clear alarms, take what is old out of the lists."""
    unused = await _let_unused_go(core)
    late = await _watch_answers(core)
    await _shorten(core)
    async with core.outbox.transaction():
        await watch_count(core)
    return f"到期删除 {unused} 项，{late} 个站点超时未答复"


async def _let_unused_go(core: Core) -> int:
    """Put out tombstones for people who have not been recognised for as long as the setting says; tell them."""
    before = core.now() - timedelta(days=core.settings.face_keep_days)
    rows = await FaceEnrolment.filter(state="enrolled", seen_at__lt=before).order_by("id").limit(MAX_AT_ONCE)
    names = await fleet.station_names({row.station for row in rows})
    for row in rows:
        async with core.outbox.transaction():
            await leave_station(core, row.person, row.station, "unused")
            values = {"place": names.get(row.station, row.station), "days": str(core.settings.face_keep_days)}
            key = f"face-unused:{row.id}:{market_day(core.now())}"
            await notify.send(core, row.person, "face-unused", values, key)
    return len(rows)


async def _watch_answers(core: Core) -> int:
    """Raise the alarm of each station that is late, clear it where nothing is waited for; return how many are."""
    now = core.now()
    late: dict[str, list[FaceTombstone]] = {}
    for row in await FaceTombstone.filter(answered_at=None, at__lt=now - PATIENCE).order_by("at"):
        late.setdefault(row.station, []).append(row)
    raised = {row.station for row in await fleet.open_alarms() if row.kind == "face_erasure"}
    async with transaction():
        for station in raised - late.keys():
            await fleet.clear_alarm("face_erasure", station, now)
        for station in late.keys() - raised:
            rows = late[station]
            detail = {"text": f"{len(rows)} 人的人脸删除超过 24 小时没有回执，请检查站点", "people": len(rows)}
            await fleet.raise_alarm("face_erasure", station, now, detail=detail)
    return len(late)


async def _shorten(core: Core) -> None:
    """Have lists made anew that still tell of what was answered long ago."""
    old, now = core.now() - KEPT_FOR, core.now()
    past = FaceTombstone.filter(answered_at__isnull=False, lifted_at=None, at__lt=old)
    stations = sorted({str(one) for one in await past.values_list("station", flat=True)})
    async with core.outbox.transaction():
        await past.update(lifted_at=now)
        await core.outbox.emit_many(CHANGED, stations, now)


async def forget_before(core: Core, before: datetime) -> int:
    """Delete comparisons, sign-ins and answered tombstones from before a moment; return how many."""
    del core
    looks = await FaceLook.filter(at__lt=before).order_by("id").limit(MAX_AT_ONCE * 100).values_list("id", flat=True)
    count = await FaceLook.filter(id__in=list(looks)).delete()
    count += await FaceSignIn.filter(at__lt=before).delete()
    return count + await FaceTombstone.filter(at__lt=before, answered_at__isnull=False).delete()
