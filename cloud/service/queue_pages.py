"""The pages of 取号叫号: the hall, one counter, statistics, and what a manager sets."""

import csv
import io
from datetime import date, timedelta
from typing import Any, Final, cast, get_args

from aiohttp import hdrs, web

from cloud.fleet import service as fleet
from cloud.identity.guard import visible
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.http import parse
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.times import market_day
from cloud.service import queue
from cloud.service import queue_rows as rows
from cloud.service.queue_acts import StaffAct
from cloud.service.queue_api import letter_of, number_of
from cloud.service.queue_rules import rules_on
from cloud.service.queue_shapes import CounterDraft, PinAsked, ServiceDraft
from cloud.service.queue_stats import By
from cloud.service.queue_views import BUTTONS, ICONS, KEYS, chart_of, duration, to_minutes, waited
from cloud.web.shell import STRINGS, page, see_other, wants_fragment

AREA: Final = "queue"
#: Numbers listed in the hall view and beside a counter; the rest is counted.
SHOWN_WAITING: Final = 60
SHOWN_NEXT: Final = 8
DEFAULT_DAYS: Final = 30
_ACTS: Final = frozenset(get_args(StaffAct))


async def stations_page(request: web.Request) -> web.Response:
    """GET /queue: the stations; with only one to see, its hall."""
    names = {key: name for key, name in (await fleet.station_names()).items() if visible(request, key)}
    if len(names) == 1:
        return see_other(f"/queue/{next(iter(names))}")
    core = request.app[CORE]
    stations = [(key, name, await queue.queue_document(core, key)) for key, name in names.items()]
    return page(request, "service/queue_stations.html", AREA, stations=stations)


async def hall_page(request: web.Request) -> web.Response:
    """GET /queue/{id}."""
    document = await _document(request)
    waiting = [one for one in document["tickets"] if one["state"] == "waiting"]
    return _page(request, "service/queue_hall.html", document, waiting=waiting[:SHOWN_WAITING], total=len(waiting))


async def counter_page(request: web.Request) -> web.Response:
    """GET /queue/{id}/counters/{number}."""
    return await _counter(request)


async def next_form(request: web.Request) -> web.Response:
    """POST /queue/{id}/counters/{number}/next."""
    core, by = request.app[CORE], request[PRINCIPAL].label
    t = request.app[STRINGS]
    try:
        found = await queue.call_next(core, request.match_info["id"], number_of(request), by=by)
    except ConflictError as error:
        return await _counter(request, str(error), bad=True)
    return await _done(request, "" if found else t("calling.nobody_waits"))


async def act_form(request: web.Request) -> web.Response:
    """POST /queue/{id}/counters/{number}/act."""
    form = await request.post()
    wanted, ticket, to = (str(form.get(name, "")) for name in ("act", "ticket", "to"))
    if wanted not in _ACTS:
        return await _counter(request, request.app[STRINGS]("calling.unknown_act"), bad=True)
    try:
        await queue.act(
            request.app[CORE], request.match_info["id"], ticket, cast("StaffAct", wanted), number_of(request),
            by=request[PRINCIPAL].label, to=to,
        )  # fmt: skip
    except (ConflictError, InvalidInputError, NotFoundError) as error:
        return await _counter(request, str(error), bad=True)
    return await _done(request)


async def seat_form(request: web.Request) -> web.Response:
    """POST /queue/{id}/counters/{number}/seat."""
    core, by = request.app[CORE], request[PRINCIPAL].label
    await queue.take_seat(core, request.match_info["id"], number_of(request), by=by)
    return await _done(request)


async def leave_form(request: web.Request) -> web.Response:
    """POST /queue/{id}/counters/{number}/leave."""
    await queue.leave_seat(request.app[CORE], request.match_info["id"], number_of(request))
    return await _done(request)


async def statistics_page(request: web.Request) -> web.Response:
    """GET /queue/{id}/statistics?from=&to=&by=."""
    first, last, by = _asked(request)
    document = await _document(request)
    try:
        found, total = await queue.statistics(document["station"], first, last, by)
    except InvalidInputError as error:
        return _page(request, "service/queue_statistics.html", document, first=first, last=last, by=by, lines=[],
                     total=None, chart=chart_of([]), message=str(error), message_bad=True)  # fmt: skip
    named = [(_name(document, by, one.key), one) for one in found]
    return _page(
        request, "service/queue_statistics.html", document, first=first, last=last, by=by, lines=named, total=total,
        chart=chart_of(named), message="", message_bad=False,
    )  # fmt: skip


async def statistics_file(request: web.Request) -> web.Response:
    """GET /queue/{id}/statistics.csv: the table as a file that spreadsheets open."""
    first, last, by = _asked(request)
    document, t = await _document(request), request.app[STRINGS]
    found, total = await queue.statistics(document["station"], first, last, by)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([t(f"calling.by.{by}"), *(t(f"calling.column.{name}") for name in _COLUMNS)])
    for name, one in [*((_name(document, by, one.key), one) for one in found), (t("calling.total"), total)]:
        writer.writerow([_safe(name), *(getattr(one, column) for column in _COLUMNS)])
    headers = {hdrs.CONTENT_DISPOSITION: f'attachment; filename="queue-{by}-{first}-{last}.csv"'}
    # The mark at the beginning tells Excel that it is UTF-8.
    return web.Response(body=("\ufeff" + text.getvalue()).encode(), content_type="text/csv", headers=headers)


async def settings_page(request: web.Request) -> web.Response:
    """GET /queue/{id}/settings."""
    return await _settings(request)


