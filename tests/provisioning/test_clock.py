"""The stepped clock: nobody is left behind, nothing wakes twice, and a stuck or gone program is said."""

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import pytest

from provisioning.clock import Clock, SystemClock, open_clock
from provisioning.demo.clock_server import clock_server
from provisioning.errors import ClockError
from tests.waiting import until

START = datetime(2026, 3, 2, 0, 50, tzinfo=UTC)


async def record(clock: Clock, interval_s: float, seen: list[datetime], work_s: float = 0.0) -> None:
    async with aclosing(clock.ticks(interval_s)) as ticks:
        async for _ in ticks:
            seen.append(clock.now())
            await asyncio.sleep(work_s)


def minutes(seen: list[datetime]) -> list[float]:
    return [(moment - START).total_seconds() / 60 for moment in seen]


async def test_every_tick_of_every_follower_happens_although_one_is_slow() -> None:
    fast: list[datetime] = []
    slow: list[datetime] = []
    async with clock_server(START) as server, open_clock(server.url) as one, open_clock(server.url) as two:
        tasks = [asyncio.create_task(record(one, 60, fast)), asyncio.create_task(record(two, 120, slow, 0.02))]
        await until(lambda: fast and slow, "both have begun")
        await server.advance_to(START + timedelta(minutes=6))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert minutes(fast) == [0, 1, 2, 3, 4, 5, 6]
    assert minutes(slow) == [0, 2, 4, 6]


async def test_a_leap_over_the_night_wakes_a_sleeper_once() -> None:
    seen: list[datetime] = []
    async with clock_server(START) as server, open_clock(server.url) as clock:
        task = asyncio.create_task(record(clock, 60, seen))
        await until(lambda: seen, "it has begun")
        await server.leap_to(START + timedelta(hours=10))
        await server.advance_to(START + timedelta(hours=10, minutes=1))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert minutes(seen) == [0, 600, 601]


async def test_a_cancelled_loop_no_longer_holds_up_the_time() -> None:
    seen: list[datetime] = []
    async with clock_server(START) as server, open_clock(server.url) as clock:
        task = asyncio.create_task(record(clock, 60, seen))
        await until(lambda: seen, "it has begun")
        await server.advance_to(START + timedelta(minutes=1))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await server.advance_to(START + timedelta(minutes=9))
        assert clock.now() == START + timedelta(minutes=9)
    assert minutes(seen) == [0, 1]


async def test_a_follower_that_goes_away_is_not_waited_for() -> None:
    async with clock_server(START) as server:
        async with open_clock(server.url) as clock:
            assert clock.now() == START
        await server.advance_to(START + timedelta(minutes=1))
        assert server.now == START + timedelta(minutes=1)


async def test_no_clock_at_the_address_is_an_error_that_names_it() -> None:
    with pytest.raises(ClockError, match="no clock answers at tcp://"):
        async with open_clock("tcp://127.0.0.1:9"):
            pytest.fail("there is no clock there")
    with pytest.raises(ClockError, match="is not a clock"):
        async with open_clock("http://x"):
            pytest.fail("that is no clock address")


async def test_the_system_clock_ticks_and_skips_what_was_missed() -> None:
    async with open_clock("") as clock:
        assert isinstance(clock, SystemClock)
        loop = asyncio.get_running_loop()
        seen: list[float] = []
        async with aclosing(clock.ticks(0.05)) as ticks:
            async for _ in ticks:
                seen.append(loop.time())
                if len(seen) == 1:
                    await asyncio.sleep(0.2)
                if len(seen) == 3:
                    break
        assert seen[1] - seen[0] >= 0.2
        assert seen[2] - seen[1] >= 0.04
        assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
