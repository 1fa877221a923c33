"""A power cut from the UPS to the verdict: NUT's own server, the agent, a broker, the core; time is stepped."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cloud.platform.settings import Settings
from provisioning.demo.clock_server import clock_server
from tests.cloud.conftest import broker, database_url, settings
from tests.cloud.running import Running, running_core
from tests.contract.agents import running_agent, works
from tests.edge.stations import STATION
from tests.peers.mosquitto import Broker
from tests.peers.nut import VenueUps, nut
from tests.waiting import until

__all__ = ["broker", "database_url", "settings"]

pytestmark = [pytest.mark.broker, pytest.mark.peer]

#: A required Monday, 09:58 in Shanghai.
BEFORE = datetime(2026, 3, 2, 1, 58, tzinfo=UTC)
CUT = BEFORE + timedelta(minutes=2)
BACK = CUT + timedelta(minutes=40)
OVER = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
DAY = "2026-03-02"


def slots(ups: VenueUps) -> str:
    return f"""
[[stations.slots]]
id = "ups-1"
kind = "ups"
device = {{ id = "dev-9", serial = "U-9", profile = "nut-ups", address = "{ups.address}" }}
"""


@pytest.fixture
async def ups(tmp_path: Path) -> AsyncIterator[VenueUps]:
    folder = tmp_path / "nut"
    folder.mkdir()
    async with nut(folder) as found:
        yield found


@pytest.mark.timeout(120)
async def test_forty_minutes_on_battery_are_excused_with_their_evidence(
    tmp_path: Path, settings: Settings, broker: Broker, ups: VenueUps
) -> None:
    site = f'[site]\nid = "demo"\nname = "示范"\n[[stations]]\nid = "{STATION}"\nname = "谏壁驿站"\n{slots(ups)}'
    async with clock_server(BEFORE) as clock:
        served = settings.model_copy(update={"mqtt_url": broker.url, "clock": clock.url})
        async with running_core(served) as running:
            await running.apply(site)
            async with running_agent(tmp_path / "edge", broker, slots(ups), clock_url=clock.url) as agent:
                await works(agent, "ups-1")
                await clock.advance_to(CUT - timedelta(seconds=5))
                await ups.turns("OB DISCHRG")
                await clock.advance_to(BACK - timedelta(seconds=5))
                await ups.turns("OL CHRG")
                await clock.advance_to(BACK + timedelta(minutes=2))
                await until(lambda: all_acked(running, agent.outbox.head("evidence").last), "everything has come")
            await clock.leap_to(OVER)
            found = await running.get(f"/api/v1/kpi/opening/{STATION}/{DAY}")
            page = await (await running.call("GET", f"/venues/{STATION}?day={DAY}")).text()
            events = (await running.get(f"/api/v1/stations/{STATION}/events?stream=evidence&limit=1000"))["items"]

    assert (found["excused"], found["open"], found["required"]) == (40, 0, 480)
    assert [part for part in found["segments"] if part["state"] == "excused"] == [
        {"from": "2026-03-02T10:00:00+08:00", "to": "2026-03-02T10:40:00+08:00", "state": "excused"}
    ]
    (cut,) = found["evidence"]
    assert (cut["from"], cut["to"], cut["slot"]) == (
        "2026-03-02T10:00:00+08:00", "2026-03-02T10:40:00+08:00", "ups-1"
    )  # fmt: skip
    power = [one["event"] for one in events if one["event"]["type"] == "cn.yizhan.ups.power.changed.v1"]
    said = {one["id"]: one["data"]["status"] for one in power}
    assert [said[one] for one in cut["events"]] == ["battery", "online"]
    assert all(one in page for one in cut["events"])


async def all_acked(running: Running, last: int) -> bool:
    streams: dict[str, Any] = (await running.get(f"/api/v1/stations/{STATION}"))["streams"]
    return bool(streams["evidence"]["upto"] >= last)
