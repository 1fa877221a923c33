"""A driver of a profile at work: with its simulated device behind TCP, or alone where it needs none."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from devices.driver import Driver, FacesSeen, SlotConfig
from devices.drivers import load_driver
from devices.errors import DeviceLost
from devices.recording import RecordingHost
from devices.simulators import SIMULATORS, make_simulator
from devices.simulators.device import Simulator
from devices.simulators.service import listening
from devices.transport import open_transport
from firmware_profiles.registry import profile
from firmware_profiles.schema import Profile
from tests.peers.mosquitto import mosquitto

#: Ten seconds of the agent's clock pass in 50 ms.
SPEED = 200.0


@dataclass
class Bench:
    """One slot with everything that serves it."""

    profile: Profile
    address: str
    device: Simulator | None
    host: RecordingHost
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    def config(self) -> SlotConfig:
        """Return what the agent would give the driver."""
        one = self.profile
        return SlotConfig("st-01", f"{one.kind}-1", one.kind, self.address, one.heartbeat_s, options=one.options)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[tuple[Driver, "asyncio.Task[None]"]]:
        """Run a fresh driver on a fresh connection, as the supervisor does."""
        async with open_transport(self.address) as transport:
            driver = load_driver(self.profile.driver)(self.config(), transport)
            async with driving(driver, self.host) as task:
                yield driver, task

    async def unplug(self) -> None:
        """Take the device away: its port closes."""
        await self.stack.aclose()


@asynccontextmanager
async def driving(driver: Driver, host: RecordingHost) -> AsyncIterator["asyncio.Task[None]"]:
    """Run a driver and end it; that its device was lost is for the test to notice."""
    task = asyncio.create_task(driver.run(host), name="driver")
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, DeviceLost):
            await task


@asynccontextmanager
async def broker_at(folder: Path, where: str) -> AsyncIterator[str]:
    """Yield the URL of a broker at `tcp://127.0.0.1:port`, port 0: any."""
    async with mosquitto(folder, urlsplit(where).port or 0) as broker:
        yield broker.url


@asynccontextmanager
async def bench(profile_id: str, tmp_path: Path, *, where: str = "tcp://127.0.0.1:0") -> AsyncIterator[Bench]:
    """Yield the bench of a profile; its simulated device listens at `where`."""
    one = profile(profile_id)
    device = make_simulator(one.driver, one.kind) if one.driver in SIMULATORS else None
    found = Bench(one, f"{one.schemes[0]}:", device, RecordingHost(tmp_path, speed=SPEED))
    async with found.stack:
        if device is not None and device.scheme == "mqtt":
            where = f"{await found.stack.enter_async_context(broker_at(tmp_path, where))}/1026700"
        if device is not None:
            found.address = await found.stack.enter_async_context(listening(device, where))
        elif one.driver == "face-camera":  # its recogniser is the agent's: tests/edge/faces
            film = tmp_path / "film.mp4"
            film.touch()
            found.address, found.host.faces_seen = f"file:{film}", FacesSeen("pack@ad81ef08", people=2)
        yield found
