"""The hand on simulated devices, and the commands that run them."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from devices.cli import devices_list, hall, probe, simulate, simulated
from devices.drivers import SEARCHES
from devices.losses import HINTS
from devices.machine import local_devices
from devices.simulators.control import answer, controlling
from devices.simulators.simline import simline_device
from firmware_profiles.registry import profiles
from protocols.venue.vocabulary import FAULTS


async def ask(control: str, request: object) -> dict[str, Any]:
    """Send one request to a control socket and return its answer."""
    parts = urlsplit(control)
    if parts.scheme == "unix":
        reader, writer = await asyncio.open_unix_connection(parts.path)
    else:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(json.dumps(request).encode() + b"\n")
    found: dict[str, Any] = json.loads(await asyncio.wait_for(reader.readline(), 5))
    writer.close()
    return found


@pytest.mark.parametrize("scheme", ["tcp", "unix"])
async def test_a_hand_sets_gets_and_pauses(scheme: str, tmp_path: Path) -> None:
    device = simline_device("door")
    where = "tcp://127.0.0.1:0" if scheme == "tcp" else f"unix:{tmp_path}/control"
    async with controlling({"door": device}, where) as control:
        assert await ask(control, {"set": {"door": "unlocked"}}) == {
            "ok": True,
            "devices": {"door": {"door": "unlocked", "paused": False}},
        }
        assert device.state == {"door": "unlocked"}
        assert (await ask(control, {"pause": True, "device": "door"}))["devices"]["door"]["paused"]
        assert device.paused
        assert not (await ask(control, {"pause": False}))["devices"]["door"]["paused"]
        assert (await ask(control, {"get": True}))["devices"]["door"]["door"] == "unlocked"


async def test_values_of_a_hall_find_their_device_all_or_none() -> None:
    devices = hall()
    found = await answer(devices, b'{"set": {"door": "unlocked", "target": "moving", "in_total": 3}}')
    assert found["ok"]
    assert (devices["modbus"].state["door"], devices["ld2410"].state["target"]) == ("unlocked", "moving")
    assert devices["occupancy"].state["in_total"] == 3
    found = await answer(devices, b'{"set": {"door": "locked", "target": "ghost"}}')
    assert not found["ok"]
    assert "target" in found["error"]
    assert devices["modbus"].state["door"] == "unlocked"


def test_no_value_of_a_hall_belongs_to_two_devices() -> None:
    names = [name for device in hall().values() for name in device.fields]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"nonsense", "Expecting"),
        (b"[]", "write"),
        (b"{}", "write"),
        (b'{"set": 1}', "write"),
        (b'{"pause": 1}', "write"),
        (b'{"get": false}', "write"),
        (b'{"get": true, "more": 1}', "write"),
        (b'{"set": {"window": "open"}}', "no device"),
        (b'{"set": {"target": "none"}, "device": "modbus"}', "no device"),
        (b'{"get": true, "device": "window"}', "window"),
        (b'{"get": true, "device": 1}', "there are"),
        (b"[" * 8000, "recursion"),
    ],
)
async def test_a_request_that_cannot_be_carried_out_is_answered_with_why(line: bytes, why: str) -> None:
    found = await answer(hall(), line)
    assert found["ok"] is False
    assert why in found["error"]


async def test_a_line_above_the_limit_ends_the_connection() -> None:
    async with controlling({}, "tcp://127.0.0.1:0") as control:
        parts = urlsplit(control)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(b"x" * 200_000 + b"\n")
        with suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


def test_the_list_names_every_profile(capsys: pytest.CaptureFixture[str]) -> None:
    assert devices_list([]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["profile"] for line in lines] == list(profiles())
    wall = next(line for line in lines if line["profile"] == "sim-wall")
    assert wall["capabilities"] == ["brightness", "cmd:blackout", "cmd:call"]


def test_the_list_of_a_kind_names_its_profiles_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert devices_list(["--kind", "ups"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["profile"] for line in lines] == [one.id for one in profiles().values() if one.kind == "ups"]


def test_what_answers_on_the_network_is_listed_and_silence_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {"tcp://10.0.0.9:5200": {"answer": "card"}}

    async def answered(*_asked: object) -> dict[str, dict[str, str]]:
        return found

    monkeypatch.setattr("devices.search.search_for", answered)
    assert devices_list(["--network", "127.0.0.1"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {(line["found"], line["address"]) for line in lines} == {("network", "tcp://10.0.0.9:5200")}
    assert {line["driver"] for line in lines} == set(SEARCHES)
    assert all(line["profiles"] for line in lines)
    found.clear()
    assert devices_list(["--network", "127.0.0.1"]) == 0
    assert "nothing answered" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [["--network", "venue.example"], ["--kind", "toaster"]],
)
def test_a_list_of_nothing_that_there_is_is_wrong_use(words: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        devices_list(words)
    assert left.value.code == 2


def test_what_is_plugged_in_is_listed_with_what_keeps_us_from_it(tmp_path: Path) -> None:
    for name, said in {
        "dev/video0": "",
        "dev/usb/lp0": "",
        "sys/class/video4linux/video0/name": "Doc Camera\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(said)
    found = {one.found: one for one in local_devices(tmp_path) if one.found != "serial"}
    assert found["camera"].title == "Doc Camera"
    assert found["printer"].path.endswith("/dev/usb/lp0")
    assert found["printer"].usable
    assert "sim-printer" not in found["printer"].to_object()["profiles"]


def test_a_probe_that_hears_nothing_does_not_call_it_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert probe(["hdmi-wall-page", "page:", "--seconds", "0.2"]) == 3
    said = capsys.readouterr().err
    assert "nothing was heard" in said
    assert "fault: no_answer" in said
    assert "hint:" in said


@pytest.mark.parametrize(
    "words",
    [["sim-wall", "sim:", "--args", "{"], ["sim-wall", "sim:", "--args", "[]"], ["sim-wall", "sim:", "--seconds", "x"]],
)
def test_a_probe_of_broken_words_is_wrong_use(words: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        probe(words)
    assert left.value.code == 2


def test_every_fault_has_its_hint() -> None:
    assert HINTS.keys() == set(FAULTS)


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["no-such-profile", "sim:"], 2, "no-such-profile"),
        (["sim-door", "carrier-pigeon"], 2, "write one of"),
        (["modbus-light", "sim:"], 2, "is reached by tcp"),
        (["modbus-light", "tcp://127.0.0.1:1"], 3, "cannot connect"),
        (["modbus-light", "tcp://127.0.0.1:1"], 3, "fault: refused"),
        (["hlk-ld2410", "serial:/dev/none?baud=9600"], 3, "fault: unplugged"),
        (["sim-wall", "sim:", "--command", "dance"], 2, "dance"),
        (["sim-wall", "sim:", "--command", "blackout"], 2, "on: missing"),
    ],
)
def test_a_probe_that_cannot_work_says_why(
    words: list[str], code: int, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert probe(words) == code
    assert why in capsys.readouterr().err


def test_a_probe_prints_what_the_device_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert probe(["sim-wall", "sim:", "--seconds", "0.3", "--command", "blackout", "--args", '{"on": true}']) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"sample": "wall", "value": "on"} in lines
    assert {"result": {}} in lines
    assert {"sample": "wall", "value": "off"} in lines


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["no-such-profile"], "no-such-profile"),
        (["hdmi-wall-page"], "nothing to simulate"),
        (["sim-door", "--listen", "udp://127.0.0.1:0"], "no place to listen"),
        (["sim-door", "--set", "door=ajar"], "must be one of"),
        (["sim-door", "--control", "tcp://203.0.113.1:1"], "cannot listen"),
    ],
)
def test_what_cannot_be_simulated_says_why(words: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate(words) == 2
    assert why in capsys.readouterr().err


@asynccontextmanager
async def simulating(*words: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, Any]]]:
    """Run `devices simulate` as a process and yield where it listens."""
    code = "import sys; from devices.cli import simulate; sys.exit(simulate(sys.argv[1:]))"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        yield process, json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_a_hall_is_one_process_that_listens_everywhere_and_ends_when_asked() -> None:
    async with simulating("hall") as (process, where):
        assert where["addresses"].keys() == hall().keys()
        assert (await ask(where["control"], {"set": {"light": "on"}}))["ok"]
        os.kill(process.pid, signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 5) == 0
        assert process.stderr is not None
        assert await process.stderr.read() == b""


async def test_a_single_device_starts_in_the_state_that_was_asked_for() -> None:
    async with simulating("sim-door", "--set", "door=unlocked") as (_, where):
        told = await ask(where["control"], {"get": True})
        assert told["devices"]["sim-door"]["door"] == "unlocked"


async def test_a_single_device_may_sit_on_a_serial_line() -> None:
    async with simulating("hlk-ld2410", "--listen", "pty:") as (_, where):
        assert where["addresses"]["hlk-ld2410"].startswith("serial:/dev/pts/")


async def test_leaving_ends_every_connection_of_the_simulated_devices() -> None:
    devices = hall()
    async with simulated(devices, dict.fromkeys(devices, "tcp://127.0.0.1:0"), "tcp://127.0.0.1:0") as where:
        parts = urlsplit(where["addresses"]["kiosk"])
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        assert await asyncio.wait_for(reader.readline(), 5)
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()
