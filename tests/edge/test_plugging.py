"""Devices that go and come (W13, ADR 0034): each loss with its fault, back within five seconds, a bounded back-off."""

import asyncio
import errno
import os
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from devices.errors import ConfigurationError, DeviceLost, DeviceRefused
from devices.losses import fault_of
from devices.plug import LOOK_S, path_of, pause, plugged, watch
from devices.simulators.device import Simulator
from devices.simulators.make import sim
from devices.simulators.service import listening
from devices.transport import open_transport
from edge.supervisor import MAX_BACKOFF_S, MAX_FAULTS_SAID, Supervisor, _Problem
from protocols.errors import ParsingError
from protocols.venue.messages.common import SlotChanged
from protocols.venue.vocabulary import FAULTS
from tests.edge.stations import data_of
from tests.edge.test_supervisor import door, health, supervised
from tests.faults.proxy import fault_proxy
from tests.peers.modbus import serial_cable
from tests.waiting import free_port, until

#: A device is back this long after it was plugged in again.
BACK_S = 5.0


@asynccontextmanager
async def served_on(end: Path, device: Simulator) -> AsyncIterator[None]:
    """Put a simulated device on its end of a serial line."""

    async def serve() -> None:
        async with open_transport(f"serial:{end}?baud=9600") as transport:
            await device.serve(transport)

    task = asyncio.create_task(serve(), name="device")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def fault_is(supervisor: Supervisor, wanted: str) -> bool:
    return supervisor.slots["door-1"].status.fault == wanted


async def test_a_serial_device_that_is_pulled_and_plugged_in_again(tmp_path: Path) -> None:
    line = tmp_path / "line"
    line.mkdir()
    slots = door(f"serial:{line}/one?baud=9600")
    async with supervised(tmp_path / "edge", slots) as (supervisor, records):
        await until(lambda: fault_is(supervisor, "unplugged"), "nothing is plugged in yet")
        async with serial_cable(line) as (_, other), served_on(other, sim("door")):
            await until(health(supervisor, "good"), "the door works")
        await until(lambda: fault_is(supervisor, "unplugged"), "it was pulled")
        await asyncio.sleep(2 * LOOK_S)  # the back-off has grown
        async with serial_cable(line) as (_, other), served_on(other, sim("door")):
            began = time.monotonic()
            await until(health(supervisor, "good"), "the door is back", BACK_S)
            assert time.monotonic() - began < BACK_S
            await until(lambda: records.outbox.head("ops").last >= 4, "all is stored")
            rows = await records.outbox.drain("ops", 0, 4)
    told = [SlotChanged.model_validate(data_of(row.text)) for row in rows]
    assert {(one.cause, one.fault) for one in told if one.health == "stale"} == {("unplugged", "unplugged")}
    assert [one.fault for one in told if one.health == "good"] == ["", ""]
    assert [one.health for one in told] == ["stale", "good", "stale", "good"]


async def test_a_serial_port_that_somebody_else_holds_is_busy(tmp_path: Path) -> None:
    address = f"serial:{tmp_path}/one?baud=9600"
    async with (
        serial_cable(tmp_path),
        open_transport(address),
        supervised(tmp_path / "edge", door(address)) as (supervisor, _),
    ):
        await until(lambda: fault_is(supervisor, "busy"), "the port is taken")


async def test_a_device_behind_tcp_that_refuses_resets_and_falls_silent(tmp_path: Path) -> None:
    async with listening(sim("door"), "tcp://127.0.0.1:0") as address:
        port, near = int(address.rpartition(":")[2]), free_port()
        async with supervised(tmp_path, door(f"tcp://127.0.0.1:{near}")) as (supervisor, _):
            await until(lambda: fault_is(supervisor, "refused"), "nobody listens")
            async with fault_proxy(near, port) as proxy:
                await until(health(supervisor, "good"), "the door works", BACK_S)
                proxy.refuse(0.2)
                await until(lambda: fault_is(supervisor, "closed"), "the connection was reset")
                await until(health(supervisor, "good"), "the door is back", BACK_S)
                proxy.fall_silent(0.2)
                device = supervisor.slots["door-1"]
                # A question shows the silence, this one or that of the driver's next tick.
                with pytest.raises(DeviceLost, match=r"within|before"):
                    await device._driver._ask("get", {})  # type: ignore[union-attr]
                await until(health(supervisor, "good"), "the door is back", BACK_S)


