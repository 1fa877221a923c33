"""The pages 求职者 → 人脸: how many people, which stations, who has not answered, every comparison, staff."""

from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import web

from cloud.fleet import service as fleet
from cloud.identity import audit
from cloud.identity import service as identity
from cloud.identity.guard import require_visible, visible
from cloud.people.desk.replies import fields_of, tried
from cloud.people.faces import bounds, correcting, shapes, staff, status
from cloud.people.persons import find_by_phone
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.shapes import parse
from cloud.web.shell import STRINGS, page, see_other

PAGE_ROWS: Final = 30
_FILTERS: Final = ("station", "person", "outcome")


async def overview_page(request: web.Request) -> web.Response:
    """GET /people/faces."""
    return await _overview(request)


async def looks_page(request: web.Request) -> web.Response:
    """GET /people/faces/looks?station=&person=&outcome=&cursor=: comparisons; the look is recorded."""
    return await _looks(request)


async def correct(request: web.Request) -> web.Response:
    """POST /people/faces/looks/{id}: it was somebody else, found by his phone, or nobody."""
    core, form, label = request.app[CORE], await fields_of(request), request[PRINCIPAL].label
    row = await correcting.find_look(request.match_info["id"])
    require_visible(request, row.station, "look")

    async def do() -> web.Response:
        whose = await _by_phone(core, form.get("phone", "").strip())
        await correcting.correct(core, str(row.id), label, form.get("why", ""), whose)
        return see_other("/people/faces/looks?note=corrected")

    return await tried(do, lambda error, status: _looks(request, error, status))


async def link_staff(request: web.Request) -> web.Response:
    """POST /people/faces/staff: `account`, and the phone of the person that its owner is."""
    core, form, label = request.app[CORE], await fields_of(request), request[PRINCIPAL].label

    async def do() -> web.Response:
        person = await _by_phone(core, form.get("phone", "").strip())
        if person is None:
            raise InvalidInputError("请填写他登记时用的手机号", {"phone": "请填写他登记时用的手机号"})
        await staff.link(core, form.get("account", ""), str(person), label)
        return see_other("/people/faces?note=linked")

    return await tried(do, lambda error, status: _overview(request, error, status))


async def unlink_staff(request: web.Request) -> web.Response:
    """POST /people/faces/staff/{account}/unlink."""
    await staff.unlink(request.app[CORE], request.match_info["account"], request[PRINCIPAL].label)
    return see_other("/people/faces?note=unlinked")


async def _overview(request: web.Request, error: str = "", code: int = 200) -> web.Response:
    core, principal = request.app[CORE], request[PRINCIPAL]
    waiting = await status.erasures(core, among=principal.stations)
    await audit.record(core, principal.label, "person.list", "face-erasure", details={"shown": len(waiting)})
    may_link = principal.may("account.write")
    context: dict[str, Any] = {
        "faces": await status.overview(core, principal.stations),
        "erasures": waiting,
        "linked": await staff.list_staff() if may_link else [],
        "accounts": [one.label.removeprefix("staff:") for one in await identity.colleagues()] if may_link else [],
        "may_link": may_link,
        "packs": bounds.PACKS,
    }
    return page(request, "people/faces.html", "people", code, error=error, note=_note(request), **context)


async def _looks(request: web.Request, error: str = "", code: int = 200) -> web.Response:
    core, principal = request.app[CORE], request[PRINCIPAL]
    given = {name: value.strip() for name, value in request.query.items() if name in {*_FILTERS, "cursor"}}
    query = parse(shapes.LooksQuery, {name: value for name, value in given.items() if value} | {"limit": PAGE_ROWS})
    rows, following = await status.list_looks(query, principal.stations)
    details = {"shown": len(rows), "filters": sorted(name for name in _FILTERS if given.get(name))}
    await audit.record(core, principal.label, "person.list", "face-look", details=details)
    kept = {name: given[name] for name in _FILTERS if given.get(name)}
    context: dict[str, Any] = {
        "rows": rows,
        "rates": await status.rates(query, principal.stations),
        "filters": {name: given.get(name, "") for name in _FILTERS},
        "query": urlencode(kept),
        "more": urlencode(kept | {"cursor": following}) if following else "",
        "stations": {key: name for key, name in (await fleet.station_names()).items() if visible(request, key)},
        "outcomes": shapes.OUTCOMES,
    }
    return page(request, "people/face_looks.html", "people", code, error=error, note=_note(request), **context)


async def _by_phone(core: Core, phone: str) -> UUID | None:
    """Return who proved a phone, None without one; ConflictError when nobody did."""
    if not phone:
        return None
    person = await find_by_phone(core, phone)
    if person is None:
        raise ConflictError("没有用这个手机号登记的人", "no-person")
    return UUID(str(person.id))


def _note(request: web.Request) -> str:
    t, key = request.app[STRINGS], f"face.note.{request.query.get('note', '')}"
    return t(key) if key in t else ""
