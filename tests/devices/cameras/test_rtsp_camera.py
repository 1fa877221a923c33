"""A camera over RTSP, GStreamer's server and the shipped one: what is told, what is kept and what is not."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import cv2
import pytest

from devices.driver import Json, SlotConfig
from devices.drivers.rtsp_camera import RtspCameraDriver
from devices.errors import ConfigurationError, DeviceLost, DeviceRefused
from devices.losses import fault_of
from devices.recording import RecordingHost
from devices.simulators.rtsp_camera import RtspCamera
from devices.simulators.service import listening
from devices.transport import open_transport
from tests.devices.benches import driving
from tests.devices.cameras.rendered import Hall
from tests.peers.rtsp import PASSWORD, USER, camera
from tests.waiting import until

SPEED = 50.0


@asynccontextmanager
async def watching(
    address: str, host: RecordingHost, settings: Json | None = None
) -> AsyncIterator[tuple[RtspCameraDriver, "asyncio.Task[None]"]]:
    """Run the driver at an address."""
    async with open_transport(address) as transport:
        config = SlotConfig("st-01", "camera-1", "camera", address, 60, settings=settings or {})
        driver = RtspCameraDriver(config, transport)
        async with driving(driver, host) as task:
            yield driver, task


def states(host: RecordingHost) -> list[object]:
    """Return the states that were told as events."""
    return [one.data["state"] for one in host.events if one.name == "health.changed"]


async def test_a_real_stream_is_read_and_one_picture_over_and_over_is_frozen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GStreamer repeats one file: to the camera's watcher a sensor that is stuck. The password lies in a file."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "cam").write_text(PASSWORD, "utf-8")
    picture = tmp_path / "hall.png"
    cv2.imwrite(str(picture), cv2.resize(Hall(clock=False).picture(43_200), (640, 360)))
    host = RecordingHost(tmp_path, speed=SPEED)
    async with camera(picture) as where, watching(f"rtsp://{where}", host, {"user": USER, "secret": "cam"}):
        await until(lambda: any(live["state"] == "frozen" for live in host.lives), "the picture is frozen", 20)
        live = host.lives[-1]
        assert isinstance(live["pictures_per_s"], float)
        assert live["pictures_per_s"] > 2
        assert live["lost_packets"] == 0
    fault = next(one for one in host.faults if one)
    assert (fault.name, fault.cause) == ("frozen", "driver")
    assert states(host)[-1] == "frozen"  # at first an encoder that settles makes each picture another
    assert PASSWORD not in json.dumps([dict(one.data) for one in host.events])


async def test_a_wrong_password_and_a_wrong_path_are_said_as_such(tmp_path: Path) -> None:
    host, picture = RecordingHost(tmp_path, speed=SPEED), tmp_path / "hall.png"
    cv2.imwrite(str(picture), Hall().picture(43_200))
    async with camera(picture) as where:
        with pytest.raises(ConfigurationError, match="refuses the user or the password") as refused:
            async with watching(f"rtsp://{USER}:nonsense@{where}", host) as (_, task):
                await task
        assert "nonsense" not in str(refused.value)
        assert fault_of(refused.value) == "settings"
        with pytest.raises(ConfigurationError, match="refuses the user or the password"):
            async with watching(f"rtsp://{where}", host) as (_, task):
                await task
        door = where.replace("/wall", "/door")
        with pytest.raises(ConfigurationError, match="no such stream"):
            async with watching(f"rtsp://{USER}:Hik%4012345@{door}", host) as (_, task):
                await task
    assert not host.lives


async def test_each_fault_begins_and_ends_and_is_told_once(tmp_path: Path) -> None:
    device, host = RtspCamera(), RecordingHost(tmp_path, speed=SPEED)

    async def shows(what: str, state: str) -> None:
        host.lives.clear()
        await device.change({"picture_of": what})
        await until(lambda: any(live["state"] == state for live in host.lives), f"{what} is {state}", 20)

    async with listening(device, "tcp://127.0.0.1:0") as address:
        async with watching(address, host, {"sample_s": 5}):
            await shows("hall", "ok")
            for what in ("black", "frozen", "defocus", "moved"):
                await shows(what, what)
                await shows("hall", "ok")
        assert states(host) == ["ok", "black", "ok", "frozen", "ok", "defocus", "ok", "moved", "ok"]
        assert [one.name for one in host.faults if one and one.name == "black"]
        assert host.faults[-1] is None
        async with watching(address, host) as (_, task):  # another run knows what the last one had told
            await until(lambda: len(host.lives) > 3, "it runs again", 10)
            device.pause(on=True)
            with pytest.raises(DeviceLost, match="nothing came within"):
                await task
    assert states(host)[9:] == ["lost"]
    assert {path.name for path in tmp_path.iterdir()} == {"view.json"}  # no picture was kept
    assert all(isinstance(value, int | float | str | list) for light in json.loads(
        (tmp_path / "view.json").read_text("utf-8"))["lights"].values() for value in light.values())  # fmt: skip


async def test_a_snapshot_is_masked_bounded_kept_here_and_told_without_the_picture(tmp_path: Path) -> None:
    device, host = RtspCamera(), RecordingHost(tmp_path, speed=SPEED)
    wished = {"masks": "0,0 0.5,0 0.5,1 0,1", "snapshot_on_fault": True}
    async with listening(device, "tcp://127.0.0.1:0") as address, watching(address, host, wished) as (driver, _):
        told = await driver.command("snapshot", {}, host)
        path = tmp_path / "snapshots" / f"{told['sha256']}.jpg"
        assert path.stat().st_mode & 0o777 == 0o600
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        assert picture is not None
        assert picture[:, :150].max() < 16  # under the mask
        assert (told["masks"], told["why"], told["keep_s"]) == (1, "command", 86_400)
        await until(lambda: any(live["state"] == "ok" for live in host.lives), "it is known", 20)
        await device.change({"picture_of": "moved"})
        await until(lambda: len(host.events) >= 4, "the fault has its picture", 20)
        assert [one.name for one in host.events][-2:] == ["health.changed", "snapshot.taken"]
        assert host.events[-1].data["why"] == "moved"
        assert await driver.command("discard", {"sha256": told["sha256"]}, host) == {"discarded": True}
        assert await driver.command("learn", {}, host) == {}
        host.lives.clear()
        await until(lambda: any(live["state"] == "ok" for live in host.lives), "the new view is the usual one", 20)
        with pytest.raises(DeviceRefused, match="mask"):
            await driver.configure({"masks": "0,0 1,1"})


async def test_pictures_that_cannot_be_read_end_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device, host = RtspCamera(), RecordingHost(tmp_path, speed=SPEED)
    monkeypatch.setattr("devices.simulators.rtsp_camera.idr", lambda *_: b"\x65" + b"\xff" * 3000)
    async with listening(device, "tcp://127.0.0.1:0") as address:
        with pytest.raises(DeviceLost, match="cannot be read") as lost:
            async with watching(address, host) as (_, task):
                await asyncio.wait_for(task, 20)
    assert fault_of(lost.value) == "protocol"


async def test_a_picture_over_http_is_no_stream(tmp_path: Path) -> None:
    transport = open_transport("mjpeg://127.0.0.1:9/x")
    with pytest.raises(ConfigurationError, match="gives no video"):
        RtspCameraDriver(SlotConfig("st-01", "c", "camera", "mjpeg://127.0.0.1:9/x"), transport)
    assert not list(tmp_path.iterdir())


async def test_what_was_learned_under_other_masks_is_not_remembered(tmp_path: Path) -> None:
    device, host = RtspCamera(), RecordingHost(tmp_path, speed=SPEED)
    left = {"masks": "0,0 0.5,0 0.5,1 0,1"}

    async def first_state(settings: Json) -> object:
        host.lives.clear()
        async with watching(address, host, settings):
            await until(lambda: host.lives, "it runs", 10)
            first = host.lives[0]["state"]
            await until(lambda: any(live["state"] == "ok" for live in host.lives), "it is known", 20)
        return first

    async with listening(device, "tcp://127.0.0.1:0") as address:
        assert [await first_state(one) for one in (left, left, {})] == ["learning", "ok", "learning"]
    (tmp_path / "view.json").write_text("[]", "utf-8")
    async with listening(device, "tcp://127.0.0.1:0") as address:
        assert await first_state({}) == "learning"
