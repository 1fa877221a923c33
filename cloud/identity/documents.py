"""Accounts, sessions, tokens and approvals as REST and the programs show them; what REST is sent. Never a secret."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cloud.identity import scopes
from cloud.identity.models import ApiToken, StaffAccount, StaffSession
from cloud.identity.tokens import HANDLE, MAX_TOKEN_DAYS, state_of
from cloud.platform.core import Core
from protocols.venue.timestamps import format_time

Stations = Annotated[list[Annotated[str, Field(min_length=1, max_length=32)]], Field(min_length=1, max_length=500)]


class _Body(BaseModel):
    """What is sent: nothing unknown."""

    model_config = ConfigDict(extra="forbid")


class AccountBody(_Body):
    """POST /api/v1/accounts; without a password one is made and answered once."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    role: str
    stations: Stations | None = None


class RightsBody(_Body):
    """PUT /api/v1/accounts/{id}."""

    role: str
    stations: Stations | None = None
    active: bool
    reason: Annotated[str, Field(max_length=500)] = ""


class ReasonBody(_Body):
    """A write that says why."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]


class PasswordBody(_Body):
    """POST /api/v1/me/password."""

    old: Annotated[str, Field(min_length=1, max_length=256)]
    new: Annotated[str, Field(min_length=1, max_length=256)]


class CodeBody(_Body):
    """A code of the second factor."""

    code: Annotated[str, Field(min_length=6, max_length=16)]


class TokenBody(_Body):
    """POST /api/v1/tokens."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    role: str
    days: Annotated[int, Field(ge=1, le=MAX_TOKEN_DAYS)] = 90
    permissions: list[str] | None = None
    stations: Stations | None = None


class DecisionBody(_Body):
    """POST /api/v1/approvals/{id}/decision."""

    approve: bool
    note: Annotated[str, Field(max_length=500)] = ""


class AccountDocument(BaseModel):
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


class SessionDocument(BaseModel):
    """One open session."""

    id: str
    address: str
    agent: str
    created_at: str
    last_used: str
    current: bool


class TokenDocument(BaseModel):
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


def account_model(row: StaffAccount) -> AccountDocument:
    """Return an account as it is answered."""
    return AccountDocument(
        id=str(row.id),
        name=row.name,
        role=row.role,
        stations=_names(scopes.load_stations(row.stations)),
        active=row.active,
        must_change_password=row.must_change,
        second_factor=row.totp_secret is not None,
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
