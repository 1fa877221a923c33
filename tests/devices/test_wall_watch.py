"""A camera at a wall: a real RTSP stream of a wall's page, slanted, blurred, dark and noisy; and never a false word.

`distorted` is the table of docs/evidence/E-seen.md; `python -m tests.devices.test_wall_watch` prints it.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import cv2
import numpy as np
import pytest
from cv2.typing import MatLike

from devices.driver import SlotConfig
from devices.drivers.wall_watch import MISSES, WallWatchDriver
from devices.errors import ConfigurationError, DeviceLost, DeviceRefused
from devices.marks import find_marks
from devices.recording import RecordingHost
from devices.transport import open_transport
from devices.watermark import Watermark
from tests.peers.rtsp import PASSWORD, USER, camera
from tests.waiting import free_port, until

CONTENT: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#: Of the page at 1920 x 1080: 25 modules (two light ones around) are 100 px wide.
MODULE_PX: Final = 4
#: name -> (width of the camera's picture, turned by degrees about the upright axis, blur sigma px, brightness, noise).
SCENES: Final[dict[str, tuple[int, float, float, float, float]]] = {
    "straight, 1080p": (1920, 0, 0, 1.0, 0),
    "30° from the side": (1920, 30, 0.8, 0.9, 5),
    "dark hall": (1920, 15, 0.8, 0.35, 8),
}

#: What is beyond it, or found in a part of the looks: figures, no promise.
WORSE: Final[dict[str, tuple[int, float, float, float, float]]] = {
    "straight, 720p": (1280, 0, 0, 1.0, 3),
    "720p, soft": (1280, 0, 0.6, 1.0, 5),
    "far: 640 px": (640, 0, 0.6, 1.0, 5),
    "45° from the side": (1920, 45, 0.8, 0.9, 5),
    "60° from the side": (1920, 60, 0.8, 0.9, 5),
    "very dark": (1920, 15, 0.8, 0.12, 8),
    "noise 20": (1920, 15, 0.8, 0.8, 20),
    "noise 45": (1920, 15, 0.8, 0.8, 45),
    "blurred 1.6 px": (1920, 0, 1.6, 0.9, 5),
    "blurred 2.5 px": (1920, 0, 2.5, 0.9, 5),
}


def wall_page(content: str = CONTENT, now: datetime | None = None) -> MatLike:
    """Return the picture of a wall's page with cards of posts and the mark in its head."""
    page = np.full((1080, 1920, 3), (249, 238, 230), np.uint8)
    page[:120] = (191, 95, 31)
    for row in range(3):
        for column in range(3):
            x, y = 40 + column * 620, 150 + row * 290
            cv2.rectangle(page, (x, y), (x + 590, y + 265), (255, 255, 255), -1)
            for line in range(5):
                size = (1.4, 1.7, 0.9, 0.9, 0.9)[line]
                cv2.putText(page, f"POST {row}{column}{line} 220", (x + 30, y + 50 + line * 48),
                            cv2.FONT_HERSHEY_SIMPLEX, size, (46, 33, 24), 2)  # fmt: skip
    mark = Watermark.of(content, now or datetime.now(UTC))
    modules = np.array([[0 if dark == "1" else 255 for dark in row] for row in mark.modules()], np.uint8)
    square = np.pad(modules, 2, constant_values=255).repeat(MODULE_PX, 0).repeat(MODULE_PX, 1)
    page[10:110, 1780:1880] = square[:, :, None]
    return page


def distorted(page: MatLike, scene: tuple[int, float, float, float, float], seed: int = 1) -> MatLike:
    """Return a page as a camera sees it: in perspective in a grey hall, blurred, dark and noisy."""
    width, degrees, blur, light, noise = scene
    height = width * 9 // 16
    turned = np.radians(degrees)
    half_w, half_h, away = 0.44, 0.44 * 9 / 16, 1.25
    corners = []
    for x, y in ((-half_w, -half_h), (half_w, -half_h), (half_w, half_h), (-half_w, half_h)):
        depth = away + x * np.sin(turned)
        corners.append((0.5 + x * np.cos(turned) / depth * away, 0.5 + y * 16 / 9 / depth * away))
    target = np.array(corners, np.float32) * np.array([width, height], np.float32)
    source = np.array([(0, 0), (page.shape[1], 0), (page.shape[1], page.shape[0]), (0, page.shape[0])], np.float32)
    seen = cv2.warpPerspective(page, cv2.getPerspectiveTransform(source, target), (width, height),
                               flags=cv2.INTER_AREA, borderValue=(90, 95, 100))  # fmt: skip
    if blur:
        seen = cv2.GaussianBlur(seen, (0, 0), blur)
    dice = np.random.default_rng(seed)
    values = seen.astype(np.float32) * light + dice.normal(0, noise, seen.shape) if noise else seen * light
    clipped: MatLike = np.clip(values, 0, 255).astype(np.uint8)
    return clipped


def hosted(tmp_path: Path, content: str = CONTENT) -> RecordingHost:
    """Return a host that believes marks of a content, of this minute and the next."""
    host = RecordingHost(tmp_path, speed=20)
    minute = host.epoch_minute()
    for moment in (minute, minute + 1):
        host.proving.add(Watermark.of(content, datetime.fromtimestamp(moment * 60, UTC)).text)
    return host


