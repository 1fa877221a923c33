"""A wall whose browser the agent runs: proved by its pixels; each way of showing nothing is found, named, mended."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import devices.drivers.wall_page as page
from devices.renderer import devtools, watchdog
from tests.edge.renderers import BLACK, DEAF, Rendered, rendered
from tests.edge.stations import data_of
from tests.waiting import until

pytestmark = pytest.mark.browser


@pytest.fixture
async def wall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rendered]:
    """Yield a wall that is looked at ten times as often as in a hall; its connector is a file."""
    for module, name, seconds in (
        (watchdog, "PROBE_S", 0.5), (watchdog, "RECHECK_S", 0.2), (watchdog, "SETTLE_S", 0.5),
        (devtools, "ANSWER_TIMEOUT_S", 1.5), (page, "SAMPLE_S", 0.5), (page, "ALIVE_S", 6.0), (page, "STALE_S", 2.0),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, seconds)
    folder = tmp_path / "drm" / "card0-HDMI-A-1"
    folder.mkdir(parents=True)
    (folder / "status").write_text("connected\n")
    async with rendered(tmp_path, f"&connector=HDMI-A-1&drm={tmp_path}/drm") as found:
        await until(lambda: found.status.health == "good", "the page is up", 30)
        yield found


async def is_mended(wall: Rendered, fault: str) -> None:
    """Wait until a fault is told, and until it is over."""
    await until(lambda: wall.status.fault == fault, f"{fault} is told", 30)
    assert wall.status.health == "stale"
    assert wall.live["fault"] == fault
    await until(lambda: wall.status.health == "good", f"{fault} is mended", 30)
    assert wall.live["fault"] is None


async def test_what_goes_wrong_is_found_named_and_mended(wall: Rendered, tmp_path: Path) -> None:
    head = wall.agent.outbox.head
    await until(lambda: head("evidence").last >= 3, "the page has proved itself, its pixels and its cable", 30)
    assert await wall.proofs() == [("rendered", "page", 1), ("rendered", "pixels", 1), ("driven", "connector", 1)]

    await wall.evaluate(BLACK)
    await is_mended(wall, "black")
    wall.freeze()
    await is_mended(wall, "frozen")
    await wall.evaluate(DEAF)
    await wall.show()
    await is_mended(wall, "stale")
    (tmp_path / "drm" / "card0-HDMI-A-1" / "status").write_text("disconnected\n")
    await until(lambda: wall.status.fault == "cable", "the pulled cable is told", 30)
    assert wall.status.cause == "unplugged"
    (tmp_path / "drm" / "card0-HDMI-A-1" / "status").write_text("connected\n")
    await until(lambda: wall.status.health == "good", "the cable is back", 30)

    assert [fault for health, _, fault in await wall.changes() if health == "stale"] == [
        "black", "frozen", "stale", "cable"
    ]  # fmt: skip
    rows = await wall.agent.outbox.drain("ops", 0, 100)
    restarts = [data_of(row.text) for row in rows if json.loads(row.text)["type"].endswith("renderer.restarted.v1")]
    assert [(one["fault"], one["restarts"]) for one in restarts] == [("black", 1), ("frozen", 2), ("stale", 3)]
    await until(lambda: wall.live["connector"] == "connected", "the cable is shown")
    assert (await wall.proofs())[-1] == ("driven", "connector", 2)
