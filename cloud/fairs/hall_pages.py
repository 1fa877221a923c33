"""A fair on its day: the counter's check-in, the hall's screen, the QR, the poster and the result sheet as files."""

from typing import Any, Final, Literal
from urllib.parse import quote
from uuid import UUID

from aiohttp import web

from cloud.fairs import arrivals, sheets
from cloud.fairs.drafts import ArrivalAsked
from cloud.fairs.models import Fair
from cloud.fairs.pages import AREA, REFUSALS, fair_of, refusal
from cloud.people import service as people
from cloud.platform.core import Core
from cloud.platform.errors import InvalidInputError
from cloud.platform.http import parse
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.qr import svg_of
from cloud.web.mistakes import whole
from cloud.web.phone import fields_of
from cloud.web.shell import STRINGS, page

PDF: Final = "application/pdf"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def desk_page(request: web.Request) -> web.Response:
    """GET /fairs/{id}/desk: the counter scans passes and cards, and counts who has neither."""
    return await _desk(request)


async def note_arrival(request: web.Request) -> web.Response:
    """POST /fairs/{id}/arrivals: `way`, `code`, `people`."""
    fair, form = await fair_of(request), await fields_of(request)
    typed = {"way": form.get("way", ""), "code": form.get("code", ""), "people": whole(form.get("people", "1"))}
    try:
        note = await arrive(request.app[CORE], fair, parse(ArrivalAsked, typed), by=request[PRINCIPAL].label)
    except REFUSALS as error:
        return await _desk(request, refusal(error), bad=True)
    return await _desk(request, request.app[STRINGS](f"fair.arrival.{note}", count=typed["people"]))


async def arrive(core: Core, fair: Fair, asked: ArrivalAsked, *, by: str) -> Literal["counted", "first", "again"]:
    """Note an arrival at the counter; return `counted`, `first` or `again`."""
    if asked.way == "walk_in":
        await arrivals.count_in(core, fair, asked.people, by=by)
        return "counted"
    person = arrivals.person_of(core, asked.code) if asked.way == "pass" else await _by_card(core, asked.code)
    return "first" if await arrivals.check_in(core, fair, person, asked.way, by=by) else "again"


async def hall_page(request: web.Request) -> web.Response:
    """GET /fairs/{id}/hall: counters and the QR, large enough for the hall."""
    fair = await fair_of(request)
    counters = await arrivals.counters_of(fair)
    qr = svg_of(check_in_link(request, fair), request.app[STRINGS]("fair.qr"))
    return page(request, "fairs/hall.html", AREA, fair=fair, counters=counters, qr=qr)


async def qr_file(request: web.Request) -> web.Response:
    """GET /fairs/{id}/qr.svg."""
    fair = await fair_of(request)
    text = svg_of(check_in_link(request, fair), request.app[STRINGS]("fair.qr"))
    return web.Response(text=text, content_type="image/svg+xml", headers={"Cache-Control": "no-store"})


async def poster_file(request: web.Request) -> web.Response:
    """GET /fairs/{id}/poster.pdf: a sheet with the QR for the door."""
    fair = await fair_of(request)
    document = await sheets.poster_of(fair, check_in_link(request, fair), request.app[CORE].settings.operator_name)
    return as_file(await sheets.to_pdf(request.app[CORE], "poster", document), PDF, f"{fair.title}-签到码.pdf")


async def result_pdf(request: web.Request) -> web.Response:
    """GET /fairs/{id}/result.pdf."""
    fair = await fair_of(request)
    document = await sheets.result_of(request.app[CORE], fair)
    return as_file(await sheets.to_pdf(request.app[CORE], "result", document), PDF, f"{fair.title}-结果表.pdf")


async def result_xlsx(request: web.Request) -> web.Response:
    """GET /fairs/{id}/result.xlsx."""
    fair = await fair_of(request)
    document = await sheets.result_of(request.app[CORE], fair)
    return as_file(await sheets.to_xlsx(request.app[CORE], document), XLSX, f"{fair.title}-结果表.xlsx")


def check_in_link(request: web.Request, fair: Fair) -> str:
    """Return what the QR of a fair holds."""
    return link_of(request, f"/my/fairs/{fair.code}")


def link_of(request: web.Request, path: str) -> str:
    """Return a page's address as a phone opens it: at the public address, or at the one that this page came from."""
    return request.app[CORE].settings.public_link(path) or f"{request.url.origin()}{path}"


def as_file(data: bytes, media: str, name: str) -> web.Response:
    """Return a file to be kept under a name."""
    disposition = f"attachment; filename*=UTF-8''{quote(name)}"
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return web.Response(body=data, content_type=media, headers=headers)


async def _by_card(core: Core, number: str) -> UUID:
    person = await people.find_by_id_number(core, number.strip().upper())
    if person is None:
        words = "没有找到这个人：请先办理求职登记，或按“未登记到场”计数"
        raise InvalidInputError(words, {"code": words})
    return person.id


async def _desk(request: web.Request, message: str = "", *, bad: bool = False) -> web.Response:
    fair = await fair_of(request)
    context: dict[str, Any] = {"fair": fair, "counters": await arrivals.counters_of(fair), "bad": bad}
    context["qr"] = svg_of(check_in_link(request, fair), request.app[STRINGS]("fair.qr"))
    return page(request, "fairs/desk.html", AREA, 409 if bad else 200, message=message, **context)
