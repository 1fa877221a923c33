"""QR sheets of the console: of a post and of a station, as a page and as a PDF to print; what was scanned."""

from datetime import timedelta
from typing import Any, Final

from aiohttp import hdrs, web

from cloud.fleet import service as fleet
from cloud.identity.guard import require_visible
from cloud.jobs import service
from cloud.jobs.public_pages import address_of
from cloud.jobs.scans import KINDS, parse_source, scans_of
from cloud.platform.errors import NotFoundError
from cloud.platform.keys import CORE
from cloud.platform.papers import typeset
from cloud.platform.times import market_day
from cloud.web.formats import pay_range, pay_unit
from cloud.web.shell import page
from firmware_profiles.ui.qr import qr_svg

#: Days that the counts on the page cover.
COUNTED_DAYS: Final = 30
MAX_SOURCE_CHARS: Final = 60


async def post_page(request: web.Request) -> web.Response:
    """GET /posts/{id}/qr?s=: the QR of a post for a wall, a flyer, a fair; scans of the last days."""
    post = await service.get_post(request.match_info["id"])
    source = _source(request, f"flyer:{market_day(request.app[CORE].now()):%m%d}")
    return await _page(request, f"/p/{post['id']}", f"/posts/{post['id']}/qr", source, post["title"], post["id"])


async def station_page(request: web.Request) -> web.Response:
    """GET /venues/{id}/qr: the QR of a station, which opens the list of posts."""
    station = await _station(request)
    source = _source(request, f"station:{station['id']}")
    return await _page(request, "/p", f"/venues/{station['id']}/qr", source, station["name"], None)


async def post_sheet(request: web.Request) -> web.Response:
    """GET /posts/{id}/qr.pdf?s=: the sheet to print."""
    post = await service.get_post(request.match_info["id"])
    pay = post["pay"]
    facts = [
        ["工资", f"{pay_range(pay['min_fen'], pay['max_fen'])} {pay_unit(pay['unit'])} {pay['method']}"],
        ["地点", f"{post['place']['district']} {post['place']['address']}"],
        ["时间", post["hours"]],
        ["人数", f"{post['headcount']} 人"],
        ["单位", post["firm_name"]],
    ]
    if post["source"]:
        facts.append(["来源", f"{post['source']} {post['source_url'] or ''}".strip()])
    source = _source(request, f"flyer:{market_day(request.app[CORE].now()):%m%d}")
    return await _sheet(request, f"/p/{post['id']}", source, post["title"], facts, "扫码看岗位、报名")


async def station_sheet(request: web.Request) -> web.Response:
    """GET /venues/{id}/qr.pdf: the sheet to print."""
    station = await _station(request)
    facts = [["怎么用", "用微信或手机相机扫码，不用下载软件"], ["收费", "找工作不收任何费用"]]
    source = _source(request, f"station:{station['id']}")
    return await _sheet(request, "/p", source, station["name"], facts, "扫码找工作")


async def _station(request: web.Request) -> dict[str, str]:
    name = request.match_info["id"]
    require_visible(request, name, f"station {name!r}")
    names = await fleet.station_names()
    if name not in names:
        raise NotFoundError(f"there is no station {name!r}")
    return {"id": name, "name": names[name]}


def _source(request: web.Request, usual: str) -> str:
    given = request.query.get("s", "")[:MAX_SOURCE_CHARS]
    return given if parse_source(given) else usual


async def _page(  # noqa: PLR0913, PLR0917 - what a page says
    request: web.Request, path: str, here: str, source: str, title: str, post: str | None
) -> web.Response:
    today = market_day(request.app[CORE].now())
    kind, _, place = source.partition(":")
    context: dict[str, Any] = {
        "title": title,
        "here": here,
        "picture": f"{path}/qr.svg?s={source}",
        "sheet": f"{here}.pdf?s={source}",
        "address": address_of(request, path, source),
        "kinds": KINDS,
        "kind": kind,
        "place": place,
        "scans": await scans_of(today - timedelta(days=COUNTED_DAYS - 1), today, post),
        "days": COUNTED_DAYS,
        "post": post,
        "local": not request.app[CORE].settings.public_url,
    }
    return page(request, "jobs/qr.html", "posts" if post else "venues", **context)


async def _sheet(  # noqa: PLR0913, PLR0917 - what a sheet says
    request: web.Request, path: str, source: str, title: str, facts: list[list[str]], call: str
) -> web.Response:
    address = address_of(request, path, source)
    operator = request.app[CORE].settings.operator_name
    data = {"title": title, "facts": facts, "call": call, "address": address, "operator": operator,
            "qr": qr_svg(address).decode()}  # fmt: skip
    body = await typeset("jobs/qr", data, made_at=request.app[CORE].now())
    headers = {hdrs.CONTENT_DISPOSITION: 'inline; filename="qr.pdf"', hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(body=body, content_type="application/pdf", headers=headers)
