"""Live shows on the console: the plan with its posts and minutes, the run, what it gained."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from cloud.fairs import campaigns, shows
from cloud.fairs.drafts import MAX_SHOW_POSTS, ShowDraft, ShowResult
from cloud.fairs.hall_pages import link_of
from cloud.fairs.pages import AREA, REFUSALS, refusal
from cloud.fairs.show_models import LiveShow
from cloud.fairs.states import REASONED, SHOWS
from cloud.fleet import service as fleet
from cloud.identity.guard import require_visible
from cloud.jobs import service as jobs
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.http import parse
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.qr import svg_of
from cloud.web.mistakes import mistakes_of, sent_time, typed_time, whole
from cloud.web.phone import fields_of
from cloud.web.shell import STRINGS, page, see_other

_TEXTS: Final = ("title", "host", "platform", "link", "station")
_TIMES: Final = ("starts_at", "ends_at")
#: What the names of the posts' fields begin with.
_MINUTE: Final = "minute-"
#: Posts that the editor offers.
MAX_OFFERED: Final = 200


async def new_page(request: web.Request) -> web.Response:
    """GET /shows/new?day=."""
    day = request.query.get("day", "")[:10]
    values = {"starts_at": f"{day}T19:00", "ends_at": f"{day}T20:00"} if day else {}
    return await _form(request, values, {})


async def edit_page(request: web.Request) -> web.Response:
    """GET /shows/{id}/edit."""
    show = await show_of(request)
    values = {name: str(getattr(show, name)) for name in _TEXTS}
    values |= {name: typed_time(getattr(show, name)) for name in _TIMES} | {"campaign": str(show.campaign or "")}
    values |= {f"{_MINUTE}{one.post.id}": str(one.minute) for one in await shows.posts_of_show(show)}
    return await _form(request, values, {}, str(show.id))


async def save(request: web.Request) -> web.Response:
    """POST /shows and POST /shows/{id}: `minute-{post}` says when a post comes; an empty one leaves it out."""
    show_id, form = request.match_info.get("id", ""), await fields_of(request)
    if show_id:
        await show_of(request)
    values: dict[str, Any] = {name: form.get(name, "") for name in _TEXTS}
    values |= {name: sent_time(form.get(name, "")) for name in _TIMES} | {"campaign": form.get("campaign") or None}
    values["posts"] = [{"post": post, "minute": whole(minute)} for post, minute in _minutes(form).items()]
    try:
        draft = parse(ShowDraft, values)
        show = await shows.save_show(request.app[CORE], draft, by=request[PRINCIPAL].label, show_id=show_id)
    except InvalidInputError as error:
        return await _form(request, form, mistakes_of(error.fields, request.app[STRINGS]), show_id, 422)
    except ConflictError as error:
        return await _form(request, form, {"": str(error)}, show_id, 409)
    return see_other(f"/shows/{show.id}")


async def show_page(request: web.Request) -> web.Response:
    """GET /shows/{id}."""
    return await _shown(request)


async def step(request: web.Request) -> web.Response:
    """POST /shows/{id}/step: `to` and `reason`."""
    show, form = await show_of(request), await fields_of(request)
    reason = form.get("reason", "").strip()[:300]
    try:
        await shows.move_show(request.app[CORE], str(show.id), form.get("to", ""), reason=reason)
    except REFUSALS as error:
        return await _shown(request, refusal(error))
    return see_other(f"/shows/{show.id}")


async def save_result(request: web.Request) -> web.Response:
    """POST /shows/{id}/result."""
    show, form = await show_of(request), await fields_of(request)
    typed = {"viewers": whole(form.get("viewers", "")), "viewers_source": form.get("viewers_source", "")}
    try:
        result = parse(ShowResult, typed | {"result": form.get("result", "")})
        await shows.set_show_result(request.app[CORE], str(show.id), result)
    except InvalidInputError:
        return await _shown(request, request.app[STRINGS]("show.result_wrong"))
    except ConflictError as error:
        return await _shown(request, str(error))
    return see_other(f"/shows/{show.id}")


async def qr_file(request: web.Request) -> web.Response:
    """GET /shows/{id}/qr.svg: its link carries the source."""
    show = await show_of(request)
    text = svg_of(_link(request, show), request.app[STRINGS]("show.qr"))
    return web.Response(text=text, content_type="image/svg+xml", headers={"Cache-Control": "no-store"})


async def show_of(request: web.Request) -> LiveShow:
    """Return the show of an address; one of a station that the caller may not see is not there."""
    show = await shows.get_show(request.match_info["id"])
    require_visible(request, show.station or None, "show")
    return show


async def _shown(request: web.Request, message: str = "") -> web.Response:
    show = await show_of(request)
    names = await fleet.station_names(None)
    context = {
        "show": show,
        "posts": await shows.posts_of_show(show),
        "applicants": await shows.applicants_of(show),
        "source": shows.source_of(show),
        "station": names.get(show.station, show.station),
        "steps": sorted(SHOWS[show.state]),  # type: ignore[index]
        "reasoned": REASONED,
        "qr": svg_of(_link(request, show), request.app[STRINGS]("show.qr")),
    }
    return page(request, "fairs/show.html", AREA, 409 if message else 200, message=message, **context)


async def _form(
    request: web.Request, values: Mapping[str, str], errors: Mapping[str, str], show_id: str = "", status: int = 200
) -> web.Response:
    minutes = _minutes(values)
    found = await jobs.list_posts(state="published", limit=MAX_OFFERED)
    known = await jobs.briefs_of([*(UUID(post["id"]) for post in found.items), *_ids(minutes)])
    offered = sorted(known.values(), key=lambda brief: (str(brief.id) not in minutes, brief.firm_name, brief.title))
    context = {
        "values": values,
        "minutes": minutes,
        "errors": errors,
        "id": show_id,
        "offered": offered,
        "most": MAX_SHOW_POSTS,
        "stations": await fleet.station_names(request[PRINCIPAL].stations),
        "campaigns": await campaigns.list_campaigns(),
    }
    return page(request, "fairs/show_form.html", AREA, status, **context)


def _minutes(form: Mapping[str, str]) -> dict[str, str]:
    """Return the minute of each post for which one is written."""
    return {name.removeprefix(_MINUTE): text for name, text in form.items() if name.startswith(_MINUTE) and text}


def _ids(minutes: Mapping[str, str]) -> list[UUID]:
    found = []
    for text in minutes:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _link(request: web.Request, show: LiveShow) -> str:
    return link_of(request, f"/events/shows/{show.id}?source={shows.source_of(show)}")
