"""Bytes by class and the day's budget: telemetry waits first, then ops, evidence never."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.traffic import BYTES_PER_MB, OVERHEAD_BYTES, Traffic
from provisioning.site import parse_site
from tests.contract.agents import SILENT, running_agent, works
from tests.edge.cloud import cloud
from tests.edge.stations import events, site
from tests.peers.mosquitto import mosquitto
from tests.waiting import until


class Day:
    """A time that a test sets."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_messages_and_bytes_are_counted_by_direction_and_class(tmp_path: Path) -> None:
    traffic = Traffic(tmp_path, 0, lambda: Day().now)
    traffic.count("sent", "evidence", "t" * 10, 100)
    traffic.count("sent", "evidence", "t" * 10, 50)
    traffic.count("received", "ack", "t" * 10, 7)
    assert traffic.messages == {("sent", "evidence"): 2, ("received", "ack"): 1}
    assert traffic.bytes["sent", "evidence"] == 150 + 2 * (10 + OVERHEAD_BYTES)
    assert all(traffic.allows(stream) for stream in ("evidence", "ops", "telemetry"))


@pytest.mark.parametrize(
    ("part", "allowed"),
    [(0.79, {"evidence", "ops", "telemetry", "live"}), (0.81, {"evidence", "ops"}), (0.96, {"evidence"})],
)
def test_the_budget_sheds_telemetry_then_ops_and_never_evidence(tmp_path: Path, part: float, allowed: set[str]) -> None:
    traffic = Traffic(tmp_path, 1, lambda: Day().now)
    traffic.count("sent", "evidence", "", int(part * BYTES_PER_MB) - OVERHEAD_BYTES)
    assert {name for name in ("evidence", "ops", "telemetry", "live") if traffic.allows(name)} == allowed


def test_a_restart_keeps_the_days_count_and_a_new_day_begins_at_zero(tmp_path: Path) -> None:
    day = Day()
    traffic = Traffic(tmp_path, 1, lambda: day.now)
    traffic.count("sent", "evidence", "", BYTES_PER_MB)
    traffic.keep()
    again = Traffic(tmp_path, 1, lambda: day.now)
    assert not again.allows("telemetry")
    day.now += timedelta(days=1)
    assert again.allows("telemetry")
    assert again.day_bytes == 0
    assert Traffic(tmp_path, 1, lambda: day.now).allows("telemetry")


@pytest.mark.broker
async def test_shed_telemetry_waits_in_the_outbox_while_evidence_goes(tmp_path: Path) -> None:
    text = site(SILENT).model_copy()
    station = text.stations[0].model_copy(update={"outbox": text.stations[0].outbox.model_copy(update={"daily_mb": 1})})
    described = text.model_copy(update={"stations": [station]})
    async with (
        mosquitto(tmp_path) as broker,
        cloud(broker.port) as core,
        running_agent(tmp_path / "s", broker, described=described) as agent,
    ):
        await works(agent)
        agent.traffic.count("sent", "evidence", "", int(0.85 * BYTES_PER_MB))
        await agent.outbox.put_many("telemetry", events(3, "telemetry"))
        await agent.outbox.put_many("evidence", events(3))
        await until(lambda: len(core.seqs("evidence")) >= 3, "evidence came")
        await asyncio.sleep(0.4)  # twice the 0.2 s after which telemetry would have left
        assert core.seqs("telemetry") == []
        agent.traffic.day_bytes = 0
        await agent.outbox.put("evidence", events(1)[0])
        await until(lambda: core.seqs("telemetry") == [1, 2, 3], "telemetry came when it was allowed")
        shown = agent.metrics().decode()
        assert 'yizhan_edge_message_bytes_total{class="telemetry",direction="sent"}' in shown
        assert 'yizhan_edge_messages_total{class="core_state",direction="received"}' in shown
        assert "yizhan_edge_day_budget_bytes 1048576.0" in shown


def test_the_budget_is_a_setting_of_the_site_file() -> None:
    text = '[site]\nid = "demo"\nname = "x"\n[[stations]]\nid = "st-01"\nname = "y"\noutbox = { daily_mb = 20 }\n'
    assert parse_site(text).station("st-01").outbox.daily_mb == 20
