"""The contract at the core's side, through a real broker and database: W5, W6, W7, W10, W12, D11-D16."""

import asyncio
import json
from typing import Any

import pytest

from cloud.fleet.service import apply_site
from cloud.ingest.models import DeadLetter
from cloud.platform.settings import Settings
from provisioning.site import parse_site
from tests.cloud.running import SITE, Running, running_core
from tests.cloud.station import AT, OTHER_STORE, STORE, Station, make_batch, make_event, station_at
from tests.peers.mosquitto import Broker
from tests.waiting import until

pytestmark = [pytest.mark.broker, pytest.mark.db]


async def stream_of(running: Running, stream: str = "evidence") -> dict[str, Any]:
    document: dict[str, Any] = (await running.get("/api/v1/stations/st-01"))["streams"][stream]
    return document


async def stored(running: Running, stream: str = "evidence", **query: Any) -> list[dict[str, Any]]:
    words = "".join(f"&{name}={value}" for name, value in query.items())
    items: list[dict[str, Any]] = (await running.get(f"/api/v1/stations/st-01/events?stream={stream}{words}"))["items"]
    return items


async def introduced(running: Running, station: Station, **members: Any) -> None:
    """Let a station come online with its store."""
    await station.presence()
    await station.birth(**members)
    await until(lambda: station.newest("ack").get("store") == members.get("store", STORE), "the birth is acked")
    assert (await running.get("/api/v1/stations/st-01"))["presence"]["state"] == "online"


async def test_an_ack_follows_the_commit_and_the_events_read_as_they_were_sent(
    running: Running, broker: Broker
) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        await introduced(running, station)
        await station.send_events(1, 3)
        await until(lambda: station.acked() == 3, "three events are acked")
        assert station.newest("ack")["epoch"] == station.newest("core/state")["epoch"]
    items = await stored(running, limit=2)
    assert [item["event"] for item in items] == [make_event(1), make_event(2)]
    page = await running.get("/api/v1/stations/st-01/events?stream=evidence&after=0&limit=2")
    assert page["next"] == 2
    assert [item["seq"] for item in await stored(running, after=2)] == [3]
    assert (await stream_of(running))["complete_to"] == AT


async def test_a_repeated_batch_changes_nothing_and_is_acked_again(running: Running, broker: Broker) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        await introduced(running, station)
        await station.send_events(1, 5)
        await until(lambda: station.acked() == 5, "five events are acked")
        acks = len(station.heard["ack"])
        await station.send_events(1, 5, replay=True)
        await until(lambda: len(station.heard["ack"]) > acks, "the repetition is acked")
    state = await stream_of(running)
    assert (state["upto"], state["count"]) == (5, 5)
    assert (await running.get("/api/v1/stations/st-01"))["dead_letters"] == {"total": 0, "by_reason": {}}


async def test_another_event_under_the_same_seq_is_a_conflict_and_the_first_stays(
    running: Running, broker: Broker
) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        await introduced(running, station)
        await station.send_events(1, 2)
        await until(lambda: station.acked() == 2, "acked")
        await station.send_events(2, 2, id="0195f3c2-9999-7000-8000-000000000001")
        await until(lambda: DeadLetter.filter(reason="conflict").exists(), "the conflict is kept")
    assert [item["event"]["id"] for item in await stored(running)] == [make_event(1)["id"], make_event(2)["id"]]


async def test_a_gap_is_asked_for_after_two_seconds_and_closes_when_filled(running: Running, broker: Broker) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        await introduced(running, station)
        await station.send_events(1, 2)
        await station.send_events(6, 8)
        await until(lambda: station.acked() == 2, "nothing is acked past the gap")

        async def both() -> bool:
            return bool((await stream_of(running))["highest"] == 8)

        await until(both, "what came beyond the gap is stored")
        state = await stream_of(running)
        assert (state["upto"], state["highest"], state["gaps"], state["count"]) == (2, 8, [[3, 5]], 5)
        assert [item["seq"] for item in await stored(running)] == [1, 2, 6, 7, 8]
        await until(lambda: station.heard.get("resend"), "the gap is asked for")
        resend = station.newest("resend")
        assert (resend["stream"], resend["from"], resend["to"]) == ("evidence", 3, 5)
        await station.send_events(3, 5, replay=True)
        await until(lambda: station.acked() == 8, "the gap is closed")
    assert (await stream_of(running))["gaps"] == []


