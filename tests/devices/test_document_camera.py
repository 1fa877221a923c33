"""The document camera: OpenCV opens a real stream of pictures over HTTP. No test here has a UVC device at hand."""

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from devices.documents import MAX_KEPT, DocumentStore
from devices.driver import Driver, Json, SlotConfig
from devices.drivers import load_driver
from devices.errors import ConfigurationError, DeviceLost, DeviceRefused
from devices.recording import RecordingHost
from devices.simulators.camera import PageCamera, jpeg_of
from devices.simulators.service import listening
from devices.transport import Transport, open_transport
from devices.transports.memory import cable
from tests.devices.benches import driving
from tests.devices.waiting import until


@asynccontextmanager
async def driven(
    transport: Transport, host: RecordingHost, **options: object
) -> AsyncIterator[tuple[Driver, "asyncio.Task[None]"]]:
    config = SlotConfig("st-01", "camera-1", "kiosk", transport.address, options={"poll_s": 10.0, **options})
    driver = load_driver("document-camera")(config, transport)
    async with driving(driver, host) as run:
        yield driver, run


@asynccontextmanager
async def photographing(
    tmp_path: Path, start: Json | None = None
) -> AsyncIterator[tuple[PageCamera, RecordingHost, Driver]]:
    camera, host = PageCamera(start), RecordingHost(tmp_path, speed=20)
    async with (
        listening(camera, "tcp://127.0.0.1:0") as address,
        open_transport(address) as transport,
        driven(transport, host) as (driver, _),
    ):
        assert address.startswith("mjpeg://")
        await until(lambda: host.lives)
        yield camera, host, driver


async def test_a_captured_document_stays_here_and_its_hash_is_told(tmp_path: Path) -> None:
    async with photographing(tmp_path) as (_, host, driver):
        assert {"picture": "ok", "width": 1280, "height": 960, "kept": 0}.items() <= host.lives[0].items()
        result = await driver.command("capture", {}, host)
        (path,) = (tmp_path / "documents").glob("*.jpg")
        picture = path.read_bytes()
        assert result["sha256"] == path.stem == hashlib.sha256(picture).hexdigest()
        assert (picture[:2], len(picture), oct(path.stat().st_mode & 0o777)) == (b"\xff\xd8", result["bytes"], "0o600")
        assert [(one.name, one.data, one.stream) for one in host.events] == [("document.captured", result, "ops")]
        assert set(result) == {"sha256", "bytes", "width", "height", "sharpness", "keep_s"}
        assert await driver.command("discard", {"sha256": path.stem}, host) == {"discarded": True}
        assert not path.exists()
        assert await driver.command("discard", {"sha256": "../" * 20}, host) == {"discarded": False}


@pytest.mark.parametrize("what", ["blurred", "black"])
async def test_a_picture_that_nobody_can_read_is_refused_and_not_kept(what: str, tmp_path: Path) -> None:
    async with photographing(tmp_path, {"picture_of": what}) as (camera, host, driver):
        assert host.lives[0]["picture"] == what
        with pytest.raises(DeviceRefused, match=what):
            await driver.command("capture", {}, host)
        assert not host.events
        await camera.change({"picture_of": "page"})
        await until(lambda: host.lives[-1]["picture"] == "ok")
        await driver.command("capture", {}, host)


async def test_it_keeps_pictures_for_as_many_hours_as_it_is_told(tmp_path: Path) -> None:
    async with photographing(tmp_path) as (_, host, driver):
        await driver.configure({"keep_hours": 2})
        with pytest.raises(DeviceRefused):
            await driver.configure({"keep_hours": 2, "colour": "red"})
        assert (await driver.command("capture", {}, host))["keep_s"] == 7200
        (path,) = (tmp_path / "documents").glob("*.jpg")
        old = time.time() - 7201
        os.utime(path, (old, old))
        await until(lambda: not path.exists())
        await until(lambda: host.lives[-1]["kept"] == 0)


async def test_a_camera_of_this_machine_that_is_pulled_out_is_a_loss_of_usb(tmp_path: Path) -> None:
    """A file in place of /dev/video…: OpenCV reads none with V4L2, so what is seen here is the node that goes."""
    node = tmp_path / "video7"
    node.write_bytes(b"")
    host = RecordingHost(tmp_path, speed=200)
    async with open_transport(f"video:{node}") as transport, driven(transport, host) as (_, run):
        with pytest.raises(DeviceLost, match="no picture within") as lost:
            await asyncio.wait_for(run, 10)
        assert lost.value.cause == "usb"
    node.unlink()
    with pytest.raises(DeviceLost, match="not there") as lost:
        async with open_transport(f"video:{node}"):
            pass
    assert lost.value.cause == "usb"


@pytest.mark.parametrize("address", ["video:64", "video:camera", "mjpeg:", "video://host/x", "mjpeg:/dev/video0"])
async def test_an_address_that_gives_no_pictures_says_what_to_write(address: str) -> None:
    with pytest.raises(ConfigurationError, match="write video:/dev/video0"):
        open_transport(address)
    near, _ = cable()
    with pytest.raises(ConfigurationError, match="no pictures"):
        load_driver("document-camera")(SlotConfig("st-01", "camera-1", "kiosk", "sim:"), near)


def test_the_folder_holds_a_few_young_pictures_and_no_halves(tmp_path: Path) -> None:
    store = DocumentStore(tmp_path / "documents")
    assert store.sweep(60.0) == 0
    names = [store.keep(b"picture %d" % number) for number in range(MAX_KEPT + 3)]
    for age, name in enumerate(reversed(names)):
        at = time.time() - age
        os.utime(store.folder / f"{name}.jpg", (at, at))
    (store.folder / ".half").write_bytes(b"x")
    assert store.sweep(3600.0) == MAX_KEPT
    assert {path.stem for path in store.folder.iterdir()} == set(names[3:])
    assert store.sweep(0.5) == 1
    assert jpeg_of("page") != jpeg_of("blurred")
