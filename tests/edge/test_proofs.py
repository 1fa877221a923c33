"""What a wall has proved, who may say so, and that a page and its controller are one wall."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from devices.driver import Fault
from devices.watermark import Watermark
from edge.host import Notes, Services, SlotHost
from edge.live import LiveBoard
from edge.proofs import Proofs, Shown
from edge.recorder import Recorder
from edge.screens import Screens
from edge.signals import Signals
from edge.walls import SAID_HOLDS_S, Walls
from provisioning.clock import SystemClock
from tests.edge.stations import data_of, recorder
from tests.waiting import until

CONTENT, OTHER = "a" * 64, "b" * 64


@dataclass
class Scene:
    """A station with the page `wall` and its controller."""

    records: Recorder
    services: Services
    now_s: float = 1000.0
    shown: Shown = field(default_factory=lambda: Shown(CONTENT, 7))

    @property
    def proofs(self) -> Proofs:
        """The proofs of the station."""
        assert self.services.proofs is not None
        return self.services.proofs

    def host(self, slot: str) -> SlotHost:
        """Return a slot's side of the agent."""
        return SlotHost(slot, "wall", self.services, Notes(lambda: None))

    async def proved(self) -> list[tuple[str, str]]:
        """Return (level, by) of what was stored."""
        rows = await self.records.outbox.drain("evidence", 0, 100)
        found = [data_of(row.text) for row in rows]
        return [(str(data["level"]), str(data["by"])) for data in found if "level" in data]


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with recorder(tmp_path) as records:
        made: Scene
        services = Services(
            tmp_path, SystemClock(), records, Signals(records), LiveBoard(), Screens(),
            walls=Walls(["wall", "wall-controller"], lambda: made.now_s), proofs=Proofs(records, lambda _: made.shown),
        )  # fmt: skip
        made = Scene(records, services)
        yield made


def votes(scene: Scene, slot: str) -> list[str]:
    """Return the signals that a slot has."""
    return [signal for name, signal in scene.services.signals._trackers if name == slot]


async def test_levels_rise_and_are_stored_once(scene: Scene) -> None:
    claim = scene.proofs.claim
    assert not await claim("wall", "driven", "controller", CONTENT)
    assert await claim("wall", "rendered", "page", CONTENT, 3)
    assert await claim("wall", "rendered", "pixels", CONTENT, 4)
    assert await claim("wall", "rendered", "page", CONTENT, 5)
    assert await claim("wall", "driven", "connector", CONTENT)
    mark = Watermark.of(CONTENT, scene.records.author.timekeeper.now()).text
    assert await scene.proofs.seen("wall", mark)
    assert await scene.proofs.seen("wall", mark)
    assert await scene.proved() == [
        ("rendered", "page"), ("rendered", "pixels"), ("driven", "connector"), ("seen", "camera")
    ]  # fmt: skip


async def test_other_content_proves_nothing_and_new_content_begins_anew(scene: Scene) -> None:
    assert not await scene.proofs.claim("wall", "rendered", "page", OTHER, 3)
    assert not await scene.proofs.claim("wall", "rendered", "page", "", 3)
    await scene.proofs.claim("wall", "rendered", "page", CONTENT, 3)
    scene.shown = Shown(OTHER, 8)
    mark = Watermark.of(CONTENT, scene.records.author.timekeeper.now()).text
    assert not await scene.proofs.seen("wall", mark)
    assert not await scene.proofs.seen("wall", "https://example.org")
    assert await scene.proofs.claim("wall", "rendered", "page", OTHER, 4)
    assert await scene.proved() == [("rendered", "page")] * 2


async def test_a_wall_with_a_fault_proves_nothing_until_it_is_over(scene: Scene) -> None:
    host = scene.host("wall")
    await scene.proofs.claim("wall", "rendered", "page", CONTENT, 3)
    host.fault(Fault("black", "driver", "the picture is black"))
    assert not await scene.proofs.claim("wall", "rendered", "page", CONTENT, 4)
    host.fault(None)
    assert await scene.proofs.claim("wall", "rendered", "page", CONTENT, 5)
    assert await scene.proved() == [("rendered", "page")] * 2


async def test_a_page_and_its_controller_have_one_vote(scene: Scene) -> None:
    page, controller = scene.host("wall"), scene.host("wall-controller")
    page.sample("wall", "on")
    assert votes(scene, "wall") == []  # the controller has not said anything yet
    controller.sample("wall", "on")
    page.sample("wall", "on")
    assert votes(scene, "wall") == ["wall"]
    assert votes(scene, "wall-controller") == []
    walls = scene.services.walls
    assert walls.seen == ["wall"]
    assert [walls.vote("wall", value) for value in ("on", "off")] == ["on", "off"]
    controller.sample("wall", "off")
    assert walls.vote("wall", "on") == "off"
    scene.now_s += SAID_HOLDS_S
    assert [walls.vote("wall", value) for value in ("on", "off")] == [None, "off"]


async def test_a_controller_that_is_on_proves_that_its_page_is_driven(scene: Scene) -> None:
    running = asyncio.create_task(scene.proofs.run())
    controller = scene.host("wall-controller")
    controller.sample("wall", "on")
    await asyncio.sleep(0)
    assert await scene.proved() == []
    await scene.proofs.claim("wall", "rendered", "page", CONTENT, 3)
    controller.sample("wall", "on")
    await until(lambda: scene.records.outbox.head("evidence").last == 2, "the second proof is stored")
    assert await scene.proved() == [("rendered", "page"), ("driven", "controller")]
    controller.sample("wall", "off")
    await scene.proofs.claim("wall", "rendered", "page", CONTENT, 4)
    assert (await scene.proved())[-1] == ("rendered", "page")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_wall_that_is_no_longer_seen_falls_back_to_what_it_held(scene: Scene) -> None:
    host, running = scene.host("camera-1"), asyncio.create_task(scene.proofs.run())
    await scene.proofs.claim("wall", "rendered", "page", CONTENT, 3)
    host.unseen("wall")
    host.unseen("nowhere")
    mark = Watermark.of(CONTENT, scene.records.author.timekeeper.now())
    assert abs(host.epoch_minute() % (1 << 20) - mark.minute) <= 1
    assert await host.seen("wall", mark.text)
    host.unseen("wall")
    wanted = [("rendered", "page"), ("seen", "camera"), ("rendered", "page")]
    await until(lambda: _told(scene, 3), "the fall is stored")
    assert await scene.proved() == wanted
    assert await host.seen("wall", mark.text)
    assert await scene.proved() == [*wanted, ("seen", "camera")]
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def _told(scene: Scene, count: int) -> bool:
    return scene.records.outbox.head("evidence").last >= count
