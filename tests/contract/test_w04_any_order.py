"""W4 (ADR 0008): starts, starts without a broker, wipes, copies and copies put back, in any order."""

import asyncio
import random
import shutil
from pathlib import Path

import pytest

from tests.cloud.running import Running
from tests.contract.agents import SILENT, running_agent
from tests.contract.test_w04_old_copies import SITE, acked, ids_in, nothing_lost_or_doubled, put_back, record
from tests.peers.mosquitto import Broker

pytestmark = [pytest.mark.broker, pytest.mark.deep]

STEPS = 22
KINDS = (
    "start",
    "start",
    "start",
    "short start",
    "start offline",
    "broker late",
    "copy",
    "put back",
    "put back",
    "wipe",
)


class Venue:
    """One station's disk and what the core must have in the end: all that was acked."""

    def __init__(self, folder: Path, broker: Broker, seed: int) -> None:
        self._folder = folder
        self._state = folder / "edge"
        self._broker = broker
        self._random = random.Random(seed)
        self._copies: list[Path] = []
        self.acked: set[str] = set()

    async def step(self, number: int) -> str:
        """Do one thing and return what it was."""
        kind = self._random.choice(KINDS)
        if kind == "copy" and self._state.exists():
            self._copies.append(self._folder / f"copy-{number}")
            shutil.copytree(self._state, self._copies[-1])
        elif kind == "put back" and self._copies and self._state.exists():
            put_back(self._random.choice(self._copies), self._state)
        elif kind == "wipe":
            shutil.rmtree(self._state, ignore_errors=True)
        elif kind in {"start offline", "broker late"}:
            await self._broker.kill()
            await self._start(late=kind == "broker late", wait=kind == "broker late")
            if kind == "start offline":
                await self._broker.start()
        else:
            await self._start(late=False, wait=kind == "start")
        return kind

    async def _start(self, *, late: bool, wait: bool) -> None:
        async with running_agent(self._state, self._broker, SILENT) as agent:
            await record(agent, self._random.randint(1, 9))
            if late:
                await self._broker.start()
            if wait:
                await acked(agent)
                self.acked |= ids_in(self._state)
                await record(agent, self._random.randint(1, 4))
            await asyncio.sleep(self._random.uniform(0, 0.5))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(1, 4))
async def test_w04_any_order_of_starts_copies_and_wipes_loses_and_doubles_nothing(
    running: Running, broker: Broker, tmp_path: Path, seed: int
) -> None:
    await running.apply(SITE)
    venue = Venue(tmp_path, broker, seed)
    print([await venue.step(number) for number in range(STEPS)])
    assert len(venue.acked) > 10, "the run proves too little"
    await nothing_lost_or_doubled(running, venue.acked)
