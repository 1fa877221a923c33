"""Slots: lost and back, wrong configuration, a stepped clock (W13, W16)."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from devices.simulators.make import sim
from devices.simulators.service import listening
from edge.host import Notes, Services, slot_host
from edge.live import LiveBoard
from edge.recorder import Recorder
from edge.screens import Screens
from edge.signals import Signals
from edge.supervisor import Supervisor
from protocols.venue.timestamps import parse_time
from provisioning.clock import Clock, SystemClock, open_clock
from provisioning.demo.clock_server import clock_server
from tests.edge.stations import data_of, recorder, site
from tests.waiting import until

MORNING = datetime(2026, 3, 2, 1, tzinfo=UTC)


def door(address: str, profile: str = "sim-door") -> str:
    return f"""
[[stations.slots]]
id = "door-1"
kind = "door"
device = {{ id = "dev-1", serial = "S", profile = "{profile}", address = "{address}" }}
"""


@asynccontextmanager
async def supervised(
    folder: Path, slots: str, clock: Clock | None = None
) -> AsyncIterator[tuple[Supervisor, Recorder]]:
    folder.mkdir(exist_ok=True)
    async with recorder(folder, clock) as records:
        signals = Signals(records)
        services = Services(folder, clock or SystemClock(), records, signals, LiveBoard(), Screens())
        supervisor = Supervisor(site(slots).stations[0], services, lambda _slot: {})
        tasks = [asyncio.create_task(supervisor.run()), asyncio.create_task(signals.run())]
        try:
            yield supervisor, records
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def health(supervisor: Supervisor, wanted: str) -> Callable[[], bool]:
    return lambda: supervisor.slots["door-1"].status.health == wanted


async def test_a_lost_device_is_said_once_with_its_cause_and_once_when_it_is_back(tmp_path: Path) -> None:
    async with listening(sim("door"), "tcp://127.0.0.1:0") as address:
        held = address
        async with supervised(tmp_path / "a", door(address)) as (supervisor, _):
            await until(health(supervisor, "good"), "the door works")
    async with supervised(tmp_path / "b", door(held)) as (supervisor, records):
        await until(health(supervisor, "stale"), "the door is lost")
        await until(lambda: supervisor.slots["door-1"].status.restarts_total >= 2, "it is tried again and again")
        async with listening(sim("door"), held):
            await until(health(supervisor, "good"), "the door is back")
            await until(lambda: records.outbox.head("ops").last == 2, "both changes are stored")
        rows = await records.outbox.drain("ops", 0, 10)
        said = [(data_of(row.text)["health"], data_of(row.text)["cause"]) for row in rows]
        assert said == [("stale", "network"), ("good", None)]


async def test_a_slot_that_cannot_work_as_written_says_what_to_write(tmp_path: Path) -> None:
    for number, slots in enumerate((door("door://1"), door("sim:", "no-such"), door("sim:", "sim-light"))):
        async with supervised(tmp_path / str(number), slots) as (supervisor, _):
            await until(health(supervisor, "stale"), "the slot is lost")
            status = supervisor.slots["door-1"].status
            assert status.cause == "driver"
            assert status.text


async def test_a_day_of_a_stepped_clock_becomes_intervals_without_a_hole(tmp_path: Path) -> None:
    async with clock_server(MORNING) as server, open_clock(server.url) as clock:
        async with supervised(tmp_path, door("sim:"), clock) as (supervisor, records):
            await until(health(supervisor, "good"), "the door works")
            await server.advance_to(MORNING + timedelta(hours=2))
            rows = await records.outbox.drain("evidence", 0, 10_000)
        intervals = [data_of(row.text) for row in rows]
        assert {interval["from"] for interval in intervals} == {"2026-03-02T01:00:00.000Z"}
        assert parse_time(str(intervals[-1]["to"])) >= MORNING + timedelta(hours=2) - timedelta(seconds=90)
        assert len(intervals) > 100
        await server.advance_to(MORNING + timedelta(hours=3))  # nobody sleeps on the clock any more


async def test_a_lost_device_does_not_hold_the_clock(tmp_path: Path) -> None:
    async with clock_server(MORNING) as server, open_clock(server.url) as clock:
        device = sim("door")
        async with listening(device, "tcp://127.0.0.1:0") as address:
            async with supervised(tmp_path, door(address), clock) as (supervisor, records):
                await until(health(supervisor, "good"), "the door works")
                device.pause(on=True)
                await server.advance_to(MORNING + timedelta(minutes=5))
                await until(health(supervisor, "stale"), "the door is lost")
                await server.advance_to(MORNING + timedelta(minutes=10))
                rows = await records.outbox.drain("evidence", 0, 1_000)
            device.pause(on=False)
    ends = [parse_time(str(data_of(row.text)["to"])) for row in rows]
    assert all(end < MORNING + timedelta(minutes=5) for end in ends)


async def test_a_host_takes_back_the_ticks_it_handed_out(tmp_path: Path) -> None:
    async with clock_server(MORNING) as server, open_clock(server.url) as clock, recorder(tmp_path, clock) as records:
        services = Services(tmp_path, clock, records, Signals(records), LiveBoard(), Screens())
        async with slot_host("door-1", "door", services, Notes(lambda: None)) as host:
            ticks = host.ticks(10)
            await anext(ticks)
        await server.advance_to(MORNING + timedelta(minutes=1))


async def test_a_changed_value_is_stored_at_once_with_its_envelope(tmp_path: Path) -> None:
    device = sim("door")
    async with (
        clock_server(MORNING) as server,
        open_clock(server.url) as clock,
        listening(device, "tcp://127.0.0.1:0") as address,
        supervised(tmp_path, door(address), clock) as (supervisor, records),
    ):
        await until(health(supervisor, "good"), "the door works")
        await server.advance_to(MORNING + timedelta(seconds=130))
        await device.change({"door": "unlocked"})
        await server.advance_to(MORNING + timedelta(seconds=160))
        rows = await records.outbox.drain("evidence", 0, 100)
    values = [data_of(row.text)["value"] for row in rows]
    assert values[0] == "locked"
    last = json.loads(rows[-1].text)
    assert (last["source"], last["type"]) == ("/stations/st-01/slots/door-1", "cn.yizhan.door.signal.interval.v1")
    assert last["clock"] == "trusted"
