"""The door of identity: accounts, logins with a growing delay, sessions, tokens of programs."""

from cloud.identity.accounts import (
    Colleague,
    account_named,
    add_account,
    any_account,
    colleagues,
    disable,
    enable,
    list_accounts,
    reset_password,
)  # fmt: skip
from cloud.identity.accounts import Terms as AccountTerms
from cloud.identity.approvals import Question, approved_by, ask, decide, waiting_about, waiting_for
from cloud.identity.documents import account_document, token_document
from cloud.identity.errors import IdentityError, LockedError, LoginEndedError, WrongCodeError, WrongPasswordError
from cloud.identity.ledgers import approval_rows, audit_rows
from cloud.identity.passwords import one_time_password
from cloud.identity.principals import Principal
from cloud.identity.scopes import check_role, check_settings
from cloud.identity.sessions import (
    Login,
    Origin,
    finish_login,
    forget_ended_sessions,
    half_session,
    log_in,
    log_out,
    session_principal,
)  # fmt: skip
from cloud.identity.tokens import (
    DEFAULT_TOKEN_DAYS,
    HANDLE,
    create_token,
    handle_of,
    list_tokens,
    revoke_token,
    state_of,
    token_principal,
)  # fmt: skip
from cloud.identity.tokens import Terms as TokenTerms

__all__ = [
    "DEFAULT_TOKEN_DAYS",
    "HANDLE",
    "AccountTerms",
    "Colleague",
    "IdentityError",
    "LockedError",
    "Login",
    "LoginEndedError",
    "Origin",
    "Principal",
    "Question",
    "TokenTerms",
    "WrongCodeError",
    "WrongPasswordError",
    "account_document",
    "account_named",
    "add_account",
    "any_account",
    "approval_rows",
    "approved_by",
    "ask",
    "audit_rows",
    "check_role",
    "check_settings",
    "colleagues",
    "create_token",
    "decide",
    "disable",
    "enable",
    "finish_login",
    "forget_ended_sessions",
    "half_session",
    "handle_of",
    "list_accounts",
    "list_tokens",
    "log_in",
    "log_out",
    "one_time_password",
    "reset_password",
    "revoke_token",
    "session_principal",
    "state_of",
    "token_document",
    "token_principal",
    "waiting_about",
    "waiting_for",
]
