"""REST of faces: for the staff, for a person about himself, and the address where a station fetches a long list."""

from uuid import UUID

from aiohttp import web

from cloud.identity import audit
from cloud.identity.guard import require_visible
from cloud.people.faces import correcting, galleries, shapes, staff, status
from cloud.platform.core import Core
from cloud.platform.errors import NotFoundError
from cloud.platform.http import answer
from cloud.platform.keys import CORE, PRINCIPAL, VISITOR
from cloud.platform.shapes import Page, body_of, query_of


async def get_faces(request: web.Request) -> web.Response:
    """GET /api/v1/faces: how many people, which lists the stations follow, what may be claimed of the packs."""
    return answer(await status.overview(request.app[CORE], request[PRINCIPAL].stations))


async def list_erasures(request: web.Request) -> web.Response:
    """GET /api/v1/faces/erasures: whose face must go, and which stations have not confirmed it."""
    core, principal = request.app[CORE], request[PRINCIPAL]
    open_only = query_of(request, shapes.ErasuresQuery).state == "open"
    items = await status.erasures(core, open_only=open_only, among=principal.stations)
    await _looked(core, principal.label, "face-erasure", len(items))
    return answer(Page[shapes.ErasureShown](items=items, next=None))


async def list_looks(request: web.Request) -> web.Response:
    """GET /api/v1/faces/looks: comparisons, newest first; the look is recorded."""
    core, principal = request.app[CORE], request[PRINCIPAL]
    items, following = await status.list_looks(query_of(request, shapes.LooksQuery), principal.stations)
    await _looked(core, principal.label, "face-look", len(items))
    return answer(Page[shapes.LookShown](items=items, next=following))


async def correct_look(request: web.Request) -> web.Response:
    """POST /api/v1/faces/looks/{id}/correction: it was somebody else, or nobody."""
    core, body = request.app[CORE], body_of(request, shapes.CorrectionBody)
    row = await correcting.find_look(request.match_info["id"])
    require_visible(request, row.station, "look")
    whose = UUID(body.person) if body.person else None
    await correcting.correct(core, str(row.id), request[PRINCIPAL].label, body.why, whose)
    return web.Response(status=204)


async def list_staff(request: web.Request) -> web.Response:
    """GET /api/v1/faces/staff."""
    del request
    return answer(Page[shapes.StaffShown](items=await staff.list_staff(), next=None))


async def link_staff(request: web.Request) -> web.Response:
    """PUT /api/v1/faces/staff/{account}: say which person an account's owner is enrolled as."""
    person = body_of(request, shapes.StaffBody).person
    await staff.link(request.app[CORE], request.match_info["account"], person, request[PRINCIPAL].label)
    return web.Response(status=204)


async def unlink_staff(request: web.Request) -> web.Response:
    """DELETE /api/v1/faces/staff/{account}."""
    await staff.unlink(request.app[CORE], request.match_info["account"], request[PRINCIPAL].label)
    return web.Response(status=204)


async def get_own(request: web.Request) -> web.Response:
    """GET /api/v1/seeker/face: where the caller is enrolled, how far a deletion has come, when he was compared."""
    return answer(await status.own(request.app[CORE], request[VISITOR].id))


async def deny_look(request: web.Request) -> web.Response:
    """POST /api/v1/seeker/face/looks/{id}/denial: it was not the caller."""
    visitor = request[VISITOR]
    await correcting.deny(request.app[CORE], request.match_info["id"], visitor.id, visitor.label)
    return web.Response(status=204)


async def fetch_list(request: web.Request) -> web.Response:
    """GET /galleries/{station}/{rev}.json?sig=: the ids of a long list, for the station that was sent this address."""
    rev = request.match_info["rev"]
    if not (rev.isascii() and rev.isdigit() and len(rev) <= 18):  # noqa: PLR2004 - what a column takes
        raise NotFoundError("there is no such list")
    station, signature = request.match_info["station"], request.query.get("sig", "")
    body = await galleries.fetched(request.app[CORE], station, int(rev), signature)
    return web.Response(body=body, content_type="application/json", headers={"Cache-Control": "no-store"})


async def _looked(core: Core, label: str, what: str, shown: int) -> None:
    await audit.record(core, label, "person.list", what, details={"shown": shown})
