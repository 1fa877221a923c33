"""Fairs in the firms' portal: which there are, ask for a booth with one's own posts, take that back."""

from typing import Any, Final
from uuid import UUID

from aiohttp import web

from cloud.employers import service as employers
from cloud.fairs import booths, plans
from cloud.fairs.booth_pages import chosen
from cloud.fairs.drafts import OwnBoothAsked
from cloud.fairs.models import Fair
from cloud.fairs.pages import REFUSALS, refusal
from cloud.fairs.states import ASKABLE
from cloud.fairs.tally import tallies
from cloud.jobs import service as jobs
from cloud.platform.errors import NotFoundError
from cloud.platform.http import parse
from cloud.platform.keys import CORE, VISITOR
from cloud.platform.times import market_day
from cloud.web.phone import fields_of, go, phone_page

HOME: Final = "/employer"
#: Fairs in the list: those that come, and the last ones.
MAX_LISTED: Final = 30


async def fairs_page(request: web.Request) -> web.Response:
    """GET /employer/fairs."""
    firm = await employers.firm_of(request[VISITOR])
    rows = await seen_by(UUID(firm["id"]))
    return phone_page(request, "fairs/portal_list.html", home=HOME, firm=firm, rows=rows)


async def fair_page(request: web.Request) -> web.Response:
    """GET /employer/fairs/{id}."""
    return await _fair(request)


async def ask(request: web.Request) -> web.Response:
    """POST /employer/fairs/{id}: `posts` and `note`."""
    firm, form, visitor = await employers.firm_of(request[VISITOR]), await fields_of(request), request[VISITOR]
    fair = await public_fair(request.match_info["id"])
    try:
        asked = parse(OwnBoothAsked, {"posts": await chosen(request), "note": form.get("note", "")})
        await booths.ask_booth(request.app[CORE], str(fair.id), UUID(firm["id"]), asked, by=visitor.label)
    except REFUSALS as error:
        return await _fair(request, refusal(error))
    return go(f"{HOME}/fairs/{fair.id}")


async def withdraw(request: web.Request) -> web.Response:
    """POST /employer/fairs/{id}/withdraw."""
    firm, visitor = await employers.firm_of(request[VISITOR]), request[VISITOR]
    fair = await public_fair(request.match_info["id"])
    try:
        await booths.withdraw_booth(request.app[CORE], str(fair.id), UUID(firm["id"]), by=visitor.label)
    except REFUSALS as error:
        return await _fair(request, refusal(error))
    return go(f"{HOME}/fairs/{fair.id}")


async def public_fair(fair_id: str) -> Fair:
    """Return a fair that the public may know of."""
    fair = await plans.get_fair(fair_id)
    if fair.announced_at is None:
        raise NotFoundError("没有这场招聘会")
    return fair


async def seen_by(firm: UUID) -> list[tuple[Fair, Any, booths.Booth | None]]:
    """Return (fair, tally, the firm's booth) of the fairs that a firm may see, the latest first."""
    fairs = await Fair.filter(announced_at__not_isnull=True).order_by("-starts_at").limit(MAX_LISTED)
    counts = await tallies(fairs)
    return [(fair, counts[fair.id], await booths.booth_of_firm(fair, firm)) for fair in fairs]


async def _fair(request: web.Request, error: str = "") -> web.Response:
    firm, core = await employers.firm_of(request[VISITOR]), request.app[CORE]
    fair = await public_fair(request.match_info["id"])
    booth = await booths.booth_of_firm(fair, UUID(firm["id"]))
    active = booth is not None and booth.row.state in {"requested", "assigned"}
    context = {
        "fair": fair,
        "booth": booth,
        "active": active,
        "posts": await jobs.briefs_of_firm(UUID(firm["id"]), market_day(fair.starts_at)),
        "may_ask": not active and fair.state in ASKABLE and fair.starts_at > core.now(),
        "firm": firm,
    }
    return phone_page(
        request, "fairs/portal_fair.html", home=HOME, status=409 if error else 200, error=error, **context
    )
