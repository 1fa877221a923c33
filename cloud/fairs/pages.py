"""The pages of 招聘会: the month with its fairs and shows, what is ahead, a fair's plan, papers, steps and history."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from aiohttp import web

from cloud.fairs import booths, campaigns, plans, watch
from cloud.fairs.arrivals import counters_of
from cloud.fairs.drafts import FairDraft, PaperAsked
from cloud.fairs.law import rules_on
from cloud.fairs.models import Fair
from cloud.fairs.month import month_of
from cloud.fairs.states import FAIR_STATES, FAIRS, PLANNED, REASONED, is_there, needed_papers
from cloud.fairs.tally import tallies
from cloud.fleet import service as fleet
from cloud.identity.guard import require_visible, visible
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.http import parse
from cloud.platform.inputs import id_of
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.problems import ProblemError
from cloud.platform.times import market_day
from cloud.web.mistakes import mistakes_of, sent_time, typed_time, whole
from cloud.web.phone import fields_of
from cloud.web.shell import STRINGS, page, see_other

AREA: Final = "fairs"
_TEXTS: Final = ("title", "station", "venue", "about")
_NUMBERS: Final = ("expected_people", "booth_count")
_TIMES: Final = ("starts_at", "ends_at")
REFUSALS: Final = (ConflictError, InvalidInputError, ProblemError)


async def fairs_page(request: web.Request) -> web.Response:
    """GET /fairs?month=&state=&after=: the month, what is ahead, the list."""
    core = request.app[CORE]
    today = market_day(core.now())
    state = request.query.get("state", "")
    state = state if state in FAIR_STATES else ""
    after = request.query.get("after", "")
    cursor = str(id_of(after, "没有这一页")) if after else None
    found = await plans.list_fairs(state=state, cursor=cursor)
    return page(
        request,
        "fairs/list.html",
        AREA,
        month=await month_of(request.query.get("month", ""), today),
        outlook=await watch.outlook(core),
        rows=[(fair, tally) for fair, tally in found.items if visible(request, fair.station or None)],
        next=found.next,
        state=state,
        states=FAIR_STATES,
        today=today,
    )


async def new_page(request: web.Request) -> web.Response:
    """GET /fairs/new?day=: a plan begins on a Saturday morning."""
    today = market_day(request.app[CORE].now())
    day = _day(request.query.get("day", "")) or today + timedelta(days=(5 - today.weekday()) % 7 + 7)
    values = {"starts_at": f"{day}T09:00", "ends_at": f"{day}T12:00", "expected_people": "300", "booth_count": "30"}
    return await _form(request, values, {})


async def edit_page(request: web.Request) -> web.Response:
    """GET /fairs/{id}/edit."""
    fair = await fair_of(request)
    return await _form(request, _typed(fair), {}, str(fair.id))


async def save(request: web.Request) -> web.Response:
    """POST /fairs and POST /fairs/{id}: keep a plan, or show what is wrong with it next to the fields."""
    fair_id, form = request.match_info.get("id", ""), await fields_of(request)
    core, by = request.app[CORE], request[PRINCIPAL].label
    if fair_id:
        await fair_of(request)
    try:
        draft = parse(FairDraft, _sent(form))
        fair = await (
            plans.update_fair(core, fair_id, draft, by=by) if fair_id else plans.create_fair(core, draft, by=by)
        )
    except InvalidInputError as error:
        return await _form(request, form, mistakes_of(error.fields, request.app[STRINGS]), fair_id, 422)
    except ConflictError as error:
        return await _form(request, form, {"": str(error)}, fair_id, 409)
    return see_other(f"/fairs/{fair.id}")


async def fair_page(request: web.Request) -> web.Response:
    """GET /fairs/{id}."""
    return await shown(request)


async def step(request: web.Request) -> web.Response:
    """POST /fairs/{id}/step: `to` and `reason`."""
    fair, form = await fair_of(request), await fields_of(request)
    by, reason = request[PRINCIPAL].label, form.get("reason", "").strip()[:300]
    try:
        await plans.move_fair(request.app[CORE], str(fair.id), form.get("to", ""), by=by, reason=reason)
    except REFUSALS as error:
        return await shown(request, refusal(error))
    return see_other(f"/fairs/{fair.id}")


async def save_paper(request: web.Request) -> web.Response:
    """POST /fairs/{id}/papers/{paper}."""
    fair, form = await fair_of(request), await fields_of(request)
    try:
        asked = parse(PaperAsked, {"reference": form.get("reference", "")})
        paper, by = request.match_info["paper"], request[PRINCIPAL].label
        await plans.file_paper(request.app[CORE], str(fair.id), paper, asked.reference, by=by)
    except InvalidInputError:
        return await shown(request, request.app[STRINGS]("fair.paper_reference"))
    except ConflictError as error:
        return await shown(request, str(error))
    return see_other(f"/fairs/{fair.id}#papers")


async def fair_of(request: web.Request) -> Fair:
    """Return the fair of an address; one of a station that the caller may not see is not there."""
    fair = await plans.get_fair(request.match_info["id"])
    require_visible(request, fair.station or None, "fair")
    return fair


def refusal(error: Exception) -> str:
    """Return why something was refused, in words."""
    return error.detail if isinstance(error, ProblemError) else str(error)


async def shown(request: web.Request, message: str = "") -> web.Response:
    """Return the page of a fair; `message` says why something was refused."""
    fair, core = await fair_of(request), request.app[CORE]
    standing = await plans.standing_of(fair)
    papers = {row.paper: row for row in await plans.papers_of(fair)}
    content = {
        "fair": fair,
        "tally": (await tallies([fair]))[fair.id],
        "papers": [
            (paper, is_there(paper, standing), papers.get(paper.id))
            for paper in needed_papers(fair.expected_people, fair.starts_at)
        ],
        "booths": await booths.booths_of(fair),
        "counters": await counters_of(fair),
        "history": await plans.history(fair),
        "warnings": await watch.warnings_of(fair),
        "needed": rules_on(market_day(fair.starts_at)).posts_per_fair,
        "station": await _station(fair),
        "campaign": await _campaign(fair),
        "steps": [state for state in FAIR_STATES if state in FAIRS[fair.state]],  # type: ignore[index]
        "reasoned": REASONED,
        "may_plan": request[PRINCIPAL].may("fair.write") and fair.state in PLANNED,
        "today": market_day(core.now()),
    }
    status = 409 if message else 200
    return page(request, "fairs/fair.html", AREA, status, message=message, **content)


async def _form(
    request: web.Request, values: Mapping[str, str], errors: Mapping[str, str], fair_id: str = "", status: int = 200
) -> web.Response:
    context: dict[str, Any] = {
        "values": values,
        "errors": errors,
        "id": fair_id,
        "stations": await fleet.station_names(request[PRINCIPAL].stations),
        "campaigns": await campaigns.list_campaigns(),
    }
    return page(request, "fairs/form.html", AREA, status, **context)


def _sent(form: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {name: form.get(name, "") for name in _TEXTS}
    values |= {name: whole(form.get(name, "")) for name in _NUMBERS}
    values |= {name: sent_time(form.get(name, "")) for name in _TIMES}
    return values | {"campaign": form.get("campaign") or None}


def _typed(fair: Fair) -> dict[str, str]:
    values = {name: str(getattr(fair, name)) for name in (*_TEXTS, *_NUMBERS)}
    values |= {name: typed_time(getattr(fair, name)) for name in _TIMES}
    return values | {"campaign": str(fair.campaign or "")}


async def _station(fair: Fair) -> str:
    names = await fleet.station_names(None)
    return names.get(fair.station, fair.station)


async def _campaign(fair: Fair) -> str:
    if fair.campaign is None:
        return ""
    try:
        return (await campaigns.get_campaign(str(fair.campaign))).title
    except NotFoundError:
        return ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