async def test_a_declared_gap_is_recorded_as_lost_and_the_watermark_moves_on(running: Running, broker: Broker) -> None:
    await running.apply()
    declared: dict[str, Any] = {
        "type": "cn.yizhan.agent.gap.declared.v1",
        "source": "/stations/st-01/slots/agent",
        "data": {
            "stream": "ops",
            "ranges": [[1, 7], [9, 9]],
            "reason": "disk_budget",
            "first_time": AT,
            "last_time": AT,
        },
    }
    async with station_at(broker.url) as station:
        await introduced(running, station)
        await station.send_events(8, 8, "ops")
        await station.send_events(10, 10, "ops")
        await station.send_events(1, 1, **declared)
        await until(lambda: station.acked("ops") == 10, "the loss is taken note of")
    state = await stream_of(running, "ops")
    assert (state["lost"], state["gaps"], state["count"]) == ([[1, 7], [9, 9]], [], 2)


async def test_a_bad_event_becomes_a_dead_letter_and_its_seq_is_consumed(running: Running, broker: Broker) -> None:
    await running.apply()
    bad = make_event(2, source="/stations/st-02/slots/door-1")
    worse = make_event(3, data={"signal": "door", "value": "ajar", "from": AT, "to": AT, "samples": 1})
    payload = json.dumps([make_event(1), bad, worse, make_event(4)]).encode()
    async with station_at(broker.url) as station:
        await introduced(running, station)
        await station.send(payload, 1, 4)
        await until(lambda: station.acked() == 4, "the batch is consumed")
    document = await running.get("/api/v1/stations/st-01")
    assert document["dead_letters"] == {"total": 2, "by_reason": {"wrong_station": 1, "schema": 1}}
    assert document["streams"]["evidence"]["count"] == 2
    letter = await DeadLetter.get(reason="wrong_station")
    assert json.loads(letter.payload) == bad


async def test_unknown_types_and_fields_are_stored_and_flagged(running: Running, broker: Broker) -> None:
    await running.apply()
    odd = make_event(1, type="cn.yizhan.door.handle.turned.v1", data={"turns": 3})
    new = make_event(2, colour="mauve")
    late = make_event(3, time="2126-03-02T01:00:00.000Z")
    async with station_at(broker.url) as station:
        await introduced(running, station)
        await station.send(json.dumps([odd, new, late]).encode(), 1, 3)
        await until(lambda: station.acked() == 3, "stored")
    assert [item["flags"] for item in await stored(running)] == [["unknown_type"], ["unknown_field"], ["future"]]


async def test_unparsable_bytes_are_given_up_after_their_third_repetition(running: Running, broker: Broker) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        await introduced(running, station)
        for time in range(1, 4):
            await station.send(b"[{]", 1, 2)
            await until(DeadLetter.filter(reason="not_json", times=time).exists, "kept once")
        assert (await stream_of(running))["upto"] == 0
        await station.send(b"[{]", 1, 2)
        await until(lambda: station.acked() == 2, "given up")
    state = await stream_of(running)
    assert (state["lost"], state["count"]) == ([[1, 2]], 0)


async def test_nothing_of_an_unknown_station_is_stored_or_acked_until_it_is_applied(
    running: Running, broker: Broker
) -> None:
    async with station_at(broker.url) as station:
        await station.presence()
        await station.birth()
        await station.send_events(1, 2)
        await until(lambda: DeadLetter.filter(reason="unknown_station").exists(), "the batch is kept")
        assert "ack" not in station.heard
        await running.apply()
        await until(lambda: station.heard.get("rebirth"), "the station is asked to introduce itself")
        assert 0 <= station.newest("rebirth")["within_s"] <= 30
        await station.presence(conn=2)
        await station.birth(conn=2)
        await station.send_events(1, 2, replay=True)
        await until(lambda: station.acked() == 2, "nothing was lost")


async def test_a_batch_of_another_store_or_of_an_epoch_nobody_announced_is_not_stored(
    running: Running, broker: Broker
) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        await introduced(running, station)
        await station.send(make_batch([1]), 1, 1, store=OTHER_STORE)
        await until(lambda: DeadLetter.filter(reason="stale_store").exists(), "stale store")
        await station.send(make_batch([1]), 1, 1, epoch=2)
        await until(lambda: DeadLetter.filter(reason="epoch_ahead").exists(), "epoch ahead")
        assert (await stream_of(running))["count"] == 0
        await station.presence(epoch=2)
        await station.birth(epoch=2, store=OTHER_STORE)
        await station.send(make_batch([1]), 1, 1, epoch=2, store=OTHER_STORE)
        await until(lambda: station.acked() == 1, "the new store counts from 1")
        assert station.newest("ack")["store"] == OTHER_STORE


