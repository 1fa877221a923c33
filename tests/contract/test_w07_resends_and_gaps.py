"""W5, W7, W12, W15 with D15, D16 on the edge: what is asked for again comes again or is declared lost."""

import asyncio
from pathlib import Path

import pytest

from tests.contract.agents import SILENT, of_type, running_agent, works
from tests.contract.asker import new_id
from tests.edge.cloud import AT, cloud
from tests.edge.stations import STATION, events
from tests.peers.mosquitto import Broker
from tests.waiting import until

pytestmark = pytest.mark.broker


async def test_w07_rows_that_are_gone_are_declared_lost_in_evidence(broker: Broker, tmp_path: Path) -> None:
    async with cloud(broker.port) as core, running_agent(tmp_path / "s", broker, SILENT) as agent:
        await works(agent)
        await agent.outbox.put_many("telemetry", events(10, "telemetry"))
        await until(lambda: agent.outbox.head("telemetry").upto == 10, "all is acked and deleted")
        await core.publish("resend", {"id": new_id(), "stream": "telemetry", "from": 3, "to": 5, "at": AT})
        await until(lambda: of_type(core, "evidence", "agent.gap.declared"), "the loss is declared")
        declared = of_type(core, "evidence", "agent.gap.declared")[0].data
        assert (declared["stream"], declared["ranges"], declared["reason"]) == ("telemetry", [[3, 5]], "disk_budget")


async def test_w07_a_resend_beyond_the_last_event_is_clipped(broker: Broker, tmp_path: Path) -> None:
    async with cloud(broker.port) as core, running_agent(tmp_path / "s", broker) as agent:
        await agent.outbox.put_many("evidence", events(4))
        await until(lambda: agent.outbox.head("evidence").upto >= 4, "acked")
        last = agent.outbox.head("evidence").last
        core.batches.clear()
        await core.publish("resend", {"id": new_id(), "stream": "evidence", "from": 2, "to": 4_000, "at": AT})
        await until(lambda: core.batches, "the range comes again")
        assert [one.seq for _, batch in core.batches for one in batch] == list(range(2, last + 1))
        assert of_type(core, "evidence", "agent.gap.declared") == []


async def test_w05_a_lower_watermark_of_the_same_core_is_ignored_and_counted(broker: Broker, tmp_path: Path) -> None:
    async with cloud(broker.port) as core, running_agent(tmp_path / "s", broker) as agent:
        await agent.outbox.put_many("evidence", events(6))
        await until(lambda: agent.outbox.head("evidence").upto >= 6, "acked")
        upto, ignored = agent.outbox.head("evidence").upto, agent.outbox.ignored_acks_total
        core.upto["evidence"] = 2
        await core.ack()
        await until(lambda: agent.outbox.ignored_acks_total > ignored, "it is counted")
        assert agent.outbox.head("evidence").upto == upto


async def test_w05_a_restored_core_gets_what_is_left_and_the_rest_is_declared(broker: Broker, tmp_path: Path) -> None:
    async with cloud(broker.port) as core, running_agent(tmp_path / "s", broker) as agent:
        await agent.outbox.put_many("telemetry", events(6, "telemetry"))
        await until(lambda: agent.outbox.head("telemetry").upto == 6, "acked and deleted")
        core.epoch += 1
        core.upto["telemetry"] = 2
        await core.ack()
        await until(lambda: of_type(core, "evidence", "agent.gap.declared"), "the loss is declared")
        assert of_type(core, "evidence", "agent.gap.declared")[0].data["ranges"] == [[3, 6]]


async def test_w04_an_ack_of_a_foreign_store_deletes_nothing(broker: Broker, tmp_path: Path) -> None:
    async with cloud(broker.port) as core, running_agent(tmp_path / "s", broker) as agent:
        core.acking = False
        await agent.outbox.put_many("ops", events(5, "ops"))
        await until(lambda: len(core.seqs("ops")) >= 5, "the cloud has it")
        core.store, core.upto["ops"] = new_id(), 5
        ignored = agent.outbox.ignored_acks_total
        await core.ack()
        await until(lambda: agent.outbox.ignored_acks_total > ignored, "it is counted")
        assert len(await agent.outbox.drain("ops", 0, 100)) >= 5


async def test_w12_after_every_connect_presence_then_birth_then_events(broker: Broker, tmp_path: Path) -> None:
    async with cloud(broker.port) as core, running_agent(tmp_path / "s", broker) as agent:
        await agent.outbox.put_many("evidence", events(1))
        await until(lambda: core.batches, "an event")
        names = [topic.removeprefix(f"yz/1/{STATION}/") for topic, _ in core.messages]
        assert names[:3] == ["presence", "birth", "twin/reported"]
        assert core.documents("birth")[0]["outbox"]["evidence"]["last"] >= 0


async def test_w15_a_core_that_is_away_gets_nothing_and_nothing_is_lost(broker: Broker, tmp_path: Path) -> None:
    async with (
        cloud(broker.port, online=False) as core,
        running_agent(tmp_path / "s", broker) as agent,
    ):
        await until(lambda: core.documents("birth"), "the birth came")
        await agent.outbox.put_many("evidence", events(3))
        await asyncio.sleep(0.5)  # more than the 0.2 s after which a batch would have left
        assert core.batches == []
        assert agent.uplink.connected
        await core.online()
        await until(lambda: core.seqs("evidence")[:3] == [1, 2, 3], "everything comes")
        await core.online(online=False)
        await until(lambda: not agent.session.core_online, "the core is known to be away")
        sent = agent.session.sent_batches()
        await agent.outbox.put_many("evidence", events(3))
        await asyncio.sleep(0.5)
        assert agent.session.sent_batches() == sent, "it stops draining"
        assert agent.uplink.connected
        await core.online()
        await until(lambda: len(core.seqs("evidence")) >= 6, "the rest comes")
