"""The pages of statistics, monthly sheets and the yearly analysis, with their files."""

from typing import Annotated, Any, Final
from urllib.parse import quote

from aiohttp import hdrs, web
from pydantic import Field

from cloud.ledgers import books, publications
from cloud.ledgers.books import SHAPES, Shape
from cloud.ledgers.charts import bars_of, columns_of, line_of, ranges_of
from cloud.ledgers.figures import month_before, month_of
from cloud.ledgers.models import Publication
from cloud.ledgers.pages import AREA
from cloud.ledgers.ratios import LEVELS
from cloud.ledgers.sheet import sha256_of
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.shapes import Asked, parse
from cloud.web.shell import STRINGS, page, see_other

#: Months that the list goes back.
MONTHS_LISTED: Final = 24
#: Groups of wages on a page; the spreadsheet has them all.
WAGES_SHOWN: Final = 12
_LIVE: Final = "live"
_MIN_YEAR: Final = 2020
_MAX_YEAR: Final = 2099


class StatisticsAsked(Asked):
    """Which month, and how fine the occupations are."""

    period: Annotated[str, Field(max_length=7)] = ""
    level: Annotated[str, Field(pattern="^(major|middle|minor|detail)$")] = "middle"


class SheetAsked(Asked):
    """Which version of a month's sheet: a number, or `live` for the facts as they are now."""

    version: Annotated[str, Field(pattern=r"^(live|[1-9]\d{0,3})?$")] = ""
    asked: Annotated[str, Field(max_length=1)] = ""


class FileAsked(Asked):
    """A version as a file."""

    version: Annotated[str, Field(pattern=r"^(live|[1-9]\d{0,3})?$")] = ""
    shape: Shape = "pdf"


async def statistics_page(request: web.Request) -> web.Response:
    """GET /ledgers/statistics?period=&level=: the figures of a month as the records are now."""
    asked = parse(StatisticsAsked, _given(request))
    core = request.app[CORE]
    period = asked.period or month_of(core)
    document = (await publications.live_sheet(core, period)).document
    context: dict[str, Any] = {"period": period, "level": asked.level, "levels": list(LEVELS), "months": _months(core)}
    lines = document["occupations"][asked.level]
    return page(request, "ledgers/statistics.html", AREA, sub="statistics", lines=lines, **context, **_shown(document))


async def months_page(request: web.Request) -> web.Response:
    """GET /ledgers/months: every month with its versions."""
    core = request.app[CORE]
    published: dict[str, list[Publication]] = {}
    for row in await publications.list_publications():
        published.setdefault(row.period, []).append(row)
    months = [(period, published.get(period, [])) for period in sorted({*_months(core), *published}, reverse=True)]
    return page(request, "ledgers/months.html", AREA, sub="months", months=months, now_month=month_of(core))


async def month_page(request: web.Request) -> web.Response:
    """GET /ledgers/months/{period}?version=: a published version, or the sheet as the records are now."""
    asked = parse(SheetAsked, _given(request))
    return await _month(request, asked.version, note="ledger.asked" if asked.asked else "")


async def ask_form(request: web.Request) -> web.Response:
    """POST /ledgers/months/{period}/publish: freeze the sheet and ask a second person."""
    period, why = request.match_info["period"], str((await request.post()).get("why", ""))
    try:
        await publications.ask_publication(request.app[CORE], period, why, request[PRINCIPAL])
    except (ConflictError, InvalidInputError) as error:
        return await _month(request, "", error=str(error))
    return see_other(f"/ledgers/months/{period}?asked=1")


async def month_file(request: web.Request) -> web.Response:
    """GET /ledgers/months/{period}/file?version=&shape=: a version as PDF, XLSX or picture."""
    asked, core = parse(FileAsked, _given(request)), request.app[CORE]
    row, document = await _version(request, asked.version)
    meta = await books.meta_of(core, row, document, sha256_of(document))
    file = await books.file_of(core, document, meta, asked.shape)
    media, ending = SHAPES[asked.shape]
    version = f"第{row.number}版" if row else "草稿"
    return _file(file, media, f"{document['period']}月报-{version}-{asked.shape}.{ending}")


