"""The pages of 设备台账: the register, a piece with its history, a swap in three steps, labels, files in and out."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from cloud.fleet import equipment, equipment_sheets, repair_stats, repairs, service
from cloud.fleet.equipment_api import address_of, all_of, chosen, download, piece_of
from cloud.fleet.equipment_documents import piece_shown, pieces_shown
from cloud.fleet.equipment_drafts import EquipmentDraft, ReportAsked, StateAsked, SwapAsked
from cloud.fleet.equipment_models import Equipment
from cloud.fleet.equipment_rules import CLAUSES, STATES, items
from cloud.identity.guard import require_visible, visible
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.http import parse
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.spreadsheets import XLSX, check_file
from cloud.web.mistakes import mistakes_of, whole
from cloud.web.phone import fields_of
from cloud.web.shell import STRINGS, page, see_other
from firmware_profiles.registry import profiles

AREA: Final = "venues"
#: Rows of one part of the list, and of an import's report on the page.
SHOWN_ROWS: Final = 100
REFUSALS: Final = (ConflictError, InvalidInputError, NotFoundError)
_TEXTS: Final = ("station", "place", "item", "name", "model", "serial", "supplier", "profile", "state", "note")
_DAYS: Final = ("bought_on", "installed_on", "warranty_until")
_FEN: Final = 100
_FILE: Final = web.RequestKey("equipment_file", bytes)
_WRONG: Final = web.RequestKey("equipment_wrong", str)


async def list_page(request: web.Request) -> web.Response:
    """GET /equipment?station=&item=&state=&q=&after=."""
    query = {name: request.query.get(name, "")[:80] for name in ("station", "item", "state", "q", "after")}
    wanted = equipment.Wanted(query["station"], query["item"], query["state"], query["q"], request[PRINCIPAL].stations)
    rows, following = await equipment.list_equipment(wanted, cursor=query["after"] or None, limit=SHOWN_ROWS)
    names = await _stations(request)
    facts = await repair_stats.clause_facts(query["station"]) if query["station"] in names else []
    return page(
        request, "fleet/equipment.html", AREA, rows=await pieces_shown(rows), next=following, query=query,
        stations=names, items=items(), states=STATES, facts=_by_clause(facts), grids=equipment_sheets.GRIDS,
    )  # fmt: skip


async def new_page(request: web.Request) -> web.Response:
    """GET /equipment/new?station=."""
    return await _form(request, {"station": request.query.get("station", ""), "state": "use"}, {})


async def edit_page(request: web.Request) -> web.Response:
    """GET /equipment/{id}/edit."""
    row = await piece_of(request)
    return await _form(request, _typed(row), {}, str(row.id))


async def save(request: web.Request) -> web.Response:
    """POST /equipment and POST /equipment/{id}: keep a piece, or show what is wrong next to the fields."""
    row_id, form = request.match_info.get("id", ""), await fields_of(request)
    core, by = request.app[CORE], request[PRINCIPAL].label
    if row_id:
        await piece_of(request)
    try:
        draft = parse(EquipmentDraft, _sent(form))
        require_visible(request, draft.station, "station")
        row = await (
            equipment.update_equipment(core, row_id, draft, by=by)
            if row_id
            else equipment.create_equipment(core, draft, by=by)
        )
    except InvalidInputError as error:
        return await _form(request, form, mistakes_of(error.fields, request.app[STRINGS]), row_id, 422)
    except (ConflictError, NotFoundError) as error:
        return await _form(request, form, {"": str(error)}, row_id, 409)
    return see_other(f"/equipment/{row.id}")


async def piece_page(request: web.Request) -> web.Response:
    """GET /equipment/{id}."""
    return await _shown(request)


async def by_number(request: web.Request) -> web.Response:
    """GET /e/{number}: what a label's QR holds; during a swap a scanned label is the new piece."""
    row = await equipment.find_number(request.match_info["number"])
    require_visible(request, row.station, equipment.UNKNOWN)
    return see_other(f"/equipment/{row.id}")


