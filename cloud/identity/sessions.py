"""Sessions of people: opened with a password, made whole by the second factor, listed, ended."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from cloud.identity import passwords, scopes, tries
from cloud.identity.accounts import role_of
from cloud.identity.errors import WrongPasswordError
from cloud.identity.models import StaffAccount, StaffSession
from cloud.identity.principals import STAFF, Duty, Principal
from cloud.identity.tokens import TOUCH_EVERY, hash_of
from cloud.platform.core import Core
from cloud.platform.errors import NotFoundError

COOKIE_BYTES: Final = 32
#: Columns of where a login came from.
MAX_AGENT: Final = 200
MAX_ADDRESS: Final = 45


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a login comes from, for the list of sessions; an empty address is not counted."""

    address: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Login:
    """A new session; `cookie` is told once and kept nowhere."""

    cookie: str
    principal: Principal


async def log_in(core: Core, name: str, password: str, origin: Origin = Origin()) -> Login:
    """Open a session; WrongPasswordError, or LockedError while earlier tries have to wait."""
    name = name.strip()
    subjects: dict[tries.Kind, str] = {"name": name.casefold(), "address": origin.address}
    await tries.count(core, subjects)
    account = await StaffAccount.get_or_none(name=name, active=True)
    right = await passwords.verify_password(account.password_hash if account else None, password)
    if account is None or not right:
        raise WrongPasswordError("账号或密码不对")
    await tries.forgive(subjects)
    return await open_session(core, account, origin)


async def open_session(core: Core, account: StaffAccount, origin: Origin) -> Login:
    """Return a new whole session of an account that has proved who it is."""
    cookie, now = secrets.token_urlsafe(COOKIE_BYTES), core.now()
    session = await StaffSession.create(
        id=hash_of(cookie), account_id=account.id, csrf=secrets.token_urlsafe(COOKIE_BYTES), half=False,
        address=origin.address[:MAX_ADDRESS], agent=origin.agent[:MAX_AGENT], created_at=now, last_used=now,
    )  # fmt: skip
    await StaffAccount.filter(id=account.id).update(last_login=now)
    return Login(cookie, principal_of(core, account, session))


async def session_principal(core: Core, cookie: str) -> Principal | None:
    """Return who a session cookie belongs to, None when it has ended."""
    session = await StaffSession.get_or_none(id=hash_of(cookie)).prefetch_related("account")
    if session is None or session.half or not session.account.active:
        return None
    now = core.now()
    if ended(core, session, now):
        await session.delete()
        return None
    if now - session.last_used > TOUCH_EVERY:
        await StaffSession.filter(id=session.id).update(last_used=now)
    return principal_of(core, session.account, session)


def ended(core: Core, session: StaffSession, now: datetime) -> bool:
    """Return whether a session is over by itself: too long unused, or too old."""
    idle = timedelta(minutes=core.settings.session_idle_minutes)
    return now - session.last_used > idle or now - session.created_at > timedelta(hours=core.settings.session_hours)


def principal_of(core: Core, account: StaffAccount, session: StaffSession) -> Principal:
    """Return the person of a session with the rights that he has now."""
    return Principal(
        STAFF,
        account.name,
        role_of(account),
        session.csrf,
        session.id,
        stations=scopes.load_stations(account.stations),
        duty=_duty(core, account),
        account=str(account.id),
    )


def _duty(core: Core, account: StaffAccount) -> Duty:
    del core
    return "password" if account.must_change else ""


async def sessions_of(core: Core, account_id: UUID) -> list[StaffSession]:
    """Return the sessions of an account that are open, the one used last first."""
    now = core.now()
    rows = await StaffSession.filter(account_id=account_id, half=False).order_by("-last_used")
    return [row for row in rows if not ended(core, row, now)]


async def end_session(account_id: UUID, session_id: str) -> None:
    """End one session of an account."""
    if not await StaffSession.filter(account_id=account_id, id=session_id).delete():
        raise NotFoundError("there is no such session")


async def end_sessions(account_id: UUID, keep: str = "") -> int:
    """End every session of an account but one; how many."""
    return await StaffSession.filter(account_id=account_id).exclude(id=keep).delete()


async def log_out(principal: Principal) -> None:
    """End the session of a request."""
    await StaffSession.filter(id=principal.session).delete()


async def forget_ended_sessions(core: Core) -> None:
    """Delete sessions that have ended by themselves, and counts of tries that have no effect any more."""
    oldest = core.now() - timedelta(hours=core.settings.session_hours)
    await StaffSession.filter(created_at__lt=oldest).delete()
    await tries.forget_old(core)
