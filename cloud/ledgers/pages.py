"""The pages of 台账: choose a ledger and a period, look, take it away; check later whether a paper is that file."""

from typing import Annotated, Any, Final

from aiohttp import web
from pydantic import Field, StringConstraints

from cloud.ledgers import service
from cloud.ledgers.api import MADE, allowed, file_response
from cloud.platform.errors import InvalidInputError
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.shapes import Asked, Day, UuidText, parse
from cloud.platform.times import market_day
from cloud.web.shell import page

AREA: Final = "ledgers"
#: Rows that are looked at before a ledger is taken away.
PREVIEW_ROWS: Final = 30
PAGE_EXPORTS: Final = 50
_WANTED: Final = web.RequestKey("wanted", service.Wanted)
_ERROR: Final = web.RequestKey("error", str)


class PageAsked(Asked):
    """Which ledger and which days: the month so far when nothing is said."""

    ledger: Annotated[str, Field(max_length=32)] = ""
    from_: Annotated[Day | None, Field(alias="from")] = None
    to: Day | None = None


class FormAsked(Asked):
    """What the form of an export says; `opened` is a ticked box."""

    from_: Annotated[Day, Field(alias="from")]
    to: Day
    form: service.Form
    opened: str = ""
    reason: Annotated[str, StringConstraints(max_length=200)] = ""


class ExportsAsked(Asked):
    """Exports with a hash, from a cursor on."""

    sha256: Annotated[str, StringConstraints(to_lower=True, strip_whitespace=True, max_length=64)] = ""
    after: UuidText | None = None


async def ledgers_page(request: web.Request) -> web.Response:
    """GET /ledgers?ledger=&from=&to=."""
    asked = parse(PageAsked, {name: text for name, text in request.query.items() if text})
    today = market_day(request.app[CORE].now())
    ledger = service.find_ledger(asked.ledger or next(iter(service.LEDGERS)))
    wanted = service.Wanted(ledger, asked.from_ or today.replace(day=1), asked.to or today, "xlsx")
    return await _ledger(request, wanted)


async def prepare_form(request: web.Request) -> None:
    """Make the file ahead of the transaction of `export_form`: it may take seconds."""
    ledger = service.find_ledger(request.match_info["id"])
    form = {name: str(text) for name, text in (await request.post()).items() if name != "csrf"}
    today = market_day(request.app[CORE].now())
    request[_WANTED] = service.Wanted(ledger, today.replace(day=1), today, "xlsx")
    try:
        asked = parse(FormAsked, form)
        wanted = service.Wanted(ledger, asked.from_, asked.to, asked.form, bool(asked.opened), asked.reason)
        request[_WANTED] = wanted
        request[MADE] = await service.make(request.app[CORE], wanted, allowed(request[PRINCIPAL], wanted).label)
    except InvalidInputError as error:
        request[_ERROR] = str(error)


async def export_form(request: web.Request) -> web.Response:
    """POST /ledgers/{id}/export: the file, or what is wrong with what was asked."""
    if MADE not in request:
        return await _ledger(request, request[_WANTED], request[_ERROR])
    await service.keep(request.app[CORE], request[MADE])
    return file_response(request[MADE])


async def exports_page(request: web.Request) -> web.Response:
    """GET /ledgers/exports?sha256=&after=."""
    asked = parse(ExportsAsked, {name: text for name, text in request.query.items() if text})
    rows, following = await service.list_exports(sha256=asked.sha256, cursor=asked.after, limit=PAGE_EXPORTS)
    context: dict[str, Any] = {"rows": rows, "next": following, "sha256": asked.sha256, "first": asked.after is None}
    return page(request, "ledgers/exports.html", AREA, sub="exports", ledgers=service.LEDGERS, **context)


async def export_page(request: web.Request) -> web.Response:
    """GET /ledgers/exports/{id}?sha256=: what is kept of one, and whether a hash agrees with it."""
    row = await service.get_export(request.match_info["id"])
    given = request.query.get("sha256", "")[:100].strip()
    context: dict[str, Any] = {"row": row, "ledger": service.LEDGERS.get(row.ledger), "given": given}
    agrees = service.agrees(row, given) if given else None
    return page(request, "ledgers/export.html", AREA, sub="exports", agrees=agrees, **context)


async def _ledger(request: web.Request, wanted: service.Wanted, error: str = "") -> web.Response:
    rows: list[list[str]] = []
    more = False
    if not error:
        try:
            service.check(wanted)
            rows, more = await service.preview(request.app[CORE], wanted, PREVIEW_ROWS)
        except InvalidInputError as wrong:
            error = str(wrong)
    context = {
        "ledgers": list(service.LEDGERS.values()),
        "wanted": wanted,
        "rows": rows,
        "more": more,
        "preview": PREVIEW_ROWS,
        "today": market_day(request.app[CORE].now()),
        "may_open": request[PRINCIPAL].may("ledger.open"),
    }
    return page(request, "ledgers/ledger.html", AREA, 422 if error else 200, sub="books", error=error, **context)
