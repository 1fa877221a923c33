"""The simulated device of each slot kind, in this process, through its driver."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from devices.driver import Json, SlotConfig
from devices.drivers.sim import SimDriver
from devices.errors import ConfigurationError, DeviceLost, DeviceRefused
from devices.recording import RecordingHost, Stored
from devices.simulators.kinds import BEHAVIOURS
from devices.simulators.simline import SimlineDevice, simline_device
from devices.transport import open_transport
from devices.transports.memory import MemoryTransport, cable
from protocols.frames.simline import Report, to_bytes
from protocols.venue.messages import MESSAGES
from protocols.venue.vocabulary import Kind
from tests.devices.waiting import until


def slot(kind: Kind, address: str = "sim:") -> SlotConfig:
    return SlotConfig(station="st-01", slot=f"{kind}-1", kind=kind, address=address)


class Bench:
    """A simulated device and its driver on a cable."""

    def __init__(self, kind: Kind, host: RecordingHost) -> None:
        self.device: SimlineDevice = simline_device(kind)
        self.host = host
        near, self.far = cable()
        self.near: MemoryTransport = near
        self.driver = SimDriver(slot(kind, "tcp://cable:1"), near)
        self.run: asyncio.Task[None]
        self.serve: asyncio.Task[None]


@asynccontextmanager
async def bench(kind: Kind, tmp_path: Path, *, speed: float = 100.0) -> AsyncIterator[Bench]:
    found = Bench(kind, RecordingHost(tmp_path, speed=speed))
    found.serve = asyncio.create_task(found.device.serve(found.far))
    found.run = asyncio.create_task(found.driver.run(found.host))
    try:
        await until(lambda: found.host.lives)
        yield found
    finally:
        for task in (found.run, found.serve):
            task.cancel()
        await asyncio.gather(found.run, found.serve, return_exceptions=True)


@pytest.mark.parametrize("kind", BEHAVIOURS)
async def test_every_kind_runs_inside_the_agent_by_the_address_sim(kind: Kind, tmp_path: Path) -> None:
    host = RecordingHost(tmp_path, speed=100)
    async with open_transport("sim:") as transport:
        run = asyncio.create_task(SimDriver(slot(kind), transport).run(host))
        await until(lambda: len(host.lives) >= 3)
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
    assert host.lives[0] == BEHAVIOURS[kind].start


async def test_the_address_may_give_the_first_state(tmp_path: Path) -> None:
    host = RecordingHost(tmp_path)
    async with open_transport("sim:?in_total=3&out_total=1") as transport:
        config = SlotConfig("st-01", "o-1", "occupancy", "sim:?in_total=3&out_total=1")
        run = asyncio.create_task(SimDriver(config, transport).run(host))
        await until(lambda: host.samples)
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
    assert host.samples[0] == ("footfall", "people")
    assert host.lives[0] == {"in_total": 3, "out_total": 1}


@pytest.mark.parametrize("address", ["sim:?door=ajar", "sim:?window=open"])
async def test_a_first_state_that_the_device_cannot_have_is_a_configuration_error(address: str, tmp_path: Path) -> None:
    async with open_transport(address) as transport:
        with pytest.raises(ConfigurationError, match="sim:"):
            await SimDriver(SlotConfig("st-01", "d-1", "door", address), transport).run(RecordingHost(tmp_path))


@pytest.mark.parametrize(
    ("kind", "change", "sample"),
    [
        ("door", {"door": "unlocked"}, ("door", "unlocked")),
        ("light", {"light": "on"}, ("light", "on")),
        ("wall", {"wall": "off"}, ("wall", "off")),
        ("kiosk", {"kiosk": "unusable", "reason": "touch"}, ("kiosk", "unusable")),
        ("occupancy", {"in_total": 1}, ("footfall", "people")),
        ("staff", {"staff": "present"}, ("staff", "present")),
        ("face", {"person": "p-1", "is_staff": True}, ("staff", "present")),
    ],
)
async def test_a_change_is_sampled_without_waiting_for_a_tick(
    kind: Kind, change: Json, sample: tuple[str, str], tmp_path: Path
) -> None:
    async with bench(kind, tmp_path, speed=0.01) as found:
        await found.device.change(change)
        await until(lambda: sample in found.host.samples)


@pytest.mark.parametrize(
    ("kind", "change", "event"),
    [
        (
            "staff",
            {"staff": "present", "by": "staff-7"},
            Stored("presence.signed", {"staff": "staff-7", "action": "in"}, "evidence"),
        ),
        (
            "occupancy",
            {"in_total": 5, "out_total": 2},
            Stored("count.changed", {"in_total": 5, "out_total": 2, "inside": 3}, "evidence"),
        ),
        ("face", {"person": "p-1"}, Stored("person.recognised", {"person": "p-1", "staff": False}, "evidence")),
        (
            "printer",
            {"level_percent": 10},
            Stored("media.changed", {"level_percent": 10, "reasons": ["media-low"]}, "ops"),
        ),
        ("camera", {"picture": "frozen"}, Stored("health.changed", {"state": "frozen"}, "ops")),
        (
            "ups",
            {"power": "battery", "charge_percent": 80},
            Stored("power.changed", {"status": "battery", "charge_percent": 80}, "evidence"),
        ),
        (
            "kiosk",
            {"kiosk": "unusable", "reason": "touch"},
            Stored("state.changed", {"usable": False, "reason": "touch"}, "ops"),
        ),
    ],
)
async def test_an_event_arrives_and_fits_its_model(kind: Kind, change: Json, event: Stored, tmp_path: Path) -> None:
    async with bench(kind, tmp_path) as found:
        await found.device.change(change)
        await until(lambda: found.host.events)
        await found.device.change(change)  # nothing changes: nothing happens, except that a face is recognised again
    assert found.host.events[0] == event
    assert len(found.host.events) == 1 or kind == "face"
    MESSAGES[f"cn.yizhan.{kind}.{event.name}.v1"].model_validate(event.data)


async def test_presence_of_staff_is_claimed_only_when_seen(tmp_path: Path) -> None:
    async with bench("staff", tmp_path) as found:
        await found.device.change({"staff": "present"})
        await until(lambda: ("staff", "present") in found.host.samples)
        seen = found.host.samples.count(("staff", "present"))
        lives = len(found.host.lives)
        await until(lambda: len(found.host.lives) > lives + 5)
        assert found.host.samples.count(("staff", "present")) == seen
        await found.device.change({"sighted": True})
        await until(lambda: found.host.samples.count(("staff", "present")) == seen + 1)


async def test_events_wait_in_the_device_until_a_driver_takes_them(tmp_path: Path) -> None:
    device = simline_device("occupancy")
    await device.change({"in_total": 1})
    await device.change({"in_total": 2})
    host = RecordingHost(tmp_path)
    for _ in range(2):  # the second driver gets nothing again
        near, far = cable()
        serve = asyncio.create_task(device.serve(far))
        run = asyncio.create_task(SimDriver(SlotConfig("st-01", "o", "occupancy", "tcp://x:1"), near).run(host))
        await until(lambda: len(host.events) >= 2 and len(host.lives) >= 2)
        await until(lambda: not device.notices)
        run.cancel()
        await near.close()
        await asyncio.gather(run, serve, return_exceptions=True)
    assert [event.data["in_total"] for event in host.events] == [1, 2]


async def test_what_happened_while_the_device_played_dead_is_told_once_afterwards(tmp_path: Path) -> None:
    async with bench("ups", tmp_path) as found:
        found.device.pause(on=True)
        await found.device.change({"power": "battery"})
        await found.device.change({"power": "online"})
        found.device.pause(on=False)
        await until(lambda: len(found.host.events) == 2 and not found.device.notices)
        lives = len(found.host.lives)
        await until(lambda: len(found.host.lives) > lives + 3)
    assert [event.data["status"] for event in found.host.events] == ["battery", "online"]


async def test_a_driver_that_asks_for_what_is_under_way_is_refused_beyond_the_bound(tmp_path: Path) -> None:
    async with bench("wall", tmp_path, speed=0.01) as found:
        await until(lambda: not found.driver._waiting)
        found.device.pause(on=True)
        commands = [asyncio.create_task(found.driver.command("blackout", {"on": True}, found.host)) for _ in range(17)]
        await asyncio.wait(commands, return_when=asyncio.FIRST_COMPLETED)
        refused = [task for task in commands if task.done()]
        assert [type(task.exception()) for task in refused] == [DeviceRefused]
        found.device.pause(on=False)
        assert await asyncio.gather(*(task for task in commands if task not in refused)) == [{}] * 16


async def test_commands_and_settings_reach_the_device(tmp_path: Path) -> None:
    async with bench("wall", tmp_path) as found:
        assert await found.driver.command("blackout", {"on": True}, found.host) == {}
        assert found.device.state["wall"] == "off"
        await found.driver.configure({"brightness": 5})
        assert found.device.state["brightness"] == 5
        with pytest.raises(DeviceRefused, match="brightness"):
            await found.driver.configure({"brightness": 500})
        with pytest.raises(DeviceRefused, match="colour"):
            await found.driver.configure({"colour": "red"})
        with pytest.raises(DeviceRefused, match="blackout"):
            await found.driver.command("blackout", {}, found.host)


async def test_printing_uses_paper_until_there_is_none(tmp_path: Path) -> None:
    async with bench("printer", tmp_path) as found:
        assert await found.driver.command("print", {"copies": 3}, found.host) == {"pages": 3}
        assert found.device.state["level_percent"] == 97
        await found.device.change({"level_percent": 1})
        with pytest.raises(DeviceRefused, match="paper"):
            await found.driver.command("print", {"copies": 3}, found.host)


async def test_a_cut_cable_loses_the_device_and_the_command_under_way(tmp_path: Path) -> None:
    async with bench("wall", tmp_path, speed=0.01) as found:
        found.device.pause(on=True)
        command = asyncio.create_task(found.driver.command("blackout", {"on": True}, found.host))
        await asyncio.sleep(0)
        await found.near.cut()
        with pytest.raises(DeviceLost):
            await command
        with pytest.raises(DeviceLost):
            await found.run


async def test_a_spoiled_byte_loses_the_device(tmp_path: Path) -> None:
    async with bench("door", tmp_path) as found:
        found.far.spoil_next_write()
        await found.device.change({"door": "unlocked"})
        with pytest.raises(DeviceLost, match="language"):
            await found.run


async def test_a_device_that_reports_a_foreign_signal_is_not_believed(tmp_path: Path) -> None:
    async with bench("door", tmp_path) as found:
        await found.far.write(to_bytes(Report({}, {"light": "on"})))
        with pytest.raises(DeviceLost, match="light") as lost:
            await found.run
    assert lost.value.cause == "driver"
    assert {signal for signal, _ in found.host.samples} == {"door"}


@pytest.mark.parametrize("change", [{"door": "ajar"}, {"door": 1}, {"window": "open"}])
async def test_a_hand_cannot_set_what_the_device_does_not_have(change: Json) -> None:
    device = simline_device("door")
    with pytest.raises(DeviceRefused):
        await device.change(change)
    assert device.state == {"door": "locked"}
