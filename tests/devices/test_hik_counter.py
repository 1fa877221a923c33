"""The driver of Hikvision's people counters."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devices.driver import SlotConfig
from devices.drivers.hik_people_counter import TALLY_FILE, HikCounterDriver
from devices.recording import RecordingHost
from devices.simulators.isapi_counter import HikCounter
from devices.simulators.service import listening
from devices.transport import open_transport
from protocols.venue.messages.people import CountChanged
from tests.devices.benches import driving
from tests.devices.waiting import until

NINE = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class Door:
    """A counter, its slot's host, and one clock for both."""

    def __init__(self, folder: Path) -> None:
        self.device = HikCounter()
        self.host = RecordingHost(folder, speed=400)
        self.host.clock = NINE
        self.device.now = self.host.now  # type: ignore[method-assign]

    @asynccontextmanager
    async def driven(self) -> AsyncIterator[HikCounterDriver]:
        """Run a fresh driver until its stream is open."""
        async with listening(self.device, "tcp://127.0.0.1:0") as address, open_transport(address) as transport:
            driver = HikCounterDriver(SlotConfig("st-01", "counter-1", "occupancy", address), transport)
            async with driving(driver, self.host):
                await until(lambda: driver._listener.open and self.host.lives)
                yield driver

    async def counts(self, entered: int, left: int) -> None:
        """Count, a minute later."""
        self.host.clock = self.host.now() + timedelta(minutes=1)
        await self.device.change({"in_total": entered, "out_total": left})

    async def told(self, entered: int, left: int, inside: int, by: str = "lines") -> None:
        """Wait until this is what was stored last."""
        data = {"in_total": entered, "out_total": left, "inside": inside, "by": by}
        await until(lambda: self.host.events and self.host.events[-1].data == data)


@pytest.fixture(name="door")
def _door(tmp_path: Path) -> Door:
    return Door(tmp_path)


async def test_who_goes_in_and_out_is_stored_and_moves_the_signal_for_a_while(door: Door) -> None:
    async with door.driven():
        await until(lambda: door.host.samples)
        assert door.host.samples[0] == ("footfall", "none")
        assert not door.host.events
        await door.counts(3, 1)
        await door.told(3, 1, 2)
        await until(lambda: ("footfall", "people") in door.host.samples)
        await until(lambda: door.host.samples[-1] == ("footfall", "none"))  # two inside, and nobody at the door
    assert [one.stream for one in door.host.events] == ["evidence"]
    assert CountChanged.model_validate(door.host.events[0].data).inside == 2


async def test_totals_and_windows_of_the_same_people_are_not_added(door: Door) -> None:
    async with door.driven():
        await door.counts(5, 2)
        await door.told(5, 2, 3)
        await door.device.change({"window_s": 3_600})
        await door.device.change({"window_s": 3_600, "again": True})
        await door.counts(6, 2)
        await door.told(6, 2, 4)


async def test_a_counter_of_windows_alone_is_counted_by_them(door: Door) -> None:
    async with door.driven():
        door.device.state.update(in_total=4, out_total=1)
        for _ in range(2):  # the second time it is the same window
            await door.device.change({"window_s": 60})
        await door.told(4, 1, 3)
        door.host.clock = NINE + timedelta(minutes=1)
        door.device.state.update(in_total=2, out_total=2)
        await door.device.change({"window_s": 60})
        await door.told(6, 3, 3)


async def test_neither_a_reset_nor_a_restart_loses_anybody(door: Door, tmp_path: Path) -> None:
    async with door.driven():
        await door.counts(5, 2)
        await door.told(5, 2, 3)
    async with door.driven():
        await door.counts(1, 0)
        await door.told(6, 2, 4)
    assert len(door.host.events) == 2
    assert (tmp_path / TALLY_FILE).exists()
    door.host.clock = NINE + timedelta(days=1)
    async with door.driven():
        await door.told(0, 0, 0)


async def test_a_region_says_how_many_are_inside_until_it_is_old(door: Door) -> None:
    async with door.driven():
        await door.device.change({"region_people": 12})
        await door.told(0, 0, 12, "region")
        await until(lambda: door.host.samples[-1] == ("footfall", "people"))
        await door.device.change({"region_people": 0})
        await door.told(0, 0, 0, "region")
        await until(lambda: door.host.samples[-1] == ("footfall", "none"))
        door.host.clock = NINE + timedelta(minutes=11)
        await door.told(0, 0, 0, "lines")


async def test_who_cannot_listen_does_not_say_that_nobody_comes(door: Door) -> None:
    async with door.driven() as driver:
        await door.device.change({"alarm": "VMD"})  # an event that counts nobody
        driver._listener.open = False
        door.host.samples.clear()
        lives = len(door.host.lives)
        await until(lambda: len(door.host.lives) > lives + 2)
        assert not door.host.samples
        driver._listener.open = True
