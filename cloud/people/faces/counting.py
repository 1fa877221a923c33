"""How many people's faces lie on the stations, and what the law asks for at 100,000 of them."""

from datetime import date, timedelta
from typing import Final

from tortoise import Tortoise

from cloud.fleet import service as fleet
from cloud.identity import audit
from cloud.identity import service as identity
from cloud.kpi import service as kpi
from cloud.people.faces.models import FaceEnrolment, FaceMark, FaceTombstone
from cloud.platform.core import Core
from cloud.platform.notify import service as notify
from cloud.platform.times import market_day
from protocols.rules.calendar import Calendar
from protocols.rules.errors import MissingTable

#: 人脸识别技术应用安全管理办法 15: file with the province's CAC within so many working days.
FILING_DAYS: Final = 30
#: The alarm of a count is no station's.
EVERYWHERE: Final = ""
#: Who must know.
TOLD: Final = frozenset({"admin", "manager"})
_SATURDAY: Final = 5


async def count_people() -> int:
    """Return how many people have a template somewhere: enrolled, or to be deleted and not confirmed yet."""
    connection = Tortoise.get_connection("default")
    held = "SELECT person FROM face_enrolment WHERE state = 'enrolled'"
    leaving = "SELECT person FROM face_tombstone WHERE held AND answered_at IS NULL"
    rows = await connection.execute_query_dict(f"SELECT COUNT(*) AS n FROM ({held} UNION {leaving}) AS people")  # noqa: S608 - two constants
    return int(rows[0]["n"])


async def count_at(stations: list[str] | None = None) -> dict[str, int]:
    """Return how many people are enrolled at each station."""
    rows = FaceEnrolment.filter(state="enrolled")
    if stations is not None:
        rows = rows.filter(station__in=stations)
    pairs = {(str(one), str(station)) for one, station in await rows.values_list("person", "station")}
    counts: dict[str, int] = {}
    for _, station in pairs:
        counts[station] = counts.get(station, 0) + 1
    return counts


async def watch_count(core: Core) -> None:
    """Keep when the numbers of the settings were reached, once, and tell who must file. Inside a transaction."""
    settings = core.settings
    marks = {settings.face_warn_people, settings.face_filing_people}
    known = {row.threshold for row in await FaceMark.all()}
    if marks <= known:
        return
    count, now = await count_people(), core.now()
    for threshold in sorted(one for one in marks - known if count >= one):
        due = filing_day(market_day(now)) if threshold >= settings.face_filing_people else None
        await FaceMark.create(threshold=threshold, count=count, reached_at=now, due_on=due)
        detail = {"text": f"全部站点已登记 {count} 人，达到 {threshold} 人", "count": count, "threshold": threshold}
        await fleet.raise_alarm("face_count", EVERYWHERE, now, subject=str(threshold), detail=detail)
        await audit.record(core, "system", "face.count", f"threshold:{threshold}", details={"count": count})
        await _tell(core, count, threshold, due)


def filing_day(start: date, days: int = FILING_DAYS, calendar: Calendar | None = None) -> date:
    """Return the last of so many working days after a day; weekends alone count where no notice is loaded yet.

    A day that is worked instead of another is not in the table: the answer is never too late for the law.
    """
    calendar = calendar or kpi.holiday_calendar()
    day = start
    while days:
        day += timedelta(days=1)
        days -= _works(day, calendar)
    return day


def _works(day: date, calendar: Calendar) -> bool:
    if day.weekday() >= _SATURDAY:
        return False
    try:
        return not calendar.is_holiday(day, "gazetted")
    except MissingTable:
        return True


async def _tell(core: Core, count: int, threshold: int, due: date | None) -> None:
    what = f"须在 {due.isoformat()} 前向省级网信部门备案" if due else "接近备案人数，请准备材料"
    for one in await identity.colleagues():
        if one.active and one.role in TOLD:
            values = {"count": str(count), "what": what}
            await notify.send(core, one.label, "face-count", values, f"face-count:{threshold}:{one.label}")


async def open_marks() -> list[FaceMark]:
    """Return the numbers that were reached, the greatest first."""
    return await FaceMark.all().order_by("-threshold")


async def people_waited_for() -> int:
    """Return how many people some station has not confirmed the deletion of."""
    rows = FaceTombstone.filter(answered_at=None).distinct()
    return len(set(await rows.values_list("person", flat=True)))
