"""A simulated fleet at the real core through a real broker: whatever the script breaks, every event arrives once."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cloud.ingest.models import DeadLetter
from cloud.platform.settings import Settings
from edge.fleet.cli import run
from edge.fleet.script import KINDS, BadScript, Fault, Script, read_script
from edge.fleet.simulate import FleetConfig, simulate, site_text
from edge.uplink import parse_broker_url
from protocols.venue.vocabulary import STREAMS
from tests.bench.city import Compared, compare_station
from tests.cloud.running import running_core
from tests.peers.mosquitto import mosquitto
from tests.schema import put_schema


@pytest.mark.broker
@pytest.mark.parametrize("in_memory", [False, True])
async def test_every_event_of_a_fleet_under_all_faults_is_stored_once(tmp_path: Path, in_memory: bool) -> None:  # noqa: FBT001
    async with mosquitto(tmp_path) as broker:
        put_schema(tmp_path / "cloud/yizhan.db")
        settings = Settings(data_dir=tmp_path / "cloud", mqtt_url=broker.url, http_port=0)
        async with running_core(settings) as running:
            config = FleetConfig(
                stations=3, rate=20, seconds=5, state=tmp_path, broker=parse_broker_url(broker.url), tail_s=40,
                core=str(running.client.make_url("")).rstrip("/"),
                token=running.client.session.headers["Authorization"].removeprefix("Bearer "),
                in_memory=in_memory,
            )  # fmt: skip
            await running.apply(site_text(config))
            # The cut comes last: until the link is back the other faults would touch nothing.
            order = sorted(KINDS, key=lambda kind: kind == "link_cut")
            faults = [Fault(kind=kind, at_s=1.0 + place / 4, seconds=2.5) for place, kind in enumerate(order)]
            report = (await simulate(config, Script(faults=faults))).report
            reasons = {letter.reason for letter in await DeadLetter.all()}
    assert report["sent"] + report["refused"] == pytest.approx(300, abs=9)
    assert report["refused"] > 0, "the full disk refused nothing"
    assert report["packets_touched"] >= 3 + len(STREAMS)
    assert (report["lost"], report["duplicated"]) == (0, 0)
    assert report["acked"] >= report["sent"]
    assert {"bad_properties"} <= reasons
    assert "conflict" not in reasons


@pytest.mark.broker
@pytest.mark.parametrize("in_memory", [False, True])
async def test_a_backlog_is_drained_and_both_sides_have_the_same_events(tmp_path: Path, in_memory: bool) -> None:  # noqa: FBT001
    async with mosquitto(tmp_path) as broker:
        put_schema(tmp_path / "cloud/yizhan.db")
        settings = Settings(data_dir=tmp_path / "cloud", mqtt_url=broker.url, http_port=0)
        async with running_core(settings) as running:
            config = FleetConfig(
                stations=2, rate=10, seconds=0.5, state=tmp_path, broker=parse_broker_url(broker.url), tail_s=30,
                in_memory=in_memory, backlog=1_200,
            )  # fmt: skip
            await running.apply(site_text(config))
            outcome = await simulate(config, Script())
            found = Compared()
            with closing(sqlite3.connect(tmp_path / "cloud" / "yizhan.db")) as database:
                for station, balance in outcome.balances.items():
                    compare_station(database, station, balance, found)
                balance["last"] += 1
                broken = Compared()
                compare_station(database, station, balance, broken)
    assert outcome.report["backlog"] == 2_400
    assert outcome.report["backlog_s"] is not None
    assert found.equal, found.words()
    assert found.events == outcome.report["sent"]
    assert (broken.missing, broken.equal) == (1, False)


def test_a_script_with_an_unknown_fault_is_refused_with_its_place(tmp_path: Path) -> None:
    script = tmp_path / "faults.toml"
    script.write_text('[[faults]]\nkind = "flood"\nat_s = 1.0\n', encoding="utf-8")
    with pytest.raises(BadScript, match=r"faults\.0\.kind"):
        read_script(script)


def test_the_command_writes_the_site_file_that_the_core_needs(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    words = ["--stations", "2", "--rate", "1", "--minutes", "1", "--site-out", str(site)]
    assert run(words) == 0
    assert 'id = "sim-0002"' in site.read_text(encoding="utf-8")
    assert run([*words, "--rate", "0"]) == 2


@pytest.mark.broker
async def test_the_report_of_a_fleet_without_a_core_says_that_nothing_is_acked(tmp_path: Path) -> None:
    async with mosquitto(tmp_path) as broker:
        config = FleetConfig(1, 10, 0.5, tmp_path, parse_broker_url(broker.url), tail_s=0.5)
        report = (await simulate(config, Script())).report
    assert report["sent"] > 0
    assert (report["acked"], report["lost"], report["duplicated"]) == (0, report["sent"], None)
    assert json.loads(json.dumps(report)) == report