async def set_state(request: web.Request) -> web.Response:
    """POST /equipment/{id}/state."""
    row, form = await piece_of(request), await fields_of(request)
    try:
        asked = parse(StateAsked, {"state": form.get("state", ""), "slot": form.get("slot") or None,
                                   "note": form.get("note", "")})  # fmt: skip
        await equipment.set_state(request.app[CORE], str(row.id), asked, by=request[PRINCIPAL].label)
    except REFUSALS as error:
        return await _shown(request, str(error), 409)
    return see_other(f"/equipment/{row.id}")


async def report_fault(request: web.Request) -> web.Response:
    """POST /equipment/{id}/report."""
    row, form = await piece_of(request), await fields_of(request)
    try:
        asked = parse(ReportAsked, {"text": form.get("text", "")})
        order = await repairs.report(request.app[CORE], row, asked.text, by=request[PRINCIPAL].label)
    except InvalidInputError:
        return await _shown(request, request.app[STRINGS]("equipment.report_hint"), 422)
    except ConflictError as error:
        return await _shown(request, str(error), 409)
    return see_other(f"/repairs/{order.id}")


async def swap_page(request: web.Request) -> web.Response:
    """GET /equipment/{id}/swap?new=: step 1 is the old piece's page, 2 scans or types the new one, 3 confirms."""
    return await _swap(request, request.query.get("new", "").strip()[:200])


async def swap(request: web.Request) -> web.Response:
    """POST /equipment/{id}/swap."""
    row, form = await piece_of(request), await fields_of(request)
    number = form.get("new", "")
    try:
        new = await _scanned(request, number)
        asked = parse(SwapAsked, {"new": str(new.id), "old_state": form.get("old_state", "repair"),
                                  "note": form.get("note", "")})  # fmt: skip
        _, now_there = await equipment.swap(request.app[CORE], str(row.id), asked, by=request[PRINCIPAL].label)
    except REFUSALS as error:
        return await _swap(request, number, str(error), 409)
    return see_other(f"/equipment/{now_there.id}")


async def labels(request: web.Request) -> web.Response:
    """GET /equipment/labels.pdf?station=&ids=&grid=&skip=."""
    query = request.query
    rows = await chosen(request, query.get("station", ""), query.get("ids", ""))
    skip = whole(query.get("skip", "0"))
    body = await equipment_sheets.to_labels(
        request.app[CORE], rows, address_of(request), query.get("grid", "3x8"), skip if isinstance(skip, int) else 0
    )
    response = download(body, "application/pdf", "labels.pdf")
    response.headers["Content-Disposition"] = 'inline; filename="labels.pdf"'
    return response


async def export(request: web.Request) -> web.Response:
    """GET /equipment/export.xlsx?station=: a file that can be imported again; an empty register is the template."""
    rows = await all_of(request, request.query.get("station", ""))
    return download(await equipment_sheets.to_xlsx(request.app[CORE], rows), XLSX, "equipment.xlsx")


async def import_page(request: web.Request) -> web.Response:
    """GET /equipment/import."""
    return page(request, "fleet/equipment_import.html", AREA, found=None, error="", shown=SHOWN_ROWS)


async def check_sent(request: web.Request) -> None:
    """Look at the file before the write's transaction; what is wrong with it stands in the page."""
    sent = (await request.post()).get("file")
    request[_FILE] = sent.file.read() if isinstance(sent, web.FileField) else b""
    try:
        await asyncio.to_thread(check_file, request[_FILE])
    except InvalidInputError as error:
        request[_WRONG] = str(error)


async def send_import(request: web.Request) -> web.Response:
    """POST /equipment/import: `act` import, check, or report (the file back with the errors beside the cells)."""
    act, error, found = (await fields_of(request)).get("act", "import"), request.get(_WRONG, ""), None
    if not error:
        try:
            found = await equipment_sheets.import_rows(
                request.app[CORE], request[_FILE], by=request[PRINCIPAL].label,
                may=lambda one: visible(request, one), keep=act == "import",
            )  # fmt: skip
        except InvalidInputError as refusal:
            error = str(refusal)
    if found is not None and act == "report":
        body = await asyncio.to_thread(equipment_sheets.report_of, found)
        return download(body, XLSX, "equipment-report.xlsx")
    status = 422 if error else 200
    return page(request, "fleet/equipment_import.html", AREA, status, found=found, error=error, shown=SHOWN_ROWS)


