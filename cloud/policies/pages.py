"""The pages of 政策公告: the register, the public items that are missing, the editor, where a text was shown."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from aiohttp import web

from cloud.fleet import service as fleet
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.http import parse
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.problems import ProblemError
from cloud.platform.times import market_day
from cloud.policies import displays, enquiries, files, register, required
from cloud.policies.drafts import CATEGORIES, CHANNELS, KINDS, MAX_SUMMARY, PLACES, EnquiryDraft, PolicyDraft, draft_of
from cloud.policies.models import Policy, PolicyFile
from cloud.web.mistakes import mistakes_of
from cloud.web.phone import fields_of
from cloud.web.shell import STRINGS, page, see_other

AREA: Final = "policies"
STATES: Final = ("draft", "published", "ended")
PAGE_ENQUIRIES: Final = 50
_TEXTS: Final = (
    "kind", "item", "title", "summary", "body", "audience", "category", "issuer", "document", "source_url",
    "valid_from",
)  # fmt: skip
_REFUSALS: Final = (ConflictError, InvalidInputError, ProblemError)


async def policies_page(request: web.Request) -> web.Response:
    """GET /policies?state=&kind=&after=."""
    state, kind = request.query.get("state", ""), request.query.get("kind", "")
    state, kind = state if state in STATES else "", kind if kind in KINDS else ""
    rows, following = await register.list_policies(state=state, kind=kind, cursor=request.query.get("after") or None)
    ids = [row.id for row in rows]
    context: dict[str, Any] = {
        "rows": rows,
        "next": following,
        "state": state,
        "kind": kind,
        "states": STATES,
        "kinds": KINDS,
        "shown": {key: displays.best_level(found) for key, found in (await displays.displays_of(ids)).items()},
        "asked": await enquiries.enquiries_about(ids),
        "items": await required.standings(market_day(request.app[CORE].now())),
    }
    return page(request, "policies/list.html", AREA, **context)


async def new_page(request: web.Request) -> web.Response:
    """GET /policies/new?item=: a public item begins with its name."""
    today = market_day(request.app[CORE].now())
    item = required.required_on(today).get(request.query.get("item", ""))
    values = {"valid_from": str(today), "kind": "policy", "wall": "yes", "kiosk": "yes", "phone": "yes"}
    if item:
        values |= {"kind": "public_item", "item": item.id, "title": item.name, "category": "rights"}
    return _form(request, values, {})


async def edit_page(request: web.Request) -> web.Response:
    """GET /policies/{id}/edit."""
    row = await register.get_policy(request.match_info["id"])
    draft = draft_of(row.draft)
    values = {name: str(getattr(draft, name)) for name in _TEXTS}
    values |= dict.fromkeys(draft.channels, "yes") | {"valid_to": str(draft.valid_to or "")}
    return _form(request, values, {}, str(row.id))


async def save(request: web.Request) -> web.Response:
    """POST /policies and POST /policies/{id}: keep a draft, or show what is wrong with it next to the fields."""
    policy_id, form = request.match_info.get("id", ""), await fields_of(request)
    values: dict[str, Any] = {name: form.get(name, "") for name in _TEXTS}
    values |= {"valid_to": form.get("valid_to") or None, "channels": [name for name in CHANNELS if form.get(name)]}
    if values["kind"] != "public_item":
        values["item"] = ""
    try:
        draft = parse(PolicyDraft, values)
        by = request[PRINCIPAL].label
        row = await register.save_policy(request.app[CORE], draft, by=by, policy_id=policy_id)
    except InvalidInputError as error:
        return _form(request, form, mistakes_of(error.fields, request.app[STRINGS]), policy_id, 422)
    return see_other(f"/policies/{row.id}")


async def policy_page(request: web.Request) -> web.Response:
    """GET /policies/{id}."""
    return await _shown(request)


async def publish(request: web.Request) -> web.Response:
    """POST /policies/{id}/publish: put it in force, or ask a second person."""
    policy_id, form = request.match_info["id"], await fields_of(request)
    reason = form.get("reason", "").strip()[:300]
    try:
        await register.publish_policy(request.app[CORE], policy_id, request[PRINCIPAL], reason=reason)
    except _REFUSALS as error:
        return await _shown(request, error.detail if isinstance(error, ProblemError) else str(error))
    return see_other(f"/policies/{policy_id}")


async def end(request: web.Request) -> web.Response:
    """POST /policies/{id}/end."""
    policy_id, form = request.match_info["id"], await fields_of(request)
    note = form.get("note", "").strip()[:300]
    if not note:
        return await _shown(request, request.app[STRINGS]("policy.end_note"))
    try:
        await register.end_policy(request.app[CORE], policy_id, note)
    except ConflictError as error:
        return await _shown(request, str(error))
    return see_other(f"/policies/{policy_id}")


async def save_file(request: web.Request) -> web.Response:
    """POST /policies/{id}/files: `file`."""
    policy_id, sent = request.match_info["id"], (await request.post()).get("file")
    if not isinstance(sent, web.FileField):
        return await _shown(request, request.app[STRINGS]("policy.no_file"))
    try:
        by = request[PRINCIPAL].label
        await files.add_file(request.app[CORE], policy_id, sent.filename, sent.file.read(), by=by)
    except (ConflictError, InvalidInputError) as error:
        return await _shown(request, str(error))
    return see_other(f"/policies/{policy_id}#files")


async def file_page(request: web.Request) -> web.Response:
    """GET /policies/files/{id}."""
    return as_download(await files.file(request.match_info["id"]))


def as_download(row: PolicyFile) -> web.Response:
    """Return a file to be kept, never to be shown by us: what is in a PDF is not ours."""
    disposition = f"attachment; filename*=UTF-8''{quote(row.name)}"
    headers = {"Content-Disposition": disposition, "Cache-Control": "private, max-age=3600"}
    return web.Response(body=bytes(row.content), content_type=row.media, headers=headers)


async def enquiries_page(request: web.Request) -> web.Response:
    """GET /policies/enquiries."""
    return await _enquiries(request, {"policy": request.query.get("policy", "")}, {})


async def save_enquiry(request: web.Request) -> web.Response:
    """POST /policies/enquiries."""
    form = await fields_of(request)
    values: dict[str, Any] = {name: form.get(name, "") for name in ("topic", "place", "station", "question", "answer")}
    try:
        draft = parse(EnquiryDraft, values | {"policy": form.get("policy") or None})
        await enquiries.record_enquiry(request.app[CORE], draft, by=request[PRINCIPAL].label)
    except InvalidInputError as error:
        return await _enquiries(request, form, mistakes_of(error.fields, request.app[STRINGS]), 422)
    return see_other("/policies/enquiries")


async def _shown(request: web.Request, message: str = "") -> web.Response:
    core = request.app[CORE]
    row = await register.get_policy(request.match_info["id"])
    found = (await displays.displays_of([row.id]))[row.id]
    context = {
        "row": row,
        "draft": draft_of(row.draft),
        "dirty": await _is_dirty(row),
        "waiting": await register.is_waiting(core, row),
        "versions": await register.versions_of(row),
        "displays": found,
        "names": await fleet.station_names(None),
        "asked": (await enquiries.enquiries_about([row.id]))[row.id],
        "files": await files.files_of(row.id),
        "needs_second": "wall" in draft_of(row.draft).channels,
    }
    return page(request, "policies/policy.html", AREA, 409 if message else 200, message=message, **context)


async def _is_dirty(row: Policy) -> bool:
    """Return whether what is being written is not what is in force."""
    newest = next(iter(await register.versions_of(row)), None)
    return newest is None or newest.content != row.draft


def _form(
    request: web.Request, values: Mapping[str, str], errors: Mapping[str, str], policy_id: str = "", status: int = 200
) -> web.Response:
    context = {
        "values": values,
        "errors": errors,
        "id": policy_id,
        "kinds": KINDS,
        "categories": CATEGORIES,
        "channels": CHANNELS,
        "items": required.required_on(market_day(request.app[CORE].now())).values(),
        "most": MAX_SUMMARY,
    }
    return page(request, "policies/form.html", AREA, status, **context)


async def _enquiries(
    request: web.Request, values: Mapping[str, str], errors: Mapping[str, str], status: int = 200
) -> web.Response:
    rows, _ = await enquiries.list_enquiries(None, PAGE_ENQUIRIES)
    published, _ = await register.list_policies(state="published", limit=register.MAX_PAGE)
    context = {
        "rows": rows,
        "values": values,
        "errors": errors,
        "places": PLACES,
        "policies": {row.id: row.title for row in published},
        "stations": await fleet.station_names(request[PRINCIPAL].stations),
    }
    return page(request, "policies/enquiries.html", AREA, status, **context)
