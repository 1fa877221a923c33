"""REST of campaigns, publicity and live shows, and of fairs for firms and jobseekers."""

from uuid import UUID

from aiohttp import web

from cloud.employers import service as employers
from cloud.fairs import arrivals, booths, campaigns, documents, plans, shapes, shows
from cloud.fairs.drafts import CampaignDraft, OwnBoothAsked, PublicityDraft, ShowDraft, ShowResult, StepAsked
from cloud.fairs.portal import public_fair, seen_by
from cloud.fairs.show_pages import show_of
from cloud.identity.guard import visible
from cloud.platform.http import answer
from cloud.platform.keys import CORE, PRINCIPAL, VISITOR
from cloud.platform.shapes import Page, body_of


async def list_campaigns(request: web.Request) -> web.Response:
    """GET /api/v1/campaigns."""
    del request
    items = [documents.campaign_shown(row) for row in await campaigns.list_campaigns()]
    return answer(Page[shapes.CampaignShown](items=items, next=None))


async def create_campaign(request: web.Request) -> web.Response:
    """POST /api/v1/campaigns."""
    draft, by = body_of(request, CampaignDraft), request[PRINCIPAL].label
    return answer(documents.campaign_shown(await campaigns.save_campaign(request.app[CORE], draft, by=by)), 201)


async def list_publicity(request: web.Request) -> web.Response:
    """GET /api/v1/publicity."""
    del request
    rows = await campaigns.list_publicity()
    pictures = await campaigns.pictures_of(rows)
    items = [documents.publicity_shown(row, pictures[row.id]) for row in rows]
    return answer(Page[shapes.PublicityShown](items=items, next=None))


async def create_publicity(request: web.Request) -> web.Response:
    """POST /api/v1/publicity."""
    draft, by = body_of(request, PublicityDraft), request[PRINCIPAL].label
    row = await campaigns.add_publicity(request.app[CORE], draft, by=by)
    return answer(documents.publicity_shown(row, []), 201)


async def list_shows(request: web.Request) -> web.Response:
    """GET /api/v1/shows: the latest first."""
    rows = [show for show in await shows.list_shows() if visible(request, show.station or None)]
    items = [await documents.show_document(show) for show in rows]
    return answer(Page[shapes.ShowShown](items=items, next=None))


async def create_show(request: web.Request) -> web.Response:
    """POST /api/v1/shows."""
    draft, by = body_of(request, ShowDraft), request[PRINCIPAL].label
    show = await shows.save_show(request.app[CORE], draft, by=by)
    return answer(await documents.show_document(show), 201, {"Location": f"/api/v1/shows/{show.id}"})


async def get_show(request: web.Request) -> web.Response:
    """GET /api/v1/shows/{id}."""
    return answer(await documents.show_document(await show_of(request)))


async def step_show(request: web.Request) -> web.Response:
    """POST /api/v1/shows/{id}/step."""
    show, asked = await show_of(request), body_of(request, StepAsked)
    show = await shows.move_show(request.app[CORE], str(show.id), asked.to, reason=asked.reason)
    return answer(await documents.show_document(show))


async def put_show_result(request: web.Request) -> web.Response:
    """PUT /api/v1/shows/{id}/result."""
    show, result = await show_of(request), body_of(request, ShowResult)
    return answer(await documents.show_document(await shows.set_show_result(request.app[CORE], str(show.id), result)))


async def list_own_fairs(request: web.Request) -> web.Response:
    """GET /api/v1/employer/fairs: with the firm's own booth at each."""
    firm = await employers.firm_of(request[VISITOR])
    items = [
        shapes.OwnFairShown(
            fair=documents.fair_shown(fair, tally), booth=documents.booth_shown(booth) if booth else None
        )
        for fair, tally, booth in await seen_by(UUID(firm["id"]))
    ]
    return answer(Page[shapes.OwnFairShown](items=items, next=None))


async def ask_booth(request: web.Request) -> web.Response:
    """POST /api/v1/employer/fairs/{id}/booth."""
    firm, asked = await employers.firm_of(request[VISITOR]), body_of(request, OwnBoothAsked)
    fair, by = await public_fair(request.match_info["id"]), request[VISITOR].label
    row = await booths.ask_booth(request.app[CORE], str(fair.id), UUID(firm["id"]), asked, by=by)
    _, booth = await booths.get_booth(str(fair.id), str(row.id))
    return answer(documents.booth_shown(booth), 201)


async def withdraw_booth(request: web.Request) -> web.Response:
    """DELETE /api/v1/employer/fairs/{id}/booth."""
    firm, visitor = await employers.firm_of(request[VISITOR]), request[VISITOR]
    fair = await public_fair(request.match_info["id"])
    await booths.withdraw_booth(request.app[CORE], str(fair.id), UUID(firm["id"]), by=visitor.label)
    return web.Response(status=204)


async def check_in(request: web.Request) -> web.Response:
    """POST /api/v1/seeker/fairs/{code}/arrival: what the QR of a fair holds; a second one counts no more."""
    fair = await plans.fair_of_code(request.match_info["code"])
    first = await arrivals.check_in(request.app[CORE], fair, request[VISITOR].id, "phone", by="self")
    return answer(shapes.ArrivalShown(result="first" if first else "again"))
