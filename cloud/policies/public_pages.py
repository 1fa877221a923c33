"""Policies and announcements for everybody: on the phone as pages, at a kiosk over REST."""

from typing import Any, Final

from aiohttp import web

from cloud.platform.errors import NotFoundError
from cloud.platform.http import answer
from cloud.platform.keys import CORE
from cloud.platform.shapes import Page
from cloud.platform.times import market_day
from cloud.policies import files
from cloud.policies.drafts import KINDS
from cloud.policies.pages import as_download
from cloud.policies.register import Live, live_on, live_one
from cloud.policies.shapes import NewsShown
from cloud.policies.walls import validity
from cloud.web.phone import phone_page

HOME: Final = "/events"
#: What is in force at once; a market has some dozens.
MAX_LISTED: Final = 100


async def news_page(request: web.Request) -> web.Response:
    """GET /news?kind=: what is in force, newest first."""
    kind = request.query.get("kind", "")
    found = await live_on("phone", market_day(request.app[CORE].now()), MAX_LISTED)
    rows = [live for live in found if live.text.kind == kind or kind not in KINDS]
    context: dict[str, Any] = {
        "rows": rows,
        "kind": kind if kind in KINDS else "",
        "kinds": KINDS,
        "validity": validity,
    }
    return phone_page(request, "policies/news.html", home=HOME, **context)


async def news_one(request: web.Request) -> web.Response:
    """GET /news/{id}."""
    live = await live_one(request.match_info["id"], market_day(request.app[CORE].now()))
    if live is None:
        raise NotFoundError("这条内容已经撤下")
    context: dict[str, Any] = {"live": live, "validity": validity(live.text), "files": await files.files_of(live.id)}
    return phone_page(request, "policies/news_one.html", home=HOME, **context)


async def news_file(request: web.Request) -> web.Response:
    """GET /news/files/{id}: an attachment of what is in force."""
    return as_download(await files.public_file(request.match_info["id"], market_day(request.app[CORE].now())))


async def kiosk_news(request: web.Request) -> web.Response:
    """GET /api/v1/kiosk/notices: what is in force on kiosks."""
    found = await live_on("kiosk", market_day(request.app[CORE].now()), MAX_LISTED)
    return answer(Page[NewsShown](items=[news_shown(live) for live in found], next=None))


def news_shown(live: Live) -> NewsShown:
    """Return a version in force as REST shows it to the public."""
    text = live.text
    return NewsShown(
        id=str(live.id), version=live.version, kind=text.kind, item=text.item, category=text.category, title=text.title,
        summary=text.summary, body=text.body, audience=text.audience, issuer=text.issuer, document=text.document,
        source_url=text.source_url, valid_from=str(text.valid_from),
        valid_to=str(text.valid_to) if text.valid_to else None,
    )  # fmt: skip
