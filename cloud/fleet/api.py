"""REST of stations (payloads, "REST shapes")."""

from aiohttp import web

from cloud.fleet import service
from cloud.ingest import service as ingest
from cloud.platform.errors import InvalidInputError
from cloud.platform.http import answer, read_number
from cloud.platform.keys import CORE, LIVENESS
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
