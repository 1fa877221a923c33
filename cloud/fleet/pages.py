"""The pages of 场馆: the tree of stations, and one station with its slots, data, twin, walls and calendar."""

import json
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from aiohttp import web

from cloud.fleet import commands, controls, quiet, service
from cloud.identity.guard import visible
from cloud.ingest import service as ingest
from cloud.jobs import service as jobs
from cloud.kpi import service as kpi
from cloud.kpi.pages import strips_of
from cloud.platform.keys import CORE, LIVENESS, PRINCIPAL
from cloud.web.formats import SHANGHAI, local
from cloud.web.shell import STRINGS, page
from cloud.web.views.control import CommandRow
from cloud.web.views.strip import Strip, build_strip, empty_strip
from cloud.web.views.venue import (
    CalendarDay,
    CalendarMonth,
    DeadLetterCount,
    PastStoreView,
    PastStream,
    SlotRow,
    StationPage,
    StationRow,
    StreamRow,
    TwinRow,
    WallItem,
    WallItems,
    WallView,
)
from firmware_profiles.ui.catalogue import Catalogue
from protocols.rules.errors import MissingTable
from protocols.venue.rfc3339 import parse_time
from protocols.venue.walls import page_of_controller

#: Names of live values that speak of the whole hall, not of the slot that shows them (edge/hall.py).
HALL: Final = "hall_"
#: A hash or a label is told by its beginning.
MAX_VALUE_CHARS: Final = 12
#: Two days of three streams.
SHOWN_DIGESTS: Final = 6
#: Play lists that are kept: most walls of a city show the same one.
KEPT_LISTS: Final = 16
#: Deeper stations are drawn at this depth.
MAX_DEPTH: Final = 3


async def venues_page(request: web.Request) -> web.Response:
    """GET /venues."""
    now = request.app[CORE].now()
    stations = await _stations(request)
    facts = await service.station_facts(request.app[LIVENESS], now)
    strips = await strips_of([one.id for one in stations], now)
    rows = [_overview(one, depth, facts.get(one.id, (None, None)), strips[one.id]) for one, depth in in_tree(stations)]
    unclaimed = await service.list_unclaimed() if request[PRINCIPAL].stations is None else []
    return page(request, "fleet/venues.html", "venues", rows=rows, unclaimed=unclaimed)


async def _stations(request: web.Request) -> list[service.StationSummary]:
    return [one for one in await service.list_stations() if visible(request, one.id)]


async def station_page(request: web.Request) -> web.Response:
    """GET /venues/{id}?day=&month=."""
    station, now = request.match_info["id"], request.app[CORE].now()
    known = await service.known_station(station)
    document = await service.document_of(known, request.app[LIVENESS], now)
    tree = [_row(summary, depth) for summary, depth in in_tree(await _stations(request))]
    birth, presence = known.birth, document["presence"]
    content = StationPage(
        row=_full_row(document, tree),
        tree=tree,
        presence_since=_time(presence["since"]),
        store=document["store"] or "",
        software=birth.get("versions", {}).get("yizhan", ""),
        clock_trust=birth.get("clock", {}).get("trust", ""),
        slots=_slots(request, station, document["slots"]),
        people=_in_hall(request, station, document["slots"], "people"),
        capacity=_in_hall(request, station, document["slots"], "limit"),
        streams=[_stream(name, values) for name, values in document["streams"].items()],
        twin=twin_rows(known.twin.desired, known.twin.slots, request.app[STRINGS]),
        twin_rev=document["twin"]["rev"],
        twin_applied=document["twin"]["applied_rev"],
        walls=await _walls(station, document["slots"]),
        calendar=await calendar_month(station, *_chosen(request, now), now),
        commands=await _commands(station),
        rules=await quiet.rules_view(station, known.rules, now),
        past_stores=[_past_store(one) for one in document["past_stores"]],
        digests=await ingest.digests_document(station, SHOWN_DIGESTS),
        offers=controls.offers(known.slots),
        settings=controls.settings(known.slots),
        dead_letters=[DeadLetterCount(*pair) for pair in document["dead_letters"]["by_reason"].items()],
    )
    query = f"?{request.query_string}" if request.query_string else ""
    return page(request, "fleet/station.html", "venues", page=content, query=query)


def _past_store(one: Mapping[str, Any]) -> PastStoreView:
    streams = [
        PastStream(name, values["count"], _time(values["complete_to"]), values.get("never_arrived", []))
        for name, values in one["streams"].items()
    ]
    return PastStoreView(one["store"], _time(one["closed_at"]), streams)


async def _commands(station: str) -> list[CommandRow]:
    """Return what a person must decide, then the newest commands."""
    rows = {row.id: row for row in [*await commands.undecided(station), *await commands.commands_of(station)]}
    return [controls.row_of(row) for row in rows.values()]


