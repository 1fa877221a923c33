"""W4, D4 at the core: a new store counts anew, the old one is closed and says what never arrived; two are refused."""

from typing import Any

import pytest

from cloud.platform.settings import Settings
from tests.cloud.running import Running, running_core
from tests.cloud.station import OTHER_STORE, STORE, Station, make_batch, station_at
from tests.peers.mosquitto import Broker
from tests.waiting import until

pytestmark = [pytest.mark.broker, pytest.mark.db]


def outbox(last: int) -> dict[str, Any]:
    empty = {"first": None, "last": 0, "upto": 0, "bytes": 0}
    return {"evidence": {"first": 1, "last": last, "upto": 0, "bytes": 99}, "ops": empty, "telemetry": empty}


async def swap_disk(running: Running, station: Station) -> None:
    """Send 1-2 and 5 of 9 from the first store, then let a second store appear."""
    await running.apply()
    await station.presence(epoch=1)
    await station.birth(epoch=1, outbox=outbox(9))
    await until(lambda: station.newest("ack").get("store") == STORE, "the birth is acked")
    await station.send_events(1, 2)
    await station.send_events(5, 5)
    await until(lambda: station.acked() == 2, "stored")
    await station.presence(epoch=2)
    await station.birth(epoch=2, store=OTHER_STORE)
    await until(lambda: station.newest("ack").get("store") == OTHER_STORE, "the new store is acked")


async def test_w04_a_new_store_closes_the_old_one_which_shows_what_never_arrived(
    running: Running, broker: Broker
) -> None:
    async with station_at(broker.url) as station:
        await swap_disk(running, station)
        await station.send(make_batch([1], epoch=2), 1, 1, epoch=2, store=OTHER_STORE)
        await until(lambda: station.acked() == 1, "the new store counts from 1")
    document = await running.get("/api/v1/stations/st-01")
    assert (document["store"], document["streams"]["evidence"]["count"]) == (OTHER_STORE, 1)
    (old,) = document["past_stores"]
    evidence = old["streams"]["evidence"]
    assert (old["store"], evidence["upto"], evidence["never_arrived"]) == (STORE, 2, [[3, 4], [6, 9]])
    assert evidence["complete_to"] is not None
    assert old["streams"]["ops"]["never_arrived"] == []
    items = (await running.get(f"/api/v1/stations/st-01/events?store={STORE}"))["items"]
    assert [item["seq"] for item in items] == [1, 2, 5]
    page = await (await running.call("GET", "/venues/st-01")).text()
    assert "从未收到" in page
    assert "3–4、6–9" in page
    assert (await running.get("/api/v1/alarms"))["items"] == []


async def test_w04_a_second_live_store_is_refused_and_raises_an_alarm(running: Running, broker: Broker) -> None:
    async with station_at(broker.url) as station:
        await swap_disk(running, station)
        await station.birth(epoch=1, conn=2, outbox=outbox(9))

        async def raised() -> bool:
            return bool((await running.get("/api/v1/alarms"))["items"])

        await until(raised, "an alarm is raised")
    (alarm,) = (await running.get("/api/v1/alarms"))["items"]
    assert (alarm["kind"], alarm["station"]) == ("two_stores", "st-01")
    assert (alarm["detail"]["current"], alarm["detail"]["refused"]) == (OTHER_STORE, STORE)
    assert (await running.get("/api/v1/stations/st-01"))["store"] == OTHER_STORE
    assert "两台设备自称同一站点" in await (await running.call("GET", "/")).text()


LINE = [f"0195f3c2-0000-7000-8000-0000000000{n:02x}" for n in range(1, 5)]


def lineage(*starts: tuple[str, int]) -> list[dict[str, Any]]:
    """Return starts that began after so many events of evidence."""
    return [{"boot": boot, "evidence": last, "ops": 0, "telemetry": 0} for boot, last in starts]


async def test_w04_a_birth_hears_where_its_store_parted_and_a_new_core_does_not_forget_it(
    settings: Settings, broker: Broker
) -> None:
    chosen = settings.model_copy(update={"mqtt_url": broker.url})
    async with station_at(broker.url) as station:

        def known() -> dict[str, Any]:
            return dict(station.newest("ack").get("known", {}))

        async with running_core(chosen) as running:
            await running.apply()
            await station.presence(epoch=1)
            await station.birth(epoch=1, boot=LINE[0], lineage=lineage((LINE[0], 0)))
            await until(lambda: known() == {"epoch": 1, "boot": LINE[0]}, "the first start is known")
            await station.send_events(1, 5)
            await station.send_events(8, 9)
            await until(lambda: station.acked() == 5, "stored")
            await station.presence(epoch=2)
            copied = {"outbox": outbox(20), "lineage": lineage((LINE[0], 0), (LINE[1], 7))}
            await station.birth(epoch=2, boot=LINE[1], **copied)
            await until(lambda: "fork" in known(), "the core knows more of the first start than the copy")
            fork = known()["fork"]
            assert (fork["newest"], fork["listed"]) == (LINE[0], 2)
            assert fork["evidence"] == {"upto": 7, "missing": [[6, 7]]}
        heard = len(station.heard["ack"])
        async with running_core(chosen) as running:
            await until(lambda: len(station.heard["ack"]) > heard, "the new core says what it has")
            assert "boot" not in known(), "an answer would be taken for consent"
            await station.birth(epoch=2, boot=LINE[1], **copied)
            await until(lambda: "fork" in known(), "asked again, it says so again")