async def test_a_device_that_speaks_another_language_says_so(tmp_path: Path) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\xff\xfe no such language\n" * 3)
        await writer.drain()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, supervised(tmp_path, door(f"tcp://127.0.0.1:{port}")) as (supervisor, _):
        await until(lambda: fault_is(supervisor, "protocol"), "it is not the language of the device")


async def test_a_loss_that_flickers_between_faults_is_not_told_for_ever(tmp_path: Path) -> None:
    async with supervised(tmp_path, door("tcp://127.0.0.1:1")) as (supervisor, records):
        runner = supervisor.slots["door-1"]
        await until(lambda: fault_is(supervisor, "refused"), "nobody listens")
        for number in range(3 * MAX_FAULTS_SAID):
            fault = ("closed", "no_answer")[number % 2]
            runner._lost(_Problem("x", "network", fault))
        await asyncio.sleep(0.3)
        assert records.outbox.head("ops").last <= MAX_FAULTS_SAID
    assert MAX_BACKOFF_S < BACK_S


def _raised(below: BaseException | None, **more: str) -> DeviceLost:
    try:
        try:
            if below is not None:
                raise below
            raise DeviceLost("x", **more)  # type: ignore[arg-type]
        except (OSError, ParsingError) as error:
            raise DeviceLost("x", **more) from error  # type: ignore[arg-type]
    except DeviceLost as lost:
        return lost


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (_raised(OSError(errno.ECONNREFUSED, "")), "refused"),
        (_raised(OSError(errno.EHOSTUNREACH, "")), "unreachable"),
        (_raised(socket.gaierror(-2, "Name or service not known")), "unreachable"),
        (_raised(TimeoutError()), "no_answer"),
        (_raised(ConnectionResetError(errno.ECONNRESET, "")), "closed"),
        (_raised(OSError(errno.EACCES, "")), "no_access"),
        (_raised(OSError(errno.EIO, "")), "unplugged"),
        (_raised(ParsingError("not Modbus")), "protocol"),
        (_raised(OSError("no number")), "no_answer"),
        (_raised(None, cause="driver"), "protocol"),
        (_raised(None, cause="power"), "power"),
        (_raised(None, cause="network", fault="busy"), "busy"),
        (DeviceRefused("no"), "rejected"),
        (ConfigurationError("no"), "settings"),
        (ZeroDivisionError(), "failed"),
    ],
)
def test_the_fault_is_read_from_the_errors_below_a_loss(error: BaseException, fault: str) -> None:
    assert fault_of(error) == fault
    assert fault in FAULTS


def test_only_a_local_device_has_a_path(tmp_path: Path) -> None:
    assert path_of("serial:/dev/ttyUSB0?baud=9600") == "/dev/ttyUSB0"
    assert [path_of(one) for one in ("tcp://10.0.0.5:502", "page:", "sim:", "http://10.0.0.5/x", "carrier:/x")] == [
        ""
    ] * 5
    assert plugged(str(tmp_path / "none")) is None


async def test_what_is_swapped_under_the_same_name_is_another_device(tmp_path: Path) -> None:
    port = tmp_path / "port"
    port.touch()
    watching = asyncio.create_task(watch(str(port), plugged(str(port))))
    waiting = asyncio.create_task(pause(str(port), 60))
    await asyncio.sleep(0.1)
    (tmp_path / "other").touch()
    os.replace(tmp_path / "other", port)  # noqa: PTH105 - atomic, under the same name
    async with asyncio.timeout(3 * LOOK_S):
        with pytest.raises(DeviceLost, match="unplugged"):
            await watching
        await waiting
