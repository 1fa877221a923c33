"""The pages of 系统: accounts, tokens, approvals."""

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from cloud.identity import accounts, administration, approvals, scopes, sessions, tokens
from cloud.identity.models import Approval
from cloud.identity.roles import GRANTS, OWN, PERMISSIONS, PRIVILEGED, ROLES
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.web.shell import STRINGS, see_other, system_page
from cloud.web.stations import station_names


@dataclass(frozen=True, slots=True)
class Once:
    """Something that is shown this once: what it is, and for whom."""

    kind: str = ""
    name: str = ""
    secret: str = ""
    waits: bool = False


async def accounts_page(request: web.Request) -> web.Response:
    """GET /system/accounts."""
    return await _accounts(request)


async def add(request: web.Request) -> web.Response:
    """POST /system/accounts: shows the one-time password, once."""
    form = await _form(request)
    try:
        rights = administration.Rights(form["role"], _stations(form), reason=form["reason"])
        made = await administration.add(request.app[CORE], form["name"], rights, request[PRINCIPAL])
    except (InvalidInputError, ConflictError) as error:
        return await _accounts(request, form, str(error), status=422)
    once = Once("account", made.account.name, made.password, made.approval is not None)
    return await _accounts(request, once=once)


async def account_page(request: web.Request) -> web.Response:
    """GET /system/accounts/{id}."""
    return await _account(request)


async def change(request: web.Request) -> web.Response:
    """POST /system/accounts/{id}: role, stations, on or off."""
    form = await _form(request)
    try:
        rights = administration.Rights(form["role"], _stations(form), form["active"] == "1", form["reason"])
        made = await administration.change(request.app[CORE], request.match_info["id"], rights, request[PRINCIPAL])
    except (InvalidInputError, ConflictError) as error:
        return await _account(request, error=str(error), status=422)
    return await _account(request, note="asked" if made.approval else "changed")


async def reset(request: web.Request) -> web.Response:
    """POST /system/accounts/{id}/reset: shows a one-time password, once."""
    try:
        made = await administration.reset(request.app[CORE], request.match_info["id"], request[PRINCIPAL])
    except ConflictError as error:
        return await _account(request, error=str(error), status=409)
    return await _account(request, once=Once("reset", made.account.name, made.password))


async def remove_factor(request: web.Request) -> web.Response:
    """POST /system/accounts/{id}/remove-second-factor: asks a second person."""
    account_id, reason = request.match_info["id"], (await _form(request))["reason"]
    try:
        await administration.ask_take_factor(request.app[CORE], account_id, reason, request[PRINCIPAL])
    except (InvalidInputError, ConflictError) as error:
        return await _account(request, error=str(error), status=422)
    return await _account(request, note="asked")


async def end_sessions(request: web.Request) -> web.Response:
    """POST /system/accounts/{id}/end-sessions."""
    account = await accounts.find_account(request.match_info["id"])
    await sessions.end_sessions(account.id, keep=request[PRINCIPAL].session)
    return await _account(request, note="ended")


async def tokens_page(request: web.Request) -> web.Response:
    """GET /system/tokens."""
    return await _tokens(request)


async def add_token(request: web.Request) -> web.Response:
    """POST /system/tokens: shows the token, once."""
    form = await _form(request)
    try:
        names = (await request.post()).getall("permissions", [])
        permissions = frozenset(str(name) for name in names) if form["limit"] == "some" else None
        terms = tokens.Terms(form["name"], permissions, _stations(form), request[PRINCIPAL])
        secret = await tokens.create_token(request.app[CORE], form["role"], _days(form["days"]), terms)
    except InvalidInputError as error:
        return await _tokens(request, form, str(error), status=422)
    return await _tokens(request, once=Once("token", form["name"], secret))


async def revoke_token(request: web.Request) -> web.Response:
    """POST /system/tokens/{id}/revoke."""
    await tokens.revoke_token(request.app[CORE], request.match_info["id"])
    return see_other("/system/tokens")


async def approvals_page(request: web.Request) -> web.Response:
    """GET /system/approvals."""
    return await _approvals(request)


async def decide(request: web.Request) -> web.Response:
    """POST /system/approvals/{id}: by another person than who asked."""
    form = await _form(request)
    approval_id, by = request.match_info["id"], request[PRINCIPAL]
    approve = form["decision"] == "approve"
    try:
        await approvals.decide(request.app[CORE], approval_id, by, approve=approve, note=form["note"])
    except (InvalidInputError, ConflictError) as error:
        return await _approvals(request, str(error), status=409)
    return see_other("/system/approvals")


