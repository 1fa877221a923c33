"""W27: several processes store events, one of them leads; acks rise, states follow, nobody waits for a dead leader."""

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

import pytest

from cloud.ingest.acks import Acks
from cloud.ingest.client import Link
from cloud.ingest.marks import Mark
from cloud.ingest.models import DeadLetter, Relayed, StoredEvent, StreamMark
from cloud.platform.core import Core
from cloud.platform.keys import CORE
from cloud.platform.settings import Settings
from tests.cloud.running import running_core, running_worker
from tests.cloud.station import AT, STORE, make_batch, make_event, station_at
from tests.peers.mosquitto import Broker
from tests.waiting import until

pytestmark = [pytest.mark.broker, pytest.mark.db]

STATION = "/api/v1/stations/st-01"
BATCHES = 60
ALL = 5 * BATCHES + 6
#: The bound of a take-over (quality: 10 s), when the leader gave its lease back.
SOON_S = 3.0


@pytest.fixture
def at_broker(settings: Settings, broker: Broker) -> Settings:
    """Return settings of processes at the test's broker."""
    return settings.model_copy(update={"mqtt_url": broker.url})


def stored_by(core: Core) -> float:
    """Return how many events a process has stored."""
    value = core.metrics.registry.get_sample_value("yizhan_ingest_events_stored_total")
    return value or 0.0


async def test_w27_two_processes_share_the_events_and_every_ack_is_higher_than_the_one_before(
    at_broker: Settings, broker: Broker
) -> None:
    async with running_core(at_broker, others=0) as running, running_worker(at_broker) as worker:
        await running.apply()
        async with station_at(broker.url) as station:
            await station.presence()
            await station.birth()
            for first in range(1, 5 * BATCHES, 5):
                await station.send_events(first, first + 4)
            await until(lambda: station.acked() == 5 * BATCHES, "all is acked")
            for seq in range(5 * BATCHES + 1, ALL + 1):  # every second one is the other process's alone
                await station.send_events(seq, seq)
                await until(lambda wanted=seq: station.acked() == wanted, f"{seq} is acked")  # type: ignore[misc]
            uptos = [ack.get("evidence", {}).get("upto", 0) for ack in station.heard["ack"]]
            assert uptos == sorted(uptos)
            assert {ack["epoch"] for ack in station.heard["ack"]} == {station.newest("core/state")["epoch"]}
        both = stored_by(running.core), stored_by(worker[CORE])
        assert min(both) > 0, both
        assert sum(both) == await StoredEvent.all().count() == ALL
        assert await DeadLetter.all().count() == 0
        mark = await StreamMark.get(station="st-01", store=STORE, stream="evidence")
        assert (mark.upto, mark.highest, mark.gaps, mark.count) == (ALL, ALL, "[]", ALL)
        async with station_at(broker.url) as late:
            await until(lambda: late.acked() == ALL, "the retained ack is the highest")
        await until(nothing_left, "what was relayed is gone")


async def nothing_left() -> bool:
    return not await Relayed.exists()


class Spoken(Link):
    """A link whose messages are kept instead of sent."""

    def __init__(self, core: Core) -> None:
        super().__init__(core, "mqtt://nowhere:1883")
        self.acks: list[dict[str, Any]] = []

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False, properties: object = None) -> None:
        """Keep what is published."""
        del topic, retain, properties
        self.acks.append(json.loads(payload))


async def test_w27_a_watermark_read_before_a_commit_and_told_after_it_does_not_lower_the_ack(core: Core) -> None:
    link = Spoken(core)
    acks = Acks(core, link)
    await acks.load()
    key = ("st-01", STORE, "evidence")
    task = asyncio.create_task(acks.publish_due(), name="acks")
    acks.committed({key: Mark(11, 11)}, [key[:2]])
    await asyncio.sleep(0.1)
    assert link.acks == [], "an ack without a connection that has an epoch"
    await acks.connected(7)
    for mark in (Mark(12, 12), Mark(10, 10), Mark(10, 20, [(11, 19)]), Mark(12, 14, [(13, 13)]), Mark(14, 14)):
        before = len(link.acks)
        acks.committed({key: mark}, [key[:2]])
        await until(lambda count=before: len(link.acks) > count, "an ack is published")  # type: ignore[misc]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [ack["evidence"]["upto"] for ack in link.acks] == [12, 12, 12, 12, 14]
    assert {ack["epoch"] for ack in link.acks} == {7}


async def test_w27_a_batch_that_overtakes_its_presence_at_another_process_waits_for_it(
    at_broker: Settings, broker: Broker
) -> None:
    async with running_core(at_broker, others=0) as running, running_worker(at_broker):
        await running.apply()
        async with station_at(broker.url) as station:
            await station.presence(1)
            await station.birth(epoch=1)
            await until(lambda: station.newest("ack"), "the station is known")
            for epoch in range(2, 12):
                first = 2 * epoch - 3
                await station.presence(epoch)
                await station.birth(epoch=epoch)
                for seq in (first, first + 1):
                    await station.send(make_batch([seq], epoch=epoch), seq, seq, epoch=epoch)
            await until(lambda: station.acked() == 20, "all is stored")
            assert "rebirth" not in station.heard
        assert await DeadLetter.all().count() == 0