async def _shown(request: web.Request, message: str = "", status: int = 200) -> web.Response:
    row = await piece_of(request)
    found, _ = await repairs.list_orders(equipment=row.id, limit=SHOWN_ROWS)
    slots = [one["id"] for one in await _slots(row) if one["state"] != "taken"]
    moves = await equipment.moves_of(row)
    others = {one.id: one.number for one in await Equipment.filter(id__in=[one.other for one in moves if one.other])}
    return page(
        request, "fleet/equipment_piece.html", AREA, status, row=await piece_shown(row), item=items().get(row.item),
        moves=moves, others=others, orders=found, slots=slots, states=STATES, message=message,
        station=(await service.station_names()).get(row.station, row.station), grids=equipment_sheets.GRIDS,
    )  # fmt: skip


async def _slots(row: Equipment) -> list[dict[str, str]]:
    """Return the free slots that a piece could fill."""
    item = items().get(row.item)
    if item is None or not item.slot_kind:
        return []
    found = []
    for place in await service.placed_devices([item.slot_kind]):
        if place["station"] == row.station:
            there = await equipment.in_slot(row.station, place["slot"])
            found.append({"id": place["slot"], "state": "taken" if there and there.id != row.id else "free"})
    return found


async def _swap(request: web.Request, typed: str, message: str = "", status: int = 200) -> web.Response:
    old, new = await piece_of(request), None
    if typed and not message:
        try:
            new = await _scanned(request, typed)
        except NotFoundError as error:
            message, status = str(error), 404
    return page(
        request, "fleet/equipment_swap.html", AREA, status, old=await piece_shown(old), new=new, typed=typed,
        message=message, candidates=[row for row in await equipment.candidates(old) if visible(request, row.station)],
    )  # fmt: skip


async def _scanned(request: web.Request, text: str) -> Equipment:
    """Return the piece that a scanned label or a typed number names; a QR holds the address of its page."""
    row = await equipment.find_number(text.strip().rstrip("/").rpartition("/")[2])
    require_visible(request, row.station, equipment.UNKNOWN)
    return row


async def _form(
    request: web.Request, values: Mapping[str, str], errors: Mapping[str, str], row_id: str = "", status: int = 200
) -> web.Response:
    places = await service.placed_devices(_slot_kinds())
    slots = dict.fromkeys(one["slot"] for one in places if visible(request, one["station"]))
    fitting = [(one.id, one.title_zh) for one in profiles().values() if one.kind in _slot_kinds()]
    return page(
        request, "fleet/equipment_form.html", AREA, status, id=row_id, values=values, errors=errors, items=items(),
        stations=await _stations(request), slots=[(one, one) for one in slots], profiles=fitting, states=STATES,
    )  # fmt: skip


def _slot_kinds() -> set[str]:
    return {one.slot_kind for one in items().values() if one.slot_kind}


async def _stations(request: web.Request) -> dict[str, str]:
    return {key: name for key, name in (await service.station_names()).items() if visible(request, key)}


def _sent(form: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {name: form.get(name, "") for name in _TEXTS}
    values |= {name: form[name] for name in _DAYS if form.get(name)}
    values |= {name: whole(form.get(name, "")) for name in ("width_mm", "height_mm")}
    values["slot"], values["number"] = form.get("slot") or None, form.get("number", "").strip() or None
    values["price_fen"] = equipment_sheets.fen_of(form["price"]) if form.get("price") else None
    return values


def _typed(row: Equipment) -> dict[str, str]:
    names = (*_TEXTS, "number", "slot", "width_mm", "height_mm", *_DAYS)
    price = f"{row.price_fen / _FEN:.2f}" if row.price_fen is not None else ""
    return {name: "" if getattr(row, name) is None else str(getattr(row, name)) for name in names} | {"price": price}


def _by_clause(facts: list[repair_stats.ClauseFact]) -> list[tuple[str, list[repair_stats.ClauseFact]]]:
    return [(clause, [one for one in facts if one.clause == clause]) for clause in CLAUSES] if facts else []
