"""The pages 系统 → 法律文件: texts, register of processing, impact assessments, breach notices."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from aiohttp import web

from cloud.fleet import service as fleet
from cloud.legal import breaches, papers, wording
from cloud.legal.assessment import KINDS, kinds
from cloud.legal.breaches import HELD, REPORT_WITHIN, SUBJECTS, Draft
from cloud.legal.register import record_kinds, unregistered
from cloud.legal.texts import NAMES, cut
from cloud.platform.errors import CloudError, ConflictError, InvalidInputError
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.web.formats import SHANGHAI, local
from cloud.web.shell import system_page

#: What the law has every page show; without it the footer is not complete.
SHOWN_SETTINGS: Final = ("operator_name", "operator_contact", "licence_number", "icp_number", "complaint_phone")
_UNPROCESSABLE: Final = 422
_CONFLICT: Final = 409


async def overview_page(request: web.Request) -> web.Response:
    """GET /system/legal: what is missing, the texts in force, where each assessment stands."""
    core = request.app[CORE]
    return _page(
        request,
        "overview",
        missing=[name for name in SHOWN_SETTINGS if not getattr(core.settings, name)],
        texts=[wording.in_force(core, name) for name in NAMES],
        standing=[await _standing(request, kind) for kind in KINDS],
    )


async def register_page(request: web.Request) -> web.Response:
    """GET /system/legal/register."""
    tables = papers.table_names()
    placed = {place["kind"] for place in await fleet.placed_devices(["camera", "face"]) if place["device"]}
    rows = [(kind, kind.in_use(tables, placed)) for kind in record_kinds()]
    return _page(request, "register", rows=rows, unknown=unregistered(tables), made_at=core_now(request))


async def assessments_page(request: web.Request) -> web.Response:
    """GET /system/legal/assessments/{kind}."""
    return await _assessments(request, {}, {})


async def make_assessment(request: web.Request) -> web.Response:
    """POST /system/legal/assessments/{kind}."""
    form = await _form(request)
    kind, principal = request.match_info["kind"], request[PRINCIPAL]
    words = {"conclusion": form.get("conclusion", ""), "residual": form.get("residual", "")}
    try:
        row = await papers.make(request.app[CORE], kind, principal, **words)
    except InvalidInputError as error:
        return await _assessments(request, form, error.fields, _UNPROCESSABLE)
    return _go(f"/system/legal/papers/{row.id}")


async def paper_page(request: web.Request) -> web.Response:
    """GET /system/legal/papers/{id}."""
    return await _paper(request)


async def decide_paper(request: web.Request) -> web.Response:
    """POST /system/legal/papers/{id}/decision."""
    form = await _form(request)
    paper = request.match_info["id"]
    sign = form.get("decision") == "sign"
    try:
        await papers.decide(request.app[CORE], paper, request[PRINCIPAL], sign=sign, note=form.get("note", ""))
    except (ConflictError, InvalidInputError) as error:
        return await _paper(request, str(error), _status(error))
    return _go(f"/system/legal/papers/{paper}")


async def breaches_page(request: web.Request) -> web.Response:
    """GET /system/legal/breaches."""
    return await _breaches(request, {}, {})


async def make_breach(request: web.Request) -> web.Response:
    """POST /system/legal/breaches."""
    form = await _form(request)
    kinds_chosen = tuple(str(value) for value in (await request.post()).getall("kinds", []))
    try:
        draft = Draft(
            kinds=kinds_chosen,
            found_at=_moment(form, "found_at"),
            from_at=_moment(form, "from_at"),
            to_at=_moment(form, "to_at"),
            cause=form.get("cause", ""),
            harm=form.get("harm", ""),
            measures=form.get("measures", ""),
            actor=form.get("actor", "").strip(),
        )
        row = await breaches.make(request.app[CORE], draft, request[PRINCIPAL])
    except InvalidInputError as error:
        return await _breaches(request, form, error.fields, _UNPROCESSABLE, kinds_chosen)
    return _go(f"/system/legal/breaches/{row.id}")


async def breach_page(request: web.Request) -> web.Response:
    """GET /system/legal/breaches/{id}."""
    return await _breach(request)


async def edit_breach(request: web.Request) -> web.Response:
    """POST /system/legal/breaches/{id}: a new wording."""
    form, notice = await _form(request), request.match_info["id"]
    version = form.get("version", "")
    if not (version.isascii() and version.isdigit()):
        raise InvalidInputError("缺少版本号", {"version": "版本号"})
    try:
        await breaches.edit(
            request.app[CORE], notice, request[PRINCIPAL], text=form.get("text", ""), version=int(version)
        )
    except (ConflictError, InvalidInputError) as error:
        return await _breach(request, str(error), _status(error))
    return _go(f"/system/legal/breaches/{notice}")


async def close_breach(request: web.Request) -> web.Response:
    """POST /system/legal/breaches/{id}/close."""
    form, notice = await _form(request), request.match_info["id"]
    try:
        await breaches.close(request.app[CORE], notice, request[PRINCIPAL], form.get("outcome", ""))
    except (ConflictError, InvalidInputError) as error:
        return await _breach(request, str(error), _status(error))
    return _go(f"/system/legal/breaches/{notice}")


async def _standing(request: web.Request, kind: str) -> dict[str, Any]:
    """Return where a kind of assessment stands: its newest version, and whether the configuration is still that one."""
    facts = await papers.live_facts(request.app[CORE], kind)
    rows = await papers.papers_of(kind)
    newest = rows[0] if rows else None
    if newest is None:
        state = "missing"
    elif newest.facts_sha256 != facts.sha256:
        state = "outdated"
    else:
        state = newest.state
    return {"kind": kind, "facts": facts, "rows": rows, "newest": newest, "state": state}


async def _assessments(
    request: web.Request, values: Mapping[str, str], errors: Mapping[str, str], status: int = 200
) -> web.Response:
    standing = await _standing(request, request.match_info["kind"])
    about = kinds()[standing["kind"]]
    return _page(request, "assessments", status, standing=standing, about=about, values=values, errors=errors)


async def _paper(request: web.Request, message: str = "", status: int = 200) -> web.Response:
    row, document = await papers.get(request.match_info["id"])
    principal = request[PRINCIPAL]
    may_decide = row.state == "waiting" and principal.role == papers.SIGNER and row.made_by != principal.label
    return _page(
        request, "paper", status, row=row, paper=document, may_decide=may_decide, message=message, message_bad=True
    )


async def _breaches(
    request: web.Request,
    values: Mapping[str, str],
    errors: Mapping[str, str],
    status: int = 200,
    chosen: tuple[str, ...] = (),
) -> web.Response:
    now = core_now(request)
    return _page(
        request,
        "breaches",
        status,
        rows=await breaches.notices(),
        record_kinds=record_kinds(),
        countable={*HELD, *SUBJECTS},
        values={"found_at": _typed(now), "to_at": _typed(now), **values},
        chosen=chosen,
        errors=errors,
        names={kind.id: kind.name for kind in record_kinds()},
        within=REPORT_WITHIN,
    )


async def _breach(request: web.Request, message: str = "", status: int = 200) -> web.Response:
    row = await breaches.get(request.match_info["id"])
    names = {kind.id: kind.name for kind in record_kinds()}
    return _page(
        request,
        "breach",
        status,
        row=row,
        affected=breaches.affected_of(row),
        names=names,
        report_by=row.found_at + REPORT_WITHIN,
        blocks=cut(row.text),
        message=message,
        message_bad=True,
    )


def core_now(request: web.Request) -> datetime:
    """Return the wall time."""
    return request.app[CORE].now()


def _page(request: web.Request, tab: str, status: int = 200, **context: Any) -> web.Response:
    return system_page(request, f"legal/desk_{tab}.html", "legal", status, tab=tab, **context)


def _go(path: str) -> web.Response:
    return web.Response(status=303, headers={"Location": path})


def _status(error: CloudError) -> int:
    return _CONFLICT if isinstance(error, ConflictError) else _UNPROCESSABLE


async def _form(request: web.Request) -> dict[str, str]:
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


def _moment(form: Mapping[str, str], name: str) -> datetime:
    """Return a time that a browser's field holds: the market's, without offset."""
    try:
        return datetime.fromisoformat(form.get(name, "")).replace(tzinfo=SHANGHAI)
    except ValueError as error:
        raise InvalidInputError("请选择时间", {name: "请选择时间"}) from error


def _typed(moment: datetime) -> str:
    return local(moment).strftime("%Y-%m-%dT%H:%M")
