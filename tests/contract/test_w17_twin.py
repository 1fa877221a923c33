"""W17 with D20: wishes are applied slot by slot, refused with a reason, rolled back when they break a slot."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from devices.driver import Json
from devices.drivers.probe import ProbeDriver
from devices.errors import DeviceRefused
from devices.simulators.make import sim
from devices.simulators.service import listening
from tests.contract.agents import SILENT, running_agent, works
from tests.edge.cloud import AT, Cloud, cloud
from tests.peers.mosquitto import Broker
from tests.waiting import until

pytestmark = pytest.mark.broker


def wall(address: str) -> str:
    return f"""
[[stations.slots]]
id = "wall"
kind = "wall"
device = {{ id = "dev-2", serial = "S", profile = "sim-wall", address = "{address}" }}
"""


async def wish(core: Cloud, rev: int, slots: Any) -> dict[str, Any]:
    """Publish a desired document and return the report that answers it."""
    await until(lambda: core.documents("twin/reported"), "the report of the start")
    before = len(core.documents("twin/reported"))
    await core.publish("twin/desired", {"rev": rev, "at": AT, "slots": slots}, retain=True)

    def answers() -> list[dict[str, Any]]:
        return [one for one in core.documents("twin/reported")[before:] if one["applied_rev"] == rev]

    await until(answers, f"wish {rev} is answered")
    return answers()[-1]


async def test_w17_good_fields_apply_and_each_other_one_has_its_reason(broker: Broker, tmp_path: Path) -> None:
    async with cloud(broker.port) as core, running_agent(tmp_path / "s", broker, SILENT) as agent:
        await works(agent)
        report = await wish(
            core, 7, {"probe-1": {"gain": 101, "label": "north", "colour": "mauve"}, "attic": {"gain": 1}}
        )
        assert report["slots"]["probe-1"]["values"] == {"gain": 1, "label": "north"}
        assert report["slots"]["probe-1"]["rejected"] == {"gain": "out_of_range", "colour": "unknown_field"}
        assert report["slots"]["attic"] == {"values": {}, "rejected": {"*": "unknown_slot"}}
        report = await wish(core, 8, {"probe-1": {"gain": "high", "label": "north"}})
        assert report["slots"]["probe-1"]["rejected"] == {"gain": "wrong_type"}


async def test_w17_what_is_absent_falls_back_to_the_profiles_default(broker: Broker, tmp_path: Path) -> None:
    async with cloud(broker.port) as core, running_agent(tmp_path / "s", broker, SILENT) as agent:
        await works(agent)
        await wish(core, 1, {"probe-1": {"gain": 60, "label": "north"}})
        assert (await wish(core, 2, {"probe-1": {"gain": 60}}))["slots"]["probe-1"]["values"]["label"] == ""
        report = await wish(core, 3, {})
        assert report["slots"]["probe-1"]["values"] == {"gain": 1, "label": ""}
        driver = agent.supervisor.slots["probe-1"]._driver
        assert isinstance(driver, ProbeDriver)
        assert driver._settings == {"gain": 1, "label": ""}


async def test_w17_a_lower_revision_is_applied_because_a_cloud_may_be_restored(broker: Broker, tmp_path: Path) -> None:
    async with cloud(broker.port) as core, running_agent(tmp_path / "s", broker, SILENT) as agent:
        await works(agent)
        await wish(core, 9, {"probe-1": {"gain": 60}})
        assert (await wish(core, 4, {"probe-1": {"gain": 50}}))["slots"]["probe-1"]["values"]["gain"] == 50


async def test_w17_the_same_wish_makes_no_report_not_even_after_a_restart(broker: Broker, tmp_path: Path) -> None:
    same = {"rev": 7, "at": AT, "slots": {"probe-1": {"gain": 60, "colour": "mauve"}}}
    async with cloud(broker.port) as core, running_agent(tmp_path / "s", broker, SILENT) as agent:
        await works(agent)
        report = await wish(core, 7, same["slots"])
        await core.publish("twin/desired", {**same, "at": "2026-03-02T02:00:00.000Z"}, retain=True)
        assert (await wish(core, 8, {}))["rev"] == report["rev"] + 1
        kept = await wish(core, 7, same["slots"])
    async with cloud(broker.port) as core, running_agent(tmp_path / "s", broker, SILENT) as agent:
        await works(agent)
        await until(lambda: core.documents("twin/reported"), "the report of the start")
        await asyncio.sleep(0.3)  # the retained wish has come meanwhile
        reports = core.documents("twin/reported")
        assert [one["rev"] for one in reports] == [kept["rev"]] * len(reports)
        assert reports[-1]["slots"] == kept["slots"]
        assert reports[-1]["slots"]["probe-1"]["rejected"] == {"colour": "unknown_field"}


@pytest.mark.parametrize("payload", [b"[", b"{}", b'{"rev": -1, "at": "x", "slots": {}}', b"\xff"])
async def test_w17_a_document_that_is_not_valid_changes_nothing_and_is_said(
    broker: Broker, tmp_path: Path, payload: bytes
) -> None:
    async with cloud(broker.port) as core, running_agent(tmp_path / "s", broker, SILENT) as agent:
        await works(agent)
        before = await wish(core, 7, {"probe-1": {"gain": 60}})
        await core.publish("twin/desired", payload, retain=True)
        await until(lambda: core.documents("twin/reported")[-1].get("error") == "not_json", "it is said")
        report = core.documents("twin/reported")[-1]
        assert (report["applied_rev"], report["slots"]) == (7, before["slots"])
        assert "error" not in await wish(core, 7, {"probe-1": {"gain": 60}})


async def test_w17_a_device_may_refuse_what_its_profile_allows(
    broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stubborn(_driver: ProbeDriver, settings: Json) -> None:
        if settings["gain"] == 13:
            raise DeviceRefused("not on a Friday")

    monkeypatch.setattr(ProbeDriver, "configure", stubborn)
    async with cloud(broker.port) as core, running_agent(tmp_path / "s", broker, SILENT) as agent:
        await works(agent)
        await wish(core, 1, {"probe-1": {"gain": 12}})
        report = await wish(core, 2, {"probe-1": {"gain": 13}})
        assert report["slots"]["probe-1"]["values"]["gain"] == 12
        assert report["slots"]["probe-1"]["rejected"] == {"gain": "device_refused: not on a Friday"}


async def test_w17_settings_that_make_a_slot_unhealthy_are_rolled_back(broker: Broker, tmp_path: Path) -> None:
    device = sim("wall")
    async with cloud(broker.port) as core:
        async with listening(device, "tcp://127.0.0.1:0") as address:
            slots = wall(address)
            agents = running_agent(tmp_path / "s", broker, slots, roll_back_s=1.0)
            agent = await agents.__aenter__()
            await works(agent, "wall")
            await wish(core, 1, {"wall": {"brightness": 50}})
            await until(lambda: agent.twin._slots["wall"].before is None, "what works is kept")
            assert (await wish(core, 2, {"wall": {"brightness": 5}}))["slots"]["wall"]["values"] == {"brightness": 5}
        try:  # the device has gone with its new settings
            await until(lambda: core.documents("twin/reported")[-1]["slots"]["wall"]["rejected"], "rolled back")
            report = core.documents("twin/reported")[-1]
            assert report["slots"]["wall"]["rejected"] == {"brightness": "rolled_back"}
            assert report["slots"]["wall"]["values"] == {"brightness": 50}
            assert report["applied_rev"] == 2
            async with listening(device, address):
                await works(agent, "wall")
                await until(lambda: device.state["brightness"] == 50, "the device has its old settings")
        finally:
            await agents.__aexit__(None, None, None)
        async with running_agent(tmp_path / "s", broker, slots) as agent:
            await until(lambda: agent.uplink.connected, "connected")
            assert agent.twin.settings("wall") == {"brightness": 50}


async def test_w17_settings_of_a_slot_that_was_broken_before_are_not_blamed(broker: Broker, tmp_path: Path) -> None:
    async with (
        cloud(broker.port) as core,
        running_agent(tmp_path / "s", broker, wall("tcp://127.0.0.1:9"), roll_back_s=0.3) as agent,
    ):
        await until(lambda: agent.supervisor.slots["wall"].status.health == "stale", "it is lost")
        await wish(core, 1, {"wall": {"brightness": 50}})
        await asyncio.sleep(0.8)
        assert agent.twin.settings("wall") == {"brightness": 50}
