"""NUT: our driver against `upsd` with `dummy-ups`, and what a server can refuse."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from devices.driver import SlotConfig
from devices.drivers.nut_ups import NutUpsDriver
from devices.errors import ConfigurationError, DeviceLost, DeviceRefused
from devices.recording import RecordingHost
from devices.simulators.nut import NutServer
from devices.simulators.service import listening
from devices.transport import open_transport
from devices.transports.memory import MemoryTransport, cable
from protocols.frames.nut import Begin, End, Err, Ok, Request, Text, Ups, Variable, reply_from_line
from tests.peers.nut import PASSWORD, USER, nut
from tests.waiting import until


def config(where: str) -> SlotConfig:
    return SlotConfig("st-01", "ups-1", "ups", where, options={"poll_s": 10.0})


@asynccontextmanager
async def reading(where: str, host: RecordingHost) -> AsyncIterator["asyncio.Task[None]"]:
    """Run the driver on a clock that is forty times as fast."""
    async with open_transport(where) as transport:
        task = asyncio.create_task(NutUpsDriver(config(where), transport).run(host))
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def powers(host: RecordingHost) -> list[tuple[str, tuple[str, ...], int]]:
    """Return (status, flags, charge) of the power events."""
    return [
        (str(one.data["status"]), tuple(one.data["flags"]), int(str(one.data["charge_percent"])))  # type: ignore[arg-type]
        for one in host.events
        if one.name == "power.changed"
    ]


@pytest.mark.peer
async def test_a_cut_as_upsd_tells_it_is_evidence_with_its_faults(tmp_path: Path) -> None:
    host = RecordingHost(tmp_path / "slot", speed=40.0)
    (tmp_path / "slot").mkdir()
    (tmp_path / "ups.password").write_text(f"{PASSWORD}\n")
    async with nut(tmp_path) as ups, reading(ups.address + f"&user={USER}&password_file={tmp_path}/ups.password", host):
        await until(lambda: ("mains", "online") in host.samples, "mains")
        ups.say("OB DISCHRG", battery_charge="71", input_voltage="0.0")
        await until(lambda: ("mains", "battery") in host.samples, "battery", 10)
        ups.say("OB LB DISCHRG", battery_charge="12")
        await until(lambda: len(powers(host)) == 3, "low battery", 10)
        ups.say("OL CHRG RB", battery_charge="13")
        await until(lambda: host.events[-1].data.get("cause") == "replace_battery", "charging", 10)

    assert powers(host) == [
        ("online", (), 100), ("battery", ("DISCHRG",), 71), ("battery", ("DISCHRG", "LB"), 12),
        ("online", ("CHRG", "RB"), 13),
    ]  # fmt: skip
    assert {one.stream for one in host.events if one.name == "power.changed"} == {"evidence"}
    faults = [(one.name, one.data["cause"]) for one in host.events if one.name.startswith("fault")]
    assert faults == [
        ("fault.began", "low_battery"), ("fault.ended", "low_battery"), ("fault.began", "replace_battery"),
    ]  # fmt: skip
    assert host.lives[-1] == {
        "status": "CHRG OL RB", "charge_percent": 13, "runtime_s": 2400, "load_percent": 23, "input_v": 228.0,
        "output_v": 220.0,
    }  # fmt: skip


@pytest.mark.peer
async def test_upsd_that_refuses_a_ups_or_an_account_is_not_lost(tmp_path: Path) -> None:
    host = RecordingHost(tmp_path)
    async with nut(tmp_path) as ups:
        where = ups.address.replace("venueups", "cellar")
        async with open_transport(where) as transport:
            with pytest.raises(ConfigurationError, match="one of venueups"):
                await NutUpsDriver(config(where), transport).poll(host)
        async with open_transport(where) as line:
            await line.write(Request(("USERNAME", USER)).to_bytes() * 2)
            assert await line.read_exactly(3) == b"OK\n"
            refused = reply_from_line((await line.read(timeout_s=2)).removesuffix(b"\n"))
    assert refused == Err("ALREADY-SET-USERNAME")


async def test_a_ups_is_not_told_anew_after_a_restart_of_its_driver(tmp_path: Path) -> None:
    server = NutServer()
    async with listening(server, "tcp://127.0.0.1:0") as where:
        for status in ("OL", "OL", "OB", "OB CAL", "OFF", "OB"):
            await server.change({"status": status})
            host = RecordingHost(tmp_path)
            async with open_transport(where) as transport:
                await NutUpsDriver(config(where), transport).poll(host)
            told = {"OL": [("mains", "online")], "OB": [("mains", "battery")]}.get(status, [])
            assert list(host.samples) == told
    assert (tmp_path / "power.changed.json").read_text() == '{"status": "battery", "flags": []}'


async def test_a_server_that_has_lost_its_ups_says_so(tmp_path: Path) -> None:
    server = NutServer({"away": True})
    async with listening(server, "tcp://127.0.0.1:0") as where, open_transport(where) as transport:
        with pytest.raises(DeviceLost, match="DATA-STALE") as lost:
            await NutUpsDriver(config(where), transport).poll(RecordingHost(tmp_path))
    assert lost.value.cause == "usb"


GREETING = Begin(("UPS",)).to_bytes() + Ups("a", "").to_bytes() + End(("UPS",)).to_bytes()


@pytest.mark.parametrize(
    ("answers", "error", "text"),
    [
        ([Text("what?").to_bytes()], DeviceLost, "unasked"),
        ([Begin(("UPS",)).to_bytes() + Ok().to_bytes()], DeviceLost, "unasked"),
        ([b"VAR x\n"], DeviceLost, "not NUT"),
        ([b"\xff\n"], DeviceLost, "not NUT"),
        ([b"x" * 2_000], DeviceLost, "without end"),
        ([Err("ACCESS-DENIED").to_bytes()], DeviceRefused, "ACCESS-DENIED"),
        ([Err("UNKNOWN-COMMAND").to_bytes()], ConfigurationError, "UNKNOWN-COMMAND"),
        ([Begin(("UPS",)).to_bytes() + End(("UPS",)).to_bytes()], ConfigurationError, "none at all"),
        ([Begin(("UPS",)).to_bytes() + Ups("a", "").to_bytes() * 1_001], DeviceLost, "unasked"),
        (
            [
                GREETING,
                Begin(("VAR", "a")).to_bytes() + Variable("a", "ups.status", "?!").to_bytes()
                + End(("VAR", "a")).to_bytes(),
            ],
            DeviceLost, "ups.status",
        ),
    ],
)  # fmt: skip
async def test_what_a_server_says_wrong(
    answers: list[bytes], error: type[Exception], text: str, tmp_path: Path
) -> None:
    near, far = cable()
    async with near, far:
        talk = asyncio.create_task(play(far, answers))
        with pytest.raises(error, match=text):
            await NutUpsDriver(config("tcp://127.0.0.1:1"), near).poll(RecordingHost(tmp_path))
        talk.cancel()
        await asyncio.gather(talk, return_exceptions=True)


async def play(far: MemoryTransport, answers: list[bytes]) -> None:
    """Answer each request with the next of the answers."""
    for answer in answers:
        await far.read()
        await far.write(answer)
    await asyncio.Event().wait()


async def test_the_simulator_answers_as_a_server_does() -> None:
    async with listening(NutServer(), "tcp://127.0.0.1:0") as where, open_transport(where) as line:

        async def ask(*words: str) -> bytes:
            await line.write(Request(words).to_bytes())
            return await line.read(timeout_s=2)

        assert (await ask("VER")).startswith(b"Network UPS Tools")
        assert await ask("USERNAME", "mon") == await ask("PASSWORD", "x y") == b"OK\n"
        assert await ask("GET", "VAR", "hall", "ups.status") == b'VAR hall ups.status "OL"\n'
        assert await ask("GET", "VAR", "hall", "ups.colour") == b"ERR VAR-NOT-SUPPORTED\n"
        assert await ask("LIST", "VAR", "cellar") == b"ERR UNKNOWN-UPS\n"
        assert await ask("DANCE") == await ask('a "') == b"ERR UNKNOWN-COMMAND\n"
        assert await ask("LOGOUT") == b"OK Goodbye\n"
