"""The Onbon driver: logins, texts, pictures that are read back, sensors, and cards that do not play along."""

import asyncio
import hashlib
import json
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from devices.cli import probe, search
from devices.driver import SlotConfig
from devices.drivers.onbon import OnbonDriver
from devices.errors import ConfigurationError, DeviceLost, DeviceRefused
from devices.recording import RecordingHost
from devices.simulators.onbon import CARD, OnbonCard
from devices.simulators.service import listening, socket_server
from devices.transport import open_transport
from devices.transports.http import MAX_ANSWER_BYTES
from protocols.frames.onbon import SEARCH, Answer, Call, Card, Cover, covered, from_bytes, uncovered
from tests.devices.controllers import wall


async def test_a_card_that_plays_is_on_and_told_in_full(tmp_path: Path) -> None:
    async with wall("onbon-bxy", OnbonCard(), tmp_path) as found:
        assert found.host.lives[0] == {
            "power": True, "brightness": 60, "blackout": False, "frozen": False, "input": "program/program_1.xml",
            "input_valid": True, "temperature_c": 38.0, "smoke": False, "door_open": None,
        }  # fmt: skip
        assert ("wall", "on") in found.host.samples
        assert await found.command("health") == {
            "humidity_percent": 45.0, "controllertype": "9048", "firmwareversion": "18051400",
        }  # fmt: skip


async def test_commands_reach_the_card(tmp_path: Path) -> None:
    async with wall("onbon-bxy", OnbonCard(), tmp_path) as found:
        await found.command("power", on=False)
        await found.command("freeze", on=True)
        await found.command("brightness", percent=1)
        await found.shows(power=False, frozen=True, brightness=1)
        assert found.host.samples[-1] == ("wall", "off")
        with pytest.raises(DeviceRefused, match="switched off"):
            await found.command("brightness", percent=0)
        await found.command("text", text="今日客流 128")
        assert found.device.state["text"] == "今日客流 128"
        await found.command("text", text="")
        assert found.device.state["text"] == ""


async def test_a_card_that_has_forgotten_the_login_is_logged_in_to_again(tmp_path: Path) -> None:
    async with wall("onbon-bxy", OnbonCard(), tmp_path) as found:
        for _ in range(3):
            await found.hand(logged_in=False)
            await found.command("power", on=True)
            assert found.device.state["logged_in"] is True


async def test_a_text_may_be_a_bulletin_above_what_is_playing(tmp_path: Path) -> None:
    card, host = OnbonCard(), RecordingHost(tmp_path)
    async with listening(card, "tcp://127.0.0.1:0") as address, open_transport(address) as transport:
        config = SlotConfig("s", "w", "wall", address, options={"text": "bulletin"})
        driver = OnbonDriver(config, transport)
        await driver.command("text", {"text": "通知"}, host)
        assert card.state["text"] == "通知"
        await driver.command("text", {"text": ""}, host)
        assert card.state["text"] == ""
        with pytest.raises(ConfigurationError, match="shout"):
            OnbonDriver(SlotConfig("s", "w", "wall", address, options={"text": "shout"}), transport)


async def test_a_picture_is_what_the_card_shows_now(tmp_path: Path) -> None:
    async with wall("onbon-bxy", OnbonCard(), tmp_path) as found:
        for power, grey in ((True, 200), (False, 0)):
            await found.command("power", on=power)
            result = await found.command("screenshot")
            data = (tmp_path / "screenshot.png").read_bytes()
            assert result == {
                "file": "screenshot.png", "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(),
            }  # fmt: skip
            with Image.open(BytesIO(data)) as picture:
                assert picture.size == (128, 96)
                assert picture.getextrema() == (grey, grey)


async def test_a_probe_keeps_the_picture_where_it_is_told_to(tmp_path: Path) -> None:
    async with listening(OnbonCard(), "tcp://127.0.0.1:0") as address:
        words = ["onbon-bxy", address, "--seconds", "0.1", "--command", "screenshot", "--state", str(tmp_path / "kept")]
        assert await asyncio.to_thread(probe, words) == 0
    assert (tmp_path / "kept" / "screenshot.png").read_bytes().startswith(b"\x89PNG")


async def test_a_card_that_never_has_its_picture_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    async with wall("onbon-bxy", OnbonCard({"captures": False}), tmp_path) as found:
        with pytest.raises(DeviceRefused, match="no picture within 60 s"):
            await found.command("screenshot")


