"""Local rules at the station: raised and cleared on signals, measurements and health, over restarts, muted."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from devices.errors import DeviceRefused
from edge.alarms import LOOK_S, MAX_MUTED_MINUTES, LocalAlarms, Seen
from edge.host import Services
from edge.live import LiveBoard
from edge.recorder import Recorder
from edge.screens import Screens
from edge.signals import Signals
from edge.supervisor import SlotRunner
from provisioning.clock import SystemClock
from provisioning.demo.clock_server import clock_server
from provisioning.site import Station, parse_site
from tests.contract.agents import running_agent
from tests.edge.stations import STATION, data_of, recorder, site
from tests.peers.mosquitto import Broker, mosquitto
from tests.waiting import until

SLOTS = """
[[stations.slots]]
id = "sensor-1"
kind = "sensor"
device = { id = "d-1", serial = "1", profile = "sim-sensor", address = "sim:" }
[[stations.slots]]
id = "ups-1"
kind = "ups"
device = { id = "d-2", serial = "2", profile = "sim-ups", address = "sim:" }
"""
HOT = """
[[stations.alarms]]
id = "hot"
slot = "sensor-1"
value = "temperature_c"
op = "above"
limit = 40
for_s = 10
severity = "error"
text = "机柜过热"
work_order = true
"""
CUT = '[[stations.alarms]]\nid = "cut"\nslot = "ups-1"\nvalue = "mains"\nop = "equals"\nlimit = "battery"\n'
LOST = '[[stations.alarms]]\nid = "lost"\nslot = "ups-1"\nvalue = "health"\nop = "equals"\nlimit = "stale"\n'
WORK = '[[stations.maintenance]]\nslot = "sensor-1"\nfrom = 2026-03-02T10:00:00+08:00\nto = 2026-03-02T11:00:00+08:00\n'


class Clock(SystemClock):
    """Stands where the test puts it."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the moment."""
        return self.moment


class Bench:
    """A station's rules without its drivers: the test shows the values."""

    def __init__(self, folder: Path, station: Station, clock: Clock, records: Recorder) -> None:
        self.clock, self.records, self.folder, self.station = clock, records, folder, station
        self.live, self.signals = LiveBoard(), Signals(records)
        services = Services(folder, clock, records, self.signals, self.live, Screens())
        self.slots = {one.id: SlotRunner(station.id, one, services, dict) for one in station.slots}
        for runner in self.slots.values():
            runner.status.health = "good"
        self.alarms = self.again()

    def again(self) -> LocalAlarms:
        """Return the rules as a restart finds them."""
        return LocalAlarms(self.station, self.folder, self.clock, Seen(self.slots, self.live, self.signals))

    async def look(self, minutes: float = 1, **values: Any) -> None:
        """Let time pass while the sensor shows these values, looked at twice."""
        if values:
            self.live.show("sensor-1", values)
        for _ in range(2):
            await self.alarms.look(self.records)
            self.clock.moment += timedelta(minutes=minutes / 2)

    async def told(self) -> list[tuple[str, str, str]]:
        """Return (event, rule, reason or text) of everything told so far."""
        rows = await self.records.outbox.drain("ops", 0, 1_000)
        found = [data_of(row.text) for row in rows if ".alarm." in row.text]
        return [
            ("cleared" if "reason" in one else "raised", str(one["rule"]), str(one.get("reason") or one["text"]))
            for one in found
        ]


@asynccontextmanager
async def bench(folder: Path, *parts: str) -> AsyncIterator[Bench]:
    clock = Clock()
    async with recorder(folder, clock) as records:
        yield Bench(folder, site(SLOTS, *parts).station(STATION), clock, records)


async def test_a_measurement_raises_and_clears_and_a_restart_in_between_is_not_noticed(tmp_path: Path) -> None:
    async with bench(tmp_path, HOT) as found:
        await found.look(temperature_c=41)
        await found.look(temperature_c=42)
        assert await found.told() == [("raised", "hot", "机柜过热")]
        found.alarms = found.again()
        await found.look(temperature_c=42)
        found.slots["sensor-1"].status.health = "stale"
        await found.look(temperature_c=20)
        assert len(await found.told()) == 1, "what a lost sensor showed clears nothing"
        found.slots["sensor-1"].status.health = "good"
        await found.look(temperature_c=20)
        assert (await found.told())[1:] == [("cleared", "hot", "over")]


async def test_signals_and_the_health_of_a_slot_are_values_too(tmp_path: Path) -> None:
    async with bench(tmp_path, CUT, LOST) as found:
        for value in ("online", "battery", "battery"):
            found.signals.sample("ups-1", "ups", "mains", value)
            await found.look(0.5)
        found.slots["ups-1"].status.health = "stale"
        await found.look()
        assert await found.told() == [
            ("raised", "cut", "ups-1 的 mains 为 battery"), ("raised", "lost", "ups-1 的 health 为 stale")
        ]  # fmt: skip


