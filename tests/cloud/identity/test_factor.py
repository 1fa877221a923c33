"""The second factor: enrolled with proof, asked for at every login, each code taken once."""

import asyncio

import pytest

from cloud.identity import codes, factor, service
from cloud.identity.accounts import account_named
from cloud.identity.auditmodels import AuditRow
from cloud.identity.models import RecoveryCode, StaffAccount
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError
from tests.cloud.clocks import HandClock
from tests.cloud.identity.people import PASSWORD, code, enrol, person

#: Appendix B of RFC 6238, SHA-1, the last six of its eight digits.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # noqa: S105 - printed in the RFC
RFC = [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")]


@pytest.mark.parametrize(("seconds", "shown"), RFC)
def test_codes_are_those_of_the_rfc(clock: HandClock, seconds: int, shown: str) -> None:
    now = clock.now().fromtimestamp(seconds, clock.now().tzinfo)
    assert codes.matching_step(RFC_SECRET, shown, now) == seconds // 30
    assert codes.matching_step(RFC_SECRET, "000000", now) is None


def test_a_clock_may_be_half_a_minute_off_and_no_more(clock: HandClock) -> None:
    secret, now = codes.new_secret(), clock.now()
    found = [codes.matching_step(secret, code(secret, now, off), now) is not None for off in (-2, -1, 0, 1, 2)]
    assert found == [False, True, True, True, False]


def test_the_qr_code_is_an_svg_without_style_or_script() -> None:
    drawn = codes.qr_of(codes.uri_of(codes.new_secret(), "李 娜"))
    assert drawn.startswith("<svg")
    assert "style" not in drawn
    assert "script" not in drawn


def test_a_recovery_code_may_be_typed_carelessly() -> None:
    made = codes.new_recovery_codes()
    assert len(set(made)) == codes.RECOVERY_CODES
    assert codes.plain(f" {made[0].lower().replace('-', ' ')} ") == made[0].replace("-", "")


@pytest.mark.db
async def test_a_login_needs_the_code_and_half_of_it_opens_nothing(core: Core, clock: HandClock) -> None:
    await person(core, "li")
    secret, _ = await enrol(core, "li")
    half = await service.log_in(core, "li", PASSWORD)
    assert half.half
    assert await service.session_principal(core, half.cookie) is None
    with pytest.raises(service.WrongCodeError):
        await service.finish_login(core, half.cookie, "000000")
    whole = await service.finish_login(core, half.cookie, code(secret, clock.now()))
    assert whole.cookie != half.cookie
    assert await service.session_principal(core, whole.cookie) == whole.principal
    with pytest.raises(service.LoginEndedError):
        await service.finish_login(core, half.cookie, code(secret, clock.now(), 1))


@pytest.mark.db
async def test_the_time_between_password_and_code_is_short(core: Core, clock: HandClock) -> None:
    await person(core, "li")
    secret, _ = await enrol(core, "li")
    half = await service.log_in(core, "li", PASSWORD)
    clock.forward(minutes=6)
    with pytest.raises(service.LoginEndedError):
        await service.finish_login(core, half.cookie, code(secret, clock.now()))


@pytest.mark.db
async def test_a_code_is_taken_once_also_by_two_at_the_same_time(core: Core, clock: HandClock) -> None:
    await person(core, "li")
    secret, _ = await enrol(core, "li")
    shown = code(secret, clock.now())
    halves = [await service.log_in(core, "li", PASSWORD) for _ in range(2)]
    results = await asyncio.gather(
        *(service.finish_login(core, half.cookie, shown) for half in halves), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["Login", "WrongCodeError"]
    older = code(secret, clock.now(), -1)
    with pytest.raises(service.WrongCodeError):
        await factor.check_code(core, await account_named("li"), older)


@pytest.mark.db
async def test_a_recovery_code_works_once_and_new_ones_end_the_old(core: Core) -> None:
    await person(core, "li")
    _, made = await enrol(core, "li")
    account = await account_named("li")
    await factor.check_code(core, account, made[0].lower())
    with pytest.raises(service.WrongCodeError):
        await factor.check_code(core, account, made[0])
    assert await factor.recovery_codes_left(account.id) == codes.RECOVERY_CODES - 1
    await factor.renew_recovery_codes(core, account.id)
    with pytest.raises(service.WrongCodeError):
        await factor.check_code(core, account, made[1])


@pytest.mark.db
async def test_codes_are_not_guessed_quickly(core: Core) -> None:
    await person(core, "li")
    secret, _ = await enrol(core, "li")
    account = await account_named("li")
    for guess in ("000001", "000002", "000003", "000004"):
        with pytest.raises(service.WrongCodeError):
            await factor.check_code(core, account, guess)
    with pytest.raises(service.LockedError):
        await factor.check_code(core, account, code(secret, core.now()))


@pytest.mark.db
async def test_secrets_are_sealed_and_codes_hashed(core: Core) -> None:
    await person(core, "li")
    begun = await factor.begin(core, await account_named("li"))
    account = await StaffAccount.get(name="li")
    assert begun.secret not in str(account.totp_waiting)
    made = await factor.confirm(core, account, code(begun.secret, core.now()))
    row = await StaffAccount.get(name="li")
    assert not row.totp_waiting
    assert begun.secret not in str(row.totp_secret)
    stored = {one.code_hash for one in await RecoveryCode.all()}
    assert not stored & {codes.plain(one) for one in made}


@pytest.mark.db
async def test_a_second_factor_in_force_is_not_replaced_by_who_found_an_open_browser(core: Core) -> None:
    await person(core, "li")
    await enrol(core, "li")
    with pytest.raises(ConflictError):
        await factor.begin(core, await account_named("li"))


@pytest.mark.db
async def test_every_login_and_every_refusal_is_in_the_audit_without_what_was_typed(core: Core) -> None:
    await service.add_account(core, "li", "counter", PASSWORD)
    secret, _ = await enrol(core, "li")
    for name in ("li", "my-password-by-mistake"):
        with pytest.raises(service.WrongPasswordError):
            await service.log_in(core, name, "wrong wrong wrong")
    half = await service.log_in(core, "li", PASSWORD)
    with pytest.raises(service.WrongCodeError):
        await service.finish_login(core, half.cookie, "000000")
    await service.finish_login(core, half.cookie, code(secret, core.now()))
    rows = await AuditRow.filter(action__startswith="session.").order_by("number")
    account = f"account:{(await account_named('li')).id}"
    assert [(row.actor, row.action, row.subject, row.result) for row in rows] == [
        ("nobody:", "session.refuse", account, "refused"),
        ("nobody:", "session.refuse", "account:unknown", "refused"),
        ("staff:li", "session.code", account, "refused"),
        ("staff:li", "session.open", account, "ok"),
    ]


@pytest.mark.db
async def test_roles_with_power_must_have_it(core: Core) -> None:
    strict = core.settings.model_copy(update={"second_factor_roles": "admin, finance"})
    object.__setattr__(core, "settings", strict)
    assert (await person(core, "li", "admin")).duty == "second_factor"
    assert (await person(core, "wang", "counter")).duty == ""
    assert (await person(core, "zhao", "counter", must_change=True)).duty == "password"
    secret, _ = await enrol(core, "li")
    half = await service.log_in(core, "li", PASSWORD)
    assert (await service.finish_login(core, half.cookie, code(secret, core.now()))).principal.duty == ""
