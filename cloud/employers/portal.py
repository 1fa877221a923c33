"""The portal's pages of verification and posts: a firm registers, hands in its papers, says that it still seeks."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from cloud.employers import service
from cloud.employers.desk import PICTURE_ERROR, picture_response, redrawn
from cloud.employers.desk_api import own_firm
from cloud.employers.drafts import CaseDraft, Registration
from cloud.employers.lookup import SIZES, industries, papers_on
from cloud.employers.states import EDITABLE
from cloud.identity import public
from cloud.identity.public import TooManyCodesError
from cloud.identity.replies import asker_of
from cloud.jobs import service as jobs
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.http import parse
from cloud.platform.keys import CORE, VISITOR
from cloud.platform.problems import ProblemError
from cloud.platform.times import market_day
from cloud.web.phone import fields_of, go, mobile_of, phone_page, signed_in
from cloud.web.shell import STRINGS

HOME: Final = "/employer"
PAPERS: Final = "/employer/papers"
_PICTURE: Final = web.RequestKey("picture", bytes)


async def register_page(request: web.Request) -> web.Response:
    """GET /employer/register: ask for the phone."""
    return _register(request)


async def send_code(request: web.Request) -> web.Response:
    """POST /employer/register/codes: a code for whoever registers a firm."""
    typed = (await fields_of(request)).get("phone", "")[:20]
    try:
        phone = mobile_of(typed)
        await public.send_code(request.app[CORE], phone, "employer", asker_of(request))
    except InvalidInputError as error:
        return _register(request, values={"phone": typed}, errors={"phone": str(error)}, status=422)
    except TooManyCodesError as error:
        return _register(request, values={"phone": typed}, errors={"phone": error.detail}, status=429)
    return _register(request, phone=phone)


async def register(request: web.Request) -> web.Response:
    """POST /employer/register: the firm and its first owner; his session begins."""
    form = await fields_of(request)
    values = {name: form.get(name, "") for name in Registration.model_fields}
    try:
        asked = parse(Registration, values)
    except InvalidInputError as error:
        errors = {one.field: one.text for one in error.errors}
        return _register(request, phone=values["phone"], values=values, errors=errors, status=422)
    opened = await service.register(request.app[CORE], asked)
    if isinstance(opened, ProblemError):
        field = "uscc" if opened.name == "firm-exists" else "code"
        said = {field: opened.detail}
        return _register(request, phone=values["phone"], values=values, errors=said, status=opened.status)
    return signed_in(request, opened, PAPERS)


async def papers_page(request: web.Request) -> web.Response:
    """GET /employer/papers: how the verification stands, what is missing."""
    note = f"employer.note.{request.query.get('note', '')}"
    t = request.app[STRINGS]
    return await _papers(request, note=t(note) if note in t else "")


async def save_details(request: web.Request) -> web.Response:
    """POST /employer/papers: what the firm says of itself."""
    form = await fields_of(request)
    values = {name: form.get(name, "") for name in CaseDraft.model_fields}
    try:
        draft = parse(CaseDraft, values)
        await service.save_details(request.app[CORE], own_firm(request), draft, by=request[VISITOR].label)
    except InvalidInputError as error:
        return await _papers(request, values, {one.field: one.text for one in error.errors}, status=422)
    except ConflictError as error:
        return await _papers(request, error=str(error), status=409)
    return go(f"{PAPERS}?note=saved")


async def draw_picture(request: web.Request) -> None:
    """Draw the form's picture anew before the write's transaction."""
    request[_PICTURE] = await redrawn(request)


async def keep_picture(request: web.Request) -> web.Response:
    """POST /employer/papers/{kind}: one paper as the phone's camera took it."""
    kind, by = request.match_info["kind"], request[VISITOR].label
    if request.get(PICTURE_ERROR):
        return await _papers(request, errors={kind: request[PICTURE_ERROR]}, status=422)
    try:
        await service.keep_paper(request.app[CORE], own_firm(request), kind, request[_PICTURE], by=by)
    except ConflictError as error:
        return await _papers(request, error=str(error), status=409)
    return go(f"{PAPERS}?note=picture#{kind}")


async def own_picture(request: web.Request) -> web.Response:
    """GET /employer/papers/{case}/{kind}: the firm's own paper."""
    case, kind = request.match_info["case"], request.match_info["kind"]
    by = request[VISITOR].label
    return picture_response(await service.read_paper(request.app[CORE], own_firm(request), case, kind, by=by))


async def submit(request: web.Request) -> web.Response:
    """POST /employer/papers/submit: hand in; what is missing stands beside its field."""
    try:
        await service.submit(request.app[CORE], own_firm(request), by=request[VISITOR].label)
    except InvalidInputError as error:
        return await _papers(request, errors=error.fields, error=request.app[STRINGS]("employer.missing"), status=422)
    except ConflictError as error:
        return await _papers(request, error=str(error), status=409)
    return go(f"{PAPERS}?note=submitted")


async def take_back(request: web.Request) -> web.Response:
    """POST /employer/papers/take-back."""
    try:
        await service.take_back(request.app[CORE], own_firm(request), by=request[VISITOR].label)
    except ConflictError as error:
        return await _papers(request, error=str(error), status=409)
    return go(f"{PAPERS}?note=taken_back")


async def posts_page(request: web.Request) -> web.Response:
    """GET /employer/posts: the firm's posts, and whether it still seeks."""
    return await _posts(request)


async def confirm_post(request: web.Request) -> web.Response:
    """POST /employer/posts/{id}/confirm."""
    try:
        await service.confirm_own(request.app[CORE], request[VISITOR], request.match_info["id"])
    except ConflictError as error:
        return await _posts(request, str(error), 409)
    return go(f"{HOME}/posts")


async def _posts(request: web.Request, error: str = "", status: int = 200) -> web.Response:
    rows = await jobs.posts_of(own_firm(request))
    firm = await service.own_firm(request[VISITOR])
    context = {"rows": rows, "firm": firm, "error": error}
    return phone_page(request, "employers/posts.html", home=HOME, status=status, **context)


def _register(
    request: web.Request,
    *,
    phone: str = "",
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> web.Response:
    context: dict[str, Any] = {"phone": phone, "values": values or {}, "errors": errors or {}}
    return phone_page(request, "employers/register.html", home=HOME, status=status, **context)


async def _papers(  # noqa: PLR0913 - what a page says
    request: web.Request,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    error: str = "",
    note: str = "",
    status: int = 200,
) -> web.Response:
    core = request.app[CORE]
    firm = await service.own_firm(request[VISITOR])
    case = await service.get_case(core, own_firm(request))
    shown = case["open"] or case["counting"]
    renewing = case["open"] is None and case["standing"] in {"verified", "due", "lapsed", "revoked"}
    context: dict[str, Any] = {
        "firm": firm,
        "case": case,
        "shown": shown,
        "editable": case["standing"] != "blacklisted" and (case["open"] or {"state": "draft"})["state"] in EDITABLE,
        "renewing": renewing,
        "owner": request[VISITOR].role == "owner",
        "papers": {} if renewing else {one["kind"]: one for one in (shown or {"papers": []})["papers"]},
        "kinds": papers_on(market_day(core.now())),
        "industries": industries(),
        "sizes": SIZES,
        "values": values or {name: (shown or {}).get(name) or "" for name in CaseDraft.model_fields},
        "errors": errors or {},
        "error": error,
        "note": note,
    }
    return phone_page(request, "employers/papers.html", home=HOME, status=status, **context)
