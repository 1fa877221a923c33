"""Login, logout and the page 今天."""

from collections.abc import Iterable
from datetime import date, datetime

from aiohttp import web

from cloud.fleet import service as fleet
from cloud.identity import service as identity
from cloud.identity.guard import COOKIE
from cloud.jobs import service as jobs
from cloud.jobs.pages import post_row
from cloud.kpi import service as kpi
from cloud.kpi.pages import recent_days
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.web.assets import Assets
from cloud.web.formats import SHANGHAI, stamp
from cloud.web.navigation import home_of
from cloud.web.shell import ASSETS, STRINGS, page, render
from cloud.web.views.strip import Strip, build_strip, empty_strip
from cloud.web.views.today import AlarmRow, QueueItem, StationToday, TodayPage
from protocols.rules.errors import MissingTable

#: Posts listed on the page; the rest is one click away.
FEED_POSTS = 8


async def static(request: web.Request) -> web.Response:
    """GET /static/{name}."""
    assets: Assets = request.app[ASSETS]
    return assets.respond(request)


async def login_page(request: web.Request) -> web.Response:
    """GET /login."""
    return _login(request, _next(request.query.get("next", "")))


async def login(request: web.Request) -> web.Response:
    """POST /login: open a session and go on to where the person wanted to go."""
    form = await request.post()
    name, password = str(form.get("name", "")), str(form.get("password", ""))
    onward = _next(str(form.get("next", "")))
    t = request.app[STRINGS]
    core = request.app[CORE]
    try:
        opened = await identity.log_in(core, name, password)
    except identity.WrongPasswordError:
        return _login(request, onward, name, t("login.wrong"), 401)
    except identity.LockedError as error:
        return _login(request, onward, name, t("login.wait", seconds=error.wait_s), 429)
    target = home_of(opened.principal) if onward == "/" else onward
    response = web.Response(status=303, headers={"Location": target})
    response.set_cookie(
        COOKIE, opened.cookie, httponly=True, samesite="Lax", secure=core.settings.secure_cookies, path="/"
    )
    return response


async def logout(request: web.Request) -> web.Response:
    """POST /logout."""
    if PRINCIPAL in request:
        await identity.log_out(request[PRINCIPAL])
    response = web.Response(status=303, headers={"Location": "/login"})
    response.del_cookie(COOKIE, path="/")
    return response


async def today(request: web.Request) -> web.Response:
    """GET /: is every hall open, what waits for a person, what was published."""
    core = request.app[CORE]
    now = core.now()
    day = now.astimezone(SHANGHAI).date()
    stations = await fleet.list_stations()
    rows = [
        StationToday(one.id, one.name, one.state if one.since else "unknown", await strip_of(one.id, now))
        for one in stations
    ]
    posts = [post_row(post) for post in await jobs.published_on(day)]
    content = TodayPage(
        day=day,
        stations=rows,
        queue=[item for item in await _queue(stations, rows, request) if item.count],
        posts=posts[:FEED_POSTS],
        published=len(posts),
        wanted=sum(post.headcount for post in posts),
        alarms=await _alarms(stations),
        recent=await recent_days([(one.id, one.name) for one in stations], day),
    )
    return page(request, "today.html", "today", page=content)


async def _alarms(stations: Iterable[fleet.StationSummary]) -> list[AlarmRow]:
    names = {one.id: one.name for one in stations}
    return [
        AlarmRow(
            row.id, row.kind, row.station, names.get(row.station, row.station), row.subject, row.times, row.last_at
        )
        for row in await fleet.open_alarms()
    ]


async def strip_of(station: str, now: datetime) -> Strip:
    """Return the strip of a station's day so far; without a table of holidays there is none."""
    try:
        strip = await kpi.today_strip(station, now)
    except MissingTable:
        return empty_strip(_day(now))
    return build_strip(strip.result, strip.as_of)


async def _queue(
    stations: Iterable[fleet.StationSummary], rows: Iterable[StationToday], request: web.Request
) -> list[QueueItem]:
    stations = list(stations)
    counts = await jobs.count_posts()
    offline = [one for one in stations if one.state != "online" and one.since]
    stale = [one for one in stations if one.slots.get("stale") and one.state == "online"]
    dead = [one for one in stations if one.dead_letters]
    violating = [row for row in rows if row.strip.verdict == "violation"]
    undecided = await fleet.undecided_commands()
    asked = [one for one in stations if one.id in {row.station for row in undecided}]
    t = request.app[STRINGS]
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
        QueueItem("dead", "inbox", sum(one.dead_letters for one in dead), "/deadletters"),
        QueueItem("unclaimed", "help-circle", len(await fleet.list_unclaimed()), "/venues"),
    ]  # fmt: skip


def _of(rows: list[fleet.StationSummary] | list[StationToday]) -> str:
    """Return the page of the station if it is only one, else that of all."""
    return f"/venues/{rows[0].id}" if len(rows) == 1 else "/venues"


def _names(rows: list[fleet.StationSummary] | list[StationToday]) -> str:
    return "、".join(row.name for row in rows[:3])


def _login(request: web.Request, onward: str, name: str = "", error: str = "", status: int = 200) -> web.Response:
    strip = empty_strip(_day(request.app[CORE].now()))
    return render(request, "login.html", {"strip": strip, "next": onward, "name": name, "error": error}, status)


def _day(now: datetime) -> date:
    return now.astimezone(SHANGHAI).date()


def _next(target: str) -> str:
    """Return an address of this console, never one of somebody else."""
    return target if target.startswith("/") and not target.startswith(("//", "/\\")) else "/"