async def slots_part(request: web.Request) -> web.Response:
    """GET /venues/{id}/slots: only the table of slots, asked for again whenever a device says something."""
    station = request.match_info["id"]
    document = await service.station_document(station, request.app[LIVENESS], request.app[CORE].now())
    return page(request, "fleet/_slots.html", slots=_slots(request, station, document["slots"]), station=station)


async def calendar_month(station: str, first: date, chosen: date | None, now: datetime) -> CalendarMonth:
    """Return the verdicts of a month up to today, and the strip of one day."""
    today = now.astimezone(SHANGHAI).date()
    length = monthrange(first.year, first.month)[1]
    last = min(first + timedelta(days=length - 1), today)
    missing_year = None
    try:
        found = {one.day: one for one in await kpi.openings(station, first, last, now)}
    except MissingTable as error:
        found, missing_year = {}, error.year
    cells = [_cell(first + timedelta(days=offset), found, today) for offset in range(length)]
    opening = found.get(chosen) if chosen else None
    return CalendarMonth(
        first=first,
        days=cells,
        chosen=_day_strip(chosen, opening, today, now) if chosen else None,
        previous=f"{first - timedelta(days=1):%Y-%m}",
        following=f"{last + timedelta(days=1):%Y-%m}" if last < today else None,
        missing_year=missing_year,
        rule_version=opening.rule_version if opening else "",
        computed_at=opening.computed_at if opening else None,
    )


def _day_strip(day: date, opening: kpi.Day | None, today: date, now: datetime) -> Strip:
    if opening is None:
        return empty_strip(day)
    if day != today:
        return build_strip(opening.result, now)
    strip = opening.strip(now)
    return build_strip(strip.result, strip.as_of)


def _cell(day: date, found: Mapping[date, kpi.Day], today: date) -> CalendarDay:
    opening = found.get(day)
    if opening is None:
        return CalendarDay(day, None)
    verdict = opening.verdict
    return CalendarDay(day, "running" if day == today and verdict in {"compliant", "unproven"} else verdict)


def in_tree(stations: Sequence[service.StationSummary]) -> list[tuple[service.StationSummary, int]]:
    """Return stations below their parents, each with its depth; siblings keep their order."""
    known = {one.id for one in stations}
    below: dict[str | None, list[service.StationSummary]] = {}
    for one in stations:
        below.setdefault(one.parent if one.parent in known else None, []).append(one)
    found: list[tuple[service.StationSummary, int]] = []

    def walk(parent: str | None, depth: int) -> None:
        for one in below.get(parent, []):
            found.append((one, min(depth, MAX_DEPTH)))
            walk(one.id, depth + 1)

    walk(None, 0)
    return found


def twin_rows(desired: Mapping[str, Any], reported: Mapping[str, Any], t: Catalogue) -> list[TwinRow]:
    """Return every field that is wished for or refused, with what the slot runs with."""
    rows = []
    for slot in dict.fromkeys([*desired, *reported]):
        wished, state = desired.get(slot, {}), reported.get(slot, {})
        values, rejected = state.get("values", {}), state.get("rejected", {})
        for name in dict.fromkeys([*wished, *rejected]):
            reason, text = rejected.get(name), values.get(name)
            status = "rejected" if reason else ("same" if name in values and text == wished.get(name) else "pending")
            rows.append(TwinRow(slot, name, show(wished.get(name), t), show(text, t), status, _reason(reason, t)))
    return rows


def show(value: object, t: Catalogue) -> str:
    """Return a value of a device as people read it."""
    match value:
        case None:
            return ""
        case bool():
            return t("value.true" if value else "value.false")
        case float():
            return f"{value:g}"
        case dict() | list():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


def _reason(reason: str | None, t: Catalogue) -> str:
    code = (reason or "").partition(":")[0]
    key = f"twin.reason.{code}"
    return t(key) if key in t else (reason or "")


def _overview(
    summary: service.StationSummary, depth: int, facts: tuple[datetime | None, str | None], strip: Strip
) -> StationRow:
    row = _row(summary, depth)
    return StationRow(
        id=row.id,
        name=row.name,
        kind=row.kind,
        depth=depth,
        presence=row.presence,
        last_heard=facts[0],
        slots_good=row.slots_good,
        slots_total=row.slots_total,
        complete_to=_time(facts[1]),
        strip=strip,
        scored=summary.scored,
    )


def _row(summary: service.StationSummary, depth: int) -> StationRow:
    good, total = summary.slots.get("good", 0), sum(summary.slots.values())
    presence = summary.state if summary.since else "unknown"
    return StationRow(summary.id, summary.name, summary.kind, depth, presence, summary.since, good, total, None)


