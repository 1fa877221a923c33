"""Novastar: the npm client against our sending card, our frames through the npm codec, and walls that are not well."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from devices.cli import search
from devices.driver import Driver, SlotConfig
from devices.drivers.novastar import NovastarDriver
from devices.errors import ConfigurationError, DeviceLost, DeviceRefused
from devices.recording import RecordingHost, Stored
from devices.simulators.device import Simulator
from devices.simulators.novastar import NovastarSender
from devices.simulators.service import listening
from devices.transport import open_transport
from devices.transports.memory import MemoryTransport, cable
from firmware_profiles.registry import profile
from protocols.frames.novastar import MONITORING_BYTES, Ack, Decoder, Monitoring, Read, Register, Reply
from tests.devices import controllers
from tests.devices.waiting import until
from tests.peers.modbus import serial_cable
from tests.peers.node import run_node
from tests.protocols.frames.test_novastar import SAMPLES

WELL = {
    "power": True, "brightness": 60, "blackout": False, "frozen": False, "input": "HDMI", "input_valid": True,
    "temperature_c": 38.0, "smoke": False, "door_open": False,
}  # fmt: skip


def config(address: str, name: str = "novastar-m3") -> SlotConfig:
    one = profile(name)
    return SlotConfig("st-01", "wall-controller", "wall", address, options=one.options)


@asynccontextmanager
async def wall(
    tmp_path: Path, start: Mapping[str, object] | None = None
) -> AsyncIterator[tuple[Simulator, Driver, RecordingHost, "asyncio.Task[None]"]]:
    """Yield a simulated wall, its driver at work and what it handed over."""
    async with controllers.wall("novastar-m3", NovastarSender(start), tmp_path) as found:
        yield found.device, found.driver, found.host, found.run


def somewhere_else() -> str | None:
    """Return an address of this machine besides the loopback, which the npm client needs to search from."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        found = str(probe.getsockname()[0])
        return None if found.startswith("127.") else found


@pytest.mark.peer
async def test_the_npm_client_drives_our_sending_card() -> None:
    sender = NovastarSender()
    async with listening(sender, "tcp://127.0.0.1:0") as address:
        (seen,) = await run_node("novastar_client.mjs", address.removeprefix("tcp://"))
    assert seen["model"] == {"ack": 0, "data": "0661"}
    assert seen["before"] == {"ack": 0, "data": "99"}
    assert seen["written"] == {"ack": 0, "data": ""}
    assert seen["after"] == {"ack": 0, "data": "40ffffffff"}
    assert Monitoring.from_bytes(bytes.fromhex(seen["monitoring"]["data"])).temperature_c == 38.0
    assert sender.state["brightness"] == 0x40


@pytest.mark.peer
async def test_the_npm_client_finds_our_sending_card() -> None:
    if somewhere_else() is None:
        pytest.skip("the npm client searches from addresses besides the loopback only, and this machine has none")
    async with listening(NovastarSender(), "tcp://127.0.0.1:5200"):
        (seen,) = await run_node("novastar_client.mjs", "127.0.0.1:5200", "127.0.0.1")
    assert seen["found"] == ["127.0.0.1"]


@pytest.mark.peer
async def test_the_npm_codec_reads_our_frames() -> None:
    given = "".join(f"{frame.to_bytes().hex()}\n" for frame in SAMPLES.values())
    for frame, seen in zip(SAMPLES.values(), await run_node("novastar_decode.mjs", given=given), strict=True):
        reply = isinstance(frame, Reply)
        assert seen["fits"]
        assert seen["head"] == (0x55AA if reply else 0xAA55)
        assert (seen["serno"], seen["address"]) == (frame.serial, frame.address)
        assert seen["source" if reply else "destination"] == frame.place.destination
        assert (seen["deviceType"], seen["port"], seen["rcvIndex"]) == (
            frame.place.device, frame.place.port, frame.place.card,
        )  # fmt: skip
        data = b"" if isinstance(frame, Read) else frame.data
        assert seen["data"] == data.hex()
        assert seen["length"] == (frame.length if isinstance(frame, Read) else len(data))


@pytest.mark.peer
async def test_it_drives_a_wall_on_a_serial_line(tmp_path: Path) -> None:
    sender = NovastarSender()
    async with serial_cable(tmp_path) as (one, other), open_transport(f"serial:{one}?baud=115200") as device:
        serving = asyncio.create_task(sender.serve(device))
        async with controllers.driving("novastar-m3", sender, f"serial:{other}?baud=115200", tmp_path) as found:
            assert found.host.lives[0] == WELL
            await found.command("brightness", percent=25)
            await found.shows(brightness=25)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def test_a_well_wall_is_on_and_says_what_it_measures(tmp_path: Path) -> None:
    async with wall(tmp_path) as (_, driver, host, _run):
        assert host.lives[0] == WELL
        await until(lambda: ("wall", "on") in host.samples)
        assert await driver.command("health", {}, host) == {
            "humidity_percent": 45, "voltage_v": 4.8, "fans_rpm": [1200] * 4,
        }  # fmt: skip


