"""Staff accounts: added, limited to stations, switched off, given a new password. Nothing is ever deleted."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, cast
from uuid import UUID

import uuid_utils

from cloud.identity import passwords, scopes
from cloud.identity.models import StaffAccount, StaffSession
from cloud.identity.roles import Role
from cloud.platform.core import Core
from cloud.platform.database import lock_names, transaction
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError

MAX_NAME_LENGTH: Final = 64
#: Changes of rights follow each other, so that the last administrator is not removed by two at once.
_LOCK: Final = "accounts"


@dataclass(frozen=True, slots=True)
class Terms:
    """How a new account begins: `stations` None is all, one that is not `active` waits for a second person."""

    stations: frozenset[str] | None = None
    must_change: bool = False
    active: bool = True


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the staff as other packages know him; `label` is how histories name him."""

    label: str
    name: str
    role: Role
    stations: frozenset[str] | None
    active: bool


async def add_account(core: Core, name: str, role: str, password: str, terms: Terms = Terms()) -> StaffAccount:
    """Add a staff account."""
    name = check_name(name)
    known = scopes.check_role(role)
    limit = scopes.check_stations(terms.stations)
    passwords.check_password(password, name)
    hashed = await passwords.hash_password(password)
    async with transaction():
        await lock_names([_LOCK])
        if await StaffAccount.exists(name=name):
            raise ConflictError(f"账号 {name} 已存在", "account-exists")
        return await StaffAccount.create(
            id=UUID(str(uuid_utils.uuid7())),
            name=name,
            role=known,
            stations=scopes.dump(limit),
            password_hash=hashed,
            password_at=core.now(),
            must_change=terms.must_change,
            active=terms.active,
            created_at=core.now(),
        )


def check_name(name: str) -> str:
    """Return the name of an account without blanks around it."""
    name = name.strip()
    if not 1 <= len(name) <= MAX_NAME_LENGTH or not name.isprintable():
        raise InvalidInputError("账号名为 1–64 个字符", {"name": "1–64 个字符"})
    return name


async def list_accounts() -> list[StaffAccount]:
    """Return every account, those in use first."""
    return await StaffAccount.all().order_by("-active", "name")


async def colleagues() -> list[Colleague]:
    """Return everybody of the staff, by name."""
    return [
        Colleague(f"staff:{row.name}", row.name, role_of(row), scopes.load_stations(row.stations), row.active)
        for row in await list_accounts()
    ]


async def find_account(account_id: str) -> StaffAccount:
    """Return an account by its id."""
    try:
        found = await StaffAccount.get_or_none(id=UUID(account_id))
    except ValueError:
        found = None
    if found is None:
        raise NotFoundError(f"there is no account {account_id!r}")
    return found


async def account_named(name: str) -> StaffAccount:
    """Return an account by its name."""
    found = await StaffAccount.get_or_none(name=name.strip())
    if found is None:
        raise NotFoundError(f"there is no account {name!r}")
    return found


async def any_account() -> bool:
    """Return whether this core was ever given an account."""
    return await StaffAccount.exists()


async def set_rights(account_id: UUID, role: str, stations: Iterable[str] | None) -> None:
    """Give an account a role and stations; its sessions go on with them."""
    known = scopes.check_role(role)
    limit = scopes.check_stations(stations)
    async with transaction():
        await lock_names([_LOCK])
        account = await StaffAccount.get(id=account_id)
        if known != "admin" or limit is not None:
            await _keep_an_admin(account)
        await StaffAccount.filter(id=account_id).update(role=known, stations=scopes.dump(limit))


async def enable(account_id: UUID) -> None:
    """Let an account log in again."""
    await StaffAccount.filter(id=account_id).update(active=True)


async def disable(account_id: UUID) -> None:
    """Switch an account off and end its sessions."""
    async with transaction():
        await lock_names([_LOCK])
        await _keep_an_admin(await StaffAccount.get(id=account_id))
        await StaffAccount.filter(id=account_id).update(active=False)
        await StaffSession.filter(account_id=account_id).delete()


async def reset_password(core: Core, account_id: UUID) -> str:
    """Return a new password that is told once and changed at the next login; its sessions end."""
    password = passwords.one_time_password()
    await set_password(core, account_id, password, must_change=True)
    return password


async def set_password(
    core: Core, account_id: UUID, password: str, *, must_change: bool = False, keep_session: str = ""
) -> None:
    """Set a password and end every session but one."""
    hashed = await passwords.hash_password(password)
    async with transaction():
        values = {"password_hash": hashed, "password_at": core.now(), "must_change": must_change}
        await StaffAccount.filter(id=account_id).update(**values)
        await StaffSession.filter(account_id=account_id).exclude(id=keep_session).delete()


async def _keep_an_admin(account: StaffAccount) -> None:
    """Refuse to take the last administrator of the whole system away."""
    others = StaffAccount.filter(role="admin", active=True, stations__isnull=True).exclude(id=account.id)
    is_one = account.role == "admin" and account.active and scopes.load_stations(account.stations) is None
    if is_one and not await others.exists():
        raise ConflictError("至少保留一个可登录的管理员", "last-admin")


def role_of(account: StaffAccount) -> Role:
    """Return the role of a row."""
    return cast("Role", account.role)
