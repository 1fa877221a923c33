"""Posts as everybody sees them on a phone: the list with search and filters, one post with pay and place first."""

from datetime import date
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import hdrs, web

from cloud.jobs import service
from cloud.jobs.drafts import FORMS
from cloud.jobs.scans import count_scan, keep_source
from cloud.platform.errors import NotFoundError
from cloud.platform.keys import CORE
from cloud.web.formats import pay_range
from cloud.web.phone import phone_page
from firmware_profiles.ui.qr import qr_svg

PAGE_POSTS: Final = 20
MAX_SEARCH_CHARS: Final = 40
MAX_SOURCE_CHARS: Final = 60
UNITS: Final = ("month", "day", "hour", "piece")
#: A QR is drawn anew at every request; a cache may keep it for a day.
_CACHE: Final = "public, max-age=86400"


async def list_page(request: web.Request) -> web.Response:
    """GET /p?q=&district=&form=&unit=&after=&s=: posts that are live now, newest first."""
    wanted = {
        name: request.query.get(name, "").strip()[:MAX_SEARCH_CHARS] for name in ("q", "district", "form", "unit")
    }
    if wanted["form"] not in FORMS:
        wanted["form"] = ""
    if wanted["unit"] not in UNITS:
        wanted["unit"] = ""
    after = request.query.get("after", "")[:MAX_SEARCH_CHARS]
    rows, following = await service.list_live(request.app[CORE].now(), cursor=after or None, limit=PAGE_POSTS, **wanted)
    source = request.query.get("s", "")[:MAX_SOURCE_CHARS]
    context: dict[str, Any] = {
        "rows": [_shown(row) for row in rows],
        "wanted": wanted,
        "forms": FORMS,
        "units": UNITS,
        "districts": await service.live_districts(request.app[CORE].now()),
        "more": urlencode({**wanted, "after": following}) if following else "",
        "after": after,
        "source": source,
    }
    return await _answered(request, "jobs/public_list.html", source, None, context)


async def post_page(request: web.Request) -> web.Response:
    """GET /p/{id}?s=: one post; one that is over says so."""
    post = await service.get_post(_id(request))
    if post["state"] not in {"published", "closed"}:
        raise NotFoundError("there is no such post")
    today = request.app[CORE].now()
    live = post["state"] == "published" and await service.is_live(post["id"], today)
    source = request.query.get("s", "")[:MAX_SOURCE_CHARS]
    context = {"post": _shown(post), "live": live, "source": source}
    return await _answered(request, "jobs/public_post.html", source, post["id"], context, 200 if live else 410)


async def post_qr(request: web.Request) -> web.Response:
    """GET /p/{id}/qr.svg?s=: the QR of a post, with the place where it will stand."""
    post = await service.get_post(_id(request))
    return _svg(request, f"/p/{post['id']}")


async def list_qr(request: web.Request) -> web.Response:
    """GET /p/qr.svg?s=: the QR of the list of posts, as a station shows it."""
    return _svg(request, "/p")


def address_of(request: web.Request, path: str, source: str = "") -> str:
    """Return the address that a phone opens: the public one of the settings, else the one of this request."""
    query = f"?{urlencode({'s': source}, safe=':')}" if source else ""
    settings = request.app[CORE].settings
    return settings.public_link(path + query) or f"{request.scheme}://{request.host}{path}{query}"


async def _answered(  # noqa: PLR0913, PLR0917 - what a page says
    request: web.Request, template: str, source: str, post: str | None, context: dict[str, Any], status: int = 200
) -> web.Response:
    core = request.app[CORE]
    if source:
        await count_scan(core, source, post)
    response = phone_page(request, template, home="/p", status=status, **context)
    keep_source(response, source, secure=core.settings.secure_cookies)
    return response


def _svg(request: web.Request, path: str) -> web.Response:
    body = qr_svg(address_of(request, path, request.query.get("s", "")[:MAX_SOURCE_CHARS]))
    return web.Response(body=body, content_type="image/svg+xml", headers={hdrs.CACHE_CONTROL: _CACHE})


def _id(request: web.Request) -> str:
    try:
        return str(UUID(request.match_info["id"]))
    except ValueError as error:
        raise NotFoundError("there is no such post") from error


def _shown(post: dict[str, Any]) -> dict[str, Any]:
    pay = post["pay"]
    until = date.fromisoformat(post["valid_to"])
    text = pay_range(pay["min_fen"], pay["max_fen"])
    left = max(0, post["headcount"] - post["filled"])
    return {**post, "pay_text": text, "until": f"{until.month}月{until.day}日", "left": left}
