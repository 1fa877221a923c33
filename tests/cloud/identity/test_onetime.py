"""One-time codes: their life, their tries, their limits, by the hand clock."""

import pytest

from cloud.identity import onetime as codes
from cloud.identity.onetime import LIMITS, TRIES, Asker, TooManyCodesError
from cloud.identity.public_models import OneTimeCode
from cloud.platform.core import Core
from tests.cloud.clocks import HandClock

pytestmark = pytest.mark.db

PHONE = "13800000001"
HOME = Asker("ip", "192.0.2.7")


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


async def test_a_code_has_six_digits_works_once_and_is_kept_as_a_hash(core: Core) -> None:
    issued = await codes.issue(core, PHONE, "login", HOME)
    assert len(issued.code) == 6
    assert issued.code.isdigit()
    row = await OneTimeCode.get(id=issued.id)
    assert issued.code not in {row.digest, row.phone}
    assert PHONE not in row.phone
    assert await codes.phone_of(core, issued.id) == PHONE
    assert await codes.check(core, PHONE, "login", issued.code) == "right"
    assert await codes.check(core, PHONE, "login", issued.code) == "gone"
    assert await codes.phone_of(core, issued.id) is None


async def test_a_code_ends_after_five_minutes(core: Core, clock: HandClock) -> None:
    issued = await codes.issue(core, PHONE, "login", HOME)
    clock.forward(minutes=4, seconds=59)
    assert await codes.check(core, PHONE, "login", wrong(issued.code)) == "wrong"
    clock.forward(seconds=1)
    assert await codes.check(core, PHONE, "login", issued.code) == "gone"


async def test_the_fifth_wrong_try_ends_a_code(core: Core) -> None:
    issued = await codes.issue(core, PHONE, "login", HOME)
    tries = [await codes.check(core, PHONE, "login", wrong(issued.code)) for _ in range(TRIES)]
    assert tries == ["wrong"] * (TRIES - 1) + ["gone"]
    assert await codes.check(core, PHONE, "login", issued.code) == "gone"


async def test_a_code_is_good_for_its_phone_and_its_purpose_only(core: Core) -> None:
    issued = await codes.issue(core, PHONE, "login", HOME)
    assert await codes.check(core, "13800000002", "login", issued.code) == "gone"
    assert await codes.check(core, PHONE, "employer", issued.code) == "gone"
    assert await codes.check(core, "+86 138-0000-0001", "login", issued.code) == "right"


async def test_a_new_code_replaces_the_one_before(core: Core, clock: HandClock) -> None:
    first = await codes.issue(core, PHONE, "login", HOME)
    clock.forward(minutes=1)
    second = await codes.issue(core, PHONE, "login", HOME)
    if first.code != second.code:
        assert await codes.check(core, PHONE, "login", first.code) == "wrong"
    assert await codes.check(core, PHONE, "login", second.code) == "right"


async def test_a_phone_gets_one_a_minute_five_an_hour_ten_a_day(core: Core, clock: HandClock) -> None:
    started = clock.now()
    sent: list[float] = []
    waits: list[int] = []
    while len(sent) <= LIMITS["phone"][2][1]:
        try:
            await codes.issue(core, PHONE, "login", HOME)
        except TooManyCodesError as error:
            waits.append(error.wait_s)
            clock.forward(seconds=error.wait_s)
        else:
            sent.append((clock.now() - started).total_seconds())
    assert sent == [0, 60, 120, 180, 240, 3600, 3660, 3720, 3780, 3840, 86_400]
    assert waits[4] == 3600 - 240


@pytest.mark.parametrize(("asker", "kind"), [(HOME, "ip"), (Asker("kiosk", "st-01/kiosk-1"), "kiosk")])
async def test_an_address_and_a_kiosk_have_limits_of_their_own(core: Core, asker: Asker, kind: str) -> None:
    limit = LIMITS[kind][0][1]
    for number in range(limit):
        await codes.issue(core, f"139{number:08d}", "login", asker)
    with pytest.raises(TooManyCodesError):
        await codes.issue(core, PHONE, "login", asker)
    await codes.issue(core, PHONE, "login", Asker("ip", "192.0.2.8"))


async def test_old_rows_go_when_no_limit_counts_them(core: Core, clock: HandClock) -> None:
    await codes.issue(core, PHONE, "login", HOME)
    clock.forward(hours=23)
    await codes.forget_old_codes(core)
    assert await OneTimeCode.all().count() == 1
    clock.forward(hours=2)
    await codes.forget_old_codes(core)
    assert await OneTimeCode.all().count() == 0