async def year_page(request: web.Request) -> web.Response:
    """GET /ledgers/years/{year}: the published months of a year."""
    year = _year(request)
    months = await publications.published_in(year)
    document = books.year_of(year, months)
    by_month = {int(one["period"][-2:]): one for one in document["months"]}
    series = {
        name: [by_month[number].get(name) if number in by_month else None for number in range(1, 13)]
        for name in ("ratio", "median_fen", "vacancies", "seekers")
    }
    charts = {
        "ratio": line_of([None if one is None else float(one) for one in series["ratio"]]),
        "wage": line_of([None if one is None else one / 100 for one in series["median_fen"]]),
        "market": columns_of(series["vacancies"], series["seekers"]),
    }
    context: dict[str, Any] = {"year": document, "charts": charts}
    return page(request, "ledgers/year.html", AREA, sub="years", **context)


async def years_page(request: web.Request) -> web.Response:
    """GET /ledgers/years: the year of now."""
    return see_other(f"/ledgers/years/{month_of(request.app[CORE])[:4]}")


async def year_file(request: web.Request) -> web.Response:
    """GET /ledgers/years/{year}/file: the yearly analysis as PDF."""
    year = _year(request)
    file = await books.year_file(request.app[CORE], year, await publications.published_in(year))
    return _file(file, "application/pdf", f"{year}年度分析.pdf")


async def _month(request: web.Request, version: str, error: str = "", note: str = "") -> web.Response:
    core, period = request.app[CORE], request.match_info["period"]
    row, document = await _version(request, version)
    live = await publications.live_sheet(core, period)
    newest = await publications.newest_of(period)
    changed: list[str] = []
    if newest is not None and newest.inputs_sha256 != live.inputs_sha256:
        found = publications.differences(publications.document_of(newest), live.document)
        changed = publications.shortened(list(found))
    context = {
        "period": period,
        "row": row,
        "newest": newest,
        "meta": await books.meta_of(core, row, document, sha256_of(document)),
        "versions": await publications.versions_of(period),
        "changed": changed,
        "differs": newest is not None and newest.inputs_sha256 != live.inputs_sha256,
        "waiting": await publications.is_waiting(core, period),
        "over": period < month_of(core),
        "may_ask": request[PRINCIPAL].may("publication.write"),
        "error": error,
        "note": request.app[STRINGS](note) if note else "",
        "shapes": list(SHAPES),
    }
    status = 409 if error else 200
    return page(request, "ledgers/month.html", AREA, status, sub="months", **context, **_shown(document))


async def _version(request: web.Request, version: str) -> tuple[Publication | None, dict[str, Any]]:
    """Return (the version that is asked for, its document): the one in force by default, else the facts of now."""
    period = request.match_info["period"]
    if version.isdigit():
        found = [row for row in await publications.versions_of(period) if row.number == int(version)]
        if not found:
            raise NotFoundError(f"there is no version {version} of {period}")
        return found[0], publications.document_of(found[0])
    newest = None if version == _LIVE else await publications.newest_of(period)
    if newest is not None:
        return newest, publications.document_of(newest)
    return None, (await publications.live_sheet(request.app[CORE], period)).document


def _shown(document: dict[str, Any]) -> dict[str, Any]:
    """Return a sheet as its pages show it: with the bars of its rankings, wages and groups."""
    top = document["top"]
    shown = sorted(
        (one for one in document["wages"]["occupations"] if one["median_fen"] is not None),
        key=lambda one: -one["vacancies"],
    )[:WAGES_SHOWN]
    return {
        "sheet": document,
        "rankings": {
            what: {end: bars_of(top[what][end], "ratio") for end in ("high", "low")}
            for what in ("industries", "occupations")
        },
        "wages": ranges_of(shown),
        "groups": [(one["dimension"], bars_of(one["rows"], "seekers")) for one in document["groups"] if one["rows"]],
    }


def _months(core: Any) -> list[str]:
    months = [month_of(core)]
    while len(months) < MONTHS_LISTED:
        months.append(month_before(months[-1]))
    return months


def _year(request: web.Request) -> int:
    text = request.match_info["year"]
    if not (text.isascii() and text.isdigit() and _MIN_YEAR <= int(text[:4]) <= _MAX_YEAR and len(text) == len("2026")):
        raise NotFoundError(f"there is no year {text!r}")
    return int(text)


def _given(request: web.Request) -> dict[str, str]:
    return {name: text for name, text in request.query.items() if text}


def _file(file: bytes, media: str, name: str) -> web.Response:
    headers = {hdrs.CONTENT_DISPOSITION: f"attachment; filename*=UTF-8''{quote(name)}", hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(body=file, content_type=media, headers=headers)
