"""REST of stations (payloads, "REST shapes")."""

from aiohttp import web

from cloud.fleet import commands, service, wishes
from cloud.ingest import service as ingest
from cloud.platform.errors import InvalidInputError
from cloud.platform.http import answer, parse, read_number, read_object
from cloud.platform.keys import CORE, LIVENESS, PRINCIPAL
from protocols.venue.vocabulary import STREAMS


async def list_stations(request: web.Request) -> web.Response:
    """GET /api/v1/stations."""
    del request
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
    ]
    return answer({"items": items, "next": None})


async def get_station(request: web.Request) -> web.Response:
    """GET /api/v1/stations/{id}."""
    station, liveness = request.match_info["id"], request.app[LIVENESS]
    return answer(await service.station_document(station, liveness, request.app[CORE].now()))


async def get_events(request: web.Request) -> web.Response:
    """GET /api/v1/stations/{id}/events?stream=&after=&limit=&store=."""
    station = request.match_info["id"]
    stream = request.query.get("stream", "evidence")
    if stream not in STREAMS:
        raise InvalidInputError(f"stream: one of {', '.join(STREAMS)}", {"stream": ", ".join(STREAMS)})
    after = read_number(request, "after", 0, 0, ingest.STRIDE - 1)
    limit = read_number(request, "limit", 100, 1, ingest.MAX_PAGE)
    await service.require_station(station)
    store = request.query.get("store") or await service.current_store(station)
    page = await ingest.stored_events(station, store or "", stream, after=after, limit=limit)
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
    return answer(commands.document(await commands.find(request.match_info["id"])))


async def decide_command(request: web.Request) -> web.Response:
    """POST /api/v1/commands/{id}/decision {"choice": "happened|not_happened|again"}."""
    choice = str((await read_object(request)).get("choice", ""))
    row, again = await commands.decide(request.app[CORE], request.match_info["id"], choice, request[PRINCIPAL].label)
    return answer({**commands.document(row), "again": again.id if again else None})


async def put_twin(request: web.Request) -> web.Response:
    """PUT /api/v1/stations/{id}/twin {"expected_rev", "slots"}."""
    wanted = parse(wishes.Wish, await read_object(request))
    station = (await service.require_station(request.match_info["id"])).id
    return answer({"rev": await wishes.wish(request.app[CORE], station, wanted)})