async def save_service(request: web.Request) -> web.Response:
    """POST /queue/{id}/services/{letter}."""
    form = await _fields(request)
    values = {**_common(form), "opens": form.get("opens", ""), "closes": form.get("closes", ""),
              "open": form.get("open") == "1", "serve_s": _seconds(form.get("minutes", ""))}  # fmt: skip
    try:
        await queue.put_service(request.app[CORE], request.match_info["id"], letter_of(request),
                                parse(ServiceDraft, values))  # fmt: skip
    except InvalidInputError as error:
        return await _settings(request, _problem(request, error), bad=True)
    return await _settings(request, request.app[STRINGS]("calling.saved"))


async def save_counter(request: web.Request) -> web.Response:
    """POST /queue/{id}/counters/{number}."""
    form = await _fields(request)
    try:
        draft = parse(CounterDraft, {**_common(form), "active": form.get("active") == "1"})
        await queue.put_counter(request.app[CORE], request.match_info["id"], number_of(request), draft)
    except (InvalidInputError, ConflictError) as error:
        words = _problem(request, error) if isinstance(error, InvalidInputError) else str(error)
        return await _settings(request, words, bad=True)
    return await _settings(request, request.app[STRINGS]("calling.saved"))


async def save_pin(request: web.Request) -> web.Response:
    """POST /queue/{id}/pin."""
    form = await _fields(request)
    try:
        pin = parse(PinAsked, {"pin": form.get("pin", "")}).pin
    except InvalidInputError:
        return await _settings(request, request.app[STRINGS]("calling.pin_wrong"), bad=True)
    await queue.set_pin(request.app[CORE], request.match_info["id"], pin)
    return await _settings(request, request.app[STRINGS]("calling.pin_saved"))


#: What a line of statistics shows, in its order; counts as they are, times in seconds.
_COLUMNS: Final = (
    "issued", "called", "served", "left", "wait_p50_s", "wait_p90_s", "serve_p50_s", "serve_p90_s",
)  # fmt: skip


async def _document(request: web.Request) -> dict[str, Any]:
    return await queue.queue_document(request.app[CORE], request.match_info["id"])


def _page(
    request: web.Request, template: str, document: dict[str, Any], status: int = 200, **context: Any
) -> web.Response:
    station = document["station"]
    return page(request, template, AREA, status, queue=document, station=station, duration=duration,
                to_minutes=to_minutes, waited=waited, **context)  # fmt: skip


async def _counter(request: web.Request, message: str = "", *, bad: bool = False) -> web.Response:
    document, number = await _document(request), number_of(request)
    here = next((one for one in document["counters"] if one["number"] == number), None)
    if here is None:
        raise NotFoundError(f"there is no counter {number} at {document['station']}")
    letters = set(here["letters"])
    mine = [one for one in document["tickets"] if one["state"] == "waiting" and one["service"] in letters]
    missed = await _missed(document["station"], market_day(request.app[CORE].now()), letters)
    ticket = here["ticket"]
    return _page(
        request, "service/queue_counter.html", document, counter=here, mine=mine[:SHOWN_NEXT], total=len(mine),
        buttons=BUTTONS.get(ticket["state"], ()) if ticket else (), keys=KEYS, icons=ICONS, message=message,
        message_bad=bad, missed=missed, is_mine=here["staff"] == request[PRINCIPAL].label,
    )  # fmt: skip


async def _missed(station: str, day: date, letters: set[str]) -> list[dict[str, Any]]:
    """Return who did not come when called; he may be called again."""
    found, _ = await queue.list_tickets(station, day, "no_show", None, SHOWN_NEXT)
    return [one for one in found if one["service"] in letters]


async def _done(request: web.Request, message: str = "") -> web.Response:
    """Show the counter again: as a part of the page to htmx, as a page of its own to a browser without it."""
    if wants_fragment(request):
        return await _counter(request, message)
    return see_other(f"/queue/{request.match_info['id']}/counters/{number_of(request)}")


async def _settings(request: web.Request, message: str = "", *, bad: bool = False) -> web.Response:
    document = await _document(request)
    taken = {one["letter"] for one in document["services"]}
    free = next((letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if letter not in taken), "")
    following = max((one["number"] for one in document["counters"]), default=0) + 1
    book = await rows.book_of(document["station"])
    return _page(
        request, "service/queue_settings.html", document, 422 if bad else 200, message=message, message_bad=bad,
        free=free, following=following, has_pin=bool(book and book.pin_hash),
        source=rules_on(market_day(request.app[CORE].now())),
    )  # fmt: skip


def _asked(request: web.Request) -> tuple[date, date, By]:
    """Return the days and the grouping of the query; what does not fit is the default."""
    today = market_day(request.app[CORE].now())
    last = _day(request.query.get("to", "")) or today
    first = _day(request.query.get("from", "")) or last - timedelta(days=DEFAULT_DAYS - 1)
    by = request.query.get("by", "service")
    return first, last, cast("By", by) if by in get_args(By) else "service"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _name(document: dict[str, Any], by: By, key: str) -> str:
    names = {one["letter"]: f"{one['letter']} {one['name']}" for one in document["services"]}
    return names.get(key, key) if by == "service" else key


async def _fields(request: web.Request) -> dict[str, str]:
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


def _common(form: dict[str, str]) -> dict[str, Any]:
    skills = form.get("skills", "").replace("，", " ").replace("、", " ").replace(",", " ").split()
    return {"name": form.get("name", "").strip(), "skills": skills}


def _seconds(text: str) -> int:
    return int(text) * 60 if text.isascii() and text.isdigit() and len(text) <= 3 else 0  # noqa: PLR2004 - minutes


def _problem(request: web.Request, error: InvalidInputError) -> str:
    t = request.app[STRINGS]
    names = [t(f"calling.field.{name}") for name in error.fields if f"calling.field.{name}" in t]
    return t("calling.wrong_fields", names="、".join(names) or str(error))


def _safe(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} else text
