"""One of several processes holds a lease (W27): renewed while it lives, given back, taken over, confirmed."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from cloud.platform import lease as module
from cloud.platform.core import Core
from cloud.platform.database import transaction
from cloud.platform.lease import Lease, LeaseLostError, is_dead, this_process
from cloud.platform.models import LeaseRow
from tests.cloud.clocks import HandClock
from tests.waiting import until

pytestmark = pytest.mark.db


@asynccontextmanager
async def claiming(core: Core) -> AsyncIterator[Lease]:
    """Yield a lease that is claimed in the body, and then no longer renewed."""
    lease = Lease(core, "presence")
    task = asyncio.create_task(lease.run(), name="claim")
    try:
        await lease.first_look()
        yield lease
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a lease end after 0.6 s."""
    for name, value in (("LEASE_S", 0.6), ("RENEW_S", 0.1), ("LOOK_S", 0.05)):
        monkeypatch.setattr(module, name, value)


@pytest.mark.usefixtures("quick")
async def test_of_several_that_begin_together_one_holds_it(core: Core) -> None:
    async with claiming(core) as one, claiming(core) as two, claiming(core) as three:
        for _ in range(20):
            assert [one.held, two.held, three.held].count(True) == 1
            await asyncio.sleep(0.05)


async def test_who_gives_it_back_is_followed_at_once(core: Core) -> None:
    async with claiming(core) as one, claiming(core) as two:
        await one.release()
        await asyncio.wait_for(two.until(held=True), module.LOOK_S * 4)


@pytest.mark.usefixtures("quick")
async def test_who_lives_and_does_not_renew_is_waited_for_and_no_longer_than_the_lease(core: Core) -> None:
    async with claiming(core) as one:
        assert one.held
    async with claiming(core) as two:
        assert not two.held, "its holder was alive a moment ago"
        await asyncio.wait_for(two.until(held=True), module.LEASE_S + 1)
        async with transaction():
            assert not await one.confirmed()
            with pytest.raises(LeaseLostError):
                await one.fence()
            assert await two.confirmed()
        assert not one.held, "it learned of it by asking"


@pytest.mark.usefixtures("quick")
async def test_a_wall_clock_that_jumps_ends_no_lease(core: Core, clock: HandClock) -> None:
    async with claiming(core) as one, claiming(core) as two:
        for hours in (2, -4):
            clock.forward(hours=hours)
            await asyncio.sleep(2 * module.LEASE_S)
        assert (one.held, two.held) == (True, False)


async def test_a_dead_process_is_not_waited_for(core: Core) -> None:
    program = "import sys; from cloud.platform.lease import this_process; print(this_process()); sys.stdout.flush()"
    done = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
    process = (await done.communicate())[0].decode().strip()
    assert is_dead(process)
    assert not is_dead(this_process())
    assert not is_dead(process.replace(process.partition("/")[0], "another-machine"))
    await LeaseRow.create(name="presence", holder="somebody", process=process, beats=7, until=core.now())
    async with claiming(core) as one:
        await until(lambda: one.held, "the lease of the dead is taken", module.LOOK_S * 4)
