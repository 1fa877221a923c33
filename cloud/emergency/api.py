"""REST of emergency notices."""

from dataclasses import asdict

from aiohttp import web

from cloud.emergency import raising, shapes, status
from cloud.platform.http import answer
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.shapes import Page, body_of, query_of
from firmware_profiles.ui.notices import notice_templates

_CREATED = 201


async def list_notices(request: web.Request) -> web.Response:
    """GET /api/v1/emergencies: newest first."""
    query = query_of(request, shapes.NoticesQuery)
    items, following = await status.list_notices(
        request[PRINCIPAL], state=query.state or "", cursor=query.cursor, limit=query.limit
    )
    return answer(Page[shapes.NoticeLine](items=items, next=following))


async def raise_notice(request: web.Request) -> web.Response:
    """POST /api/v1/emergencies: on the screens at once."""
    row = await raising.raise_notice(request.app[CORE], body_of(request, shapes.NoticeDraft), request[PRINCIPAL])
    response = answer(await status.notice_document(str(row.id), request[PRINCIPAL]), _CREATED)
    response.headers["Location"] = f"/api/v1/emergencies/{row.id}"
    return response


async def get_notice(request: web.Request) -> web.Response:
    """GET /api/v1/emergencies/{id}: every screen and what it said."""
    return answer(await status.notice_document(request.match_info["id"], request[PRINCIPAL]))


async def lift_notice(request: web.Request) -> web.Response:
    """POST /api/v1/emergencies/{id}/lift: take it back before its end."""
    await raising.lift_notice(request.app[CORE], request.match_info["id"], request[PRINCIPAL])
    return answer(await status.notice_document(request.match_info["id"], request[PRINCIPAL]))


async def list_templates(request: web.Request) -> web.Response:
    """GET /api/v1/emergency-templates."""
    del request
    found = [shapes.TemplateShown.model_validate(asdict(one)) for one in notice_templates().values()]
    return answer(shapes.TemplatesShown(items=found))