@pytest.mark.parametrize(
    ("hand", "live"),
    [
        ({"input_valid": False}, {"input_valid": False}),
        ({"blackout": True}, {"blackout": True}),
        ({"brightness": 0}, {"brightness": 0}),
        ({"power": False}, {"power": False, "brightness": None, "blackout": None}),
    ],
)
async def test_a_wall_that_shows_nothing_is_off(
    hand: Mapping[str, object], live: Mapping[str, object], tmp_path: Path
) -> None:
    async with wall(tmp_path) as (sender, _, host, _run):
        await sender.change(hand)
        await until(lambda: ("wall", "off") in host.samples)
        assert live.items() <= host.lives[-1].items()


async def test_its_commands_reach_the_cards(tmp_path: Path) -> None:
    async with wall(tmp_path) as (sender, driver, host, _):
        await driver.command("blackout", {"on": True}, host)
        await driver.command("freeze", {"on": True}, host)
        await driver.command("brightness", {"percent": 1}, host)
        await driver.command("input", {"source": "DP"}, host)
        assert (sender.state["blackout"], sender.state["frozen"]) == (True, True)
        assert (sender.state["brightness"], sender.state["input"]) == (3, "DP")
        await until(lambda: {"input": "DP", "frozen": True, "brightness": 1}.items() <= host.lives[-1].items())
        await driver.command("power", {"on": False}, host)
        assert sender.state["power"] is False
        with pytest.raises(DeviceRefused, match="timeout"):
            await driver.command("freeze", {"on": False}, host)
        with pytest.raises(DeviceRefused, match="no input 'VGA'"):
            await driver.command("input", {"source": "VGA"}, host)


async def test_an_input_that_was_selected_and_has_no_signal_is_not_valid(tmp_path: Path) -> None:
    async with wall(tmp_path) as (sender, driver, host, _):
        await driver.command("input", {"source": "SDI"}, host)
        await sender.change({"input": "HDMI"})  # the card goes back to what has a signal
        await until(lambda: {"input": "SDI", "input_valid": False}.items() <= host.lives[-1].items())


async def test_a_card_with_nothing_but_dvi_is_asked_for_that(tmp_path: Path) -> None:
    async with wall(tmp_path, {"knows_inputs": False}) as (sender, _, host, _run):
        assert {"input": "DVI", "input_valid": True}.items() <= host.lives[0].items()
        await sender.change({"input_valid": False})
        await until(lambda: ("wall", "off") in host.samples)


async def test_without_a_function_card_power_is_what_the_cards_show_and_cannot_be_switched(tmp_path: Path) -> None:
    async with wall(tmp_path, {"function_card": False}) as (_, driver, host, _run):
        assert host.lives[0]["power"] is True
        with pytest.raises(DeviceRefused, match="no function card"):
            await driver.command("power", {"on": False}, host)


async def test_without_a_monitor_card_nothing_is_known_of_smoke_and_doors(tmp_path: Path) -> None:
    async with wall(tmp_path, {"monitor_card": False}) as (_, _driver, host, _run):
        assert (host.lives[0]["smoke"], host.lives[0]["door_open"]) == (None, None)


async def test_a_wall_that_gets_its_power_back_gets_its_brightness_back(tmp_path: Path) -> None:
    async with wall(tmp_path) as (sender, driver, host, _):
        await driver.configure({"brightness": 80, "temperature_limit_c": 60})
        assert sender.state["brightness"] == 204
        await sender.change({"power": False})
        await until(lambda: host.lives[-1]["power"] is False)
        await sender.change({"power": True, "brightness": 255})
        await until(lambda: sender.state["brightness"] == 204)


