"""Births are asked for at a bounded rate, and of each station once while it may still answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cloud.ingest.rebirths import Rebirths
from tests.waiting import until


class Asked:
    """Takes note of who was asked."""

    def __init__(self) -> None:
        self.stations: list[str] = []

    async def send(self, station: str, within_s: float) -> None:
        """Take note."""
        assert within_s == 30.0
        self.stations.append(station)


@asynccontextmanager
async def asking(per_s: float, burst: int) -> AsyncIterator[tuple[Rebirths, Asked]]:
    asked = Asked()
    rebirths = Rebirths(asked.send, per_s, burst)
    running = asyncio.create_task(rebirths.run())
    try:
        yield rebirths, asked
    finally:
        running.cancel()


async def test_a_storm_is_asked_in_a_burst_and_then_at_the_rate() -> None:
    async with asking(per_s=50, burst=10) as (rebirths, asked):
        began = asyncio.get_running_loop().time()
        for number in range(20):
            rebirths.ask(f"st-{number:02d}", 30.0)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(asked.stations) <= 11
        await until(lambda: len(asked.stations) == 20, "all are asked")
        assert asyncio.get_running_loop().time() - began >= 10 / 50 - 0.02
    assert asked.stations == [f"st-{number:02d}" for number in range(20)]


async def test_a_station_that_may_still_answer_is_not_asked_again() -> None:
    async with asking(per_s=1_000, burst=10) as (rebirths, asked):
        for _ in range(5):
            rebirths.ask("st-01", 30.0)
            await asyncio.sleep(0.01)
        assert asked.stations == ["st-01"]


async def test_after_a_new_connection_a_station_is_asked_again() -> None:
    async with asking(per_s=1_000, burst=10) as (rebirths, asked):
        rebirths.ask("st-01", 30.0)
        await until(lambda: len(asked.stations) == 1, "it is asked")
        rebirths.forget()
        rebirths.ask("st-01", 30.0)
        await until(lambda: len(asked.stations) == 2, "it is asked again")


async def test_a_station_that_has_answered_is_asked_when_its_birth_is_missing_again() -> None:
    async with asking(per_s=1_000, burst=10) as (rebirths, asked):
        rebirths.ask("st-01", 30.0)
        await until(lambda: len(asked.stations) == 1, "it is asked")
        rebirths.answered("st-01")
        rebirths.ask("st-01", 30.0)
        await until(lambda: len(asked.stations) == 2, "it is asked again")
