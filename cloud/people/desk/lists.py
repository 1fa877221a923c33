"""The pages 求职者 → list: who is registered, filters, a search by whole name or number, the numbers of today."""

from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import web

from cloud.fleet import service as fleet
from cloud.identity import audit
from cloud.people.placements.follow_ups import count_waiting
from cloud.people.registration import listing, tables
from cloud.people.registration.listing import Wanted
from cloud.people.registration.shapes import PeopleQuery
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.shapes import parse
from cloud.web.shell import page

PAGE_ROWS: Final = 30
_FILTERS: Final = ("text", "group", "level", "district", "occupation", "willing", "not_recommended")


async def list_page(request: web.Request) -> web.Response:
    """GET /people?text=&group=&level=&district=&willing=&not_recommended=&cursor=."""
    core, principal = request.app[CORE], request[PRINCIPAL]
    given = {name: value.strip() for name, value in request.query.items() if name in PeopleQuery.model_fields}
    query = parse(PeopleQuery, {name: value for name, value in given.items() if value} | {"limit": PAGE_ROWS})
    wanted = Wanted(
        text=query.text, group=query.group, level=query.level, district=query.district, occupation=query.occupation,
        willing=query.willing, not_recommended=query.not_recommended == "true", stations=principal.stations,
    )  # fmt: skip
    cursor = UUID(query.cursor) if query.cursor else None
    rows, following = await listing.list_persons(core, wanted, cursor, PAGE_ROWS)
    details = {"shown": len(rows), "filters": wanted.names()}
    await audit.record(core, principal.label, "person.list", "person", details=details)
    filters = {name: given.get(name, "") for name in _FILTERS}
    kept = {name: value for name, value in filters.items() if value}
    context: dict[str, Any] = {
        "rows": rows,
        "strip": await listing.strip_of(core, principal.stations),
        "filters": filters,
        "query": urlencode(kept),
        "more": urlencode(kept | {"cursor": following}) if following else "",
        "first": cursor is None,
        "groups": tables.groups(),
        "districts": tables.districts(),
        "stations": await fleet.station_names(),
        "waiting": await count_waiting(),
    }
    return page(request, "people/list.html", "people", **context)
