"""When a wall page counts as on."""

from pathlib import Path

import pytest

from devices.driver import ScreenBeat, SlotConfig
from devices.drivers.wall_page import ALIVE_S, WallPageDriver
from devices.recording import RecordingHost
from devices.transport import open_transport


class Screen:
    """A wall page driver whose seconds a test decides."""

    def __init__(self, folder: Path) -> None:
        self.host = RecordingHost(folder)
        self.now_s = 1000.0
        config = SlotConfig("st-01", "wall", "wall", "page:")
        self.driver = WallPageDriver(config, open_transport("page:"), lambda: self.now_s)

    async def judge(self, *, after_s: float, age_s: float, frames: int, visible: bool = True) -> str | None:
        """Return what is said of a beat, None for nothing."""
        self.now_s += after_s
        self.host.samples.clear()
        self.host.beat = ScreenBeat(age_s, frames, "hash", visible)
        await self.driver.poll(self.host)
        return self.host.samples[0][1] if self.host.samples else None


@pytest.fixture
def screen(tmp_path: Path) -> Screen:
    """Return a screen that has not beaten yet."""
    return Screen(tmp_path)


async def test_before_the_first_beat_nothing_is_said(screen: Screen) -> None:
    await screen.driver.poll(screen.host)
    assert not screen.host.samples
    assert not screen.host.lives


async def test_moving_frames_are_on_and_one_beat_is_not_enough(screen: Screen) -> None:
    assert await screen.judge(after_s=0, age_s=1, frames=10) is None
    assert await screen.judge(after_s=2, age_s=1, frames=20) == "on"
    assert screen.host.lives[-1] == {
        "wall": "on", "frames": 20, "content": "hash", "beat_age_s": 1, "fault": None
    }  # fmt: skip


async def test_ticks_faster_than_beats_do_not_make_it_blink(screen: Screen) -> None:
    await screen.judge(after_s=0, age_s=0, frames=10)
    await screen.judge(after_s=1, age_s=0, frames=20)
    for age_s in range(1, 24):
        assert await screen.judge(after_s=1, age_s=age_s, frames=20) == "on"


async def test_a_frozen_picture_is_off_although_it_beats(screen: Screen) -> None:
    await screen.judge(after_s=0, age_s=0, frames=10)
    await screen.judge(after_s=1, age_s=0, frames=20)
    assert await screen.judge(after_s=ALIVE_S - 0.1, age_s=0, frames=20) == "on"
    assert await screen.judge(after_s=0.2, age_s=0, frames=20) == "off"
    assert await screen.judge(after_s=0.1, age_s=0, frames=21) == "on"


async def test_a_page_that_went_is_off(screen: Screen) -> None:
    await screen.judge(after_s=0, age_s=0, frames=10)
    await screen.judge(after_s=1, age_s=0, frames=20)
    assert await screen.judge(after_s=ALIVE_S, age_s=ALIVE_S, frames=20) == "off"


async def test_a_page_that_never_moved_is_off_after_its_time(screen: Screen) -> None:
    assert await screen.judge(after_s=0, age_s=0, frames=10) is None
    assert await screen.judge(after_s=ALIVE_S - 0.1, age_s=0, frames=10) is None
    assert await screen.judge(after_s=0.2, age_s=0, frames=10) == "off"


async def test_a_hidden_page_is_off(screen: Screen) -> None:
    await screen.judge(after_s=0, age_s=0, frames=10)
    assert await screen.judge(after_s=1, age_s=0, frames=20, visible=False) == "off"


async def test_a_reloaded_page_counts_from_zero_and_stays_on(screen: Screen) -> None:
    await screen.judge(after_s=0, age_s=0, frames=1000)
    await screen.judge(after_s=1, age_s=0, frames=1010)
    assert await screen.judge(after_s=1, age_s=0, frames=3) == "on"
