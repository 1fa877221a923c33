"""REST of staff accounts, tokens and approvals."""

from aiohttp import web

from cloud.identity import accounts, administration, approvals, documents, scopes, sessions, tokens
from cloud.platform.http import answer
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.shapes import body_of, query_of


async def list_accounts(request: web.Request) -> web.Response:
    """GET /api/v1/accounts."""
    del request
    items = [documents.account_model(row) for row in await accounts.list_accounts()]
    return answer(documents.AccountPage(items=items, next=None))


async def get_account(request: web.Request) -> web.Response:
    """GET /api/v1/accounts/{id}."""
    return answer(documents.account_model(await accounts.find_account(request.match_info["id"])))


async def create_account(request: web.Request) -> web.Response:
    """POST /api/v1/accounts: answers a one-time password; with power over others it is off until approved."""
    body = body_of(request, documents.AccountBody)
    rights = administration.Rights(body.role, scopes.check_stations(body.stations), reason=body.reason)
    made = await administration.add(request.app[CORE], body.name, rights, request[PRINCIPAL])
    account = documents.account_model(made.account)
    document = documents.NewAccountDocument(account=account, password=made.password, approval=_id(made))
    return answer(document, 201, {"Location": f"/api/v1/accounts/{account.id}"})


async def change_account(request: web.Request) -> web.Response:
    """PUT /api/v1/accounts/{id}: 200 changed, 202 waits for a second person."""
    body = body_of(request, documents.RightsBody)
    rights = administration.Rights(body.role, scopes.check_stations(body.stations), body.active, body.reason)
    made = await administration.change(request.app[CORE], request.match_info["id"], rights, request[PRINCIPAL])
    return _changed(made)


async def reset_account(request: web.Request) -> web.Response:
    """POST /api/v1/accounts/{id}/reset: a one-time password; sessions end."""
    made = await administration.reset(request.app[CORE], request.match_info["id"], request[PRINCIPAL])
    return answer(documents.OneTimePassword(password=made.password))


async def remove_factor(request: web.Request) -> web.Response:
    """POST /api/v1/accounts/{id}/remove-second-factor: 202, a second person decides."""
    reason = body_of(request, documents.ReasonBody).reason
    account_id, by = request.match_info["id"], request[PRINCIPAL]
    return _changed(await administration.ask_take_factor(request.app[CORE], account_id, reason, by))


async def list_account_sessions(request: web.Request) -> web.Response:
    """GET /api/v1/accounts/{id}/sessions."""
    account = await accounts.find_account(request.match_info["id"])
    rows = await sessions.sessions_of(request.app[CORE], account.id)
    items = [documents.session_model(row, request[PRINCIPAL].session) for row in rows]
    return answer(documents.SessionPage(items=items, next=None))


async def end_account_sessions(request: web.Request) -> web.Response:
    """POST /api/v1/accounts/{id}/end-sessions."""
    account = await accounts.find_account(request.match_info["id"])
    await sessions.end_sessions(account.id)
    return answer(documents.account_model(account))


async def list_tokens(request: web.Request) -> web.Response:
    """GET /api/v1/tokens."""
    core = request.app[CORE]
    items = [documents.token_model(row, core) for row in await tokens.list_tokens(core)]
    return answer(documents.TokenPage(items=items, next=None))


async def create_token(request: web.Request) -> web.Response:
    """POST /api/v1/tokens: the secret is answered once."""
    body, core = body_of(request, documents.TokenBody), request.app[CORE]
    permissions = None if body.permissions is None else frozenset(body.permissions)
    terms = tokens.Terms(body.name, permissions, scopes.check_stations(body.stations), request[PRINCIPAL])
    secret = await tokens.create_token(core, body.role, body.days, terms)
    token = documents.token_model(await tokens.find_token(tokens.hash_of(secret)), core)
    return answer(documents.NewTokenDocument(token=token, secret=secret), 201)


async def revoke_token(request: web.Request) -> web.Response:
    """POST /api/v1/tokens/{id}/revoke."""
    core = request.app[CORE]
    return answer(documents.token_model(await tokens.revoke_token(core, request.match_info["id"]), core))


async def list_approvals(request: web.Request) -> web.Response:
    """GET /api/v1/approvals?state=."""
    core = request.app[CORE]
    rows = await approvals.list_approvals(core, query_of(request, documents.ApprovalQuery).state)
    items = [documents.approval_model(row, core) for row in rows]
    return answer(documents.ApprovalPage(items=items, next=None))


async def get_approval(request: web.Request) -> web.Response:
    """GET /api/v1/approvals/{id}."""
    return answer(documents.approval_model(await approvals.find(request.match_info["id"]), request.app[CORE]))


async def decide_approval(request: web.Request) -> web.Response:
    """POST /api/v1/approvals/{id}/decision: by another person than who asked."""
    body, core = body_of(request, documents.DecisionBody), request.app[CORE]
    approval_id, by = request.match_info["id"], request[PRINCIPAL]
    row = await approvals.decide(core, approval_id, by, approve=body.approve, note=body.note)
    return answer(documents.approval_model(row, core))


def _changed(made: administration.Changed) -> web.Response:
    document = documents.ChangedAccountDocument(account=documents.account_model(made.account), approval=_id(made))
    return answer(document, 202 if made.approval else 200)


def _id(made: administration.Changed) -> str | None:
    return str(made.approval) if made.approval else None