async def _accounts(
    request: web.Request, values: dict[str, str] | None = None, error: str = "", *, once: Once = Once(),
    status: int = 200,
) -> web.Response:  # fmt: skip
    context = {
        "rows": [(row, scopes.load_stations(row.stations)) for row in await accounts.list_accounts()],
        "waiting": {row.subject for row in await approvals.list_approvals(request.app[CORE], "waiting")},
        "values": values or {},
        "error": error,
        "once": once,
        "may_write": request[PRINCIPAL].may("account.write"),
        **await _choices(),
    }
    return system_page(request, "identity/accounts.html", "accounts", status, **context)


async def _account(
    request: web.Request, *, note: str = "", error: str = "", once: Once = Once(), status: int = 200
) -> web.Response:  # fmt: skip
    core, principal = request.app[CORE], request[PRINCIPAL]
    account = await accounts.find_account(request.match_info["id"])
    waiting = [row for row in await approvals.list_approvals(core, "waiting") if row.subject == str(account.id)]
    context = {
        "account": account,
        "chosen": scopes.load_stations(account.stations),
        "sessions": await sessions.sessions_of(core, account.id),
        "waiting": waiting,
        "note": request.app[STRINGS](f"account.note.{note}") if note else "",
        "error": error,
        "once": once,
        "may_write": principal.may("account.write") and principal.account != str(account.id),
        "own": principal.account == str(account.id),
        **await _choices(),
    }
    return system_page(request, "identity/account.html", "accounts", status, **context)


async def _tokens(
    request: web.Request, values: dict[str, str] | None = None, error: str = "", *, once: Once = Once(),
    status: int = 200,
) -> web.Response:  # fmt: skip
    core = request.app[CORE]
    rows = [
        (row, scopes.load_permissions(row.permissions), scopes.load_stations(row.stations), tokens.state_of(row, core))
        for row in await tokens.list_tokens(core)
    ]
    context = {
        "rows": rows,
        "values": values or {},
        "error": error,
        "once": once,
        "may_write": request[PRINCIPAL].may("token.write"),
        "permissions": [name for name in PERMISSIONS if name != OWN],
        "default_days": tokens.DEFAULT_TOKEN_DAYS,
        **await _choices(),
    }
    return system_page(request, "identity/tokens.html", "tokens", status, **context)


async def _approvals(request: web.Request, error: str = "", status: int = 200) -> web.Response:
    core = request.app[CORE]
    rows = await approvals.list_approvals(core)
    waiting = [row for row in rows if approvals.state_of(row, core) == "waiting"]
    decided = [(row, approvals.state_of(row, core)) for row in rows if row not in waiting]
    context = {
        "waiting": [(row, _asked_for(row), _may_decide(request, row)) for row in waiting],
        "decided": [(row, _asked_for(row), state) for row, state in decided],
        "error": error,
        "me": request[PRINCIPAL].label,
    }
    return system_page(request, "identity/approvals.html", "approvals", status, **context)


def _asked_for(row: Approval) -> dict[str, Any]:
    return dict(json.loads(row.payload))


def _may_decide(request: web.Request, row: Approval) -> bool:
    principal = request[PRINCIPAL]
    return row.asked_by != principal.label and principal.may(approvals.KINDS[row.kind].approve)


async def _choices() -> dict[str, Any]:
    return {"roles": ROLES, "privileged": sorted(PRIVILEGED), "stations": await station_names(), "grants": GRANTS}


def _stations(form: dict[str, str]) -> frozenset[str] | None:
    """Return the stations of a form: all, or those that are ticked."""
    return None if form["scope"] != "some" else scopes.check_stations(form["stations"].split())


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(tokens.MAX_TOKEN_DAYS))):
        raise InvalidInputError("有效天数须为整数", {"days": f"1–{tokens.MAX_TOKEN_DAYS}"})
    return int(text)


class _Form(dict[str, str]):
    """The texts of a form; a field that was not sent is empty."""

    def __missing__(self, key: str) -> str:
        return ""


async def _form(request: web.Request) -> _Form:
    """Return the fields of a form, ticked boxes of one name as one text."""
    sent = await request.post()
    return _Form({name: " ".join(str(value) for value in sent.getall(name)).strip() for name in sent})
