"""The hall at the edge: one footfall from all that senses it, how many are inside, too many as an alarm."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from devices.simulators.kinds import BEHAVIOURS
from devices.simulators.ld2410 import Ld2410Radar
from devices.simulators.service import listening
from devices.simulators.simline import SimlineDevice
from edge.hall import STATE_FILE, HallWatch, senses_presence
from edge.host import Services
from edge.live import LiveBoard
from edge.recorder import Recorder
from edge.screens import Screens
from edge.signals import Signals
from edge.supervisor import Supervisor
from protocols.venue.messages import MESSAGES
from protocols.venue.vocabulary import Stream
from provisioning.clock import SystemClock
from tests.edge.clocks import HandClock
from tests.edge.stations import recorder, site
from tests.waiting import until

LIMIT = """
[stations.capacity]
people = 120
hold_s = 20
"""
SLOT = """
[[stations.slots]]
id = "{id}"
kind = "{kind}"
device = {{ id = "dev-{id}", serial = "S-{id}", profile = "{profile}", address = "{address}" }}
"""
RADAR = {"id": "hall-1", "kind": "occupancy", "profile": "hlk-ld2410", "address": "tcp://127.0.0.1:1"}
COUNTER = {"id": "counter-1", "kind": "occupancy", "profile": "sim-occupancy", "address": "sim:"}
DOOR = {"id": "door-1", "kind": "door", "profile": "sim-door", "address": "sim:"}


class Room:
    """A hall with a radar, a counter and a door, looked at by hand."""

    def __init__(self, folder: Path, records: Recorder, clock: HandClock, head: str = LIMIT) -> None:
        self.records, self.clock = records, clock
        self.signals = Signals(records)
        self.entered = self.left = 0
        station = site(head, *(SLOT.format(**one) for one in (RADAR, COUNTER, DOOR))).stations[0]
        self.watch = HallWatch(station, folder, clock, records, self.signals)

    async def look(self, *, inside: int | None = None, radar: str = "people", door: str = "unlocked") -> Any:
        """Let ten seconds pass, sensors say this, and the hall be looked at; return the values that slots show."""
        self.clock.time += timedelta(seconds=10)
        self.watch.sampled("hall-1", "occupancy", "footfall", radar)
        self.watch.sampled("counter-1", "occupancy", "footfall", "none")
        self.watch.sampled("door-1", "door", "door", door)
        if inside is not None:
            change = inside - (self.entered - self.left)
            self.entered, self.left = self.entered + max(change, 0), self.left + max(-change, 0)
            data = {"in_total": self.entered, "out_total": self.left, "inside": inside}
            self.watch.counted("counter-1", data)
        await self.watch._look(report=True)
        return self.watch.values()

    async def said(self, type_: str, stream: Stream = "ops") -> list[Mapping[str, Any]]:
        """Return the data of what was stored of a type."""
        rows = [json.loads(row.text) for row in await self.records.outbox.drain(stream, 0, 1_000)]
        for row in rows:
            MESSAGES[row["type"]].model_validate(row["data"])
        return [row["data"] for row in rows if row["type"] == type_]


@asynccontextmanager
async def room(folder: Path, head: str = LIMIT) -> AsyncIterator[Room]:
    clock = HandClock()
    async with recorder(folder, clock) as records:
        yield Room(folder, records, clock, head)


async def test_too_many_are_told_once_and_that_they_have_gone_once(tmp_path: Path) -> None:
    async with room(tmp_path) as hall:
        assert await hall.look() == {}
        assert await hall.look(inside=120) == {"hall_people": 120, "hall_limit": 120}
        for inside in (121, 122, 122, 121, 119, 109, 108, 108):
            await hall.look(inside=inside)
        assert await hall.said("cn.yizhan.agent.capacity.changed.v1") == [
            {"state": "over", "people": 122, "capacity": 120}, {"state": "normal", "people": 108, "capacity": 120},
        ]  # fmt: skip


async def test_a_restart_tells_nothing_again_and_a_limit_that_is_gone_ends_the_alarm(tmp_path: Path) -> None:
    async with room(tmp_path) as hall:
        for _ in range(3):
            await hall.look(inside=130)
        again = Room(tmp_path, hall.records, hall.clock)
        assert await again.look() == {"hall_people": 130, "hall_limit": 120}
        without = Room(tmp_path, hall.records, hall.clock, head="")
        assert await without.look() == {"hall_people": 130}
        told = await hall.said("cn.yizhan.agent.capacity.changed.v1")
        assert [one["state"] for one in told] == ["over", "normal"]
        (tmp_path / STATE_FILE).write_text("[")
        assert await Room(tmp_path, hall.records, hall.clock).look() == {}


async def test_radar_counter_and_door_are_one_footfall_of_the_station(tmp_path: Path) -> None:
    async with room(tmp_path) as hall:
        for radar in ("none", "none", "people", "people"):
            await hall.look(radar=radar)
        await hall.signals.close()
        fused = await hall.said("cn.yizhan.agent.signal.interval.v1", "evidence")
        assert {one["signal"] for one in fused} == {"footfall"}
        assert [fused[0]["value"], fused[-1]["value"]] == ["none", "people"]
        assert fused[0]["from"] < fused[-1]["from"]


async def test_a_locked_hall_sets_the_drift_off_and_a_region_says_how_many(tmp_path: Path) -> None:
    async with room(tmp_path) as hall:
        await hall.look(inside=5)
        assert (await hall.look(radar="none", door="locked"))["hall_people"] == 0
        hall.watch.counted("counter-1", {"in_total": 0, "out_total": 0, "inside": 31, "by": "region"})
        assert (await hall.look())["hall_people"] == 31
        hall.watch.counted("counter-1", {"in_total": "many"})
        assert (await hall.look())["hall_people"] == 31


def test_only_what_senses_presence_says_that_nobody_is_there() -> None:
    slots = site(
        *(SLOT.format(**one) for one in (RADAR, COUNTER, {**RADAR, "id": "x", "profile": "no-such"}))
    ).stations[0]
    empty = slots.slots[0].model_copy(update={"device": None})
    assert [senses_presence(one) for one in (*slots.slots, empty)] == [True, False, False, False]


async def test_devices_that_run_make_the_number_and_the_alarm(tmp_path: Path) -> None:
    counter, radar = SimlineDevice(BEHAVIOURS["occupancy"]), Ld2410Radar()
    async with (
        recorder(tmp_path) as records,
        listening(counter, "tcp://127.0.0.1:0") as its,
        listening(radar, "tcp://127.0.0.1:0") as other,
    ):
        live, signals, clock = LiveBoard(), Signals(records), HandClock()
        slots = [SLOT.format(**{**COUNTER, "address": its}), SLOT.format(**{**RADAR, "address": other})]
        station = site(LIMIT, *slots).stations[0]
        watch = HallWatch(station, tmp_path, clock, records, signals)
        assert watch.needed
        services = Services(tmp_path, SystemClock(), records, signals, live, Screens(), hall=watch)
        supervisor = Supervisor(station, services, lambda _slot: {})
        tasks = [asyncio.create_task(job) for job in (supervisor.run(), watch.run(), signals.run())]
        try:
            await until(
                lambda: len(supervisor.slots) == 2 and all(one.works for one in supervisor.slots.values()), "up"
            )
            await counter.change({"in_total": 130})
            await until(lambda: watch.values().get("hall_people") == 130, "the hall knows how many are inside")
            clock.time += timedelta(seconds=30)
            await until(lambda: records.outbox.head("ops").last >= 3, "both slots work and the alarm is on")
            await counter.change({"out_total": 1})
            await until(lambda: live.values("counter-1").get("hall_limit") == 120, "its slot shows the hall")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
