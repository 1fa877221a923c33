"""A camera by ONVIF: ipycam, which nobody here wrote, is found, says what it is, and its stream plays."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import cv2
import pytest
from aiohttp import web

from devices import cli
from devices.drivers import load_search
from devices.errors import ConfigurationError, DeviceLost
from devices.losses import fault_of
from devices.recording import RecordingHost
from devices.search import search_for
from devices.transport import open_transport
from tests.devices.cameras.rendered import Hall
from tests.devices.cameras.test_rtsp_camera import watching
from tests.peers.onvif import onvif_camera
from tests.peers.rtsp import PASSWORD
from tests.waiting import free_port, until

#: The wall's clock: a token that is of another time is refused.
SPEED = 50.0


def picture_in(folder: Path) -> Path:
    path = folder / "hall.png"
    cv2.imwrite(str(path), cv2.resize(Hall().picture(43_200), (640, 360)))
    return path


async def test_it_is_found_says_what_it_is_and_its_stream_is_watched(tmp_path: Path) -> None:
    host = RecordingHost(tmp_path, speed=SPEED)
    async with onvif_camera(picture_in(tmp_path)) as real:
        found = await search_for(load_search("rtsp-camera"), "127.0.0.1", real.udp_port, 2.0)
        assert found == {
            f"onvif://127.0.0.1:{real.http_port}/onvif/device_service": {
                "at": f"127.0.0.1:{real.http_port}/onvif/device_service", "name": "hall-cam", "hardware": "",
            }
        }  # fmt: skip
        async with watching(real.address(), host) as (driver, _):
            await until(lambda: host.lives, "pictures come", 20)
            about = await driver.command("about", {}, host)
    assert (about["manufacturer"], about["model"], about["serial"]) == ("PythonCam", "VirtualCam-1", "PY-000001")
    assert about["streams"] == "Profile_Main:H264:1920x1080 Profile_Sub:H264:640x360"
    assert str(about["snapshot"]).endswith("/snapshot.jpg")


async def test_a_wrong_password_is_said_as_such(tmp_path: Path) -> None:
    host = RecordingHost(tmp_path, speed=SPEED)
    async with onvif_camera(picture_in(tmp_path)) as real:
        for address in (real.address(password="nonsense"), f"onvif://127.0.0.1:{real.http_port}"):  # noqa: S106
            with pytest.raises(ConfigurationError, match="refuses the user or the password") as refused:
                async with watching(address, host) as (_, task):
                    await task
            assert "nonsense" not in str(refused.value)
            assert PASSWORD not in str(refused.value)


@asynccontextmanager
async def http_that_says(body: bytes, status: int = 200) -> AsyncIterator[int]:
    async def say(_: web.Request) -> web.Response:
        return web.Response(body=body, status=status)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", say)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield port
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"<html>It works</html>", "protocol"),
        (b'<!DOCTYPE x [<!ENTITY a "a">]><x>&a;</x>', "protocol"),
        (b"<e><Body><Fault><Reason><Text>Action not supported</Text></Reason></Fault></Body></e>", "rejected"),
    ],
)
async def test_somebody_else_there(tmp_path: Path, body: bytes, fault: str) -> None:
    host = RecordingHost(tmp_path, speed=SPEED)
    async with http_that_says(body) as port:
        with pytest.raises(DeviceLost) as lost:
            async with watching(f"onvif://admin:x@127.0.0.1:{port}", host) as (_, task):
                await task
    assert fault_of(lost.value) == fault


def test_an_address_needs_a_host() -> None:
    with pytest.raises(ConfigurationError, match="onvif://user"):
        open_transport("onvif:///x")


def test_the_command_line_finds_it_and_says_so_when_nobody_answers(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["rtsp-camera", "--to", "127.0.0.1", "--port", str(free_port()), "--seconds", "0.2"]
    assert cli.search(words) == cli.UNREACHABLE
    assert "nothing at 127.0.0.1 answered" in capsys.readouterr().err
