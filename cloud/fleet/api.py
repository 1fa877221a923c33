"""REST of stations (payloads, "REST shapes")."""

from typing import Final

from aiohttp import web

from cloud.fleet import alarms, commands, service, wishes
from cloud.identity.guard import require_visible, visible
from cloud.ingest import service as ingest
from cloud.platform.errors import InvalidInputError, NotFoundError
from cloud.platform.http import answer, parse, read_number, read_object
from cloud.platform.keys import CORE, LIVENESS, PRINCIPAL
from protocols.venue.vocabulary import STREAMS

#: Numbers of alarms have fewer digits.
MAX_DIGITS: Final = 9


async def list_stations(request: web.Request) -> web.Response:
    """GET /api/v1/stations."""
    items = [
        {
            "id": one.id,
            "name": one.name,
            "kind": one.kind,
            "parent": one.parent,
            "state": one.state,
            "slots": one.slots,
            "dead_letters": one.dead_letters,
        }
        for one in await service.list_stations()
        if visible(request, one.id)
    ]
    return answer({"items": items, "next": None})


async def get_station(request: web.Request) -> web.Response:
    """GET /api/v1/stations/{id}."""
    station, liveness = request.match_info["id"], request.app[LIVENESS]
    return answer(await service.station_document(station, liveness, request.app[CORE].now()))


async def get_events(request: web.Request) -> web.Response:
    """GET /api/v1/stations/{id}/events?stream=&after=&limit=&store=&format=: as sent, or strict `cloudevents` (W1)."""
    station = request.match_info["id"]
    stream = request.query.get("stream", "evidence")
    if stream not in STREAMS:
        raise InvalidInputError(f"stream: one of {', '.join(STREAMS)}", {"stream": ", ".join(STREAMS)})
    after = read_number(request, "after", 0, 0, ingest.STRIDE - 1)
    limit = read_number(request, "limit", 100, 1, ingest.MAX_PAGE)
    await service.require_station(station)
    store = request.query.get("store") or await service.current_store(station)
    page = await ingest.stored_events(station, store or "", stream, after=after, limit=limit)
    if request.query.get("format") == "cloudevents":
        return answer({"items": [ingest.strict_cloudevent(item["event"]) for item in page.items], "next": page.next})
    return answer({"items": page.items, "next": page.next})


async def post_command(request: web.Request) -> web.Response:
    """POST /api/v1/stations/{id}/slots/{slot}/commands."""
    order = parse(commands.Order, await read_object(request))
    station, slot = request.match_info["id"], request.match_info["slot"]
    await service.require_station(station)
    row = await commands.ask(request.app[CORE], station, slot, order, request[PRINCIPAL].label)
    return answer(commands.document(row), 202, {"Location": f"/api/v1/commands/{row.id}"})


async def get_command(request: web.Request) -> web.Response:
    """GET /api/v1/commands/{id}."""
    row = await commands.find(request.match_info["id"])
    require_visible(request, row.station, f"command {row.id!r}")
    return answer(commands.document(row))


async def decide_command(request: web.Request) -> web.Response:
    """POST /api/v1/commands/{id}/decision {"choice": "happened|not_happened|again"}."""
    choice = str((await read_object(request)).get("choice", ""))
    asked = await commands.find(request.match_info["id"])
    require_visible(request, asked.station, f"command {asked.id!r}")
    row, again = await commands.decide(request.app[CORE], request.match_info["id"], choice, request[PRINCIPAL].label)
    return answer({**commands.document(row), "again": again.id if again else None})


async def put_twin(request: web.Request) -> web.Response:
    """PUT /api/v1/stations/{id}/twin {"expected_rev", "slots"}."""
    wanted = parse(wishes.Wish, await read_object(request))
    station = (await service.require_station(request.match_info["id"])).id
    return answer({"rev": await wishes.wish(request.app[CORE], station, wanted)})


async def get_digests(request: web.Request) -> web.Response:
    """GET /api/v1/stations/{id}/digests: the newest comparisons, day by day."""
    station = (await service.require_station(request.match_info["id"])).id
    return answer({"items": await ingest.digests_document(station), "next": None})


async def list_alarms(request: web.Request) -> web.Response:
    """GET /api/v1/alarms?all=1: the open ones, or all."""
    among = request[PRINCIPAL].stations
    rows = await (alarms.all_alarms(among) if request.query.get("all") == "1" else alarms.open_alarms(among))
    return answer({"items": [alarms.document(row) for row in rows], "next": None})


async def acknowledge_alarm(request: web.Request) -> web.Response:
    """POST /api/v1/alarms/{id}/acknowledge."""
    number = alarm_number(request)
    require_visible(request, await alarms.station_of(number), f"alarm {number}")
    row = await alarms.acknowledge(request.app[CORE], number, request[PRINCIPAL].label)
    return answer(alarms.document(row))


def alarm_number(request: web.Request) -> int:
    """Return the number of an alarm in the path."""
    text = request.match_info["id"]
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise NotFoundError(f"there is no alarm {text!r}")
    return int(text)