async def test_smoke_is_told_and_a_wall_without_sensors_knows_nothing(tmp_path: Path) -> None:
    async with wall("onbon-bxy", OnbonCard(), tmp_path) as found:
        await found.hand(smoke=True)
        await found.shows(smoke=True)
        await found.hand(sensors=False)
        await found.shows(smoke=None, temperature_c=None)
        assert [(one.name, one.data["cause"]) for one in found.host.events] == [("fault.began", "smoke")]


async def test_the_account_is_that_of_the_address(tmp_path: Path) -> None:
    secret = tmp_path / "wall.password"
    secret.write_text("guest\n")
    async with wall("onbon-bxy", OnbonCard(), tmp_path, f"?user=guest&password_file={secret}") as found:
        assert found.host.lives
    async with wall("onbon-bxy", OnbonCard(), tmp_path, "?user=root") as found:
        with pytest.raises(DeviceRefused, match="userLogin: Password"):
            await asyncio.wait_for(found.run, 5)
    async with wall("onbon-bxy", OnbonCard(), tmp_path, f"?password_file={tmp_path}/none") as found:
        with pytest.raises(ConfigurationError, match="password_file"):
            await asyncio.wait_for(found.run, 5)


async def test_a_card_that_refuses_says_what(tmp_path: Path) -> None:
    async with wall("onbon-bxy", OnbonCard({"refuses": True}), tmp_path) as found:
        with pytest.raises(DeviceRefused, match=r"getProperty: Permission \(code 10\)"):
            await asyncio.wait_for(found.run, 5)


async def test_a_search_finds_the_card(capsys: pytest.CaptureFixture[str]) -> None:
    async with listening(OnbonCard(), "tcp://127.0.0.1:0") as address:
        words = ["onbon-bxy", "--to", "127.0.0.1", "--port", address.rpartition(":")[2], "--seconds", "0.3"]
        assert await asyncio.to_thread(search, words) == 0
    assert json.loads(capsys.readouterr().out)["address"] == address


@pytest.mark.parametrize("cover", Cover)
async def test_a_card_answers_a_search_under_the_cover_that_it_came_under(cover: Cover) -> None:
    said = OnbonCard().datagram(covered(SEARCH.to_bytes(), cover, 0x5A))
    assert said is not None
    assert said[:2] == bytes((cover, 0x5A))
    found = from_bytes(uncovered(said))
    assert isinstance(found, Answer)
    assert (found.card, found.output["ip"], found.device) == (CARD, "192.168.0.199", "eth0")


def test_a_card_leaves_what_is_not_for_it() -> None:
    card = OnbonCard()
    for datagram in (b"", b"\x01", b"nonsense", Call("reboot").to_bytes(),
                     Call("searchController", {}, Card("another")).to_bytes()):  # fmt: skip
        assert card.datagram(datagram) is None


def http(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


ANSWERS = {
    "ssh": (b"SSH-2.0-x\r\n", "no HTTP"),
    "nothing": (b"", "no HTTP"),
    "a page": (http(b"<html>"), "no JSON"),
    "another answer": (http(Answer("reboot").to_bytes()), "is one to reboot"),
    "a call": (http(Call("reboot").to_bytes()), "is one to reboot"),
    "a flood": (http(bytes(MAX_ANSWER_BYTES + 1)), "more than"),
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_what_answers_otherwise_is_a_loss(name: str, tmp_path: Path) -> None:
    answer, why = ANSWERS[name]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)

    async with socket_server("tcp://127.0.0.1:0", serve) as where:
        address = where.replace("tcp", "http")
        async with open_transport(address) as transport:
            driver = OnbonDriver(SlotConfig("s", "w", "wall", address), transport)
            with pytest.raises(DeviceLost, match=why):
                await driver.command("power", {"on": True}, RecordingHost(tmp_path))


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (b"GET /share/screen.png HTTP/1.1\r\n\r\n", b"HTTP/1.1 404"),
        (b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", b"HTTP/1.1 200 OK\r\nContent-Type: application/json"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b""),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", b""),
        (b"POST / SPDY/3\r\n\r\n", b""),
        (b"nonsense\r\n\r\n", b""),
        (b"x" * 20_000, b""),
    ],
)
async def test_a_simulated_card_answers_or_hangs_up(request_: bytes, answer: bytes) -> None:
    async with (
        listening(OnbonCard(), "tcp://127.0.0.1:0") as address,
        open_transport(address.replace("http", "tcp")) as line,
    ):
        await line.write(request_)
        if answer:
            assert (await line.read(timeout_s=5)).startswith(answer)
        else:
            with pytest.raises(DeviceLost):
                await line.read(timeout_s=5)
