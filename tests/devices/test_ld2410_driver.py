"""The LD2410 driver on a serial line and on a cable."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest

from devices.driver import SlotConfig
from devices.drivers.ld2410 import Ld2410Driver
from devices.errors import DeviceLost, DeviceRefused
from devices.recording import RecordingHost
from devices.simulators.ld2410 import Ld2410Radar
from devices.simulators.service import listening
from devices.transport import Transport, open_transport
from devices.transports.memory import MemoryTransport, cable
from protocols.frames.ld2410 import Acknowledgement, Command, Decoder, Report, TargetState
from tests.devices.benches import driving
from tests.devices.waiting import until


@asynccontextmanager
async def driven(transport: Transport, host: RecordingHost) -> AsyncIterator[tuple[Ld2410Driver, "asyncio.Task[None]"]]:
    driver = Ld2410Driver(SlotConfig("st-01", "hall-1", "occupancy", transport.address), transport)
    async with driving(driver, host) as run:
        yield driver, run


@pytest.mark.parametrize("where", ["pty:", "tcp://127.0.0.1:0"])
async def test_it_sees_who_comes_and_goes(where: str, tmp_path: Path) -> None:
    host, radar = RecordingHost(tmp_path, speed=200), Ld2410Radar()
    async with (
        listening(radar, where) as address,
        open_transport(address) as transport,
        driven(transport, host) as (driver, _),
    ):
        await until(lambda: host.samples)
        assert host.samples[0] == ("footfall", "none")
        await radar.change({"target": "both", "distance_cm": 90})
        await until(lambda: ("footfall", "people") in host.samples)
        assert host.lives[-1] == {"state": "both", "moving_cm": 90, "static_cm": 90}
        await radar.change({"target": "none"})
        await until(lambda: host.samples[-1] == ("footfall", "none"))
        assert await driver.command("firmware", {}, host) == {"version": "1.07.22062416"}
        await radar.change({"target": "static"})  # and it reports again after the configuration
        await until(lambda: host.samples[-1] == ("footfall", "people"))


async def test_a_serial_device_that_goes_is_a_loss_of_usb(tmp_path: Path) -> None:
    host = RecordingHost(tmp_path, speed=200)
    async with AsyncExitStack() as plug:
        address = await plug.enter_async_context(listening(Ld2410Radar(), "pty:"))
        async with open_transport(address) as transport, driven(transport, host) as (_, run):
            await until(lambda: host.samples)
            await plug.aclose()
            with pytest.raises(DeviceLost) as lost:
                await asyncio.wait_for(run, 5)
    assert lost.value.cause == "usb"


class Line:
    """A cable with a hand at the far end."""

    def __init__(self, tmp_path: Path) -> None:
        near, self.far = cable("serial:/dev/x?baud=256000")
        self.near: MemoryTransport = near
        self.host = RecordingHost(tmp_path, speed=200)


async def test_a_change_is_seen_between_two_regular_reports(tmp_path: Path) -> None:
    line = Line(tmp_path)
    async with driven(line.near, line.host):
        for state, said in ((TargetState.NONE, "none"), (TargetState.MOVING, "people")):
            await line.far.write(b"\xf4\xf3noise" + Report(state, 1, 2, 3, 4, 5).to_bytes())
            await until(lambda said=said: ("footfall", said) in line.host.samples)  # type: ignore[misc]


async def test_a_radar_that_calibrates_says_nothing_of_people(tmp_path: Path) -> None:
    line = Line(tmp_path)
    async with driven(line.near, line.host):
        await line.far.write(Report(TargetState.NOISE_RUNNING, 0, 0, 0, 0, 0).to_bytes())
        await until(lambda: len(line.host.lives) > 2)
    assert not line.host.samples


async def test_noise_without_reports_is_a_loss_after_three_seconds(tmp_path: Path) -> None:
    line = Line(tmp_path)
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with driven(line.near, line.host) as (_, run):
        while not run.done() and loop.time() - began < 6:
            with suppress(DeviceLost):
                await line.far.write(b"\x00\xf4\xf3\xf2")
            await asyncio.sleep(0.1)
        with pytest.raises(DeviceLost, match="no report") as lost:
            await run
    assert lost.value.cause == "network"  # what this transport says
    assert 3 <= loop.time() - began < 6


@pytest.mark.parametrize(
    ("answers", "error", "why"),
    [
        ([], DeviceLost, "not acknowledged"),
        ([Acknowledgement(Command.CONFIGURE, 1)], DeviceRefused, "status 1"),
        (
            [
                Acknowledgement(Command.CONFIGURE, 0),
                Acknowledgement(Command.FIRMWARE, 0, b"\x00"),
                Acknowledgement(Command.END_CONFIGURE, 0),
            ],
            DeviceRefused,
            "1 bytes",
        ),
    ],
)
async def test_a_command_that_fails_says_how(
    answers: list[Acknowledgement], error: type[Exception], why: str, tmp_path: Path
) -> None:
    line = Line(tmp_path)
    decoder = Decoder()

    async def radar() -> None:
        for answer in answers:
            while not decoder.feed(await line.far.read()):
                pass
            await line.far.write(answer.to_bytes())

    async with driven(line.near, line.host) as (driver, _), asyncio.TaskGroup() as group:
        group.create_task(radar())
        with pytest.raises(error, match=why):
            await driver.command("firmware", {}, line.host)


async def test_the_simulated_radar_takes_no_command_before_it_is_configured() -> None:
    near, far = cable()
    radar = Ld2410Radar()
    serve = asyncio.create_task(radar.serve(far))
    decoder = Decoder()
    found: list[object] = []
    for command in (Command.FIRMWARE, Command.CONFIGURE, Command.CONFIGURE, Command.RESTART, Command.END_CONFIGURE):
        value = b"\x01\x00" if command == Command.CONFIGURE else b""
        await near.write(b"\xfd\xfc\xfb\xfa" + (2 + len(value)).to_bytes(2, "little") + bytes((command, 0)) + value)
        await near.write(b"\x04\x03\x02\x01")
        while not (answers := [f for f in decoder.feed(await near.read()) if isinstance(f, Acknowledgement)]):
            pass
        found += [(answer.command, answer.status) for answer in answers]
    assert found == [(0xA0, 1), (0xFF, 0), (0xFF, 0), (0xA3, 1), (0xFE, 0)]
    await near.close()
    await serve
