"""REST of stations (payloads, "REST shapes")."""

from typing import Final

from aiohttp import web

from cloud.fleet import alarms, commands, service, wishes
from cloud.fleet.shapes import (
    AlarmShown,
    AlarmsQuery,
    CommandDecided,
    CommandShown,
    DecisionAsked,
    DigestShown,
    EventPage,
    EventsQuery,
    StationLine,
    StationShown,
    TwinRevision,
    TwinShown,
)
from cloud.identity.guard import require_visible, visible
from cloud.ingest import service as ingest
from cloud.platform.errors import NotFoundError
from cloud.platform.http import answer
from cloud.platform.keys import CORE, LIVENESS, PRINCIPAL
from cloud.platform.shapes import Page, body_of, query_of
from cloud.platform.versions import answer_version, check_version, names_version, tag_of

#: Numbers of alarms have fewer digits.
MAX_DIGITS: Final = 9


async def list_stations(request: web.Request) -> web.Response:
    """GET /api/v1/stations: every station, in the order of the site file."""
    items = [
        StationLine.model_validate(
            {
                "id": one.id,
                "name": one.name,
                "kind": one.kind,
                "parent": one.parent,
                "state": one.state,
                "slots": one.slots,
                "dead_letters": one.dead_letters,
            }
        )
        for one in await service.list_stations()
        if visible(request, one.id)
    ]
    return answer(Page[StationLine](items=items, next=None))


async def get_station(request: web.Request) -> web.Response:
    """GET /api/v1/stations/{id}: what is known of one station."""
    station, liveness = request.match_info["id"], request.app[LIVENESS]
    document = await service.station_document(station, liveness, request.app[CORE].now())
    return answer(StationShown.model_validate(document))


async def get_events(request: web.Request) -> web.Response:
    """GET /api/v1/stations/{id}/events: stored events, as sent or as strict CloudEvents (W1)."""
    station, query = request.match_info["id"], query_of(request, EventsQuery)
    await service.require_station(station)
    store = query.store or await service.current_store(station)
    page = await ingest.stored_events(station, store or "", query.stream, after=query.after, limit=query.limit)
    items = page.items
    if query.format == "cloudevents":
        items = [ingest.strict_cloudevent(item["event"]) for item in items]
    return answer(EventPage.model_validate({"items": items, "next": page.next}))


async def post_command(request: web.Request) -> web.Response:
    """POST /api/v1/stations/{id}/slots/{slot}/commands: ask a slot to do something."""
    order = body_of(request, commands.Order)
    station, slot = request.match_info["id"], request.match_info["slot"]
    await service.require_station(station)
    row = await commands.ask(request.app[CORE], station, slot, order, request[PRINCIPAL].label)
    shown = CommandShown.model_validate(commands.document(row))
    return answer(shown, 202, {"Location": f"/api/v1/commands/{row.id}"})


async def get_command(request: web.Request) -> web.Response:
    """GET /api/v1/commands/{id}: what became of a command."""
    row = await commands.find(request.match_info["id"])
    require_visible(request, row.station, f"command {row.id!r}")
    return answer(CommandShown.model_validate(commands.document(row)))


async def decide_command(request: web.Request) -> web.Response:
    """POST /api/v1/commands/{id}/decision: a person says what an indeterminate command did."""
    choice, by = body_of(request, DecisionAsked).choice, request[PRINCIPAL].label
    asked = await commands.find(request.match_info["id"])
    require_visible(request, asked.station, f"command {asked.id!r}")
    row, again = await commands.decide(request.app[CORE], request.match_info["id"], choice, by)
    document = {**commands.document(row), "again": again.id if again else None}
    return answer(CommandDecided.model_validate(document))


async def get_twin(request: web.Request) -> web.Response:
    """GET /api/v1/stations/{id}/twin: the wish in force and how far the station has followed it."""
    twin = TwinShown.model_validate(await service.twin_document(request.match_info["id"]))
    # Not the revision: that stays while the station follows.
    return answer_version(request, twin)


async def put_twin(request: web.Request) -> web.Response:
    """PUT /api/v1/stations/{id}/twin: replace the wish; another `expected_rev` than the one in force is refused."""
    wanted = body_of(request, wishes.Wish)
    station = (await service.require_station(request.match_info["id"])).id
    if names_version(request):
        await wishes.hold(station)
        check_version(request, tag_of(TwinShown.model_validate(await service.twin_document(station))))
    rev = await wishes.wish(request.app[CORE], station, wanted)
    tag = tag_of(TwinShown.model_validate(await service.twin_document(station)))
    return answer_version(request, TwinRevision(rev=rev), tag)


async def get_digests(request: web.Request) -> web.Response:
    """GET /api/v1/stations/{id}/digests: the newest comparisons, day by day."""
    station = (await service.require_station(request.match_info["id"])).id
    items = [DigestShown.model_validate(item) for item in await ingest.digests_document(station)]
    return answer(Page[DigestShown](items=items, next=None))


async def list_alarms(request: web.Request) -> web.Response:
    """GET /api/v1/alarms: the open ones, or all, newest first."""
    query = query_of(request, AlarmsQuery)
    rows, following = await alarms.list_alarms(
        closed=query.all == "1", cursor=query.cursor, limit=query.limit, among=request[PRINCIPAL].stations
    )
    items = [AlarmShown.model_validate(alarms.document(row)) for row in rows]
    return answer(Page[AlarmShown](items=items, next=following))


async def acknowledge_alarm(request: web.Request) -> web.Response:
    """POST /api/v1/alarms/{id}/acknowledge: a person has taken note."""
    number = alarm_number(request)
    require_visible(request, await alarms.station_of(number), f"alarm {number}")
    row = await alarms.acknowledge(request.app[CORE], number, request[PRINCIPAL].label)
    return answer(AlarmShown.model_validate(alarms.document(row)))


def alarm_number(request: web.Request) -> int:
    """Return the number of an alarm in the path."""
    text = request.match_info["id"]
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise NotFoundError(f"there is no alarm {text!r}")
    return int(text)
