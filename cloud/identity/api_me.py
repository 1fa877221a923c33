"""REST of the caller's own account: password, second factor, sessions.

A refusal that counts a try is answered, not raised: what a handler raises is undone, and with it the count.
"""

import functools
from collections.abc import Awaitable, Callable
from uuid import UUID

from aiohttp import web

from cloud.identity import accounts, documents, factor, passwords, sessions
from cloud.identity.errors import LockedError, WrongCodeError, WrongPasswordError
from cloud.identity.models import StaffAccount
from cloud.identity.roles import PERMISSIONS
from cloud.platform.http import answer
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.problems import ProblemError, problem_response
from cloud.platform.shapes import body_of

Endpoint = Callable[[web.Request], Awaitable[web.Response]]


def counted(endpoint: Endpoint) -> Endpoint:
    """Answer the refusals of an endpoint that checks a password or a code."""

    @functools.wraps(endpoint)
    async def handler(request: web.Request) -> web.Response:
        try:
            return await endpoint(request)
        except LockedError as error:
            wait = {"Retry-After": str(error.wait_s)}
            return problem_response(ProblemError(429, "too-many-requests", str(error), headers=wait))
        except WrongPasswordError as error:
            return problem_response(ProblemError(422, "wrong-password", str(error)))
        except WrongCodeError as error:
            return problem_response(ProblemError(422, "wrong-code", str(error)))

    return handler


async def get_me(request: web.Request) -> web.Response:
    """GET /api/v1/me."""
    principal = request[PRINCIPAL]
    account = documents.account_model(await own_account(request))
    permissions = [name for name in PERMISSIONS if principal.may(name)]
    return answer(documents.MeDocument(account=account, permissions=permissions, duty=principal.duty))


@counted
async def change_password(request: web.Request) -> web.Response:
    """POST /api/v1/me/password: other sessions end."""
    body, account = body_of(request, documents.PasswordBody), await own_account(request)
    await renew_password(request, account, body.old, body.new)
    return answer(documents.account_model(await own_account(request)))


async def renew_password(request: web.Request, account: StaffAccount, old: str, new: str) -> None:
    """Change the caller's password if he knows the old one and the new one will do."""
    passwords.check_new(old, new, account.name)
    await factor.check_password(request.app[CORE], account, old)
    await accounts.set_password(request.app[CORE], account.id, new, keep_session=request[PRINCIPAL].session)


@counted
async def begin_factor(request: web.Request) -> web.Response:
    """POST /api/v1/me/second-factor {"password"}: a secret that a code still has to prove."""
    core, account = request.app[CORE], await own_account(request)
    await factor.check_password(core, account, body_of(request, documents.SecretBody).password)
    made = await factor.begin(core, account)
    return answer(documents.EnrolmentDocument(secret=made.secret, uri=made.uri))


@counted
async def confirm_factor(request: web.Request) -> web.Response:
    """POST /api/v1/me/second-factor/confirm {"code"}: recovery codes, told once; other sessions end."""
    account, code = await own_account(request), body_of(request, documents.CodeBody).code
    made = await factor.confirm(request.app[CORE], account, code, request[PRINCIPAL].session)
    return answer(documents.RecoveryCodes(recovery_codes=made))


@counted
async def renew_codes(request: web.Request) -> web.Response:
    """POST /api/v1/me/recovery-codes {"code"}: new ones, told once."""
    core, account = request.app[CORE], await own_account(request)
    await factor.check_code(core, account, body_of(request, documents.CodeBody).code)
    return answer(documents.RecoveryCodes(recovery_codes=await factor.renew_recovery_codes(core, account.id)))


async def list_sessions(request: web.Request) -> web.Response:
    """GET /api/v1/me/sessions."""
    principal = request[PRINCIPAL]
    rows = await sessions.sessions_of(request.app[CORE], UUID(principal.account))
    items = [documents.session_model(row, principal.session) for row in rows]
    return answer(documents.SessionPage(items=items, next=None))


async def end_session(request: web.Request) -> web.Response:
    """POST /api/v1/me/sessions/{id}/end."""
    await sessions.end_session(UUID(request[PRINCIPAL].account), request.match_info["id"])
    return await list_sessions(request)


async def own_account(request: web.Request) -> StaffAccount:
    """Return the account of the caller."""
    return await accounts.find_account(request[PRINCIPAL].account)