async def test_a_late_will_of_an_older_connection_is_ignored(running: Running, broker: Broker) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        await station.presence(epoch=5, conn=2)
        await station.presence(epoch=5, conn=1, online=False, reason="lost")
        await station.presence(epoch=4, conn=9, online=False, reason="lost")
        await station.birth(epoch=5, conn=2)
        await until(lambda: station.newest("ack"), "the core has read everything before")
        presence = (await running.get("/api/v1/stations/st-01"))["presence"]
        assert (presence["state"], presence["epoch"], presence["conn"]) == ("online", 5, 2)
        await station.presence(epoch=5, conn=2, online=False, reason="stop")
        await until(lambda: _state(running, "offline"), "a goodbye counts")
    slots = {slot["id"]: slot["state"] for slot in (await running.get("/api/v1/stations/st-01"))["slots"]}
    assert slots == {"wall": "unknown", "door-1": "stale"}


async def _state(running: Running, state: str) -> bool:
    return bool((await running.get("/api/v1/stations/st-01"))["presence"]["state"] == state)


async def test_slots_follow_what_the_station_says_of_them(running: Running, broker: Broker) -> None:
    await running.apply()
    lost = {"type": "cn.yizhan.door.slot.changed.v1", "data": {"health": "stale", "cause": "network", "text": ""}}
    back = {"type": "cn.yizhan.door.slot.changed.v1", "data": {"health": "good"}}

    async def door() -> str:
        slots = (await running.get("/api/v1/stations/st-01"))["slots"]
        return str(next(slot["state"] for slot in slots if slot["id"] == "door-1"))

    async with station_at(broker.url) as station:
        await introduced(running, station)
        assert await door() == "good"
        await station.send_events(1, 1, "ops", **lost)
        await until(lambda: station.acked("ops") == 1, "stored")
        assert await door() == "stale"
        await station.send_events(2, 2, "ops", **back)
        await until(lambda: station.acked("ops") == 2, "stored")
        assert await door() == "good"
        live = {"at": AT, "health": "good", "values": {"locked": False}}
        with running.core.hub.subscribe("live") as news:
            await station.client.publish(station.topic("door-1/live"), json.dumps(live))
            message = await asyncio.wait_for(news.get(), 5)
        assert message.data["values"] == {"locked": False}
    assert running.liveness.values(("st-01", "door-1"))[0] == {"locked": False}


async def test_what_was_stored_is_acked_by_the_next_core_with_a_greater_epoch(
    settings: Settings, broker: Broker
) -> None:
    chosen = settings.model_copy(update={"mqtt_url": broker.url})
    async with station_at(broker.url) as station:
        async with running_core(chosen) as running:
            await running.apply()
            await introduced(running, station)
            await station.send_events(1, 4)
            await until(lambda: station.acked() == 4, "acked")
            first = station.newest("ack")["epoch"]
        await until(lambda: station.newest("core/state")["online"] is False, "the core said goodbye")
        async with running_core(chosen) as running:
            await until(lambda: station.newest("ack")["epoch"] > first, "acked once more at start")
            assert station.acked() == 4
            await station.send_events(5, 5)
            await until(lambda: station.acked() == 5, "it goes on")


async def test_a_broker_that_was_killed_is_found_again_and_told_everything(running: Running, broker: Broker) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        await introduced(running, station)
        await station.send_events(1, 1)
        await until(lambda: station.acked() == 1, "acked")
    await broker.kill()
    await until(lambda: _ready(running, 503), "the core says that it is not ready")
    await broker.start()
    await until(lambda: _ready(running, 200), "the core is ready again")
    async with station_at(broker.url) as station:
        await until(lambda: station.acked() == 1, "the ack is retained again")
        await until(lambda: station.newest("content/wall"), "so is the wall's content")


async def _ready(running: Running, status: int) -> bool:
    return (await running.call("GET", "/readyz")).status == status


async def test_a_site_without_a_station_forgets_it_when_pruned(running: Running) -> None:
    await running.apply(SITE + '[[stations]]\nid = "st-02"\nname = "二"\n')
    await apply_site(running.core, parse_site(SITE), prune=True)
    await until(lambda: not running.liveness.knows("st-02"), "the reader forgets it")
    assert (await running.call("GET", "/api/v1/stations/st-02")).status == 404
