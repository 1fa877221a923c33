"""W17, W18, D20 at the core: the wish has a revision, lives in the database, and its copy at the broker follows it."""

import json
from typing import Any

import pytest

from cloud.identity.service import create_token
from cloud.platform.settings import Settings
from tests.cloud.running import Running, running_core
from tests.cloud.station import AT, Station, station_at
from tests.peers.mosquitto import Broker
from tests.waiting import until

pytestmark = [pytest.mark.broker, pytest.mark.db]

TWIN = "/api/v1/stations/st-01/twin"
BRIGHT = {"wall": {"brightness": 80}}


async def wish(running: Running, expected_rev: int, slots: dict[str, Any], status: int = 200) -> dict[str, Any]:
    response = await running.call("PUT", TWIN, json={"expected_rev": expected_rev, "slots": slots})
    assert response.status == status, await response.text()
    body: dict[str, Any] = await response.json(content_type=None)
    return body


async def holds(station: Station, rev: int, slots: dict[str, Any], timeout_s: float = 15.0) -> None:
    def is_it() -> bool:
        copy = station.newest("twin/desired")
        return (copy.get("rev"), copy.get("slots")) == (rev, slots)

    await until(is_it, f"the copy is revision {rev}", timeout_s)


async def test_w17_a_wish_needs_the_revision_in_force(running: Running, broker: Broker) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        assert await wish(running, 0, BRIGHT) == {"rev": 1}
        await holds(station, 1, BRIGHT)
        conflict = await wish(running, 0, {}, 409)
        assert (conflict["type"], conflict["rev"]) == ("urn:yizhan:problem:twin-conflict", 1)
        assert await wish(running, 1, {"none": {"any": None}}) == {"rev": 2}
        await holds(station, 2, {"none": {"any": None}})
    assert (await running.get("/api/v1/stations/st-01"))["twin"]["rev"] == 2
    await wish(running, 2, {"UPPER": {}}, 422)
    reader = {"Authorization": f"Bearer {await create_token(running.core, 'counter')}"}
    assert (await running.call("PUT", TWIN, json={"expected_rev": 2, "slots": {}}, headers=reader)).status == 403


async def test_w18_a_foreign_copy_is_rewritten_within_5_s(running: Running, broker: Broker) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        await wish(running, 0, BRIGHT)
        await holds(station, 1, BRIGHT)
        for foreign in (json.dumps({"rev": 9, "at": AT, "slots": {}}), '{"rev": 9}', ""):
            await station.client.publish(station.topic("twin/desired"), foreign, qos=1, retain=True)
            await until(lambda: station.newest("twin/desired").get("rev") != 1, "the foreign copy is there")
            await holds(station, 1, BRIGHT, timeout_s=5.0)
    async with station_at(broker.url) as station:
        await holds(station, 1, BRIGHT)


async def test_w18_a_broker_that_forgot_everything_gets_the_wish_again(settings: Settings, broker: Broker) -> None:
    chosen = settings.model_copy(update={"mqtt_url": broker.url})
    async with running_core(chosen) as running:
        await running.apply()
        await wish(running, 0, BRIGHT)
        await broker.kill()
        await broker.start()
        async with station_at(broker.url) as station:
            await holds(station, 1, BRIGHT)


async def test_w17_the_page_shows_the_difference_with_its_reason_and_changes_a_setting(
    running: Running, broker: Broker
) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        await station.presence()
        await wish(running, 0, {"wall": {"brightness": 80, "colour": "mauve"}})
        state = {"values": {"brightness": 60}, "at": AT, "rejected": {"colour": "unknown_field"}}
        await station.birth(twin={"applied_rev": 1, "rev": 2, "at": AT, "slots": {"wall": state}})
        await until(lambda: station.newest("ack"), "the birth is taken")
        page = await (await running.call("GET", "/venues/st-01")).text()
        assert all(word in page for word in ("待应用", "被拒绝", "没有这个参数"))
        form = {"setting": "wall/brightness", "value": "70", "rev": "1"}
        assert (await running.call("POST", "/venues/st-01/twin", data=form, allow_redirects=False)).status == 303
        await holds(station, 2, {"wall": {"brightness": 70, "colour": "mauve"}})
        for wrong in ({**form, "rev": "2", "value": "101"}, {**form, "rev": "2", "setting": "wall/none"}):
            assert (await running.call("POST", "/venues/st-01/twin", data=wrong)).status == 422
        assert (await running.call("POST", "/venues/st-01/twin", data=form)).status == 409