@asynccontextmanager
async def watching(address: str, host: RecordingHost) -> AsyncIterator["asyncio.Task[None]"]:
    async with open_transport(address) as transport:
        config = SlotConfig("st-01", "camera-1", "camera", address, 60, settings={"wall": "wall", "look_s": 5})
        task = asyncio.create_task(WallWatchDriver(config, transport).run(host))
        try:
            yield task
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError, DeviceLost, ConfigurationError):
                await task


def with_user(where: str, password: str = PASSWORD) -> str:
    return f"rtsp://{USER}:{quote(password, safe='')}@{where}"


async def test_a_real_stream_is_believed_when_the_wall_shows_what_it_should(tmp_path: Path) -> None:
    host, picture = hosted(tmp_path), tmp_path / "wall.png"
    cv2.imwrite(str(picture), distorted(wall_page(), SCENES["30° from the side"]))
    async with camera(picture) as where, watching(with_user(where), host):
        await until(lambda: any(live["state"] == "seen" for live in host.lives), "the mark is seen", 30)
        live = next(live for live in host.lives if live["state"] == "seen")
        assert (live["code"], live["age_min"] in {0, 1}) == (CONTENT[:8], True)
        assert host.marks[0][0] == "wall"
    assert host.unseen_walls[-1] == "wall"  # nobody looks any more
    assert [path.name for path in tmp_path.iterdir()] == ["wall.png"]  # no picture was kept


async def test_other_content_is_never_believed_and_the_level_falls_back(tmp_path: Path) -> None:
    host, picture = hosted(tmp_path), tmp_path / "wall.png"
    cv2.imwrite(str(picture), distorted(wall_page("0" * 64), SCENES["straight, 1080p"]))
    async with camera(picture) as where, watching(with_user(where), host):
        await until(lambda: len(host.lives) > MISSES, "it was looked at", 40)
        assert {live["state"] for live in host.lives} == {"other"}
        assert host.unseen_walls
        cv2.imwrite(str(tmp_path / "black.png"), np.zeros((1080, 1920, 3), np.uint8))
    assert not any(live["state"] == "seen" for live in host.lives)


async def test_a_wrong_password_and_a_wrong_path_are_said_as_such(tmp_path: Path) -> None:
    host, picture = hosted(tmp_path), tmp_path / "wall.png"
    cv2.imwrite(str(picture), np.zeros((360, 640, 3), np.uint8))
    async with camera(picture) as where:
        with pytest.raises(ConfigurationError, match="refuses the user or the password") as refused:
            async with watching(with_user(where, "wrong"), host) as task:
                await task
        assert "wrong" not in str(refused.value).partition("refuses")[0]  # no password in what people read
        with pytest.raises(ConfigurationError, match="no such stream"):
            async with watching(with_user(where.replace("/wall", "/door")), host) as task:
                await task


async def test_nobody_there_and_somebody_else_there(tmp_path: Path) -> None:
    with pytest.raises(DeviceLost, match="cannot connect"):
        async with watching(f"rtsp://127.0.0.1:{free_port()}/wall", hosted(tmp_path)):
            pass

    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"SSH-2.0-OpenSSH_9\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(other, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(DeviceLost, match="no camera"):
            async with watching(f"rtsp://127.0.0.1:{port}/wall", hosted(tmp_path)) as task:
                await task


@pytest.mark.parametrize("scene", SCENES)
def test_scenes(scene: str) -> None:
    found = find_marks(distorted(wall_page(), SCENES[scene]))
    assert [mark.code for mark in found] == [CONTENT[:8]]


def test_other_pictures_hold_no_mark() -> None:
    dice = np.random.default_rng(7)
    page = wall_page()
    page[0:120] = (191, 95, 31)
    others = [page, np.zeros((720, 1280), np.uint8), dice.integers(0, 255, (480, 640, 3)).astype(np.uint8)]
    coder = cv2.QRCodeEncoder.create()
    code = cv2.resize(coder.encode("https://example.com/p/1"), None, fx=6, fy=6, interpolation=cv2.INTER_NEAREST)
    page = wall_page()
    page[0:120] = (191, 95, 31)
    page[400 : 400 + code.shape[0], 400 : 400 + code.shape[1]] = code[:, :, None]
    for picture in [*others, page]:
        assert find_marks(picture) == []


@pytest.mark.parametrize("settings", [{"wall": "Wall 1"}, {"look_s": "soon"}, {"wall": "live"}])
async def test_settings_that_name_no_wall_are_refused(settings: dict[str, Any]) -> None:
    async with open_transport("sim:"):
        pass
    config = SlotConfig("st-01", "camera-1", "camera", "rtsp://127.0.0.1/1", 60)
    driver = WallWatchDriver(config, open_transport("rtsp://127.0.0.1/1"))
    with pytest.raises(DeviceRefused):
        await driver.configure(settings)


def table(rounds: int = 20) -> str:
    """Return the found / not found table over scenes and seeds of the noise."""
    lines = ["| scene | picture | found | false |", "| --- | --- | --- | --- |"]
    for name, scene in (SCENES | WORSE).items():
        found = false = 0
        for seed in range(rounds):
            codes = [mark.code for mark in find_marks(distorted(wall_page(), scene, seed))]
            found += CONTENT[:8] in codes
            false += any(code != CONTENT[:8] for code in codes)
        width, degrees, blur, light, noise = scene
        words = f"{width} px, {degrees:g}°, blur σ {blur:g} px, light {light:g}, noise σ {noise:g}"
        lines.append(f"| {name} | {words} | {found} / {rounds} | {false} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
