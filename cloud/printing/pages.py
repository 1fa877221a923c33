"""The pages of printing: choose a printer, see what became of it; and the address where a station fetches a PDF."""

from typing import Any

from aiohttp import hdrs, web

from cloud.fleet import commands, controls
from cloud.fleet import service as fleet
from cloud.identity.guard import require_visible, visible
from cloud.jobs.public_pages import address_of
from cloud.platform.errors import NotFoundError
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.printing import service
from cloud.printing.links import check_path
from cloud.web.phone import fields_of
from cloud.web.shell import page, see_other

#: Area of the navigation and the page that each kind belongs to.
AREAS = {"post": ("posts", "/posts/"), "notice": ("policies", "/policies/")}


async def form_page(request: web.Request) -> web.Response:
    """GET /print/{kind}/{id}: what will be on the paper, and the printers."""
    paper = await _paper(request)
    core, (area, home) = request.app[CORE], AREAS[paper.kind]
    context: dict[str, Any] = {
        "paper": paper,
        "here": f"/print/{paper.kind}/{paper.key}",
        "home": f"{home}{paper.key}",
        "parts": paper.slip(address_of(request, paper.path), core.now()).parts,
        "printers": await _printers(request),
        "names": await fleet.station_names(),
        "max_copies": service.MAX_COPIES,
    }
    return page(request, "printing/form.html", area, **context)


async def send(request: web.Request) -> web.Response:
    """POST /print/{kind}/{id}: `printer` is `station/slot`."""
    paper, form = await _paper(request), await fields_of(request)
    chosen = form.get("printer", "")
    printer = next((one for one in await _printers(request) if f"{one.station}/{one.slot}" == chosen), None)
    if printer is None:
        raise NotFoundError(f"there is no printer {chosen!r}")
    copies = form.get("copies", "1")
    row = await service.print_paper(
        request.app[CORE],
        paper,
        printer,
        copies=int(copies) if copies.isascii() and copies.isdecimal() else 0,
        base=address_of(request, "/").rstrip("/"),
        by=request[PRINCIPAL].label,
    )
    return see_other(f"/prints/{row.id}")


async def print_page(request: web.Request) -> web.Response:
    """GET /prints/{id}: how far a print is, and what a person must decide."""
    row = await commands.find(request.match_info["id"])
    require_visible(request, row.station, f"command {row.id!r}")
    if row.name != "print":
        raise NotFoundError(f"command {row.id!r} prints nothing")
    document = commands.document(row)
    context: dict[str, Any] = {
        "row": controls.row_of(row),
        "title": document["args"].get("title", ""),
        "copies": document["args"].get("copies", 1),
        "result": document["result"] or {},
        "station": row.station,
        "names": await fleet.station_names(),
    }
    return page(request, "printing/print.html", "venues", **context)


async def paper_file(request: web.Request) -> web.Response:
    """GET /papers/{kind}/{id}.pdf?at=&sig=: the PDF that a command names, for its station."""
    core, kind, key = request.app[CORE], request.match_info["kind"], request.match_info["id"]
    made, signature = request.query.get("at", ""), request.query.get("sig", "")
    made_at = check_path(core.secret, kind, key, made, signature, core.now())
    paper = await service.find_paper(core, kind, key)
    body = await paper.pdf(address_of(request, paper.path), made_at)
    return web.Response(body=body, content_type="application/pdf", headers={hdrs.CACHE_CONTROL: "no-store"})


async def _paper(request: web.Request) -> service.Paper:
    return await service.find_paper(request.app[CORE], request.match_info["kind"], request.match_info["id"])


async def _printers(request: web.Request) -> list[service.Printer]:
    return [one for one in await service.printers() if visible(request, one.station)]
