"""The Huidu driver: sessions, brightness, texts that are read back, and cards that do not play along."""

import asyncio
import json
from pathlib import Path

import pytest

from devices.cli import search
from devices.driver import SlotConfig
from devices.drivers.huidu import HuiduDriver
from devices.errors import DeviceLost, DeviceRefused
from devices.recording import RecordingHost
from devices.simulators.huidu import HuiduCard
from devices.simulators.service import listening
from devices.transports.memory import MemoryTransport, cable
from protocols.frames.huidu import AnswerPiece, AskPiece, Assembler, Decoder, Failure, FileDone, Hello, Packet, Welcome
from protocols.frames.huidu_xml import NO_GUID, Answer, Call, from_bytes
from protocols.frames.xml_tree import Element
from tests.devices.controllers import wall


async def test_a_card_that_plays_is_on_and_told_in_full(tmp_path: Path) -> None:
    async with wall("huidu-sdk2", HuiduCard(), tmp_path) as found:
        assert found.host.lives[0] == {
            "power": True, "brightness": 60, "blackout": False, "frozen": False, "input": "boot-1", "input_valid": True,
            "temperature_c": None, "smoke": None, "door_open": None,
        }  # fmt: skip
        assert ("wall", "on") in found.host.samples
        assert await found.command("health") == {"model": "C16", "id": "C16-D00-A01234", "name": "hall"}


async def test_commands_reach_the_card(tmp_path: Path) -> None:
    async with wall("huidu-sdk2", HuiduCard(), tmp_path) as found:
        await found.command("power", on=False)
        await found.shows(power=False)
        assert found.host.samples[-1] == ("wall", "off")
        await found.command("power", on=True)
        await found.command("brightness", percent=35)
        await found.shows(power=True, brightness=35)
        assert found.device.state["mode"] == "default"
        with pytest.raises(DeviceRefused, match="switched off"):
            await found.command("brightness", percent=0)


async def test_a_text_is_played_before_its_command_ends(tmp_path: Path) -> None:
    async with wall("huidu-sdk2", HuiduCard(), tmp_path) as found:
        await found.command("text", text="今日客流 <128> & 更多")
        assert found.device.state["text"] == "今日客流 <128> & 更多"
        await found.shows(input=found.device.state["playing"])
        await found.command("text", text="")
        await found.shows(input=None, input_valid=False)
        await found.hand(stuck=True)
        with pytest.raises(DeviceRefused, match="plays nothing"):
            await found.command("text", text="请排队")


async def test_a_long_text_goes_in_pieces(tmp_path: Path) -> None:
    async with wall("huidu-sdk2", HuiduCard(), tmp_path) as found:
        text = "字" * 1000
        await asyncio.gather(found.command("text", text=text), found.command("health"))
        assert found.device.state["text"] == text


async def test_a_card_that_follows_its_own_schedule_tells_no_brightness(tmp_path: Path) -> None:
    async with wall("huidu-sdk2", HuiduCard({"mode": "ploys"}), tmp_path) as found:
        assert found.host.lives[0]["brightness"] is None
        assert not found.host.samples
        await found.driver.configure({"brightness": 50})
        await found.shows(brightness=50)


async def test_a_card_that_refuses_says_what(tmp_path: Path) -> None:
    async with wall("huidu-sdk2", HuiduCard({"refuses": True}), tmp_path) as found:
        with pytest.raises(DeviceRefused, match="GetLuminancePloy: kPermissionDenied"):
            await asyncio.wait_for(found.run, 5)


async def test_an_occupied_card_is_lost_until_it_is_free(tmp_path: Path) -> None:
    async with wall("huidu-sdk2", HuiduCard({"occupied": True}), tmp_path) as found:
        with pytest.raises(DeviceLost, match="the hello: the device is occupied"):
            await asyncio.wait_for(found.run, 5)


async def test_a_search_finds_the_card(capsys: pytest.CaptureFixture[str]) -> None:
    async with listening(HuiduCard(), "tcp://127.0.0.1:0") as address:
        words = ["huidu-sdk2", "--to", "127.0.0.1", "--port", address.rpartition(":")[2], "--seconds", "0.3"]
        assert await asyncio.to_thread(search, words) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == {"profile": "huidu-sdk2", "address": address, "device": {"id": "C16-D00-A01234"}}


