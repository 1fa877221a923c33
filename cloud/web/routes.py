"""Every URL of the core, with the permission that it needs and what it takes and answers."""

from typing import Final

from aiohttp import web

from cloud.fleet import api as fleet
from cloud.fleet import controls, letters
from cloud.fleet import pages as venues
from cloud.identity import api as identity
from cloud.identity import api_me as me
from cloud.identity import documents as staff
from cloud.identity import login as doors
from cloud.identity import pages as accounts
from cloud.identity import pages_me as mine
from cloud.identity.guard import guarded
from cloud.identity.roles import PUBLIC
from cloud.jobs import api as jobs
from cloud.jobs import pages as posts
from cloud.kpi import api as kpi
from cloud.platform import health
from cloud.platform.idempotency import Idempotency
from cloud.web import pages, sse, system
from cloud.web.route import Route

#: Problems of routes beside those that follow from what they are.
_GONE: Final = frozenset({404})
_REFUSED: Final = frozenset({409})
_COUNTED: Final = frozenset({409, 422, 429})

ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/healthz", PUBLIC, health.healthz),
    Route("GET", "/readyz", PUBLIC, health.readyz),
    Route("GET", "/metrics", PUBLIC, health.metrics),
    Route("GET", "/static/{name}", PUBLIC, pages.static),
    Route("GET", "/login", PUBLIC, doors.login_page),
    Route("POST", "/login", PUBLIC, doors.login),
    Route("GET", "/login/code", PUBLIC, doors.code_page),
    Route("POST", "/login/code", PUBLIC, doors.enter_code),
    Route("POST", "/logout", PUBLIC, doors.logout),
    Route("GET", "/live", "station.read", sse.live),
    Route("GET", "/", "station.read", pages.today),
    Route("GET", "/venues", "station.read", venues.venues_page),
    Route("GET", "/venues/{id}", "station.read", venues.station_page),
    Route("GET", "/venues/{id}/slots", "station.read", venues.slots_part),
    Route("POST", "/venues/{id}/commands", "command.send", controls.send_command),
    Route("POST", "/venues/{id}/twin", "station.write", controls.set_field),
    Route("GET", "/deadletters", "station.read", letters.letters_page),
    Route("POST", "/deadletters/{id}/retry", "station.write", letters.retry_form),
    Route("POST", "/alarms/{id}/acknowledge", "alarm.close", controls.acknowledge_alarm),
    Route("POST", "/commands/{id}/decision", "command.send", controls.decide_command),
    Route("GET", "/posts", "post.read", posts.list_page),
    Route("POST", "/posts", "post.write", posts.save),
    Route("GET", "/posts/new", "post.write", posts.new_page),
    Route("GET", "/posts/occupations", "post.write", posts.occupations),
    Route("POST", "/posts/screen", "post.write", posts.screen),
    Route("GET", "/posts/{id}", "post.read", posts.detail_page),
    Route("POST", "/posts/{id}", "post.write", posts.save),
    Route("GET", "/posts/{id}/edit", "post.write", posts.edit_page),
    Route("POST", "/posts/{id}/publish", "post.publish", posts.publish),
    Route("POST", "/posts/{id}/close", "post.publish", posts.close),
    Route("POST", "/posts/{id}/review", "post.review", posts.review),
    Route("GET", "/firms", "firm.read", posts.firms_page),
    Route("POST", "/firms", "firm.write", posts.save_firm),
    Route("POST", "/firms/{id}/verify", "firm.verify", posts.verify_firm),
    Route("GET", "/system/settings", "settings.read", system.settings_page),
    Route("GET", "/me", "account.own", mine.me_page),
    Route("POST", "/me/password", "account.own", mine.change_password),
    Route("POST", "/me/second-factor", "account.own", mine.begin_factor),
    Route("POST", "/me/second-factor/confirm", "account.own", mine.confirm_factor),
    Route("POST", "/me/recovery-codes", "account.own", mine.renew_codes),
    Route("POST", "/me/sessions/{id}/end", "account.own", mine.end_session),
    Route("GET", "/system/accounts", "account.read", accounts.accounts_page),
    Route("POST", "/system/accounts", "account.write", accounts.add),
    Route("GET", "/system/accounts/{id}", "account.read", accounts.account_page),
    Route("POST", "/system/accounts/{id}", "account.write", accounts.change),
    Route("POST", "/system/accounts/{id}/reset", "account.write", accounts.reset),
    Route("POST", "/system/accounts/{id}/remove-second-factor", "account.write", accounts.remove_factor),
    Route("POST", "/system/accounts/{id}/end-sessions", "account.write", accounts.end_sessions),
    Route("GET", "/system/tokens", "token.read", accounts.tokens_page),
    Route("POST", "/system/tokens", "token.write", accounts.add_token),
    Route("POST", "/system/tokens/{id}/revoke", "token.write", accounts.revoke_token),
    Route("GET", "/system/approvals", "approval.read", accounts.approvals_page),
    Route("POST", "/system/approvals/{id}", "approval.decide", accounts.decide),
    Route("GET", "/api/v1/stations", "station.read", fleet.list_stations),
    Route("GET", "/api/v1/stations/{id}", "station.read", fleet.get_station),
    Route("GET", "/api/v1/stations/{id}/events", "station.read", fleet.get_events),
    Route("GET", "/api/v1/stations/{id}/digests", "station.read", fleet.get_digests),
    Route("GET", "/api/v1/alarms", "station.read", fleet.list_alarms),
    Route("POST", "/api/v1/alarms/{id}/acknowledge", "alarm.close", fleet.acknowledge_alarm),
    Route("GET", "/api/v1/deadletters", "station.read", letters.list_letters),
    Route("POST", "/api/v1/deadletters/{id}/retry", "station.write", letters.retry_letter),
    Route("PUT", "/api/v1/stations/{id}/twin", "station.write", fleet.put_twin),
    Route("POST", "/api/v1/stations/{id}/slots/{slot}/commands", "command.send", fleet.post_command),
    Route("GET", "/api/v1/commands/{id}", "station.read", fleet.get_command),
    Route("POST", "/api/v1/commands/{id}/decision", "command.send", fleet.decide_command),
    Route("GET", "/api/v1/posts", "post.read", jobs.list_posts),
    Route("POST", "/api/v1/posts", "post.write", jobs.create_post),
    Route("GET", "/api/v1/posts/{id}", "post.read", jobs.get_post),
    Route("PUT", "/api/v1/posts/{id}", "post.write", jobs.update_post),
    Route("POST", "/api/v1/posts/{id}/publish", "post.publish", jobs.publish_post),
    Route("POST", "/api/v1/posts/{id}/review", "post.review", jobs.review_post),
    Route("POST", "/api/v1/posts/{id}/close", "post.publish", jobs.close_post),
    Route("GET", "/api/v1/firms", "firm.read", jobs.list_firms),
    Route("POST", "/api/v1/firms", "firm.write", jobs.create_firm),
    Route("GET", "/api/v1/firms/{id}", "firm.read", jobs.get_firm),
    Route("POST", "/api/v1/firms/{id}/verify", "firm.verify", jobs.verify_firm),
    Route("GET", "/api/v1/me", "account.own", me.get_me, responses={200: staff.MeDocument}),
    Route(
        "POST",
        "/api/v1/me/password",
        "account.own",
        me.change_password,
        staff.PasswordBody,
        responses={200: staff.AccountDocument},
        problems=_COUNTED,
    ),
    Route(
        "POST",
        "/api/v1/me/second-factor",
        "account.own",
        me.begin_factor,
        staff.SecretBody,
        responses={200: staff.EnrolmentDocument},
        problems=_COUNTED,
    ),
    Route(
        "POST",
        "/api/v1/me/second-factor/confirm",
        "account.own",
        me.confirm_factor,
        staff.CodeBody,
        responses={200: staff.RecoveryCodes},
        problems=_COUNTED,
    ),
    Route(
        "POST",
        "/api/v1/me/recovery-codes",
        "account.own",
        me.renew_codes,
        staff.CodeBody,
        responses={200: staff.RecoveryCodes},
        problems=_COUNTED,
    ),
    Route("GET", "/api/v1/me/sessions", "account.own", me.list_sessions, responses={200: staff.SessionPage}),
    Route(
        "POST",
        "/api/v1/me/sessions/{id}/end",
        "account.own",
        me.end_session,
        responses={200: staff.SessionPage},
        problems=_GONE,
    ),
    Route("GET", "/api/v1/accounts", "account.read", identity.list_accounts, responses={200: staff.AccountPage}),
    Route(
        "POST",
        "/api/v1/accounts",
        "account.write",
        identity.create_account,
        staff.AccountBody,
        responses={201: staff.NewAccountDocument},
        problems=_REFUSED,
    ),
    Route(
        "GET",
        "/api/v1/accounts/{id}",
        "account.read",
        identity.get_account,
        responses={200: staff.AccountDocument},
        problems=_GONE,
    ),
    Route(
        "PUT",
        "/api/v1/accounts/{id}",
        "account.write",
        identity.change_account,
        staff.RightsBody,
        responses={200: staff.ChangedAccountDocument, 202: staff.ChangedAccountDocument},
        problems=_GONE | _REFUSED,
    ),
    Route(
        "POST",
        "/api/v1/accounts/{id}/reset",
        "account.write",
        identity.reset_account,
        responses={200: staff.OneTimePassword},
        problems=_GONE | _REFUSED,
    ),
    Route(
        "POST",
        "/api/v1/accounts/{id}/remove-second-factor",
        "account.write",
        identity.remove_factor,
        staff.ReasonBody,
        responses={202: staff.ChangedAccountDocument},
        problems=_GONE | _REFUSED,
    ),
    Route(
        "GET",
        "/api/v1/accounts/{id}/sessions",
        "account.read",
        identity.list_account_sessions,
        responses={200: staff.SessionPage},
        problems=_GONE,
    ),
    Route(
        "POST",
        "/api/v1/accounts/{id}/end-sessions",
        "account.write",
        identity.end_account_sessions,
        responses={200: staff.AccountDocument},
        problems=_GONE,
    ),
    Route("GET", "/api/v1/tokens", "token.read", identity.list_tokens, responses={200: staff.TokenPage}),
    Route(
        "POST",
        "/api/v1/tokens",
        "token.write",
        identity.create_token,
        staff.TokenBody,
        responses={201: staff.NewTokenDocument},
    ),
    Route(
        "POST",
        "/api/v1/tokens/{id}/revoke",
        "token.write",
        identity.revoke_token,
        responses={200: staff.TokenDocument},
        problems=_GONE,
    ),
    Route(
        "GET",
        "/api/v1/approvals",
        "approval.read",
        identity.list_approvals,
        query=staff.ApprovalQuery,
        responses={200: staff.ApprovalPage},
    ),
    Route(
        "GET",
        "/api/v1/approvals/{id}",
        "approval.read",
        identity.get_approval,
        responses={200: staff.ApprovalDocument},
        problems=_GONE,
    ),
    Route(
        "POST",
        "/api/v1/approvals/{id}/decision",
        "approval.decide",
        identity.decide_approval,
        staff.DecisionBody,
        responses={200: staff.ApprovalDocument},
        problems=_GONE | _REFUSED,
    ),
    Route("GET", "/api/v1/kpi/opening/{station}/{day}", "kpi.read", kpi.get_opening),
)


def add_routes(app: web.Application) -> None:
    """Put every route into an application, each behind its permission."""
    idempotency = Idempotency()
    for route in ROUTES:
        handler = guarded(route.handler, route.permission, idempotency, route.body, route.query)
        app.router.add_route(route.method, route.path, handler)
