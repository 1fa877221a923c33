"""W3, W13, W14 through real processes: deaths are known in time, any order of restarts ends right, no ghost stays."""

import itertools
import json
from pathlib import Path

import aiomqtt
import pytest

from cloud.fleet.service import apply_site
from cloud.platform.settings import Settings
from provisioning.site import parse_site
from tests.cloud.running import SITE, running_core
from tests.cloud.station import station_at
from tests.faults.rig import Rig, rig
from tests.peers.mosquitto import Broker
from tests.waiting import until

pytestmark = [pytest.mark.broker]

MORE = '[[stations]]\nid = "st-02"\nname = "二"\n[[stations.slots]]\nid = "wall"\nkind = "wall"\n'
ORDERS = list(itertools.permutations(("broker", "cloud", "edge")))
#: The one that hurts most: the broker comes back last.
IN_CI = [("edge", "cloud", "broker")]


async def present(venue: Rig, state: str, slot: str, timeout_s: float, *, after: int = 0) -> int:
    """Wait until station and slot are in these states, told by an epoch above `after`, and return that epoch."""
    epoch = 0

    async def is_it() -> bool:
        nonlocal epoch
        if not await venue.ready():
            return False
        document = await venue.get("/api/v1/stations/st-01")
        epoch = document["presence"]["epoch"] or 0
        return bool(epoch > after and (document["presence"]["state"], document["slots"][0]["state"]) == (state, slot))

    await until(is_it, f"the station is {state} and its slot {slot}", timeout_s)
    return epoch


@pytest.mark.timeout(120)
async def test_w14_a_killed_agent_is_offline_within_15_s_and_its_slots_are_stale(tmp_path: Path) -> None:
    async with rig(tmp_path, rate=1.0) as venue:
        await present(venue, "online", "good", 30)
        venue.kill("edge")
        await present(venue, "offline", "stale", 15)
        venue.start("edge")
        await present(venue, "online", "good", 30)


@pytest.mark.timeout(150)
@pytest.mark.parametrize("order", IN_CI, ids="-".join)
async def test_w14_presence_is_right_within_30_s_of_a_restart_of_all(tmp_path: Path, order: tuple[str, ...]) -> None:
    await restart_all(tmp_path, order)


@pytest.mark.deep
@pytest.mark.timeout(150)
@pytest.mark.parametrize("order", [one for one in ORDERS if one not in IN_CI], ids="-".join)
async def test_w14_presence_is_right_within_30_s_in_every_other_order(tmp_path: Path, order: tuple[str, ...]) -> None:
    await restart_all(tmp_path, order)


async def restart_all(folder: Path, order: tuple[str, ...]) -> None:
    async with rig(folder, rate=1.0) as venue:
        epoch = await present(venue, "online", "good", 30)
        for name in order:
            venue.kill(name)
        for name in order:
            venue.start(name)
        await present(venue, "online", "good", 30, after=epoch)


@pytest.mark.deep
@pytest.mark.timeout(120)
async def test_w14_a_station_that_does_not_come_back_with_the_others_is_no_ghost(tmp_path: Path) -> None:
    async with rig(tmp_path, rate=1.0) as venue:
        await present(venue, "online", "good", 30)
        for name in ("broker", "cloud", "edge"):
            venue.kill(name)
        venue.start("broker")
        venue.start("cloud")
        await present(venue, "stale", "stale", 30)


async def test_w14_a_removed_station_leaves_nothing_retained(settings: Settings, broker: Broker) -> None:
    chosen = settings.model_copy(update={"mqtt_url": broker.url})
    async with running_core(chosen) as running:
        await running.apply(SITE + MORE)
        async with station_at(broker.url, "st-02") as station:
            await station.presence()
            await station.birth()
            await until(lambda: station.newest("ack"), "the birth is acked")
            body = {"applied_rev": 0, "rev": 1, "at": "2026-03-02T01:00:00.000Z", "slots": {}}
            await station.client.publish(station.topic("twin/reported"), json.dumps(body), qos=1, retain=True)
            answer = await running.call("PUT", "/api/v1/stations/st-02/twin", json={"expected_rev": 0, "slots": {}})
            assert answer.status == 200
            await until(lambda: station.newest("twin/desired"), "the wish is copied")
            await until(lambda: station.newest("content/wall"), "the wall has content")
        await apply_site(running.core, parse_site(SITE), prune=True)
        await until(lambda: nothing_retained(broker), "everything of the station is cleared")
    async with running_core(chosen) as running:
        assert (await running.call("GET", "/api/v1/stations/st-02")).status == 404
        assert await nothing_retained(broker)
        assert (await running.get("/api/v1/stations"))["items"][0]["id"] == "st-01"


async def nothing_retained(broker: Broker) -> bool:
    """Return whether the broker holds no document of st-02; a marker tells that all have come."""
    async with aiomqtt.Client("127.0.0.1", broker.port, protocol=aiomqtt.ProtocolVersion.V5) as client:
        await client.subscribe("yz/1/st-02/#", 1)
        await client.subscribe("marker", 1)
        await client.publish("marker", b"here", 1)
        async for message in client.messages:
            if str(message.topic) == "marker":
                return True
            if message.retain and message.payload:
                return False
    return False