async def test_maintenance_and_muting_end_what_was_raised_and_keep_quiet(tmp_path: Path) -> None:
    async with bench(tmp_path, HOT, WORK) as found:
        await found.look(50, temperature_c=41)
        await found.look(20, temperature_c=41)
        await found.look(30, temperature_c=41)
        assert await found.told() == [("raised", "hot", "机柜过热"), ("cleared", "hot", "muted")]
        await found.look(40, temperature_c=41)
        await found.look(1, temperature_c=41)
        assert (await found.told())[2:] == [("raised", "hot", "机柜过热")]
        assert await found.alarms.mute("hot", 60) == {"rule": "hot", "until": "2026-03-02T04:21:00.000Z"}
        found.alarms = found.again()
        await found.look(20)
        assert (await found.told())[3:] == [("cleared", "hot", "muted")]
        await found.alarms.mute("hot", 0)
        await found.look(1)
        assert (await found.told())[4:] == [("raised", "hot", "机柜过热")]
        with pytest.raises(DeviceRefused, match="there are hot"):
            await found.alarms.mute("cold", 5)
        # A slot that is worked on, or the whole station, by order; over a restart too.
        for slot in ("sensor-1", ""):
            until = str((await found.alarms.maintain(slot, 60))["until"])
            assert until > "2026-03-02T04"
            found.alarms = found.again()
            await found.look(20)
            assert (await found.told())[-1] == ("cleared", "hot", "muted")
            assert await found.alarms.maintain(slot, 0) == {"slot": slot, "until": ""}
            await found.look(1)
            assert (await found.told())[-1] == ("raised", "hot", "机柜过热")
        with pytest.raises(DeviceRefused, match="there are sensor-1, ups-1"):
            await found.alarms.maintain("sensor-9", 5)


async def test_a_rule_that_has_gone_from_the_site_file_is_over_and_damaged_state_is_not_used(tmp_path: Path) -> None:
    async with bench(tmp_path, HOT) as found:
        await found.look(temperature_c=41)
        found.station = site(SLOTS).station(STATION)
        found.alarms = found.again()
        await found.alarms.run(found.records)
        assert (await found.told())[1:] == [("cleared", "hot", "removed")]
        for text in ('{"raised": 1}', "{", '{"muted": {"hot": "soon"}}'):
            (tmp_path / "alarms.json").write_text(text)
            found.alarms = found.again()
            await found.alarms.run(found.records)
        assert len(await found.told()) == 2


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    async with mosquitto(tmp_path) as found:
        yield found


@pytest.mark.broker
async def test_a_running_agent_looks_by_its_own_clock(tmp_path: Path, broker: Broker) -> None:
    start = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    cold = HOT.replace('"above"', '"below"')
    async with (
        clock_server(start) as clock,
        running_agent(tmp_path / "edge", broker, SLOTS, cold, clock_url=clock.url) as agent,
    ):
        await until(lambda: agent.supervisor.slots["sensor-1"].works, "the sensor works")
        looks = 0

        async def raised() -> bool:
            nonlocal looks
            looks += 1  # the sensor may show its first value after any of them
            await clock.advance_to(start + timedelta(seconds=looks * LOOK_S))
            return any(".sensor.alarm.raised." in row.text for row in await agent.outbox.drain("ops", 0, 100))

        await until(raised, "the rule is raised")


def test_a_site_file_says_what_a_rule_cannot_be() -> None:
    found = (
        parse_site(_whole(HOT + 'hours = [["09:00", "24:00"]]\nweekdays = [1, 7]\n')).station(STATION).alarms[0].rule
    )
    assert (found.hours, found.weekdays) == (((540, 1440),), frozenset({0, 6}))
    for part, text in (
        (HOT + "times = 3\n", "together"),
        (HOT + 'hours = [["9", "10:00"]]\n', "time of day"),
        (HOT.replace("sensor-1", "sensor-9"), "no slot"),
        (HOT + HOT, "hot"),
        (WORK.replace("T11", "T09"), "not after"),
        (WORK.replace("sensor-1", "sensor-9"), "no slot"),
    ):
        with pytest.raises(Exception, match=text):
            parse_site(_whole(part))
    assert MAX_MUTED_MINUTES == 10_080


def _whole(part: str) -> str:
    return f'[site]\nid = "demo"\nname = "x"\n[[stations]]\nid = "{STATION}"\nname = "x"\n{SLOTS}{part}'
