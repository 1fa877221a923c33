"""The pages of 维修工单: the list, one order for a technician's phone, how well equipment is kept."""

from datetime import date
from typing import Any, Final

from aiohttp import web

from cloud.fleet import equipment, equipment_sheets, repair_stats, repairs, service
from cloud.fleet.equipment_api import order_of, span_of
from cloud.fleet.equipment_drafts import ActAsked
from cloud.fleet.equipment_rules import items
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.http import parse
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.times import market_day
from cloud.web.phone import fields_of
from cloud.web.shell import STRINGS, page, see_other
from firmware_profiles.ui.catalogue import Catalogue

AREA: Final = "venues"
SHOWN_ROWS: Final = 100
#: Pieces of the statistics that are shown: those with the most faults.
SHOWN_PIECES: Final = 20
VIEWS: Final = ("open", "mine", "closed")


async def list_page(request: web.Request) -> web.Response:
    """GET /repairs?view=&after=."""
    view = request.query.get("view", "open")
    view = view if view in VIEWS else "open"
    rows, following = await repairs.list_orders(
        state="closed" if view == "closed" else "open", owner=request[PRINCIPAL].label if view == "mine" else "",
        cursor=request.query.get("after", "")[:24] or None, limit=SHOWN_ROWS, among=request[PRINCIPAL].stations,
    )  # fmt: skip
    now = request.app[CORE].now()
    lines = [{"row": row, "what": await repairs.subject_of(row), "late": row.state != "closed" and _late(row, now)}
             for row in rows]  # fmt: skip
    return page(request, "fleet/repairs.html", AREA, lines=lines, view=view, views=VIEWS, next=following,
                stations=await service.station_names())  # fmt: skip


async def order_page(request: web.Request) -> web.Response:
    """GET /repairs/{id}."""
    return await _shown(request)


async def act(request: web.Request) -> web.Response:
    """POST /repairs/{id}/act: `act`, and what that needs."""
    order, form = await order_of(request), await fields_of(request)
    values: dict[str, Any] = {name: form.get(name, "") for name in ("act", "to", "note", "parts")}
    if form.get("cost"):
        values["cost_fen"] = equipment_sheets.fen_of(form["cost"])
    try:
        asked = parse(ActAsked, values)
        await repairs.act(request.app[CORE], str(order.id), asked, by=request[PRINCIPAL].label)
    except InvalidInputError as error:
        words = [text for text in error.fields.values() if not text.isascii()] or [request.app[STRINGS]("repair.unfit")]
        return await _shown(request, "；".join(words), 422)
    except ConflictError as error:
        return await _shown(request, str(error), 409)
    return see_other(f"/repairs/{order.id}")


async def statistics_page(request: web.Request) -> web.Response:
    """GET /repairs/statistics?from=&to=."""
    now, message = request.app[CORE].now(), ""
    first, last = _date(request.query.get("from", "")), _date(request.query.get("to", ""))
    try:
        span = span_of(first, last, now)
    except InvalidInputError as error:
        span, message = span_of(None, None, now), str(error)
    total, kinds, pieces = await repair_stats.statistics(*span, request[PRINCIPAL].stations)
    t = request.app[STRINGS]
    return page(
        request, "fleet/repair_statistics.html", AREA, total=total, pieces=pieces[:SHOWN_PIECES], message=message,
        kinds=[(kind_words(one.name, t), one) for one in kinds], most=max((one.orders for one in kinds), default=1),
        first=market_day(span[0]), last=last or market_day(now),
    )  # fmt: skip


def kind_words(kind: str, t: Catalogue) -> str:
    """Return the words of a slot's kind or of an item."""
    return items()[kind].name if kind in items() else t(f"kind.{kind}") if f"kind.{kind}" in t else kind


async def _shown(request: web.Request, message: str = "", status: int = 200) -> web.Response:
    order = await order_of(request)
    try:
        piece = await equipment.find_equipment(order.equipment) if order.equipment else None
    except NotFoundError:
        piece = None
    return page(
        request, "fleet/repair.html", AREA, status, order=order, piece=piece, what=await repairs.subject_of(order),
        steps=await repairs.steps_of(order), workers=await repairs.workers(order.station), message=message,
        good=await repairs.works_again(order), late=_late(order, request.app[CORE].now()),
        station=(await service.station_names()).get(order.station, order.station),
        kind=kind_words(order.kind, request.app[STRINGS]), mine=order.owner == request[PRINCIPAL].label,
    )  # fmt: skip


def _late(order: Any, now: Any) -> bool:
    """Return whether somebody should have taken it, or repaired it, by now."""
    due = order.accept_due_at if order.state in {"open", "given"} else order.repair_due_at
    return order.state != "closed" and order.good_at is None and now > due


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
