"""Accounts, sessions, tokens and approvals as REST and the programs show them; what REST is sent. Never a secret."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from cloud.identity import scopes
from cloud.identity.approvals import state_of as approval_state
from cloud.identity.models import ApiToken, Approval, StaffAccount, StaffSession
from cloud.identity.tokens import HANDLE, MAX_TOKEN_DAYS, state_of
from cloud.platform.core import Core
from cloud.platform.shapes import Asked, Page, Shape
from protocols.venue.timestamps import format_time

Stations = Annotated[list[Annotated[str, Field(min_length=1, max_length=32)]], Field(min_length=1, max_length=500)]


class AccountBody(Asked):
    """POST /api/v1/accounts; a one-time password is made; `reason` is needed for power over others."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    role: str
    stations: Stations | None = None
    reason: Annotated[str, Field(max_length=500)] = ""


class RightsBody(Asked):
    """PUT /api/v1/accounts/{id}."""

    role: str
    stations: Stations | None = None
    active: bool
    reason: Annotated[str, Field(max_length=500)] = ""


class ReasonBody(Asked):
    """A write that says why."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]


class PasswordBody(Asked):
    """POST /api/v1/me/password."""

    old: Annotated[str, Field(min_length=1, max_length=256)]
    new: Annotated[str, Field(min_length=1, max_length=256)]


class SecretBody(Asked):
    """The caller's own password, before his second factor is touched."""

    password: Annotated[str, Field(min_length=1, max_length=256)]


class CodeBody(Asked):
    """A code of the second factor."""

    code: Annotated[str, Field(min_length=6, max_length=16)]


class TokenBody(Asked):
    """POST /api/v1/tokens."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    role: str
    days: Annotated[int, Field(ge=1, le=MAX_TOKEN_DAYS)] = 90
    permissions: list[str] | None = None
    stations: Stations | None = None


class DecisionBody(Asked):
    """POST /api/v1/approvals/{id}/decision."""

    approve: bool
    note: Annotated[str, Field(max_length=500)] = ""


class AccountDocument(Shape):
    """One account."""

    id: str
    name: str
    role: str
    stations: list[str] | None
    active: bool
    must_change_password: bool
    second_factor: bool
    last_login: str | None
    created_at: str


class SessionDocument(Shape):
    """One open session."""

    id: str
    address: str
    agent: str
    created_at: str
    last_used: str
    current: bool


class TokenDocument(Shape):
    """One token of a program."""

    id: str
    name: str
    role: str
    permissions: list[str] | None
    stations: list[str] | None
    created_by: str
    created_at: str
    expires_at: str
    last_used: str | None
    state: Literal["active", "expired", "revoked"]


class NewAccountDocument(Shape):
    """A new account; `password` is told this once, `approval` is what a second person still has to decide."""

    account: AccountDocument
    password: str
    approval: str | None


class ChangedAccountDocument(Shape):
    """An account as it is now; `approval` is what a second person still has to decide."""

    account: AccountDocument
    approval: str | None


class OneTimePassword(Shape):
    """A password that is told once and changed at the next login."""

    password: str


class MeDocument(Shape):
    """Who the caller is; `duty` is what he must do before anything else."""

    account: AccountDocument
    permissions: list[str]
    duty: str


class EnrolmentDocument(Shape):
    """A second factor that a code still has to prove."""

    secret: str
    uri: str


class RecoveryCodes(Shape):
    """Codes that replace the second factor once each, told this once."""

    recovery_codes: list[str]


class NewTokenDocument(Shape):
    """A new token; `secret` is told this once."""

    token: TokenDocument
    secret: str


class ApprovalDocument(Shape):
    """Something that two people do together."""

    id: str
    kind: str
    subject: str
    title: str
    reason: str
    state: Literal["waiting", "approved", "refused", "expired"]
    asked_by: str
    asked_at: str
    expires_at: str
    decided_by: str
    decided_at: str | None
    note: str


AccountPage = Page[AccountDocument]
SessionPage = Page[SessionDocument]
TokenPage = Page[TokenDocument]
ApprovalPage = Page[ApprovalDocument]


class ApprovalQuery(Asked):
    """GET /api/v1/approvals."""

    state: Literal["waiting", "approved", "refused", "expired"] | None = None


def approval_model(row: Approval, core: Core) -> ApprovalDocument:
    """Return an approval as it is answered."""
    return ApprovalDocument(
        id=str(row.id),
        kind=row.kind,
        subject=row.subject,
        title=row.title,
        reason=row.reason,
        state=approval_state(row, core),
        asked_by=row.asked_by,
        asked_at=format_time(row.asked_at),
        expires_at=format_time(row.expires_at),
        decided_by=row.decided_by,
        decided_at=_time(row.decided_at),
        note=row.note,
    )


def account_model(row: StaffAccount) -> AccountDocument:
    """Return an account as it is answered."""
    return AccountDocument(
        id=str(row.id),
        name=row.name,
        role=row.role,
        stations=_names(scopes.load_stations(row.stations)),
        active=row.active,
        must_change_password=row.must_change,
        second_factor=bool(row.totp_secret),
        last_login=_time(row.last_login),
        created_at=format_time(row.created_at),
    )


def session_model(row: StaffSession, current: str) -> SessionDocument:
    """Return a session as it is answered; its id is the hash of a cookie, not the cookie."""
    return SessionDocument(
        id=row.id,
        address=row.address,
        agent=row.agent,
        created_at=format_time(row.created_at),
        last_used=format_time(row.last_used),
        current=row.id == current,
    )


def token_model(row: ApiToken, core: Core) -> TokenDocument:
    """Return a token as it is answered."""
    return TokenDocument(
        id=row.id[:HANDLE],
        name=row.name,
        role=row.role,
        permissions=_names(scopes.load_permissions(row.permissions)),
        stations=_names(scopes.load_stations(row.stations)),
        created_by=row.created_by,
        created_at=format_time(row.created_at),
        expires_at=format_time(row.expires_at),
        last_used=_time(row.last_used),
        state=state_of(row, core),
    )


def account_document(row: StaffAccount) -> dict[str, object]:
    """Return an account as the programs print it."""
    return account_model(row).model_dump()


def token_document(row: ApiToken, core: Core) -> dict[str, object]:
    """Return a token as the programs print it."""
    return token_model(row, core).model_dump()


def _names(names: frozenset[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)


def _time(moment: datetime | None) -> str | None:
    return format_time(moment) if moment else None
