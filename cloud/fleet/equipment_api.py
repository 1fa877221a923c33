"""REST of the equipment register and of work orders."""

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from aiohttp import hdrs, web

from cloud.fleet import equipment, equipment_sheets, repair_stats, repairs, service
from cloud.fleet import equipment_documents as documents
from cloud.fleet import equipment_shapes as shapes
from cloud.fleet.equipment_drafts import ActAsked, EquipmentDraft, ReportAsked, StateAsked, SwapAsked
from cloud.fleet.equipment_models import Equipment, RepairOrder
from cloud.identity.guard import require_visible, visible
from cloud.platform.errors import InvalidInputError
from cloud.platform.http import answer
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.problems import ProblemError
from cloud.platform.shapes import Page, body_of, query_of
from cloud.platform.spreadsheets import XLSX, check_file
from cloud.platform.times import day_start, market_day
from cloud.platform.versions import answer_version, check_version, names_version, tag_of

#: Days that statistics cover when nobody says which.
USUAL_DAYS: Final = 30
#: A time that statistics are asked for.
MAX_DAYS: Final = 3 * 366


async def list_equipment(request: web.Request) -> web.Response:
    """GET /api/v1/equipment."""
    query = query_of(request, shapes.EquipmentQuery)
    wanted = equipment.Wanted(query.station, query.item, query.state or "", query.q, request[PRINCIPAL].stations)
    rows, following = await equipment.list_equipment(wanted, cursor=query.cursor, limit=query.limit)
    return answer(Page[shapes.EquipmentShown](items=await documents.pieces_shown(rows), next=following))


async def create_equipment(request: web.Request) -> web.Response:
    """POST /api/v1/equipment."""
    draft = body_of(request, EquipmentDraft)
    require_visible(request, draft.station, f"station {draft.station!r}")
    row = await equipment.create_equipment(request.app[CORE], draft, by=request[PRINCIPAL].label)
    headers = {"Location": f"/api/v1/equipment/{row.id}"}
    return answer_version(request, await documents.piece_shown(row), status=201, headers=headers)


async def get_equipment(request: web.Request) -> web.Response:
    """GET /api/v1/equipment/{id}."""
    return answer_version(request, await documents.piece_shown(await piece_of(request)))


async def put_equipment(request: web.Request) -> web.Response:
    """PUT /api/v1/equipment/{id}."""
    row, draft = await piece_of(request), body_of(request, EquipmentDraft)
    require_visible(request, draft.station, f"station {draft.station!r}")
    if names_version(request):
        check_version(request, tag_of(await documents.piece_shown(row)))
    row = await equipment.update_equipment(request.app[CORE], str(row.id), draft, by=request[PRINCIPAL].label)
    return answer_version(request, await documents.piece_shown(row))


async def get_history(request: web.Request) -> web.Response:
    """GET /api/v1/equipment/{id}/history."""
    items = await documents.history_shown(await piece_of(request))
    return answer(Page[shapes.MoveShown](items=items, next=None))


async def set_state(request: web.Request) -> web.Response:
    """POST /api/v1/equipment/{id}/state."""
    row, asked = await piece_of(request), body_of(request, StateAsked)
    row = await equipment.set_state(request.app[CORE], str(row.id), asked, by=request[PRINCIPAL].label)
    return answer(await documents.piece_shown(row))


async def swap(request: web.Request) -> web.Response:
    """POST /api/v1/equipment/{id}/swap: another piece takes its slot."""
    row, asked = await piece_of(request), body_of(request, SwapAsked)
    require_visible(request, (await equipment.find_equipment(asked.new)).station, equipment.UNKNOWN)
    old, new = await equipment.swap(request.app[CORE], str(row.id), asked, by=request[PRINCIPAL].label)
    return answer(shapes.SwapShown(old=await documents.piece_shown(old), new=await documents.piece_shown(new)))


async def report_fault(request: web.Request) -> web.Response:
    """POST /api/v1/equipment/{id}/report: a person saw that it is broken."""
    row, asked = await piece_of(request), body_of(request, ReportAsked)
    order = await repairs.report(request.app[CORE], row, asked.text, by=request[PRINCIPAL].label)
    headers = {"Location": f"/api/v1/repairs/{order.id}"}
    return answer(await documents.order_shown(order), 201, headers)


async def get_clauses(request: web.Request) -> web.Response:
    """GET /api/v1/stations/{id}/equipment-clauses: what stands for A2.1-A2.5."""
    station = (await service.require_station(request.match_info["id"])).id
    items = [documents.clause_shown(one) for one in await repair_stats.clause_facts(station)]
    return answer(Page[shapes.ClauseShown](items=items, next=None))


async def check_sent(request: web.Request) -> None:
    """Look at the file before the write's transaction: that takes time and must not hold the database."""
    if request.content_type != XLSX:
        raise ProblemError(415, "wrong-content-type", f"send {XLSX}")
    check_file(await request.read())


