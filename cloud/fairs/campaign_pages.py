"""Campaigns and publicity on the console: the register, what was done for each, items with their pictures."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from cloud.fairs import campaigns
from cloud.fairs.drafts import CampaignDraft, Medium, PublicityDraft
from cloud.fairs.pages import AREA, REFUSALS, refusal
from cloud.platform.errors import InvalidInputError
from cloud.platform.http import parse
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.times import market_day
from cloud.web.mistakes import mistakes_of, whole
from cloud.web.phone import fields_of
from cloud.web.shell import STRINGS, page, see_other

_CAMPAIGN: Final = ("title", "basis", "starts_on", "ends_on", "about")
_ITEM: Final = ("title", "medium", "published_on", "link", "reach_source", "about")
MEDIA: Final[tuple[str, ...]] = Medium.__args__  # type: ignore[attr-defined]


async def campaigns_page(request: web.Request) -> web.Response:
    """GET /campaigns."""
    return await _campaigns(request, {}, {})


async def save_campaign(request: web.Request) -> web.Response:
    """POST /campaigns."""
    form = await fields_of(request)
    try:
        draft = parse(CampaignDraft, {name: form.get(name, "") for name in _CAMPAIGN})
        row = await campaigns.save_campaign(request.app[CORE], draft, by=request[PRINCIPAL].label)
    except InvalidInputError as error:
        return await _campaigns(request, form, mistakes_of(error.fields, request.app[STRINGS]), 422)
    return see_other(f"/campaigns/{row.id}")


async def campaign_page(request: web.Request) -> web.Response:
    """GET /campaigns/{id}."""
    row = await campaigns.get_campaign(request.match_info["id"])
    found = await campaigns.activities_of(row)
    pictures = await campaigns.pictures_of(found.publicity)
    return page(request, "fairs/campaign.html", AREA, row=row, found=found, pictures=pictures)


async def publicity_page(request: web.Request) -> web.Response:
    """GET /publicity."""
    return await _publicity(request, {"published_on": str(market_day(request.app[CORE].now()))}, {})


async def save_publicity(request: web.Request) -> web.Response:
    """POST /publicity."""
    form = await fields_of(request)
    values: dict[str, Any] = {name: form.get(name, "") for name in _ITEM}
    values |= {"reach": whole(form.get("reach", "")), "campaign": form.get("campaign") or None}
    try:
        draft = parse(PublicityDraft, values)
        await campaigns.add_publicity(request.app[CORE], draft, by=request[PRINCIPAL].label)
    except InvalidInputError as error:
        return await _publicity(request, form, mistakes_of(error.fields, request.app[STRINGS]), 422)
    return see_other("/publicity")


async def save_picture(request: web.Request) -> web.Response:
    """POST /publicity/{id}/pictures: `picture` (a file) and `caption`."""
    form = await request.post()
    sent = form.get("picture")
    try:
        if not isinstance(sent, web.FileField):
            raise InvalidInputError(request.app[STRINGS]("publicity.no_picture"))
        data = sent.file.read()
        await campaigns.add_picture(request.app[CORE], request.match_info["id"], data, str(form.get("caption", "")))
    except REFUSALS as error:
        return await _publicity(request, {}, {"": refusal(error)}, 422)
    return see_other("/publicity")


async def picture_file(request: web.Request) -> web.Response:
    """GET /publicity/pictures/{id}."""
    data = await campaigns.picture(request.match_info["id"])
    return web.Response(body=data, content_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


async def _campaigns(
    request: web.Request, values: Mapping[str, str], errors: Mapping[str, str], status: int = 200
) -> web.Response:
    today = market_day(request.app[CORE].now())
    context = {"rows": await campaigns.list_campaigns(), "values": values, "errors": errors, "today": today}
    return page(request, "fairs/campaigns.html", AREA, status, **context)


async def _publicity(
    request: web.Request, values: Mapping[str, str], errors: Mapping[str, str], status: int = 200
) -> web.Response:
    rows = await campaigns.list_publicity()
    context = {
        "rows": rows,
        "pictures": await campaigns.pictures_of(rows),
        "media": MEDIA,
        "campaigns": {one.id: one.title for one in await campaigns.list_campaigns()},
        "values": values,
        "errors": errors,
    }
    return page(request, "fairs/publicity.html", AREA, status, **context)
