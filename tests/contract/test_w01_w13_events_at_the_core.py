"""W1-W3, W5-W7, W12, W13 at the core: what it stores, acks, asks for, believes of stations and slots."""

import json
from typing import Any

import pytest

from cloud.platform.settings import Settings
from tests.cloud.running import Running, running_core
from tests.cloud.station import AT, STORE, Station, make_batch, make_event, station_at
from tests.peers.mosquitto import Broker
from tests.waiting import until

pytestmark = [pytest.mark.broker, pytest.mark.db]

STATION = "/api/v1/stations/st-01"


async def present(station: Station, epoch: int = 1, conn: int = 1) -> None:
    acks = len(station.heard.get("ack", []))
    await station.presence(epoch, conn)
    await station.birth(epoch=epoch, conn=conn)
    await until(lambda: len(station.heard.get("ack", [])) > acks, "the birth is acked")


async def evidence(running: Running) -> dict[str, Any]:
    state: dict[str, Any] = (await running.get(STATION))["streams"]["evidence"]
    return state


async def events(running: Running, query: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await running.get(f"{STATION}/events?stream=evidence{query}"))["items"]
    return items


async def test_w01_an_event_reads_as_it_was_sent_and_as_a_strict_cloudevent(running: Running, broker: Broker) -> None:
    await running.apply()
    sent = make_event(1, boot_ms=5_000_000_000, clock="untrusted", ratio=1.50)
    async with station_at(broker.url) as station:
        await present(station)
        await station.send(json.dumps([sent]).encode(), 1, 1)
        await until(lambda: station.acked() == 1, "stored")
    assert (await events(running))[0]["event"] == sent
    (strict,) = await events(running, "&format=cloudevents")
    assert (strict["epoch"], strict["seq"], strict["bootms"]) == ("1", "1", "5000000000")
    assert all(name.isascii() and name.isalnum() and name == name.lower() for name in strict)
    assert not any(isinstance(value, int | float) for name, value in strict.items() if name not in {"data", "replay"})
    assert (strict["data"], strict["source"]) == (sent["data"], sent["source"])


async def test_w02_what_is_unknown_is_stored_as_it_came_and_flagged(running: Running, broker: Broker) -> None:
    await running.apply()
    odd = make_event(1, type="cn.yizhan.door.handle.turned.v1", data={"turns": 3})
    new = make_event(2, colour="mauve")
    async with station_at(broker.url) as station:
        await present(station)
        await station.send(json.dumps([odd, new]).encode(), 1, 2)
        await until(lambda: station.acked() == 2, "stored")
    assert [(item["event"], item["flags"]) for item in await events(running)] == [
        (odd, ["unknown_type"]),
        (new, ["unknown_field"]),
    ]


async def test_w03_a_death_that_is_older_than_the_newest_sign_of_life_is_ignored(
    running: Running, broker: Broker
) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        await present(station, epoch=5, conn=2)
        for epoch, conn in ((5, 1), (4, 9)):
            await station.presence(epoch, conn, online=False, reason="lost")
        await station.send_events(1, 1, epoch=5)
        await station.send(make_batch([1], epoch=5), 1, 1, epoch=5)
        await until(lambda: station.acked() == 1, "the core has read what came before")
        presence = (await running.get(STATION))["presence"]
        assert (presence["state"], presence["epoch"], presence["conn"]) == ("online", 5, 2)


async def test_w05_an_ack_is_cumulative_never_ahead_of_the_commit_and_said_again_by_a_new_core(
    settings: Settings, broker: Broker
) -> None:
    chosen = settings.model_copy(update={"mqtt_url": broker.url})
    async with station_at(broker.url) as station:
        async with running_core(chosen) as running:
            await running.apply()
            await present(station)
            for first, last in ((1, 3), (4, 4), (5, 9)):
                await station.send_events(first, last)
            await until(lambda: station.acked() == 9, "all are acked")
            uptos = [ack.get("evidence", {}).get("upto", 0) for ack in station.heard["ack"]]
            assert uptos == sorted(uptos)
            assert (await evidence(running))["count"] == 9
            first_epoch = station.newest("ack")["epoch"]
        async with running_core(chosen):
            await until(lambda: station.newest("ack")["epoch"] > first_epoch, "the next core says it again")
            assert (station.acked(), station.newest("ack")["store"]) == (9, STORE)


