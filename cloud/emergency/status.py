"""How a notice stands: per station and screen shown, not yet, or out of reach."""

from collections.abc import Sequence
from datetime import datetime

from cloud.emergency.board import notice_of
from cloud.emergency.models import EmergencyNotice, EmergencyPlace, EmergencyScreen
from cloud.emergency.shapes import NoticeLine, NoticeShown, PlaceShown, ScreenShown, ScreenState
from cloud.fleet import service as fleet
from cloud.identity.service import Principal
from cloud.platform.errors import NotFoundError
from cloud.platform.inputs import id_of
from protocols.venue.timestamps import format_time

ONLINE = "online"


async def list_notices(
    by: Principal, *, state: str = "", cursor: str | None = None, limit: int = 30
) -> tuple[list[NoticeLine], str | None]:
    """Return (notices of stations that the caller may see, newest first; cursor of what follows)."""
    found = EmergencyNotice.all().order_by("-id")
    if state:
        found = found.filter(ended_at__isnull=state == "in_force")
    if cursor:
        found = found.filter(id__lt=id_of(cursor, "没有这条通知"))
    if by.stations is not None:
        found = found.filter(places__station__in=list(by.stations)).distinct()
    rows = await found.limit(limit + 1)
    lines = [_line(row, await _screens_of(row)) for row in rows[:limit]]
    return lines, lines[-1].id if len(rows) > limit else None


async def notice_document(notice_id: str, by: Principal) -> NoticeShown:
    """Return one notice with its stations and screens; NotFoundError when the caller sees none of its stations."""
    row = await EmergencyNotice.get_or_none(id=id_of(notice_id, "没有这条通知"))
    places = await EmergencyPlace.filter(notice=row.id).order_by("station") if row is not None else []
    places = [place for place in places if by.allows(place.station)]
    if row is None or not places:
        raise NotFoundError("没有这条通知")
    screens = await EmergencyScreen.filter(place_id__in=[place.id for place in places]).order_by("slot")
    names = await fleet.station_names([place.station for place in places])
    shown = [
        await _place(row, place, names.get(place.station, place.station),
                     [screen for screen in screens if screen.place_id == place.id])
        for place in places
    ]  # fmt: skip
    return NoticeShown(**_line(row, screens).model_dump(), places=shown)


async def _place(
    row: EmergencyNotice, place: EmergencyPlace, name: str, screens: Sequence[EmergencyScreen]
) -> PlaceShown:
    presence = await fleet.station_state(place.station)
    over = row.ended_at is not None or place.ended_at is not None
    return PlaceShown(
        station=place.station, name=name, presence=presence, taken_at=_text(place.taken_at),
        ended_at=_text(place.ended_at), end_reason=place.end_reason, ended_by=place.ended_by,
        screens=[_screen(row, screen, state_of(screen, presence, over=over)) for screen in screens],
    )  # fmt: skip


def state_of(screen: EmergencyScreen, presence: str, *, over: bool) -> ScreenState:
    """Return how a screen stands."""
    if screen.shown_at is not None:
        return "shown"
    if over:
        return "missed"
    return "waiting" if presence == ONLINE else "unreachable"


def _screen(row: EmergencyNotice, screen: EmergencyScreen, state: ScreenState) -> ScreenShown:
    took = None
    if screen.heard_at is not None:
        took = max(0, round((screen.heard_at - row.raised_at).total_seconds() * 1000))
    return ScreenShown(
        slot=screen.slot, state=state, shown_at=_text(screen.shown_at), took_ms=took, content=screen.content,
        via=screen.via, width=screen.width, height=screen.height, trouble=screen.trouble,
    )  # fmt: skip


def _line(row: EmergencyNotice, screens: Sequence[EmergencyScreen]) -> NoticeLine:
    notice = notice_of(row)
    return NoticeLine(
        id=notice.id, kind=notice.kind, title=row.title, text=row.text, drill=row.drill, sound=row.sound,
        origin=row.origin, by=row.by, raised_at=format_time(row.raised_at), ends_at=format_time(row.ends_at),
        ended_at=_text(row.ended_at), end_reason=row.end_reason, ended_by=row.ended_by, content=notice.content_hash,
        screens=len(screens), shown=sum(screen.shown_at is not None for screen in screens),
    )  # fmt: skip


async def _screens_of(row: EmergencyNotice) -> list[EmergencyScreen]:
    return await EmergencyScreen.filter(place__notice=row.id)


def _text(moment: datetime | None) -> str | None:
    return format_time(moment) if moment is not None else None
