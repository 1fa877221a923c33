"""The page 我的账号: password, second factor with its paper codes, open sessions."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from aiohttp import web
from markupsafe import Markup

from cloud.identity import codes, factor, sessions
from cloud.identity.api_me import own_account, renew_password
from cloud.identity.errors import LockedError, WrongCodeError, WrongPasswordError
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.web.shell import STRINGS, page, see_other

Form = dict[str, str]


async def me_page(request: web.Request) -> web.Response:
    """GET /me."""
    note = request.query.get("note", "")
    message = request.app[STRINGS]("me.note.password") if note == "password" else ""
    return await _page(request, message=message)


async def change_password(request: web.Request) -> web.Response:
    """POST /me/password: other sessions end."""

    async def work(form: Form) -> web.Response:
        if form.get("new", "") != form.get("again", ""):
            raise InvalidInputError(request.app[STRINGS]("me.password_differs"))
        await renew_password(request, await own_account(request), form.get("old", ""), form.get("new", ""))
        return see_other("/me?note=password")

    return await _attempt(request, "password", work)


async def begin_factor(request: web.Request) -> web.Response:
    """POST /me/second-factor: show a QR code."""

    async def work(form: Form) -> web.Response:
        core, account = request.app[CORE], await own_account(request)
        await factor.check_password(core, account, form.get("password", ""))
        await factor.begin(core, account)
        return see_other("/me#second-factor")

    return await _attempt(request, "factor", work)


async def confirm_factor(request: web.Request) -> web.Response:
    """POST /me/second-factor/confirm: put it in force and show the recovery codes, once."""

    async def work(form: Form) -> web.Response:
        core, account = request.app[CORE], await own_account(request)
        made = await factor.confirm(core, account, form.get("code", ""), request[PRINCIPAL].session)
        return await _page(request, made=made)

    return await _attempt(request, "factor", work)


async def renew_codes(request: web.Request) -> web.Response:
    """POST /me/recovery-codes: show new ones, once."""

    async def work(form: Form) -> web.Response:
        core, account = request.app[CORE], await own_account(request)
        await factor.check_code(core, account, form.get("code", ""))
        return await _page(request, made=await factor.renew_recovery_codes(core, account.id))

    return await _attempt(request, "factor", work)


async def end_session(request: web.Request) -> web.Response:
    """POST /me/sessions/{id}/end."""
    await sessions.end_session(UUID(request[PRINCIPAL].account), request.match_info["id"])
    return see_other("/me#sessions")


async def _attempt(request: web.Request, place: str, work: Callable[[Form], Awaitable[web.Response]]) -> web.Response:
    """Do what a form asks; what is refused is said beside that form."""
    form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    try:
        return await work(form)
    except LockedError as error:
        return await _page(request, errors={place: str(error)}, status=429)
    except ConflictError as error:
        return await _page(request, errors={place: str(error)}, status=409)
    except (WrongPasswordError, WrongCodeError, InvalidInputError) as error:
        return await _page(request, errors={place: str(error)}, status=422)


async def _page(
    request: web.Request, *, message: str = "", errors: Form | None = None, made: list[str] | None = None,
    status: int = 200,
) -> web.Response:  # fmt: skip
    core, principal = request.app[CORE], request[PRINCIPAL]
    account = await own_account(request)
    waiting = await factor.waiting(core, account)
    if made is not None:
        # The duty may have just been seen to; the frame of the page is of the request's beginning.
        principal = sessions.principal_of(core, account, await sessions.session_row(principal.session))
    context = {
        "account": account,
        "duty": principal.duty,
        "made": made or [],
        "errors": errors or {},
        "message": message,
        "left": await factor.recovery_codes_left(account.id),
        "qr": Markup(codes.qr_of(waiting.uri)) if waiting else "",  # noqa: S704 - made by us of what we made
        "secret": waiting.secret if waiting else "",
        "sessions": await sessions.sessions_of(core, account.id),
        "current": principal.session,
    }
    return page(request, "identity/me.html", "", status, **context)