class Hand:
    """The far end of a cable, which answers as it is told."""

    def __init__(self) -> None:
        near, self.far = cable("tcp://h:10001")
        self.near: MemoryTransport = near
        self.decoder = Decoder()

    def driver(self) -> HuiduDriver:
        """Return a driver on the near end."""
        return HuiduDriver(SlotConfig("s", "w", "wall", "tcp://h:10001"), self.near)

    async def answer(self, *packets: Packet) -> None:
        """Send packets."""
        for packet in packets:
            await self.far.write(packet.to_bytes())

    async def asked(self) -> Packet:
        """Return what was asked next."""
        while True:
            for packet in self.decoder.feed(await self.far.read()):
                return packet

    async def greet(self) -> None:
        """Give a session with the GUID `g`."""
        assert isinstance(await self.asked(), Hello)
        await self.answer(Welcome())
        first = await self.asked()
        assert isinstance(first, AskPiece)
        call = from_bytes(Assembler().add(first) or b"")
        assert isinstance(call, Call)
        assert call.guid == NO_GUID
        await self.say(Answer("g", call.method))

    async def say(self, answer: Answer) -> None:
        """Send an answer in one piece."""
        document = answer.to_bytes()
        await self.answer(AnswerPiece(len(document), 0, document))


LATE = Answer("g", "GetDeviceInfo", "kSuccess", (Element("screen", {"width": "1", "height": "x"}),))


async def test_packets_that_answer_nothing_are_passed_over(tmp_path: Path) -> None:
    hand = Hand()

    async def play() -> None:
        await hand.greet()
        await hand.asked()
        await hand.answer(FileDone(0))
        await hand.say(LATE)
        await hand.say(Answer("g", "OpenScreen"))

    async with asyncio.TaskGroup() as group:
        group.create_task(play())
        assert await hand.driver().command("power", {"on": True}, RecordingHost(tmp_path)) == {}


@pytest.mark.parametrize(
    ("packet", "error", "why"),
    [
        (Failure(43), DeviceLost, "GUID is not valid"),
        (Failure(9), DeviceRefused, "no space left"),
        (Failure(77), DeviceRefused, "code 77"),
        (AnswerPiece(9, 4, b"x"), DeviceLost, "a piece at 4"),
        (AnswerPiece(1, 0, b"x"), DeviceLost, "no XML"),
    ],
)
async def test_a_failure_is_judged_by_its_code(
    packet: Packet, error: type[Exception], why: str, tmp_path: Path
) -> None:
    hand = Hand()

    async def play() -> None:
        await hand.greet()
        await hand.asked()
        await hand.answer(packet)

    async with asyncio.TaskGroup() as group:
        group.create_task(play())
        with pytest.raises(error, match=why):
            await hand.driver().command("power", {"on": True}, RecordingHost(tmp_path))


async def test_a_screen_without_size_and_a_greeting_with_a_status_are_losses(tmp_path: Path) -> None:
    hand = Hand()

    async def play() -> None:
        await hand.greet()
        await hand.asked()
        await hand.say(LATE)

    async with asyncio.TaskGroup() as group:
        group.create_task(play())
        with pytest.raises(DeviceLost, match="without size"):
            await hand.driver().command("text", {"text": "x"}, RecordingHost(tmp_path))
    other = Hand()
    await other.answer(Welcome(status=3))
    with pytest.raises(DeviceLost, match="status 3"):
        await other.driver().command("power", {"on": True}, RecordingHost(tmp_path))


async def test_an_answer_without_what_was_asked_for_is_a_loss(tmp_path: Path) -> None:
    hand = Hand()

    async def play() -> None:
        await hand.greet()
        for method in ("GetLuminancePloy", "GetSwitchTime", "GetCurrentPlayProgramGUID"):
            await hand.asked()
            await hand.say(Answer("g", method))

    async with asyncio.TaskGroup() as group:
        group.create_task(play())
        with pytest.raises(DeviceLost, match="has no <mode>"):
            await hand.driver().read_state(RecordingHost(tmp_path))
