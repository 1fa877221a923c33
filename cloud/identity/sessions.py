"""Sessions of people: opened with a password, made whole by the second factor, listed, ended."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tortoise.expressions import F

from cloud.identity import approvals, audit, factor, passwords, scopes, tries
from cloud.identity.accounts import MAX_NAME_LENGTH, role_of
from cloud.identity.errors import LoginEndedError, WrongCodeError, WrongPasswordError
from cloud.identity.models import StaffAccount, StaffSession
from cloud.identity.principals import STAFF, Duty, Principal
from cloud.identity.tokens import TOUCH_EVERY, hash_of
from cloud.platform.core import Core
from cloud.platform.database import transaction
from cloud.platform.errors import NotFoundError

COOKIE_BYTES: Final = 32
_SESSION_ID: Final = re.compile(r"[0-9a-f]{64}")
#: Time between password and code.
HALF: Final = timedelta(minutes=5)
#: Who acts before anybody has said who he is.
NOBODY: Final = "nobody:"
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
    """A new session; `cookie` is told once and kept nowhere, `half` still waits for the second factor."""

    cookie: str
    principal: Principal
    half: bool = False


async def log_in(core: Core, name: str, password: str, origin: Origin = Origin()) -> Login:
    """Open a session, half of one if a second factor is due; WrongPasswordError, or LockedError after many tries."""
    name = name.strip()
    subjects: dict[tries.Kind, str] = {"name": name.casefold(), "address": origin.address}
    await tries.count(core, subjects)
    # What no account can be called is looked for as nobody: a database refuses such texts.
    known = name if len(name) <= MAX_NAME_LENGTH and name.isprintable() else ""
    account = await StaffAccount.get_or_none(name=known, active=True)
    right = await passwords.verify_password(account.password_hash if account else None, password)
    if account is None or not right:
        # What was typed as a name may be a password: it is not written down.
        subject = f"account:{account.id}" if account else "account:unknown"
        # In one transaction, so that a name without an account takes as long.
        async with transaction():
            until = await tries.waits_until("name", name.casefold())
            await StaffAccount.filter(name=known).update(failed=F("failed") + 1, locked_until=until)
            await audit.record(core, NOBODY, "session.refuse", subject, result="refused")
        raise WrongPasswordError("账号或密码不对")
    await tries.forgive(subjects)
    return await _open(core, account, origin, half=bool(account.totp_secret))


async def finish_login(core: Core, cookie: str, code: str, origin: Origin = Origin()) -> Login:
    """Open the whole session after the half one; WrongCodeError, LockedError, or LoginEndedError: start again."""
    session = await half_session(core, cookie)
    account = session.account
    try:
        await factor.check_code(core, account, code)
    except WrongCodeError:
        await audit.record(core, f"{STAFF}:{account.name}", "session.code", f"account:{account.id}", result="refused")
        raise
    await session.delete()
    return await _open(core, account, origin, half=False)


async def half_session(core: Core, cookie: str) -> StaffSession:
    """Return the session that waits for its second factor; LoginEndedError when there is none any more."""
    session = await StaffSession.get_or_none(id=hash_of(cookie), half=True).prefetch_related("account")
    if session is None or not session.account.active or core.now() - session.created_at > HALF:
        raise LoginEndedError("登录已超时，请重新输入密码")
    return session


async def _open(core: Core, account: StaffAccount, origin: Origin, *, half: bool) -> Login:
    cookie, now = secrets.token_urlsafe(COOKIE_BYTES), core.now()
    async with transaction():
        session = await StaffSession.create(
            id=hash_of(cookie), account_id=account.id, csrf=secrets.token_urlsafe(COOKIE_BYTES), half=half,
            address=origin.address[:MAX_ADDRESS], agent=origin.agent[:MAX_AGENT], created_at=now, last_used=now,
        )  # fmt: skip
        principal = principal_of(core, account, session)
        if not half:
            await StaffAccount.filter(id=account.id).update(last_login=now, failed=0, locked_until=None)
            await audit.record(core, principal.label, "session.open", f"account:{account.id}")
    return Login(cookie, principal, half)


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
    if account.must_change:
        return "password"
    return "second_factor" if not account.totp_secret and account.role in core.settings.second_factor else ""


async def sessions_of(core: Core, account_id: UUID) -> list[StaffSession]:
    """Return the sessions of an account that are open, the one used last first."""
    now = core.now()
    rows = await StaffSession.filter(account_id=account_id, half=False).order_by("-last_used")
    return [row for row in rows if not ended(core, row, now)]


async def session_row(session_id: str) -> StaffSession:
    """Return the session of a request."""
    return await StaffSession.get(id=session_id)


async def end_session(account_id: UUID, session_id: str) -> None:
    """End one session of an account."""
    known = _SESSION_ID.fullmatch(session_id) is not None
    if not known or not await StaffSession.filter(account_id=account_id, id=session_id).delete():
        raise NotFoundError("there is no such session")


async def end_sessions(account_id: UUID, keep: str = "") -> int:
    """End every session of an account but one; how many."""
    return await StaffSession.filter(account_id=account_id).exclude(id=keep).delete()


async def log_out(principal: Principal) -> None:
    """End the session of a request."""
    await StaffSession.filter(id=principal.session).delete()


async def forget_ended_sessions(core: Core) -> None:
    """Delete sessions that have ended by themselves and counts without effect; close what nobody decided in time."""
    oldest = core.now() - timedelta(hours=core.settings.session_hours)
    await StaffSession.filter(created_at__lt=oldest).delete()
    await tries.forget_old(core)
    await approvals.expire(core)