async def test_each_fault_is_told_once_when_it_begins_and_once_when_it_ends_over_restarts_too(tmp_path: Path) -> None:
    def told(host: RecordingHost) -> list[tuple[str, object]]:
        return [(event.name, event.data["cause"]) for event in host.events]

    async with wall(tmp_path) as (sender, driver, host, _):
        await driver.configure({"temperature_limit_c": 60})
        await sender.change({"smoke": True, "temperature_c": 60})
        await until(lambda: len(host.events) == 2)
        assert set(told(host)) == {("fault.began", "smoke"), ("fault.began", "heat")}
        await sender.change({"temperature_c": 57})  # not yet cool enough to have ended
        before = len(host.lives)
        await until(lambda: len(host.lives) > before + 3)
        await sender.change({"temperature_c": 54})
        await until(lambda: len(host.events) == 3)
        assert host.events[-1] == Stored("fault.ended", {"cause": "heat", "temperature_c": 54.0}, "ops")
    async with wall(tmp_path, {"smoke": True, "door_open": True}) as (sender, _, host, _run):
        await until(lambda: len(host.lives) > 3)
        assert told(host) == [("fault.began", "door_open")]
        await sender.change({"monitor_card": False})  # nobody knows: nothing ends
        await until(lambda: host.lives[-1]["smoke"] is None)
        assert len(host.events) == 1
        await sender.change({"monitor_card": True, "smoke": False, "door_open": False})
        await until(lambda: len(host.events) == 3)
        assert set(told(host)[1:]) == {("fault.ended", "smoke"), ("fault.ended", "door_open")}


async def test_a_card_that_refuses_everything_ends_the_run_with_its_words(tmp_path: Path) -> None:
    async with wall(tmp_path) as (sender, _, _host, run):
        await sender.change({"refuses": True})
        with pytest.raises(DeviceRefused, match="unknown command"):
            await asyncio.wait_for(run, 5)


async def test_another_model_selects_inputs_elsewhere(tmp_path: Path) -> None:
    sender = NovastarSender()
    async with listening(sender, "tcp://127.0.0.1:0") as address, open_transport(address) as transport:
        driver = NovastarDriver(config(address, "novastar-vx"), transport)
        await driver.command("input", {"source": "DVI"}, RecordingHost(tmp_path))
    assert sender.state["input"] == "DVI1"


@pytest.mark.parametrize(
    "options",
    [{}, {"inputs": {"HDMI": 1}, "input_register": 1}, {"inputs": {"HDMI": [300, 1]}, "input_register": 1},
     {"inputs": {"HDMI": [1, 7]}, "input_register": 1}, {"inputs": [], "input_register": 1}],
)  # fmt: skip
async def test_options_that_do_not_fit_are_a_configuration_error(options: Mapping[str, object]) -> None:
    with pytest.raises(ConfigurationError, match="Novastar"):
        NovastarDriver(SlotConfig("s", "w", "wall", "sim:", options=options), open_transport("sim:"))


async def answer(far: MemoryTransport, data: bytes, *, before: bytes = b"") -> None:
    """Answer the one request at the far end of a cable with `data`."""
    (request,) = Decoder().feed(await far.read())
    assert isinstance(request, Read)
    reply = Reply(request.place, request.address, Ack.OK, write=False, data=data, serial=request.serial)
    await far.write(before + reply.to_bytes())


async def test_a_late_answer_and_an_echo_are_passed_over(tmp_path: Path) -> None:
    near, far = cable()
    driver = NovastarDriver(config("sim:"), near)
    late = Reply(SAMPLES["probe"].place, Register.MODEL, Ack.OK, write=False, data=b"xx", serial=200).to_bytes()
    async with asyncio.TaskGroup() as group:
        group.create_task(answer(far, bytes(MONITORING_BYTES), before=late + SAMPLES["probe"].to_bytes()))
        found = await driver.command("health", {}, RecordingHost(tmp_path))
    assert found == {"humidity_percent": None, "voltage_v": None, "fans_rpm": None}


@pytest.mark.parametrize("length", [0, 200])
async def test_an_answer_that_is_too_short_is_a_loss(length: int, tmp_path: Path) -> None:
    near, far = cable()
    driver = NovastarDriver(config("sim:"), near)
    async with asyncio.TaskGroup() as group:
        group.create_task(answer(far, bytes(length)))
        with pytest.raises(DeviceLost, match="bytes"):
            await driver.command("health", {}, RecordingHost(tmp_path))


@pytest.mark.parametrize(("heard", "code"), [(True, 0), (False, 3)])
async def test_a_search_prints_where_the_driver_finds_what_answers(
    *, heard: bool, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    sender = NovastarSender()
    sender.pause(on=not heard)
    async with listening(sender, "tcp://127.0.0.1:0") as address:
        port = address.rpartition(":")[2]
        words = ["novastar-m3", "--to", "127.0.0.1", "--port", port, "--seconds", "0.3"]
        assert await asyncio.to_thread(search, words) == code
    said = capsys.readouterr()
    if heard:
        assert json.loads(said.out) == {
            "profile": "novastar-m3", "address": address, "device": {"text": "MCTRL"},
        }  # fmt: skip
    else:
        assert "answered within 0.3 s" in said.err


def test_what_cannot_be_searched_for_says_what_can(capsys: pytest.CaptureFixture[str]) -> None:
    assert search(["hlk-ld2410"]) == 2
    assert "novastar-m3" in capsys.readouterr().err
