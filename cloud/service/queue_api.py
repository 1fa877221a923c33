"""REST of the queue, below the station that it belongs to."""

import re
from typing import Any, Final

from aiohttp import web

from cloud.platform.errors import NotFoundError
from cloud.platform.http import answer
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.shapes import Page, body_of, query_of
from cloud.platform.times import market_day
from cloud.service import queue
from cloud.service import queue_rows as rows
from cloud.service.queue_models import QueueCounter, QueueService
from cloud.service.queue_setup import counter_shown, service_shown
from cloud.service.queue_shapes import (
    ActAsked,
    CounterDraft,
    CounterShown,
    NextShown,
    PinAsked,
    QueueShown,
    ServiceDraft,
    ServiceShown,
    StatisticsQuery,
    StatisticsShown,
    TicketShown,
    TicketsQuery,
)

_LETTER: Final = re.compile(r"[A-Z]")
_NUMBER: Final = re.compile(r"[1-9][0-9]?")


async def get_queue(request: web.Request) -> web.Response:
    """GET /api/v1/stations/{id}/queue: who waits, who is where."""
    document = await queue.queue_document(request.app[CORE], _station(request))
    return answer(QueueShown.model_validate(document))


async def put_service(request: web.Request) -> web.Response:
    """PUT /api/v1/stations/{id}/queue/services/{letter}: make or change a service."""
    row = await queue.put_service(request.app[CORE], _station(request), letter_of(request),
                                  body_of(request, ServiceDraft))  # fmt: skip
    return answer(await _service(row))


async def put_counter(request: web.Request) -> web.Response:
    """PUT /api/v1/stations/{id}/queue/counters/{number}: make or change a counter."""
    row = await queue.put_counter(request.app[CORE], _station(request), number_of(request),
                                  body_of(request, CounterDraft))  # fmt: skip
    return answer(await _counter(row))


async def take_seat(request: web.Request) -> web.Response:
    """POST …/counters/{number}/seat: the caller sits down there."""
    core, by = request.app[CORE], request[PRINCIPAL].label
    return answer(await _counter(await queue.take_seat(core, _station(request), number_of(request), by=by)))


async def leave_seat(request: web.Request) -> web.Response:
    """POST …/counters/{number}/leave: nobody sits there any more."""
    return answer(await _counter(await queue.leave_seat(request.app[CORE], _station(request), number_of(request))))


async def call_next(request: web.Request) -> web.Response:
    """POST …/counters/{number}/next: end who is there, call who is next."""
    core, by = request.app[CORE], request[PRINCIPAL].label
    row = await queue.call_next(core, _station(request), number_of(request), by=by)
    return answer(NextShown(ticket=TicketShown.model_validate(queue.shown(row)) if row else None))


async def act(request: web.Request) -> web.Response:
    """POST …/tickets/{ticket}/act: recall, start, skip, transfer, done, no-show, or call this one."""
    asked, core, by = body_of(request, ActAsked), request.app[CORE], request[PRINCIPAL].label
    row = await queue.act(core, _station(request), request.match_info["ticket"], asked.act, asked.counter,
                          by=by, to=asked.to)  # fmt: skip
    return answer(TicketShown.model_validate(queue.shown(row)))


async def list_tickets(request: web.Request) -> web.Response:
    """GET …/queue/tickets: the numbers of a day."""
    query = query_of(request, TicketsQuery)
    day = query.day or market_day(request.app[CORE].now())
    found, following = await queue.list_tickets(_station(request), day, query.state, query.cursor, query.limit)
    return answer(Page[TicketShown](items=[TicketShown.model_validate(one) for one in found], next=following))


async def get_statistics(request: web.Request) -> web.Response:
    """GET …/queue/statistics: waiting and serving times, and who left."""
    query, station = query_of(request, StatisticsQuery), _station(request)
    first, last = query.days(market_day(request.app[CORE].now()))
    found, total = await queue.statistics(station, first, last, query.by)
    document: dict[str, Any] = {
        "station": station,
        "from": first.isoformat(),
        "to": last.isoformat(),
        "by": query.by,
        "lines": [queue.line_shown(one) for one in found],
        "total": queue.line_shown(total),
    }
    return answer(StatisticsShown.model_validate(document))


async def put_pin(request: web.Request) -> web.Response:
    """PUT …/queue/pin: a new PIN for the hall's counter page."""
    await queue.set_pin(request.app[CORE], _station(request), body_of(request, PinAsked).pin)
    return web.Response(status=204)


def letter_of(request: web.Request) -> str:
    """Return the letter in the path; what is none does not exist."""
    text = request.match_info["letter"]
    if not _LETTER.fullmatch(text):
        raise NotFoundError(f"there is no service {text!r}")
    return text


def number_of(request: web.Request) -> int:
    """Return the counter's number in the path; what is none does not exist."""
    text = request.match_info["number"]
    if not _NUMBER.fullmatch(text):
        raise NotFoundError(f"there is no counter {text!r}")
    return int(text)


def _station(request: web.Request) -> str:
    return request.match_info["id"]


async def _service(row: QueueService) -> ServiceShown:
    return ServiceShown.model_validate(service_shown(row, await rows.counters_of(row.station)))


async def _counter(row: QueueCounter) -> CounterShown:
    return CounterShown.model_validate(counter_shown(row, await rows.services_of(row.station)))