async def test_w06_a_repeated_event_changes_nothing_and_is_acked_again(running: Running, broker: Broker) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        await present(station)
        await station.send_events(1, 5)
        await until(lambda: station.acked() == 5, "stored")
        before, acks = await events(running), len(station.heard["ack"])
        await station.send_events(4, 7, replay=True)
        await until(lambda: station.acked() == 7, "the rest is stored")
        await station.send_events(1, 5, replay=True)
        await until(lambda: len(station.heard["ack"]) >= acks + 2, "the repetition is acked")
    assert ((await events(running))[:5], (await evidence(running))["count"]) == (before, 7)
    assert (await running.get(STATION))["dead_letters"]["total"] == 0


async def test_w07_a_gap_holds_the_ack_back_is_asked_for_and_a_declared_loss_is_shown(
    running: Running, broker: Broker
) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        await present(station)
        await station.send_events(1, 2)
        await station.send_events(6, 8)
        await until(lambda: station.heard.get("resend"), "the gap is asked for")
        resend = station.newest("resend")
        assert (station.acked(), resend["from"], resend["to"]) == (2, 3, 5)
        await station.send_events(3, 3, replay=True)
        declared = {"stream": "evidence", "ranges": [[4, 5]], "reason": "corrupt", "first_time": AT, "last_time": AT}
        source: dict[str, Any] = {"source": "/stations/st-01/slots/agent", "type": "cn.yizhan.agent.gap.declared.v1"}
        await station.send_events(9, 9, data=declared, **source)
        await until(lambda: station.acked() == 9, "the core moves on")
    state = await evidence(running)
    assert (state["gaps"], state["lost"], state["count"]) == ([], [[4, 5]], 7)
    assert "4–5" in await (await running.call("GET", "/venues/st-01")).text()


async def test_w12_what_comes_of_a_start_that_nobody_announced_is_not_stored(running: Running, broker: Broker) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        await present(station)
        await station.send(make_batch([1]), 1, 1, epoch=2)
        await until(lambda: station.heard.get("rebirth"), "the station is asked to introduce itself")
        assert (await evidence(running))["count"] == 0
        await present(station, epoch=2)
        await station.send(make_batch([1], replay=True), 1, 1, epoch=2)
        await until(lambda: station.acked() == 1, "then it is stored")


async def test_w13_a_death_makes_slots_stale_and_a_slots_own_loss_names_its_cause(
    running: Running, broker: Broker
) -> None:
    await running.apply()

    async def states() -> tuple[str, str]:
        document = await running.get(STATION)
        door = next(slot["state"] for slot in document["slots"] if slot["id"] == "door-1")
        return document["presence"]["state"], door

    async def are(station: str, door: str) -> None:
        async def they() -> bool:
            return await states() == (station, door)

        await until(they, f"the station is {station} and its door {door}")

    async with station_at(broker.url) as station:
        await present(station)
        await are("online", "good")
        lost = {"type": "cn.yizhan.door.slot.changed.v1", "data": {"health": "stale", "cause": "usb", "text": ""}}
        await station.send(json.dumps([make_event(1, "ops", **lost)]).encode(), 1, 1, stream="ops")
        await are("online", "stale")
        assert "USB 断开" in await (await running.call("GET", "/venues/st-01")).text()
        await station.presence(1, 2)
        await station.birth(conn=2)
        await are("online", "good")
        await station.presence(1, 2, online=False, reason="lost")
        await are("offline", "stale")
