"""S6: guessing passwords is slow for every name and address, whoever asks, in parallel and after a restart."""

import asyncio
from datetime import timedelta

import pytest

from cloud.identity import service, tries
from cloud.identity.models import Tries
from cloud.platform.core import Core
from tests.cloud.clocks import HandClock

pytestmark = pytest.mark.db

PASSWORD = "correct horse battery"  # noqa: S105 - the test's own
HALL = service.Origin("192.0.2.7", "browser")


async def guess(core: Core, name: str, origin: service.Origin = service.Origin()) -> int:  # noqa: B008 - frozen
    """Return how long a wrong guess has to wait, 0 when it was judged."""
    try:
        await service.log_in(core, name, "wrong wrong wrong", origin)
    except service.LockedError as error:
        return error.wait_s
    except service.WrongPasswordError:
        return 0
    raise AssertionError("a wrong password opened a session")


@pytest.mark.parametrize("name", ["li", "nobody"])
async def test_a_name_gets_at_most_ten_tries_a_minute_and_waits_longer_and_longer(
    core: Core, clock: HandClock, name: str
) -> None:
    await service.add_account(core, "li", "manager", PASSWORD)
    judged, waits = 0, []
    end = core.now() + timedelta(minutes=1)
    while core.now() < end:
        wait = await guess(core, name)
        judged += wait == 0
        if wait:
            waits.append(wait)
            clock.forward(seconds=wait)
    assert 3 < judged <= 10
    assert waits == sorted(waits)
    assert waits[-1] > waits[0]


async def test_many_guesses_at_once_do_not_outrun_the_count(core: Core) -> None:
    await service.add_account(core, "li", "manager", PASSWORD)
    waits = await asyncio.gather(*(guess(core, "li") for _ in range(12)))
    assert waits.count(0) == tries.LIMITS["name"].free + 1


async def test_an_address_that_tries_many_names_waits_too_and_others_do_not(core: Core, clock: HandClock) -> None:
    free = tries.LIMITS["address"].free
    waits = [await guess(core, f"name-{number}", HALL) for number in range(free + 2)]
    assert waits[: free + 1] == [0] * (free + 1)
    assert waits[-1] > 0
    assert await guess(core, "name-99", service.Origin("192.0.2.8")) == 0
    clock.forward(hours=2)
    assert await guess(core, "name-100", HALL) == 0
    assert (await Tries.get(key=tries._key("address", HALL.address))).failed == 1


async def test_a_right_password_starts_the_name_anew_but_not_the_address(core: Core) -> None:
    await service.add_account(core, "li", "manager", PASSWORD)
    for _ in range(3):
        await guess(core, "li", HALL)
    await service.log_in(core, "li", PASSWORD, HALL)
    assert not await Tries.exists(key=tries._key("name", "li"))
    assert (await Tries.get(key=tries._key("address", HALL.address))).failed == 3


async def test_a_right_password_does_not_help_while_the_name_waits(core: Core, clock: HandClock) -> None:
    await service.add_account(core, "li", "manager", PASSWORD)
    for _ in range(4):
        await guess(core, "li")
    with pytest.raises(service.LockedError) as caught:
        await service.log_in(core, "li", PASSWORD)
    clock.forward(seconds=caught.value.wait_s)
    await service.log_in(core, "li", PASSWORD)


async def test_no_name_is_kept_in_clear_and_old_counts_go(core: Core, clock: HandClock) -> None:
    await guess(core, "zhang wei", HALL)
    assert all("zhang" not in row.key and "192.0.2" not in row.key for row in await Tries.all())
    clock.forward(days=2)
    await service.forget_ended_sessions(core)
    assert await Tries.all().count() == 0