async def test_w27_a_batch_of_an_epoch_that_nobody_announced_is_not_stored_by_the_other_process_either(
    at_broker: Settings, broker: Broker
) -> None:
    async with running_core(at_broker, others=0) as running, running_worker(at_broker) as worker:
        await running.apply()
        async with station_at(broker.url) as station:
            await station.presence(1)
            await station.birth(epoch=1)
            await until(lambda: station.newest("ack"), "the station is known")
            for seq in (1, 2):  # one for each process
                await station.send(make_batch([seq], epoch=2), seq, seq, epoch=2)
            await until(lambda: len(station.heard.get("rebirth", [])) == 2, "both ask for a birth")
            assert await DeadLetter.filter(reason="epoch_ahead").count() == 2
            stale = "0195f3c2-0000-7000-8000-0000000000ff"
            for seq in (1, 2):
                await station.send(make_batch([seq]), seq, seq, store=stale)

            async def refused() -> bool:
                return await DeadLetter.filter(reason="stale_store").count() == 2

            await until(refused, "both refuse an old disk")
        assert stored_by(running.core) + stored_by(worker[CORE]) == 0


async def test_w27_what_the_other_process_hears_of_slots_reaches_the_pages(at_broker: Settings, broker: Broker) -> None:
    async with running_core(at_broker, others=0) as running, running_worker(at_broker):
        await running.apply()
        place = ("st-01", "door-1")

        async def door(state: str) -> bool:
            slots = (await running.get(STATION))["slots"]
            return bool(next(slot["state"] for slot in slots if slot["id"] == "door-1") == state)

        with running.core.hub.subscribe("live") as news:
            async with station_at(broker.url) as station:
                await station.presence()
                await station.birth()
                await until(lambda: door("good"), "the door is good")
                for number in range(4):
                    body = {"at": AT, "health": "good", "values": {"open": number}}
                    await station.client.publish(station.topic("door-1/live"), json.dumps(body), qos=1)
                    message = await asyncio.wait_for(news.get(), 5)
                    if message.topic == "resync":  # the listener of the other's news has just begun
                        message = await asyncio.wait_for(news.get(), 5)
                    assert message.data["values"] == {"open": number}
                    assert running.liveness.values(place)[0] == {"open": number}
                for seq, health in enumerate(("stale", "good") * 3, 1):
                    change = {"type": "cn.yizhan.door.slot.changed.v1", "time": f"2026-03-02T01:00:{seq:02}.000Z",
                              "data": {"health": health, "cause": "usb", "text": ""}}  # fmt: skip
                    payload = json.dumps([make_event(seq, "ops", **change)]).encode()
                    await station.send(payload, seq, seq, stream="ops")
                    await until(lambda state=health: door(state), f"the door is {health}")  # type: ignore[misc]


async def test_w27_the_same_unparsable_bytes_are_counted_across_processes(at_broker: Settings, broker: Broker) -> None:
    async with running_core(at_broker, others=0) as running, running_worker(at_broker):
        await running.apply()
        async with station_at(broker.url) as station:
            await station.presence()
            await station.birth()
            await until(lambda: station.newest("ack"), "the station is known")
            for times in range(1, 5):
                await station.send(b"[nonsense", 1, 3)

                async def counted(wanted: int = times) -> bool:
                    row = await DeadLetter.get_or_none(reason="not_json")
                    return row is not None and row.times == wanted

                await until(counted, f"it came {times} times")
            await until(lambda: station.acked() == 3, "it is given up at the fourth")


async def test_w27_when_the_leader_goes_the_other_leads_and_everybody_hears_of_it(
    at_broker: Settings, broker: Broker
) -> None:
    async with station_at(broker.url) as station, AsyncExitStack() as stack:
        first = AsyncExitStack()
        running = await first.enter_async_context(running_core(at_broker, others=0))
        worker_core = (await stack.enter_async_context(running_worker(at_broker)))[CORE]
        await running.apply()
        await station.presence()
        await station.birth()
        for seq in range(1, 21):
            await station.send_events(seq, seq)
        await until(lambda: station.acked() == 20, "all is acked")
        first_epoch = station.newest("core/state")["epoch"]
        await first.aclose()

        def led_by_another() -> bool:
            state = station.newest("core/state")
            return bool(state["online"] and state["epoch"] > first_epoch)

        await until(led_by_another, "the other leads", SOON_S)
        await until(lambda: station.newest("ack")["epoch"] > first_epoch, "it says every ack again")
        assert station.acked() == 20
        for seq in range(21, 41):
            await station.send_events(seq, seq)
        await until(lambda: station.acked() == 40, "it stores and acks alone")
        assert stored_by(worker_core) >= 20
        uptos = [ack.get("evidence", {}).get("upto", 0) for ack in station.heard["ack"]]
        assert uptos == sorted(uptos)
