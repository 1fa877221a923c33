"""What an administrator does to other people's accounts; what gives power over others takes a second person."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cloud.identity import accounts, approvals, factor, passwords, scopes, tries
from cloud.identity.models import StaffAccount
from cloud.identity.principals import Principal
from cloud.identity.roles import PRIVILEGED
from cloud.platform.core import Core
from cloud.platform.database import transaction
from cloud.platform.errors import ConflictError


@dataclass(frozen=True, slots=True)
class Rights:
    """What an account is to be: `reason` is needed where a second person decides."""

    role: str
    stations: frozenset[str] | None
    active: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """An account as it is now, the approval that waits, and a password that is told once."""

    account: StaffAccount
    approval: UUID | None = None
    password: str = ""


async def add(core: Core, name: str, rights: Rights, by: Principal) -> Changed:
    """Add an account with a one-time password; one with power over others is off until a second person agrees."""
    password = passwords.one_time_password()
    alone = rights.role not in PRIVILEGED
    terms = accounts.Terms(rights.stations, must_change=True, active=alone)
    async with transaction():
        account = await accounts.add_account(core, name, rights.role, password, terms)
        approval = None if alone else await _ask_grant(core, account, rights, by)
    return Changed(account, approval, password)


async def change(core: Core, account_id: str, rights: Rights, by: Principal) -> Changed:
    """Give an account other rights, or switch it on or off; nobody does that to himself."""
    account = await accounts.find_account(account_id)
    _not_oneself(account, by)
    role = scopes.check_role(rights.role)
    limit = scopes.check_stations(rights.stations)
    if rights.active and role in PRIVILEGED and not (account.active and account.role == role):
        return Changed(account, await _ask_grant(core, account, rights, by))
    async with transaction():
        await accounts.set_rights(account.id, role, limit)
        if not rights.active:
            await accounts.disable(account.id)
        elif not account.active:
            await accounts.enable(account.id)
    return Changed(await accounts.find_account(account_id))


async def reset(core: Core, account_id: str, by: Principal) -> Changed:
    """Give an account a one-time password and let it try again at once.

    Not one with power over others and no second factor: whoever saw the password could decide as a second person.
    """
    account = await accounts.find_account(account_id)
    _not_oneself(account, by)
    if account.role in PRIVILEGED and not account.totp_secret:
        raise ConflictError("该账号未启用两步验证：请在服务器上用 yizhan cloud account reset 重置", "no-second-factor")
    password = await accounts.reset_password(core, account.id)
    await tries.forgive({"name": account.name.casefold(), "code": str(account.id)})
    return Changed(await accounts.find_account(account_id), password=password)


async def ask_take_factor(core: Core, account_id: str, reason: str, by: Principal) -> Changed:
    """Ask a second person to take the second factor of an account away."""
    account = await accounts.find_account(account_id)
    _not_oneself(account, by)
    if not account.totp_secret:
        raise ConflictError("该账号没有启用两步验证", "no-second-factor")
    question = approvals.Question("account.factor", str(account.id), account.name, {}, reason)
    return Changed(account, await approvals.ask(core, question, by))


async def grant(core: Core, subject: str, payload: Mapping[str, Any]) -> None:
    """Give an account the rights that two people agreed on, and switch it on."""
    del core
    account = await accounts.find_account(subject)
    await accounts.set_rights(account.id, payload["role"], payload["stations"])
    await accounts.enable(account.id)


async def take_factor(core: Core, subject: str, payload: Mapping[str, Any]) -> None:
    """Take a second factor away, as two people agreed."""
    del core, payload
    account = await accounts.find_account(subject)
    await factor.remove(account.id)
    await tries.forgive({"code": str(account.id)})


async def _ask_grant(core: Core, account: StaffAccount, rights: Rights, by: Principal) -> UUID:
    payload = {"role": rights.role, "stations": sorted(rights.stations) if rights.stations is not None else None}
    question = approvals.Question("account.grant", str(account.id), account.name, payload, rights.reason)
    return await approvals.ask(core, question, by)


def _not_oneself(account: StaffAccount, by: Principal) -> None:
    if by.account == str(account.id):
        raise ConflictError("不能修改自己的权限，请另一位管理员操作", "own-account")
