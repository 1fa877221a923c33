"""Static files and the page 今天."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from aiohttp import web

from cloud.employers import service as employers
from cloud.fairs import service as fairs
from cloud.fleet import service as fleet
from cloud.identity import service as identity
from cloud.identity.guard import visible
from cloud.jobs import service as jobs
from cloud.jobs.pages import post_row
from cloud.kpi.pages import recent_days, strips_of
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.service.talks import desk_queue
from cloud.web.assets import Assets
from cloud.web.formats import SHANGHAI, stamp
from cloud.web.shell import ASSETS, STRINGS, page
from cloud.web.views.today import AlarmRow, QueueItem, StationToday, TodayPage

#: Posts listed on the page; the rest is one click away.
FEED_POSTS = 8


async def static(request: web.Request) -> web.Response:
    """GET /static/{name}."""
    assets: Assets = request.app[ASSETS]
    return assets.respond(request)


async def today(request: web.Request) -> web.Response:
    """GET /: is every hall open, what waits for a person, what was published."""
    core = request.app[CORE]
    now = core.now()
    day = now.astimezone(SHANGHAI).date()
    stations = [one for one in await fleet.list_stations() if visible(request, one.id)]
    strips = await strips_of([one.id for one in stations], now)
    rows = [StationToday(one.id, one.name, one.state if one.since else "unknown", strips[one.id]) for one in stations]
    posts, published, wanted = await jobs.published_on(day, FEED_POSTS)
    content = TodayPage(
        day=day,
        stations=rows,
        queue=[item for item in await _queue(stations, rows, request) if item.count],
        posts=[post_row(post) for post in posts],
        published=published,
        wanted=wanted,
        alarms=await _alarms(stations, request[PRINCIPAL].stations),
        recent=await recent_days([(one.id, one.name) for one in stations], day),
    )
    return page(request, "today.html", "today", page=content)


async def _alarms(stations: Iterable[fleet.StationSummary], among: Collection[str] | None) -> list[AlarmRow]:
    names = {one.id: one.name for one in stations}
    return [
        AlarmRow(
            row.id,
            row.kind,
            row.station,
            names.get(row.station, row.station),
            row.subject,
            row.times,
            row.last_at,
            fleet.alarm_text(row),
        )
        for row in await fleet.open_alarms(among)
    ]


async def _queue(
    stations: Iterable[fleet.StationSummary], rows: Iterable[StationToday], request: web.Request
) -> list[QueueItem]:
    stations = list(stations)
    counts = await jobs.count_posts()
    offline = [one for one in stations if one.state != "online" and one.since]
    stale = [one for one in stations if one.slots.get("stale") and one.state == "online"]
    dead = [one for one in stations if one.dead_letters]
    violating = [row for row in rows if row.strip.verdict == "violation"]
    among = request[PRINCIPAL].stations
    undecided = await fleet.undecided_commands(among=among)
    asked = [one for one in stations if one.id in {row.station for row in undecided}]
    unclaimed = len(await fleet.list_unclaimed()) if among is None else 0
    t = request.app[STRINGS]
    ahead = await fairs.outlook(request.app[CORE]) if request[PRINCIPAL].may("fair.write") else None
    since = (
        t("queue.since", name=_names(offline), time=stamp(min(one.since for one in offline if one.since)))
        if offline
        else ""
    )
    return [
        QueueItem("indeterminate", "help-circle", len(undecided), _of(asked), urgent=True, why=_names(asked)),
        QueueItem("violation", "circle-x", len(violating), _of(violating), urgent=True, why=_names(violating)),
        QueueItem("offline", "wifi-off", len(offline), _of(offline), urgent=True, why=since),
        QueueItem(
            "stale", "alert-triangle", sum(one.slots["stale"] for one in stale), _of(stale), urgent=True,
            why=_names(stale),
        ),
        QueueItem("review", "eye", counts["in_review"], "/posts?state=in_review"),
        QueueItem("blocked", "lock", counts["blocked"], "/posts?state=blocked"),
        QueueItem("firm", "shield-check", await employers.count_waiting(), "/firms?standing=submitted"),
        QueueItem("dead", "inbox", sum(one.dead_letters for one in dead), "/deadletters"),
        QueueItem("unclaimed", "help-circle", unclaimed, "/venues"),
        *[QueueItem(*one, urgent=True) for one in await desk_queue(request.app[CORE], request[PRINCIPAL])],
        QueueItem("fair_posts", "speakerphone", len(ahead.short) if ahead else 0, "/fairs", urgent=True,
                  why="、".join(one.fair.title for one in ahead.short[:3]) if ahead else ""),
        QueueItem("fair_week", "calendar-off", len(ahead.empty_weeks) if ahead else 0, "/fairs", urgent=True,
                  why="、".join(week.name for week in ahead.empty_weeks) if ahead else ""),
        QueueItem("approval", "user-check", len(await identity.waiting_for(request[PRINCIPAL])), "/system/approvals"),
    ]  # fmt: skip


def _of(rows: list[fleet.StationSummary] | list[StationToday]) -> str:
    """Return the page of the station if it is only one, else that of all."""
    return f"/venues/{rows[0].id}" if len(rows) == 1 else "/venues"


def _names(rows: list[fleet.StationSummary] | list[StationToday]) -> str:
    return "、".join(row.name for row in rows[:3])


def _day(now: datetime) -> date:
    return now.astimezone(SHANGHAI).date()
