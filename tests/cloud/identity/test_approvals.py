"""Two people: who asks does not decide, and what gives power over others is not done by one."""

import pytest

from cloud.identity import administration, approvals, factor, service
from cloud.identity.accounts import account_named, find_account
from cloud.identity.administration import Rights
from cloud.identity.models import StaffSession
from cloud.identity.roles import PERMISSIONS
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.problems import ProblemError
from tests.cloud.clocks import HandClock
from tests.cloud.identity.people import PASSWORD, enrol, person


@pytest.mark.parametrize("name", sorted(approvals.KINDS))
def test_every_kind_names_permissions_and_a_function_that_exists(name: str) -> None:
    kind = approvals.KINDS[name]
    assert {kind.ask, kind.approve} <= set(PERMISSIONS)
    assert callable(approvals.handler_of(kind))
    assert len(name) <= 32


@pytest.mark.db
async def test_a_new_manager_waits_for_a_second_person(core: Core) -> None:
    li, wang = await person(core, "li"), await person(core, "wang", "manager")
    made = await administration.add(core, "zhao", Rights("manager", None, reason="夜班"), li)
    assert made.approval is not None
    with pytest.raises(service.WrongPasswordError):
        await service.log_in(core, "zhao", made.password)
    with pytest.raises(ProblemError, match="does not decide"):
        await approvals.decide(core, str(made.approval), li, approve=True)
    await approvals.decide(core, str(made.approval), wang, approve=True)
    login = await service.log_in(core, "zhao", made.password)
    assert login.principal.may("account.approve")
    assert login.principal.duty == "password"
    with pytest.raises(ConflictError):
        await approvals.decide(core, str(made.approval), wang, approve=False)


@pytest.mark.db
async def test_a_refusal_changes_nothing_and_asking_twice_is_refused(core: Core) -> None:
    li, wang = await person(core, "li"), await person(core, "wang", "manager")
    await person(core, "zhao", "counter")
    zhao = str((await account_named("zhao")).id)
    made = await administration.change(core, zhao, Rights("admin", None, reason="代班"), li)
    with pytest.raises(ConflictError, match="等待"):
        await administration.change(core, zhao, Rights("admin", None, reason="代班"), li)
    row = await approvals.decide(core, str(made.approval), wang, approve=False, note="不需要")
    assert (row.state, row.decided_by) == ("refused", "staff:wang")
    assert (await find_account(zhao)).role == "counter"


@pytest.mark.db
async def test_an_approval_expires_and_needs_a_reason(core: Core, clock: HandClock) -> None:
    li, wang = await person(core, "li"), await person(core, "wang", "manager")
    with pytest.raises(InvalidInputError, match="原因"):
        await administration.add(core, "zhao", Rights("admin", None), li)
    with pytest.raises(Exception, match="zhao"):
        await account_named("zhao")
    made = await administration.add(core, "zhao", Rights("admin", None, reason="接班"), li)
    assert [row.title for row in await service.waiting_for(wang)] == ["zhao"]
    assert await service.waiting_for(li) == []
    clock.forward(days=8)
    with pytest.raises(ConflictError):
        await approvals.decide(core, str(made.approval), wang, approve=True)
    assert [approvals.state_of(row, core) for row in await approvals.list_approvals(core)] == ["expired"]
    await service.forget_ended_sessions(core)
    assert await service.waiting_for(wang) == []


@pytest.mark.db
async def test_a_token_neither_asks_nor_decides(core: Core) -> None:
    li = await person(core, "li")
    token = await service.token_principal(core, await service.create_token(core, "admin"))
    assert token is not None
    with pytest.raises(ProblemError, match="people"):
        await administration.add(core, "zhao", Rights("admin", None, reason="x"), token)
    made = await administration.add(core, "zhao", Rights("admin", None, reason="x"), li)
    with pytest.raises(ProblemError, match="people"):
        await approvals.decide(core, str(made.approval), token, approve=True)


@pytest.mark.db
async def test_taking_a_second_factor_away_takes_two_and_ends_sessions(core: Core) -> None:
    li, wang = await person(core, "li"), await person(core, "wang", "manager")
    await person(core, "zhao", "manager")
    await enrol(core, "zhao")
    zhao = str((await account_named("zhao")).id)
    made = await administration.ask_take_factor(core, zhao, "手机丢失", li)
    await approvals.decide(core, str(made.approval), wang, approve=True)
    account = await find_account(zhao)
    assert not account.totp_secret
    assert await factor.recovery_codes_left(account.id) == 0
    assert not await StaffSession.exists(account_id=account.id)
    assert not (await service.log_in(core, "zhao", PASSWORD)).half


@pytest.mark.db
async def test_rights_without_power_are_changed_at_once_but_never_ones_own(core: Core) -> None:
    li = await person(core, "li")
    zhao = await person(core, "zhao", "counter")
    made = await administration.change(core, zhao.account, Rights("guidance", frozenset({"st-01"})), li)
    assert made.approval is None
    assert made.account.role == "guidance"
    off = await administration.change(core, zhao.account, Rights("guidance", None, active=False), li)
    assert not off.account.active
    assert not await StaffSession.exists(account_id=off.account.id)
    with pytest.raises(ConflictError, match="自己"):
        await administration.change(core, li.account, Rights("counter", None), li)


@pytest.mark.db
async def test_the_last_administrator_stays(core: Core) -> None:
    li, wang = await person(core, "li"), await person(core, "wang")
    await administration.change(core, li.account, Rights("admin", None, active=False), wang)
    with pytest.raises(ConflictError, match="管理员"):
        await service.disable((await account_named("wang")).id)


@pytest.mark.db
async def test_a_reset_ends_sessions_must_be_changed_and_makes_nobody_a_second_person(core: Core) -> None:
    li = await person(core, "li")
    zhao, wang = await person(core, "zhao", "counter"), await person(core, "wang", "manager")
    made = await administration.reset(core, zhao.account, li)
    assert not await StaffSession.exists(account_id=zhao.account)
    assert (await service.log_in(core, "zhao", made.password)).principal.duty == "password"
    with pytest.raises(ConflictError, match="两步验证"):
        await administration.reset(core, wang.account, li)
    await enrol(core, "wang")
    made = await administration.reset(core, wang.account, li)
    assert (await service.log_in(core, "wang", made.password)).half
