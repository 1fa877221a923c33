"""The door of the queue (取号叫号): what other packages and the core's own tables may use."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, Final

from cloud.fleet import service as fleet
from cloud.platform.core import Core
from cloud.platform.errors import InvalidInputError
from cloud.platform.times import market_day
from cloud.service import queue_rows as rows
from cloud.service.queue_acts import STAFF_ACTS, act, call_next, shown
from cloud.service.queue_board import REFRESH_S, Boards
from cloud.service.queue_intake import end_days, forget_before, record_issued, record_moved
from cloud.service.queue_ledger import ticket_rows
from cloud.service.queue_models import QueueService, QueueTicket
from cloud.service.queue_rows import CHANGED
from cloud.service.queue_rules import rules_on
from cloud.service.queue_setup import (
    counter_shown,
    leave_seat,
    put_counter,
    put_service,
    service_shown,
    set_pin,
    take_seat,
)
from cloud.service.queue_stats import By, Line, line, lines
from protocols.rules import queueing

__all__ = [
    "CHANGED",
    "REFRESH_S",
    "STAFF_ACTS",
    "Boards",
    "Line",
    "act",
    "call_next",
    "end_days",
    "forget_before",
    "leave_seat",
    "list_tickets",
    "put_counter",
    "put_service",
    "queue_document",
    "record_issued",
    "record_moved",
    "set_pin",
    "shown",
    "statistics",
    "take_seat",
    "ticket_rows",
]

#: Days in one table of statistics, and numbers read for it.
MAX_DAYS: Final = 366
MAX_TICKETS: Final = 200_000


async def queue_document(core: Core, station: str) -> dict[str, Any]:
    """Return a station's queue of today as REST shows it; NotFoundError when no site file names the station."""
    await fleet.require_station(station)
    day = market_day(core.now())
    services, counters = await rows.services_of(station), await rows.counters_of(station)
    waiting = await rows.open_rows(station, day)
    here = {row.counter: row for row in waiting if row.state in queueing.AT_COUNTER}
    return {
        "station": station,
        "day": day.isoformat(),
        "presence": await fleet.station_state(station),
        "rules": rules_on(day).text,
        "services": [_line(one, counters, waiting) for one in services],
        "counters": [
            {**counter_shown(one, services), "ticket": shown(here[one.number]) if one.number in here else None}
            for one in counters
        ],
        "tickets": [shown(row) for row in waiting],
    }


async def list_tickets(
    station: str, day: date, state: str | None, cursor: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """Return numbers of a day by their ids, and the cursor of what follows."""
    found = QueueTicket.filter(station=station, day=day)
    if state is not None:
        found = found.filter(state=state)
    if cursor is not None:
        found = found.filter(id__gt=cursor)
    page = await found.order_by("id").limit(limit + 1)
    return [shown(row) for row in page[:limit]], str(page[limit - 1].id) if len(page) > limit else None


async def statistics(station: str | None, first: date, last: date, by: By) -> tuple[list[Line], Line]:
    """Return the table of some days, both included, and its sum; of all stations when none is named."""
    if last < first:
        raise InvalidInputError("to: before from", {"to": "结束日期早于开始日期"})
    if (last - first).days >= MAX_DAYS:
        raise InvalidInputError(f"at most {MAX_DAYS} days", {"from": f"最多 {MAX_DAYS} 天"})
    found = QueueTicket.filter(day__gte=first, day__lte=last)
    if station is not None:
        found = found.filter(station=station)
    tickets = [rows.ticket_of(row) for row in await found.order_by("id").limit(MAX_TICKETS)]
    return lines(tickets, by), line("", tickets)


def line_shown(one: Line) -> dict[str, Any]:
    """Return a line as REST shows it."""
    return {**asdict(one), "left_share": round(one.left_share, 4)}


def _line(service: QueueService, counters: Sequence[Any], waiting: Sequence[QueueTicket]) -> dict[str, Any]:
    document = service_shown(service, list(counters))
    ahead = sum(1 for row in waiting if row.state == "waiting" and row.service == service.letter)
    staffed = sum(1 for one in counters if one.number in document["counters"] and one.seat)
    takes_s = service.measured_s or service.serve_s
    return {**document, "waiting": ahead, "estimate_s": queueing.estimate_s(ahead, takes_s, staffed)}