def _full_row(document: Mapping[str, Any], tree: Sequence[StationRow]) -> StationRow:
    presence = document["presence"]
    return StationRow(
        id=document["id"],
        name=document["name"],
        kind=document["kind"],
        depth=next(row.depth for row in tree if row.id == document["id"]),
        presence=presence["state"] if presence["since"] else "unknown",
        last_heard=_time(presence["last_heard"]),
        slots_good=sum(slot["state"] == "good" for slot in document["slots"]),
        slots_total=len(document["slots"]),
        complete_to=_complete_to(document),
    )


def _complete_to(document: Mapping[str, Any]) -> datetime | None:
    """Return up to when nothing of the evidence is missing."""
    return _time(document["streams"].get("evidence", {}).get("complete_to"))


def _slots(request: web.Request, station: str, slots: Sequence[Mapping[str, Any]]) -> list[SlotRow]:
    t, liveness = request.app[STRINGS], request.app[LIVENESS]
    rows = []
    for slot in slots:
        values, heard_at = liveness.values((station, slot["id"]))
        named = [
            (_label(name, t), _word(name, value, t))
            for name, value in values.items()
            if value not in {None, ""} and not name.startswith(HALL)
        ]
        rows.append(
            SlotRow(
                id=slot["id"],
                kind=slot["kind"],
                state=slot["state"],
                since=_time(slot["since"]),
                device=slot["device"] or "",
                profile=slot["profile"] or "",
                cause=slot.get("cause") or "",
                fault=slot.get("fault") or "",
                values=named,
                heard_at=heard_at,
            )
        )
    return rows


def _in_hall(request: web.Request, station: str, slots: Sequence[Mapping[str, Any]], what: str) -> int | None:
    """Return what the slots that sense people say of the whole hall; the one that was heard last counts."""
    liveness = request.app[LIVENESS]
    heard = [liveness.values((station, slot["id"])) for slot in slots if slot["state"] == "good"]
    said = [(at, values[HALL + what]) for values, at in heard if at and isinstance(values.get(HALL + what), int)]
    return max(said)[1] if said else None


def _label(name: str, t: Catalogue) -> str:
    return t(f"value.{name}") if f"value.{name}" in t else name


def _word(name: str, value: object, t: Catalogue) -> str:
    key = f"word.{name}.{value}"
    text = t(key) if key in t else show(value, t)
    if f"measure.{name}" in t:
        return t(f"measure.{name}", value=text)
    return text if len(text) <= MAX_VALUE_CHARS else f"{text[:MAX_VALUE_CHARS]}…"


def _stream(name: str, values: Mapping[str, Any]) -> StreamRow:
    return StreamRow(
        stream=name,
        upto=values["upto"],
        highest=values["highest"],
        count=values["count"],
        gaps=values["gaps"],
        lost=values["lost"],
        complete_to=_time(values["complete_to"]),
    )


async def _walls(station: str, slots: Sequence[Mapping[str, Any]]) -> list[WallView]:
    """Return what each wall shows; a controller is a part of its page's (ADR 32)."""
    found = {slot["id"]: slot for slot in slots if slot["kind"] == "wall"}
    if not found:
        return []
    shown, proved = await jobs.shown_walls(station), await jobs.proved_walls(station)
    return [
        _wall(name, shown.get(name), proved.get(name), (slot["cause"] if slot["state"] == "stale" else None) or "")
        for name, slot in found.items()
        if page_of_controller(name, found) is None
    ]


def _wall(slot: str, shown: jobs.ShownWall | None, proof: jobs.WallProof | None, fault: str) -> WallView:
    view = WallView(
        slot=slot,
        rev=shown.rev if shown else 0,
        issued_at=shown.issued_at if shown else None,
        items=_wall_items(shown.content) if shown else WallItems(),
        fault=fault,
    )
    if proof is None:
        return view
    return replace(
        view,
        level=proof.level,
        by=proof.by,
        proved_rev=proof.rev,
        content=proof.content,
        matches=shown is not None and shown.hash == proof.content,
        proved_at=proof.at,
    )


@lru_cache(KEPT_LISTS)
def _wall_items(content: jobs.PlayList) -> WallItems:
    return WallItems([_wall_item(item.id, item.data or {}) for item in content.items])


def _wall_item(id_: str, data: Mapping[str, Any]) -> WallItem:
    more = [str(data[name]) for name in ("firm", "place") if data.get(name)]
    return WallItem(str(data.get("title", id_)), str(data.get("pay", "")), " · ".join(more))


def _chosen(request: web.Request, now: datetime) -> tuple[date, date | None]:
    """Return (first of the month, day whose minutes are shown) that the address asks for; today without one."""
    today = local(now).date()
    day = _date(request.query.get("day", ""))
    month = _date(f"{request.query.get('month', '')}-01")
    if month is not None and month <= today:
        return month, None
    chosen = day if day is not None and day <= today else today
    return chosen.replace(day=1), chosen


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _time(text: str | None) -> datetime | None:
    return parse_time(text) if text else None