async def import_equipment(request: web.Request) -> web.Response:
    """POST /api/v1/equipment-imports: bring the good rows of a spreadsheet in; each row says what became of it."""
    found = await equipment_sheets.import_rows(
        request.app[CORE], await request.read(), by=request[PRINCIPAL].label, may=lambda one: visible(request, one)
    )
    return answer(documents.import_shown(found))


async def export_equipment(request: web.Request) -> web.Response:
    """GET /api/v1/equipment-export: the register as a spreadsheet that can be imported again."""
    rows = await all_of(request)
    return download(await equipment_sheets.to_xlsx(request.app[CORE], rows), XLSX, "equipment.xlsx")


async def get_labels(request: web.Request) -> web.Response:
    """GET /api/v1/equipment-labels: QR labels as PDF."""
    query = query_of(request, shapes.LabelsQuery)
    rows = await chosen(request, query.station, query.ids)
    body = await equipment_sheets.to_labels(request.app[CORE], rows, address_of(request), query.grid, query.skip)
    return download(body, "application/pdf", "labels.pdf")


async def list_repairs(request: web.Request) -> web.Response:
    """GET /api/v1/repairs."""
    query = query_of(request, shapes.RepairsQuery)
    rows, following = await repairs.list_orders(
        state=query.state or "", owner=request[PRINCIPAL].label if query.mine else "",
        equipment=UUID(query.equipment) if query.equipment else None, cursor=query.cursor, limit=query.limit,
        among=request[PRINCIPAL].stations,
    )  # fmt: skip
    items = [await documents.order_shown(row) for row in rows]
    return answer(Page[shapes.RepairShown](items=items, next=following))


async def get_repair(request: web.Request) -> web.Response:
    """GET /api/v1/repairs/{id}."""
    return answer(await documents.order_shown(await order_of(request)))


async def get_steps(request: web.Request) -> web.Response:
    """GET /api/v1/repairs/{id}/history."""
    items = await documents.steps_shown(await order_of(request))
    return answer(Page[shapes.StepShown](items=items, next=None))


async def act(request: web.Request) -> web.Response:
    """POST /api/v1/repairs/{id}/act: give, take, note, done, close."""
    order, asked = await order_of(request), body_of(request, ActAsked)
    order = await repairs.act(request.app[CORE], str(order.id), asked, by=request[PRINCIPAL].label)
    return answer(await documents.order_shown(order))


async def get_statistics(request: web.Request) -> web.Response:
    """GET /api/v1/repair-statistics?from=&to=."""
    query = query_of(request, shapes.KeptQuery)
    start, end = span_of(query.from_, query.to, request.app[CORE].now())
    kept = await repair_stats.statistics(start, end, request[PRINCIPAL].stations)
    return answer(documents.statistics_shown(*kept))


async def piece_of(request: web.Request) -> Equipment:
    """Return the piece in the path; not there for who may not see its station."""
    row = await equipment.find_equipment(request.match_info["id"])
    require_visible(request, row.station, equipment.UNKNOWN)
    return row


async def order_of(request: web.Request) -> RepairOrder:
    """Return the work order in the path; not there for who may not see its station."""
    order = await repairs.find_order(request.match_info["id"])
    require_visible(request, order.station, repairs.UNKNOWN)
    return order


async def all_of(request: web.Request, station: str = "") -> list[Equipment]:
    """Return every piece that the caller may see."""
    found: list[Equipment] = []
    cursor = None
    while True:
        wanted = equipment.Wanted(station=station, among=request[PRINCIPAL].stations)
        rows, cursor = await equipment.list_equipment(wanted, cursor=cursor)
        found += rows
        if cursor is None:
            return found


async def chosen(request: web.Request, station: str, ids: str) -> list[Equipment]:
    """Return the pieces that labels are asked of, without scrapped ones: those named, or all of a station."""
    if ids:
        rows = [await equipment.find_equipment(one) for one in ids.split(",")[: equipment_sheets.MAX_LABELS] if one]
        return [row for row in rows if visible(request, row.station)]
    return [row for row in await all_of(request, station) if row.state != "scrapped"]


def address_of(request: web.Request) -> str:
    """Return where a phone reaches the core."""
    return request.app[CORE].settings.public_url or str(request.url.origin())


def span_of(first: date | None, last: date | None, now: datetime) -> tuple[datetime, datetime]:
    """Return the time of two days, both included; the last USUAL_DAYS when nothing is said."""
    last = last or market_day(now)
    first = first or last - timedelta(days=USUAL_DAYS - 1)
    if not timedelta(0) <= last - first <= timedelta(days=MAX_DAYS):
        raise InvalidInputError("请填写先后两天，最长三年", {"from": "请填写先后两天，最长三年"})
    return day_start(first), day_start(last + timedelta(days=1))


def download(body: bytes, kind: str, name: str) -> web.Response:
    """Return a file."""
    headers = {hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"', hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(body=body, content_type=kind, headers=headers)
