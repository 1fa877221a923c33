"""The door of identity: accounts, logins with a growing delay, sessions, tokens of programs."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, cast
from uuid import UUID

import uuid_utils

from cloud.identity import passwords
from cloud.identity.models import ApiToken, StaffAccount, StaffSession
from cloud.identity.roles import ROLES, Permission, Role, may
from cloud.platform.core import Core
from cloud.platform.database import transaction
from cloud.platform.errors import CloudError, ConflictError, InvalidInputError

TOKEN_BYTES: Final = 32
TOKEN_PREFIX: Final = "yz_"  # noqa: S105 - makes a leaked token recognisable
DEFAULT_TOKEN_DAYS: Final = 90
MAX_TOKEN_DAYS: Final = 3_650
#: Wrong passwords before the account waits; then 2, 4, 8 … s, at most LOCK_MAX.
FREE_TRIES: Final = 3
LOCK_MAX: Final = timedelta(minutes=5)
MAX_NAME_LENGTH: Final = 64
#: The time of last use is written at most this often.
TOUCH_EVERY: Final = timedelta(minutes=1)


class WrongPasswordError(CloudError):
    """Name or password is wrong; nobody says which."""


class LockedError(CloudError):
    """Too many wrong passwords: try again after `wait_s`."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"尝试次数过多，请 {wait_s} 秒后再试")
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a request comes from; `csrf` is empty for programs, which send no cookie."""

    kind: str
    name: str
    role: Role
    csrf: str = ""
    session: str = ""

    def may(self, permission: Permission) -> bool:
        """Return whether this caller has a permission."""
        return may(self.role, permission)

    @property
    def label(self) -> str:
        """Return the caller as histories name him, such as `staff:li`."""
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class Login:
    """A new session; `cookie` is told once and kept nowhere."""

    cookie: str
    principal: Principal


async def add_account(core: Core, name: str, role: str, password: str) -> None:
    """Add a staff account."""
    name = name.strip()
    if not 1 <= len(name) <= MAX_NAME_LENGTH or any(ord(character) < ord(" ") for character in name):
        raise InvalidInputError("账号名为 1–64 个字符", {"name": "1–64 个字符"})
    check_role(role)
    if not passwords.MIN_LENGTH <= len(password) <= passwords.MAX_LENGTH:
        text = f"密码须为 {passwords.MIN_LENGTH}–{passwords.MAX_LENGTH} 个字符"
        raise InvalidInputError(text, {"password": text})
    hashed = await passwords.hash_password(password)
    async with transaction():
        if await StaffAccount.exists(name=name):
            raise ConflictError(f"账号 {name} 已存在", "account-exists")
        account_id = UUID(str(uuid_utils.uuid7()))
        await StaffAccount.create(id=account_id, name=name, role=role, password_hash=hashed, created_at=core.now())


def check_role(role: str) -> Role:
    """Return `role` if it is one."""
    if role not in ROLES:
        raise InvalidInputError(f"{role!r} is not a role: use one of {', '.join(ROLES)}", {"role": ", ".join(ROLES)})
    return role


async def log_in(core: Core, name: str, password: str) -> Login:
    """Open a session; WrongPasswordError, or LockedError while too many wrong passwords wait."""
    now = core.now()
    account = await StaffAccount.get_or_none(name=name.strip(), active=True)
    if account is not None and account.locked_until is not None and account.locked_until > now:
        raise LockedError(int((account.locked_until - now).total_seconds()) + 1)
    right = await passwords.verify_password(account.password_hash if account else None, password)
    if account is None or not right:
        if account is not None:
            await _count_failure(core, account)
        raise WrongPasswordError("账号或密码不对")
    if account.failed:
        await StaffAccount.filter(id=account.id).update(failed=0, locked_until=None)
    cookie, csrf = secrets.token_urlsafe(TOKEN_BYTES), secrets.token_urlsafe(TOKEN_BYTES)
    await StaffSession.create(id=_hash(cookie), account_id=account.id, csrf=csrf, created_at=now, last_used=now)
    return Login(cookie, Principal("staff", account.name, cast("Role", account.role), csrf, _hash(cookie)))


async def _count_failure(core: Core, account: StaffAccount) -> None:
    failed = account.failed + 1
    wait = min(timedelta(seconds=2 ** max(0, failed - FREE_TRIES)), LOCK_MAX) if failed > FREE_TRIES else None
    locked_until = core.now() + wait if wait else None
    await StaffAccount.filter(id=account.id).update(failed=failed, locked_until=locked_until)


async def session_principal(core: Core, cookie: str) -> Principal | None:
    """Return who a session cookie belongs to, None when it has ended."""
    session = await StaffSession.get_or_none(id=_hash(cookie)).prefetch_related("account")
    if session is None or not session.account.active:
        return None
    now = core.now()
    idle = timedelta(minutes=core.settings.session_idle_minutes)
    if now - session.last_used > idle or now - session.created_at > timedelta(hours=core.settings.session_hours):
        await session.delete()
        return None
    if now - session.last_used > TOUCH_EVERY:
        await StaffSession.filter(id=session.id).update(last_used=now)
    return Principal("staff", session.account.name, cast("Role", session.account.role), session.csrf, session.id)


async def log_out(principal: Principal) -> None:
    """End a session."""
    await StaffSession.filter(id=principal.session).delete()


async def create_token(core: Core, role: str, days: int = DEFAULT_TOKEN_DAYS) -> str:
    """Return a new token of a program; only its hash is kept."""
    check_role(role)
    if not 1 <= days <= MAX_TOKEN_DAYS:
        raise InvalidInputError(f"--days: 1 to {MAX_TOKEN_DAYS}", {"days": f"1–{MAX_TOKEN_DAYS}"})
    token = TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    now = core.now()
    await ApiToken.create(id=_hash(token), role=role, created_at=now, expires_at=now + timedelta(days=days))
    return token


async def token_principal(core: Core, token: str) -> Principal | None:
    """Return who a bearer token belongs to, None when it is unknown or has expired."""
    row = await ApiToken.get_or_none(id=_hash(token))
    if row is None or row.expires_at <= core.now():
        return None
    return Principal("token", row.id[:8], cast("Role", row.role))


async def forget_ended_sessions(core: Core) -> None:
    """Delete sessions that have ended by themselves."""
    oldest = core.now() - timedelta(hours=core.settings.session_hours)
    await StaffSession.filter(created_at__lt=oldest).delete()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
