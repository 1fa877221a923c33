"""Fairs and live shows on the phone: what is coming, check in at a fair, want a post of a show, the pass."""

from typing import Any, Final
from uuid import UUID

from aiohttp import web

from cloud.fairs import arrivals, booths, plans, shows
from cloud.fairs.portal import public_fair
from cloud.fairs.show_models import LiveShow
from cloud.fairs.tally import tallies
from cloud.fairs.walls import coming_fairs, coming_shows
from cloud.identity.guard import visitor_in
from cloud.platform.errors import ConflictError, NotFoundError
from cloud.platform.keys import CORE, VISITOR
from cloud.platform.qr import svg_of
from cloud.web.phone import go, phone_page
from cloud.web.shell import STRINGS

HOME: Final = "/my"
PUBLIC_HOME: Final = "/events"


async def events_page(request: web.Request) -> web.Response:
    """GET /events: what is coming."""
    now = request.app[CORE].now()
    context: dict[str, Any] = {"fairs": await coming_fairs(now), "shows": await coming_shows(now)}
    return phone_page(request, "fairs/events.html", home=PUBLIC_HOME, **context)


async def fair_page(request: web.Request) -> web.Response:
    """GET /events/fairs/{id}: firms and posts of a fair."""
    fair = await public_fair(request.match_info["id"])
    rows = [booth for booth in await booths.booths_of(fair) if booth.row.state == "assigned"]
    tally = (await tallies([fair]))[fair.id]
    return phone_page(request, "fairs/event_fair.html", home=PUBLIC_HOME, fair=fair, rows=rows, tally=tally)


async def show_page(request: web.Request) -> web.Response:
    """GET /events/shows/{id}: the posts of a show, each to be wanted."""
    show = await shows.get_show(request.match_info["id"])
    visitor = await visitor_in(request)
    seeker = visitor if visitor is not None and visitor.kind == "seeker" else None
    wanted = await shows.wanted_by(show, seeker.id) if seeker else set()
    posts = await shows.posts_of_show(show)
    return phone_page(request, "fairs/event_show.html", home=PUBLIC_HOME, show=show, posts=posts, wanted=wanted)


async def want_page(request: web.Request) -> web.Response:
    """GET /my/shows/{id}/{post}: asked once more after the login, then noted."""
    show, post = await _show_post(request)
    wanted = post.post.id in await shows.wanted_by(show, request[VISITOR].id)
    return phone_page(request, "fairs/my_want.html", home=HOME, show=show, one=post, wanted=wanted)


async def want(request: web.Request) -> web.Response:
    """POST /my/shows/{id}/{post}."""
    show, post = await _show_post(request)
    try:
        await shows.apply_at(request.app[CORE], str(show.id), post.post.id, request[VISITOR].id)
    except ConflictError as error:
        context = {"show": show, "one": post, "wanted": False, "error": str(error)}
        return phone_page(request, "fairs/my_want.html", home=HOME, status=409, **context)
    return go(f"/my/shows/{show.id}/{post.post.id}")


async def check_in_page(request: web.Request) -> web.Response:
    """GET /my/fairs/{code}: what the QR of a fair opens."""
    return await _check_in(request)


async def check_in(request: web.Request) -> web.Response:
    """POST /my/fairs/{code}: the same answer however often."""
    fair = await plans.fair_of_code(request.match_info["code"])
    try:
        await arrivals.check_in(request.app[CORE], fair, request[VISITOR].id, "phone", by="self")
    except ConflictError as error:
        return await _check_in(request, str(error))
    return go(f"/my/fairs/{fair.code}")


async def pass_page(request: web.Request) -> web.Response:
    """GET /my/pass: the code that a counter scans."""
    text = arrivals.pass_of(request.app[CORE], request[VISITOR].id)
    return phone_page(request, "fairs/my_pass.html", home=HOME, qr=svg_of(text, request.app[STRINGS]("event.pass")))


async def _check_in(request: web.Request, error: str = "") -> web.Response:
    fair = await plans.fair_of_code(request.match_info["code"])
    at = await arrivals.arrived_at(fair, request[VISITOR].id)
    status = 409 if error else 200
    return phone_page(request, "fairs/my_check_in.html", home=HOME, status=status, fair=fair, at=at, error=error)


async def _show_post(request: web.Request) -> tuple[LiveShow, shows.Shown]:
    show = await shows.get_show(request.match_info["id"])
    try:
        wanted = UUID(request.match_info["post"])
    except ValueError as error:
        raise NotFoundError("这场直播没有这个岗位") from error
    for post in await shows.posts_of_show(show):
        if post.post.id == wanted:
            return show, post
    raise NotFoundError("这场直播没有这个岗位")
