"""A simulated controller of a wall, its driver at work, and what it handed over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from devices.driver import Driver, SlotConfig
from devices.drivers import load_driver
from devices.errors import DeviceError
from devices.recording import RecordingHost
from devices.simulators.device import Simulator
from devices.simulators.service import listening
from devices.transport import open_transport
from firmware_profiles.registry import profile
from tests.devices.waiting import until


@dataclass(frozen=True)
class Wall:
    """One of them."""

    device: Simulator
    driver: Driver
    host: RecordingHost
    run: "asyncio.Task[None]"
    address: str

    async def hand(self, **values: object) -> None:
        """Do something to the device."""
        await self.device.change(values)

    async def shows(self, **values: object) -> None:
        """Wait until the live values are these."""
        await until(lambda: values.items() <= self.host.lives[-1].items())

    async def command(self, name: str, **args: object) -> object:
        """Run a command that the profile lets through."""
        return await self.driver.command(name, args, self.host)


@asynccontextmanager
async def wall(profile_id: str, device: Simulator, tmp_path: Path, options: str = "") -> AsyncIterator[Wall]:
    """Yield a wall behind TCP; `options` follow the address."""
    async with (
        listening(device, "tcp://127.0.0.1:0") as address,
        driving(profile_id, device, address + options, tmp_path) as found,
    ):
        yield found


@asynccontextmanager
async def driving(profile_id: str, device: Simulator, address: str, tmp_path: Path) -> AsyncIterator[Wall]:
    """Yield a wall at an address whose driver has read it once, or has ended."""
    one, host = profile(profile_id), RecordingHost(tmp_path, speed=1000)
    async with open_transport(address) as transport:
        config = SlotConfig("st-01", "wall-controller", "wall", address, options=one.options)
        driver = load_driver(one.driver)(config, transport)
        run = asyncio.create_task(driver.run(host), name="driver")
        try:
            await until(lambda: host.lives or run.done())
            yield Wall(device, driver, host, run, address)
        finally:
            run.cancel()
            with suppress(asyncio.CancelledError, DeviceError):
                await run
