"""Modbus: our driver against pymodbus' server, pymodbus' client against our gateway, and broken answers."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pymodbus.client import AsyncModbusTcpClient

from devices.driver import SlotConfig
from devices.drivers.modbus_contact import ModbusContactDriver
from devices.errors import ConfigurationError, DeviceLost, DeviceRefused
from devices.recording import RecordingHost
from devices.simulators.modbus import SIZE, ModbusGateway
from devices.simulators.service import listening
from devices.transport import open_transport
from devices.transports.memory import MemoryTransport, cable
from protocols.frames.modbus import BitsRead, Refusal, WriteOne
from protocols.frames.modbus_framing import TcpFrame
from protocols.venue.vocabulary import Kind
from tests.peers.modbus import FIRST_BIT, modbus_server, modbus_tcp, serial_cable, serial_settings
from tests.waiting import until


def config(where: str, kind: Kind = "door", /, **options: object) -> SlotConfig:
    return SlotConfig("st-01", f"{kind}-1", kind, where, options=options)


async def read_once(slot: SlotConfig, host: RecordingHost) -> list[tuple[str, str]]:
    """Return the samples of one poll."""
    async with open_transport(slot.address) as transport:
        await ModbusContactDriver(slot, transport).poll(host)
    samples = list(host.samples)
    host.samples.clear()
    return samples


@pytest.mark.peer
async def test_our_driver_reads_pymodbus_over_tcp(tmp_path: Path) -> None:
    host = RecordingHost(tmp_path)
    async with modbus_tcp(tmp_path) as address:
        assert await read_once(config(address, function=3, address=0), host) == [("door", "unlocked")]
        assert await read_once(config(address, function=4, address=2), host) == [("door", "locked")]
        assert await read_once(config(address, function=3, address=1, bit=2), host) == [("door", "unlocked")]
        assert await read_once(config(address, function=3, address=1, bit=1), host) == [("door", "locked")]
        assert await read_once(config(address, "light", function=1, address=FIRST_BIT), host) == [("light", "on")]
        light = config(address, "light", function=2, address=FIRST_BIT, invert=True)
        assert await read_once(light, host) == [("light", "off")]
        elsewhere = config(f"{address}?at=2&unit=1", "occupancy", function=3, address=0)
        assert await read_once(elsewhere, host) == [("footfall", "none")]
        with pytest.raises(ConfigurationError, match="code 2"):
            await read_once(config(address, function=3, address=5000), host)


@pytest.mark.peer
async def test_our_driver_switches_a_relay_of_pymodbus(tmp_path: Path) -> None:
    host = RecordingHost(tmp_path)
    async with modbus_tcp(tmp_path) as address:
        slot = config(address, "light", function=1, address=FIRST_BIT + 1, relay=FIRST_BIT + 1)
        assert await read_once(slot, host) == [("light", "off")]
        async with open_transport(address) as transport:
            assert await ModbusContactDriver(slot, transport).command("switch", {"on": True}, host) == {}
        assert await read_once(slot, host) == [("light", "on")]
        beyond = config(address, "light", function=1, address=FIRST_BIT, relay=40_000)
        async with open_transport(address) as transport:
            with pytest.raises(DeviceRefused, match="code 2"):
                await ModbusContactDriver(beyond, transport).command("switch", {"on": True}, host)


@pytest.mark.peer
async def test_our_driver_reads_pymodbus_over_a_serial_line(tmp_path: Path) -> None:
    host = RecordingHost(tmp_path)
    async with serial_cable(tmp_path) as (one, other), modbus_server(tmp_path, serial_settings(one)):
        slot = config(f"serial:{other}?baud=9600&at=3", function=3, address=0)

        async def answers() -> bool:
            try:
                return await read_once(slot, host) == [("door", "unlocked")]
            except DeviceLost:
                return False  # the server is still starting

        await until(answers, "pymodbus answers on the serial line", timeout_s=30)
        assert await read_once(config(f"serial:{other}?baud=9600&at=2", function=3, address=0), host) == [
            ("door", "locked")
        ]


@asynccontextmanager
async def client_of(gateway: ModbusGateway) -> AsyncIterator[AsyncModbusTcpClient]:
    async with listening(gateway, "tcp://127.0.0.1:0") as address:
        client = AsyncModbusTcpClient("127.0.0.1", port=int(address.rpartition(":")[2]), retries=0, timeout=2)
        assert await client.connect()
        try:
            yield client
        finally:
            client.close()


@pytest.mark.peer
async def test_pymodbus_reads_our_gateway() -> None:
    gateway = ModbusGateway()
    async with client_of(gateway) as client:
        await gateway.change({"door": "unlocked", "presence": "people"})
        assert (await client.read_discrete_inputs(0, count=3)).bits[:3] == [True, False, True]
        assert (await client.read_coils(0, count=SIZE)).bits == [True, False, True, *[False] * 13]
        assert (await client.read_holding_registers(0, count=3)).registers == [1, 0, 1]
        assert (await client.read_input_registers(2, count=1)).registers == [1]
        assert (await client.read_coils(SIZE, count=1)).exception_code == 2
        assert (await client.report_device_id()).exception_code == 1


@pytest.mark.peer
async def test_pymodbus_switches_the_light_of_our_gateway_and_nothing_else() -> None:
    gateway = ModbusGateway()
    async with client_of(gateway) as client:
        assert not (await client.write_coil(1, True)).isError()
        assert gateway.state["light"] == "on"
        assert not (await client.write_coils(1, [False])).isError()
        assert gateway.state["light"] == "off"
        assert not (await client.write_register(1, 1)).isError()
        assert gateway.state["light"] == "on"
        assert not (await client.write_registers(1, [0])).isError()
        assert gateway.state["light"] == "off"
        assert (await client.write_coil(0, True)).exception_code == 2
        assert gateway.state["door"] == "locked"


async def test_a_peer_that_does_not_speak_modbus_is_hung_up_on() -> None:
    near, far = cable()
    await near.write(b"GET / HTTP/1.1\r\n\r\n")
    await asyncio.wait_for(ModbusGateway().serve(far), 2)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"function": 2},
        {"function": 5, "address": 0},
        {"function": 2, "address": -1},
        {"function": 2, "address": 65_536},
        {"function": 2, "address": 0, "bit": 1},
        {"function": 3, "address": 0, "bit": 16},
        {"function": 3, "address": 0, "unit": 256},
        {"function": 3, "address": 0, "relay": -1},
        {"function": 3, "address": 0, "poll_s": 0.0},
        {"function": 3, "address": 0, "colour": "red"},
    ],
)
def test_a_map_out_of_bounds_is_a_configuration_error(options: Mapping[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="Modbus map"):
        ModbusContactDriver(config("tcp://h:1", **options), open_transport("tcp://h:1"))


@pytest.mark.parametrize("query", ["at=x", "unit=-1", "unit=256", "at=65536", "at="])
def test_a_place_in_the_address_is_judged_too(query: str) -> None:
    address = f"tcp://h:1?{query}"
    with pytest.raises(ConfigurationError, match="Modbus map"):
        ModbusContactDriver(config(address, function=2, address=0), open_transport(address))


class Scripted:
    """The far end of a cable answers each request with one of these PDUs, or bytes, in turn."""

    def __init__(self, far: MemoryTransport, *answers: bytes) -> None:
        self.far, self.answers = far, answers

    async def run(self) -> None:
        """Answer."""
        for answer in self.answers:
            request = TcpFrame.from_bytes(await self.far.read())
            frame = TcpFrame(request.transaction, request.unit, answer).to_bytes()
            await self.far.write(answer if answer.startswith(b"HTTP") else frame)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"HTTP/1.1 400 Bad Request", "no Modbus"),
        (b"\x07\x01", "no Modbus"),
        (BitsRead(1, (1,) * 8).to_bytes(), "answers function 2"),
        (Refusal(2, 4).to_bytes(), "code 4"),
        (Refusal(2, 11).to_bytes(), "code 11"),
    ],
)
async def test_a_broken_or_failing_answer_is_a_loss(answer: bytes, why: str, tmp_path: Path) -> None:
    near, far = cable("tcp://h:1")
    driver = ModbusContactDriver(config("tcp://h:1", function=2, address=0), near)
    async with asyncio.TaskGroup() as group:
        group.create_task(Scripted(far, answer).run())
        with pytest.raises(DeviceLost, match=why):
            await driver.poll(RecordingHost(tmp_path))


async def test_an_echo_that_differs_is_a_loss(tmp_path: Path) -> None:
    near, far = cable("tcp://h:1")
    driver = ModbusContactDriver(config("tcp://h:1", "light", function=2, address=0, relay=1), near)
    async with asyncio.TaskGroup() as group:
        group.create_task(Scripted(far, WriteOne(5, 1, 0).to_bytes()).run())
        with pytest.raises(DeviceLost, match="echo"):
            await driver.command("switch", {"on": True}, RecordingHost(tmp_path))


async def test_a_late_answer_of_an_older_request_is_passed_over(tmp_path: Path) -> None:
    near, far = cable("tcp://h:1")
    driver = ModbusContactDriver(config("tcp://h:1", function=2, address=0), near)
    host = RecordingHost(tmp_path)
    await far.write(TcpFrame(60_000, 1, BitsRead(2, (0,) * 8).to_bytes()).to_bytes())
    async with asyncio.TaskGroup() as group:
        group.create_task(Scripted(far, BitsRead(2, (1,) * 8).to_bytes()).run())
        await driver.poll(host)
    assert list(host.samples) == [("door", "unlocked")]
