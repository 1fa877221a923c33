"""Booths on the console: give one to a firm, decide what firms ask for, their posts, who came, what came of it."""

from typing import Final
from uuid import UUID

from aiohttp import web

from cloud.fairs import booths
from cloud.fairs.drafts import MAX_BOOTH_POSTS, BoothAsked, BoothResults, BoothStep
from cloud.fairs.pages import AREA, REFUSALS, fair_of, refusal, shown
from cloud.jobs import service as jobs
from cloud.platform.errors import InvalidInputError
from cloud.platform.http import parse
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.times import market_day
from cloud.web.mistakes import whole
from cloud.web.phone import fields_of
from cloud.web.shell import STRINGS, page, see_other

#: Firms in the list to choose from.
MAX_FIRMS: Final = 500


async def new_page(request: web.Request) -> web.Response:
    """GET /fairs/{id}/booths/new?firm=: choose a firm, then its posts."""
    return await _new(request, request.query.get("firm", ""))


async def give(request: web.Request) -> web.Response:
    """POST /fairs/{id}/booths: `firm`, `posts`, `number`."""
    fair, form = await fair_of(request), await fields_of(request)
    try:
        asked = {"firm": form.get("firm", ""), "posts": await chosen(request), "number": whole(form.get("number", ""))}
        draft = parse(BoothAsked, asked)
        await booths.give_booth(request.app[CORE], str(fair.id), draft, by=request[PRINCIPAL].label)
    except REFUSALS as error:
        return await _new(request, form.get("firm", ""), refusal(error))
    return see_other(f"/fairs/{fair.id}#booths")


async def decide(request: web.Request) -> web.Response:
    """POST /fairs/{id}/booths/{booth}: `to`, `number`, `note`."""
    fair, form = await fair_of(request), await fields_of(request)
    asked = {"to": form.get("to", ""), "number": whole(form.get("number", "")), "note": form.get("note", "")}
    try:
        step = parse(BoothStep, asked)
        booth, by = request.match_info["booth"], request[PRINCIPAL].label
        await booths.decide_booth(request.app[CORE], str(fair.id), booth, step, by=by)
    except REFUSALS as error:
        return await shown(request, refusal(error))
    return see_other(f"/fairs/{fair.id}#booths")


async def booth_page(request: web.Request) -> web.Response:
    """GET /fairs/{id}/booths/{booth}: posts and results."""
    return await _booth(request)


async def save_posts(request: web.Request) -> web.Response:
    """POST /fairs/{id}/booths/{booth}/posts."""
    fair, booth = await fair_of(request), request.match_info["booth"]
    try:
        posts = [UUID(text) for text in (await chosen(request))[:MAX_BOOTH_POSTS]]
        await booths.bring_posts(request.app[CORE], str(fair.id), booth, posts, by=request[PRINCIPAL].label)
    except (*REFUSALS, ValueError) as error:
        return await _booth(request, refusal(error))
    return see_other(f"/fairs/{fair.id}/booths/{booth}")


async def arrived(request: web.Request) -> web.Response:
    """POST /fairs/{id}/booths/{booth}/arrived."""
    fair = await fair_of(request)
    try:
        await booths.mark_arrived(request.app[CORE], str(fair.id), request.match_info["booth"])
    except REFUSALS as error:
        return await shown(request, refusal(error))
    return see_other(f"/fairs/{fair.id}#booths")


async def save_results(request: web.Request) -> web.Response:
    """POST /fairs/{id}/booths/{booth}/results."""
    fair, booth, form = await fair_of(request), request.match_info["booth"], await fields_of(request)
    try:
        typed = {name: whole(form.get(name, "")) for name in ("resumes", "intentions", "hires")}
        results = parse(BoothResults, typed)
        await booths.set_results(request.app[CORE], str(fair.id), booth, results, by=request[PRINCIPAL].label)
    except InvalidInputError as error:
        words = next(iter(error.fields.values()), "") if "" in error.fields else request.app[STRINGS]("form.whole")
        return await _booth(request, words)
    except REFUSALS as error:
        return await _booth(request, refusal(error))
    return see_other(f"/fairs/{fair.id}#booths")


async def chosen(request: web.Request) -> list[str]:
    """Return the posts that are ticked in a form."""
    return [str(value) for value in (await request.post()).getall("posts", [])]


async def _new(request: web.Request, firm_id: str, message: str = "") -> web.Response:
    fair = await fair_of(request)
    firms, _ = await jobs.list_firms(limit=MAX_FIRMS)
    firm = next((one for one in firms if one["id"] == firm_id), None)
    posts = await jobs.briefs_of_firm(UUID(firm["id"]), market_day(fair.starts_at)) if firm else []
    context = {
        "fair": fair,
        "firms": [one for one in firms if one["verified"]],
        "firm": firm,
        "posts": posts,
        "free": await booths.free_numbers(fair),
        "most": MAX_BOOTH_POSTS,
    }
    return page(request, "fairs/booth_new.html", AREA, 409 if message else 200, message=message, **context)


async def _booth(request: web.Request, message: str = "") -> web.Response:
    fair = await fair_of(request)
    _, booth = await booths.get_booth(str(fair.id), request.match_info["booth"])
    offered = await jobs.briefs_of_firm(booth.row.firm, market_day(fair.starts_at))
    brought = {brief.id for brief in booth.posts}
    posts = [*booth.posts, *(brief for brief in offered if brief.id not in brought)]
    context = {"fair": fair, "booth": booth, "posts": posts, "brought": brought, "most": MAX_BOOTH_POSTS}
    return page(request, "fairs/booth.html", AREA, 409 if message else 200, message=message, **context)
