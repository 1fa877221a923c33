"""The door of identity: accounts, logins with a growing delay, sessions, tokens of programs."""

from cloud.identity.accounts import Terms as AccountTerms
from cloud.identity.accounts import (
    account_named,
    add_account,
    any_account,
    disable,
    enable,
    list_accounts,
    reset_password,
)  # fmt: skip
from cloud.identity.documents import account_document, token_document
from cloud.identity.errors import IdentityError, LockedError, WrongPasswordError
from cloud.identity.passwords import one_time_password
from cloud.identity.principals import Principal
from cloud.identity.scopes import check_role
from cloud.identity.sessions import Login, Origin, forget_ended_sessions, log_in, log_out, session_principal
from cloud.identity.tokens import DEFAULT_TOKEN_DAYS, create_token, list_tokens, revoke_token, state_of, token_principal
from cloud.identity.tokens import Terms as TokenTerms

__all__ = [
    "DEFAULT_TOKEN_DAYS",
    "AccountTerms",
    "IdentityError",
    "LockedError",
    "Login",
    "Origin",
    "Principal",
    "TokenTerms",
    "WrongPasswordError",
    "account_document",
    "account_named",
    "add_account",
    "any_account",
    "check_role",
    "create_token",
    "disable",
    "enable",
    "forget_ended_sessions",
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
]
