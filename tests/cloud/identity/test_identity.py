"""Accounts, logins with a growing delay, sessions that end, tokens that expire."""

import pytest

from cloud.identity import service
from cloud.identity.models import ApiToken, StaffAccount, StaffSession
from cloud.identity.roles import GRANTS, PERMISSIONS, ROLES
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from tests.cloud.clocks import HandClock

pytestmark = pytest.mark.db

PASSWORD = "correct horse battery"  # noqa: S105 - the test's own


async def test_a_login_opens_a_session_and_only_hashes_are_kept(core: Core) -> None:
    await service.add_account(core, "li", "manager", PASSWORD)
    login = await service.log_in(core, " li ", PASSWORD)
    assert await service.session_principal(core, login.cookie) == login.principal
    assert login.principal.may("post.publish")
    assert not await StaffSession.exists(id=login.cookie)
    assert (await StaffAccount.get(name="li")).password_hash.startswith("$argon2id$")
    await service.log_out(login.principal)
    assert await service.session_principal(core, login.cookie) is None


async def test_a_session_ends_when_nobody_uses_it(core: Core, clock: HandClock) -> None:
    await service.add_account(core, "li", "manager", PASSWORD)
    login = await service.log_in(core, "li", PASSWORD)
    clock.forward(minutes=59)
    assert await service.session_principal(core, login.cookie)
    clock.forward(minutes=59)
    assert await service.session_principal(core, login.cookie), "it was used meanwhile"
    clock.forward(minutes=61)
    assert await service.session_principal(core, login.cookie) is None


async def test_a_session_ends_after_half_a_day_even_when_used(core: Core, clock: HandClock) -> None:
    await service.add_account(core, "li", "manager", PASSWORD)
    login = await service.log_in(core, "li", PASSWORD)
    for _ in range(14):
        clock.forward(minutes=50)
        await service.session_principal(core, login.cookie)
    clock.forward(minutes=21)
    assert await service.session_principal(core, login.cookie) is None


async def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(core: Core) -> None:
    await service.add_account(core, "li", "manager", PASSWORD)
    answers = set()
    for name in ("li", "nobody"):
        with pytest.raises(service.WrongPasswordError) as caught:
            await service.log_in(core, name, "wrong")
        answers.add(str(caught.value))
    assert len(answers) == 1


@pytest.mark.parametrize("name", ["li\x00", "x" * 300, "", "\n", "李\u2028"])
async def test_a_name_that_no_account_can_have_is_an_unknown_one(core: Core, name: str) -> None:
    with pytest.raises(service.WrongPasswordError):
        await service.log_in(core, name, "wrong")


@pytest.mark.parametrize("handle", ["", "abc", "%_%_%_%_", "\x00" * 8, "z" * 64])
async def test_a_handle_that_no_token_has_finds_none(core: Core, handle: str) -> None:
    await service.create_token(core, "auditor")
    with pytest.raises(NotFoundError):
        await service.revoke_token(core, handle)


async def test_accounts_are_refused_with_what_to_write(core: Core) -> None:
    with pytest.raises(InvalidInputError, match="admin"):
        await service.add_account(core, "li", "boss", PASSWORD)
    with pytest.raises(InvalidInputError, match="12"):
        await service.add_account(core, "li", "manager", "short")
    with pytest.raises(InvalidInputError):
        await service.add_account(core, " ", "manager", PASSWORD)
    await service.add_account(core, "li", "manager", PASSWORD)
    with pytest.raises(ConflictError):
        await service.add_account(core, "li", "manager", PASSWORD)


async def test_a_token_works_until_it_expires(core: Core, clock: HandClock) -> None:
    token = await service.create_token(core, "auditor", 2)
    assert not await ApiToken.exists(id=token)
    principal = await service.token_principal(core, token)
    assert principal is not None
    assert (principal.role, principal.csrf) == ("auditor", "")
    clock.forward(days=2)
    assert await service.token_principal(core, token) is None
    with pytest.raises(InvalidInputError):
        await service.create_token(core, "auditor", 0)


def test_every_role_has_a_line_and_only_the_admin_has_all() -> None:
    assert set(GRANTS) == set(ROLES)
    assert [role for role in ROLES if GRANTS[role] == set(PERMISSIONS)] == ["admin"]
