"""REST of fairs: the plan and its steps, papers, booths, arrivals, counters, what is ahead, what was held."""

from typing import Final

from aiohttp import web

from cloud.fairs import arrivals, booths, documents, plans, shapes, watch
from cloud.fairs.drafts import (
    ArrivalAsked,
    BoothAsked,
    BoothResults,
    BoothStep,
    FairDraft,
    PaperAsked,
    StepAsked,
)
from cloud.fairs.hall_pages import arrive
from cloud.fairs.models import FairBooth
from cloud.fairs.pages import fair_of
from cloud.identity.guard import visible
from cloud.platform.errors import InvalidInputError
from cloud.platform.http import answer
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.shapes import Page, body_of, query_of
from cloud.platform.versions import answer_version, check_version, names_version, tag_of

#: Whoever asks what was held in a longer time asks twice.
MAX_DAYS: Final = 3 * 366


async def list_fairs(request: web.Request) -> web.Response:
    """GET /api/v1/fairs."""
    query = query_of(request, shapes.FairsQuery)
    found = await plans.list_fairs(state=query.state or "", cursor=query.cursor, limit=query.limit)
    items = [documents.fair_shown(fair, tally) for fair, tally in found.items if visible(request, fair.station or None)]
    return answer(Page[shapes.FairShown](items=items, next=found.next))


async def create_fair(request: web.Request) -> web.Response:
    """POST /api/v1/fairs."""
    fair = await plans.create_fair(request.app[CORE], body_of(request, FairDraft), by=request[PRINCIPAL].label)
    headers = {"Location": f"/api/v1/fairs/{fair.id}"}
    return answer_version(request, await documents.fair_document(fair), status=201, headers=headers)


async def get_fair(request: web.Request) -> web.Response:
    """GET /api/v1/fairs/{id}."""
    return answer_version(request, await documents.fair_document(await fair_of(request)))


async def update_fair(request: web.Request) -> web.Response:
    """PUT /api/v1/fairs/{id}: while it is not open."""
    fair = await fair_of(request)
    if names_version(request):
        check_version(request, tag_of(await documents.fair_document(await plans.hold_fair(str(fair.id)))))
    draft, by = body_of(request, FairDraft), request[PRINCIPAL].label
    fair = await plans.update_fair(request.app[CORE], str(fair.id), draft, by=by)
    return answer_version(request, await documents.fair_document(fair))


async def step_fair(request: web.Request) -> web.Response:
    """POST /api/v1/fairs/{id}/step: 409 names the papers that are missing."""
    fair, asked = await fair_of(request), body_of(request, StepAsked)
    by = request[PRINCIPAL].label
    fair = await plans.move_fair(request.app[CORE], str(fair.id), asked.to, by=by, reason=asked.reason)
    return answer(await documents.fair_document(fair))


async def list_papers(request: web.Request) -> web.Response:
    """GET /api/v1/fairs/{id}/papers: the checklist of the law."""
    items = await documents.papers_shown(await fair_of(request))
    return answer(Page[shapes.PaperShown](items=items, next=None))


async def put_paper(request: web.Request) -> web.Response:
    """PUT /api/v1/fairs/{id}/papers/{paper}."""
    fair, asked = await fair_of(request), body_of(request, PaperAsked)
    paper, by = request.match_info["paper"], request[PRINCIPAL].label
    fair = await plans.file_paper(request.app[CORE], str(fair.id), paper, asked.reference, by=by)
    return answer(Page[shapes.PaperShown](items=await documents.papers_shown(fair), next=None))


async def list_booths(request: web.Request) -> web.Response:
    """GET /api/v1/fairs/{id}/booths."""
    items = [documents.booth_shown(booth) for booth in await booths.booths_of(await fair_of(request))]
    return answer(Page[shapes.BoothShown](items=items, next=None))


async def give_booth(request: web.Request) -> web.Response:
    """POST /api/v1/fairs/{id}/booths: for a firm that did not ask."""
    fair, asked = await fair_of(request), body_of(request, BoothAsked)
    booth = await booths.give_booth(request.app[CORE], str(fair.id), asked, by=request[PRINCIPAL].label)
    return await _booth(request, booth, 201)


async def decide_booth(request: web.Request) -> web.Response:
    """POST /api/v1/fairs/{id}/booths/{booth}/step."""
    fair, step, booth_id = await fair_of(request), body_of(request, BoothStep), request.match_info["booth"]
    booth = await booths.decide_booth(request.app[CORE], str(fair.id), booth_id, step, by=request[PRINCIPAL].label)
    return await _booth(request, booth)


async def put_results(request: web.Request) -> web.Response:
    """PUT /api/v1/fairs/{id}/booths/{booth}/results."""
    fair, results, booth_id = await fair_of(request), body_of(request, BoothResults), request.match_info["booth"]
    by = request[PRINCIPAL].label
    booth = await booths.set_results(request.app[CORE], str(fair.id), booth_id, results, by=by)
    return await _booth(request, booth)


async def note_arrival(request: web.Request) -> web.Response:
    """POST /api/v1/fairs/{id}/arrivals: by pass, by card, or people without a name."""
    fair, asked = await fair_of(request), body_of(request, ArrivalAsked)
    result = await arrive(request.app[CORE], fair, asked, by=request[PRINCIPAL].label)
    return answer(shapes.ArrivalShown(result=result))


async def get_counters(request: web.Request) -> web.Response:
    """GET /api/v1/fairs/{id}/counters."""
    return answer(documents.counters_shown(await arrivals.counters_of(await fair_of(request))))


async def get_outlook(request: web.Request) -> web.Response:
    """GET /api/v1/fair-outlook: fairs that lack posts, weeks that lack a fair."""
    found = await watch.outlook(request.app[CORE])
    short = [
        shapes.ShortShown(
            fair=str(one.fair.id), title=one.fair.title, days_left=one.days_left, days_before=one.days_before,
            posts=one.tally.posts, missing=one.missing,
        )
        for one in found.short if visible(request, one.fair.station or None)
    ]  # fmt: skip
    weeks = [shapes.WeekShown(week=week.name, posts=week.best) for week in found.weeks]
    rules = found.rules
    shown = shapes.OutlookShown(
        posts_per_fair=rules.posts_per_fair, warn_days=list(rules.warn_days), weeks=weeks, short=short
    )
    return answer(shown)


async def get_period(request: web.Request) -> web.Response:
    """GET /api/v1/fair-period: the fairs that were held, as the score takes them."""
    asked = query_of(request, shapes.PeriodQuery)
    if not 0 <= (asked.last - asked.first).days < MAX_DAYS:
        words = f"期间为 1–{MAX_DAYS} 天"
        raise InvalidInputError(words, {"last": words})
    found = await watch.fairs_of_period(asked.first, asked.last)
    fairs = [shapes.HeldShown(date=fair.date.isoformat(), posts=fair.posts) for fair in found.fairs]
    without, few = list(found.without), list(found.too_few)
    return answer(shapes.PeriodShown(fairs=fairs, weeks_without=without, weeks_with_too_few=few))


async def _booth(request: web.Request, row: FairBooth, status: int = 200) -> web.Response:
    _, booth = await booths.get_booth(request.match_info["id"], str(row.id))
    return answer(documents.booth_shown(booth), status)
