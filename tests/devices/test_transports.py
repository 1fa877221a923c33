"""Byte streams: the same promises over memory, TCP and a serial line."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from devices.errors import ConfigurationError, DeviceLost
from devices.simulators.service import socket_server
from devices.transport import MAX_READ_BYTES, Transport, open_transport, parse_address
from devices.transports.memory import CABLE_BYTES, cable
from devices.transports.pty_line import PtyTransport
from devices.transports.tcp import TcpTransport
from devices.transports.udp import MAX_WAITING
from tests.peers.modbus import serial_cable

Ends = AbstractAsyncContextManager[tuple[Transport, Transport]]


@asynccontextmanager
async def memory_ends(_folder: Path) -> AsyncIterator[tuple[Transport, Transport]]:
    near, far = cable()
    async with near, far:
        yield near, far


@asynccontextmanager
async def tcp_ends(_folder: Path) -> AsyncIterator[tuple[Transport, Transport]]:
    accepted: asyncio.Queue[Transport] = asyncio.Queue()
    done = asyncio.Event()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await accepted.put(TcpTransport.accepted(reader, writer))
        await done.wait()

    async with (
        socket_server("tcp://127.0.0.1:0", accept) as address,
        open_transport(address) as near,
        await accepted.get() as far,
    ):
        yield near, far


@asynccontextmanager
async def pty_ends(_folder: Path) -> AsyncIterator[tuple[Transport, Transport]]:
    async with PtyTransport() as far, open_transport(f"serial:{far.port}?baud=256000") as near:
        yield near, far


@asynccontextmanager
async def socat_ends(folder: Path) -> AsyncIterator[tuple[Transport, Transport]]:
    async with serial_cable(folder) as (one, other):
        near, far = open_transport(f"serial:{one}?baud=9600"), open_transport(f"serial:{other}?baud=9600")
        async with near, far:
            yield near, far


ENDS = {"memory": memory_ends, "tcp": tcp_ends, "pty": pty_ends, "socat": socat_ends}


@pytest.fixture(params=ENDS)
def ends(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Ends]:
    """Return what opens two connected ends."""
    return lambda: ENDS[request.param](tmp_path)


async def test_bytes_go_both_ways_unchanged(ends: Callable[[], Ends]) -> None:
    everything = bytes(range(256))
    async with ends() as (near, far):
        await near.write(everything)
        assert await far.read_exactly(256, timeout_s=5) == everything
        await far.write(everything)
        assert await near.read_exactly(256, timeout_s=5) == everything


async def test_a_read_returns_at_most_what_was_asked_for(ends: Callable[[], Ends]) -> None:
    async with ends() as (near, far):
        await near.write(b"abc")
        assert await far.read(1, timeout_s=5) == b"a"
        assert await far.read_exactly(2, timeout_s=5) == b"bc"


async def test_a_silent_line_is_lost_after_the_timeout(ends: Callable[[], Ends]) -> None:
    async with ends() as (near, _):
        with pytest.raises(DeviceLost, match=r"0\.05 s"):
            await near.read(timeout_s=0.05)


async def test_an_end_that_goes_is_noticed_by_the_other(ends: Callable[[], Ends]) -> None:
    async with ends() as (near, far):
        if isinstance(near, TcpTransport) or isinstance(far, PtyTransport) or near.address == "sim:":
            await far.close()
            with pytest.raises(DeviceLost):
                await near.read(timeout_s=5)
        await near.close()
        await near.close()
        with pytest.raises(DeviceLost):
            await near.read(timeout_s=5)
        with pytest.raises(DeviceLost):
            await near.write(b"x")


@pytest.mark.parametrize("name", ["memory", "tcp", "socat"])
async def test_a_reader_that_sleeps_stops_the_writer(name: str, tmp_path: Path) -> None:
    async def flood(near: Transport) -> None:
        for _ in range(1000):
            await near.write(bytes(32768), timeout_s=0.1)

    async with ENDS[name](tmp_path) as (near, _):
        with pytest.raises(DeviceLost):
            await flood(near)


async def test_a_line_that_nobody_reads_loses_bytes_as_a_uart_does() -> None:
    async with PtyTransport() as far:
        for _ in range(100):
            await far.write(bytes(1000))


async def test_a_cable_holds_its_bound_and_spoils_the_byte_it_is_told_to() -> None:
    near, far = cable()
    await near.write(bytes(CABLE_BYTES))
    with pytest.raises(DeviceLost, match="does not read"):
        await near.write(b"x", timeout_s=0.01)
    await far.read_exactly(CABLE_BYTES)
    near.spoil_next_write(at=1)
    await near.write(b"")
    await near.write(b"\x00\x00\x00")
    await near.write(b"\x00")
    assert await far.read_exactly(4) == b"\x00\x01\x00\x00"
    assert len(bytes(MAX_READ_BYTES)) <= CABLE_BYTES


@pytest.mark.parametrize(
    "address",
    [
        "",
        "10.0.0.5:502",
        "mqtt://h:1",
        "tcp://",
        "tcp://host",
        "tcp://host:99999",
        "tcp://:1",
        "udp://h",
        "tcp://h:1?a",
        "serial:/dev/ttyS0",
        "serial:ttyS0?baud=9600",
        "serial:/dev/ttyS0?baud=x",
        "serial:/dev/ttyS0?baud=1",
        "serial:/dev/ttyS0?baud=9600&parity=X",
        "serial:/dev/ttyS0?baud=9600&stop=3",
    ],
)
def test_a_bad_address_is_a_configuration_error_that_says_what_to_write(address: str) -> None:
    with pytest.raises(ConfigurationError, match="write"):
        open_transport(address)


@pytest.mark.parametrize(
    "address",
    [
        "onvif://user:hush@",
        "mqtt://user:hush@10.0.0.2",
        "rtsp://user:hush@10.0.0.2:port/",
        "gopher://user:hush@10.0.0.2",
    ],
)
def test_what_is_wrong_with_an_address_is_said_without_its_password(address: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        open_transport(address)
    assert "hush" not in str(refused.value)


def test_an_address_keeps_the_options_that_are_the_drivers() -> None:
    assert open_transport("serial:/dev/ttyS0?baud=9600&parity=E&stop=2&unit=3").options == {"unit": "3"}
    assert open_transport("tcp://h:1?at=4").options == {"at": "4"}
    assert parse_address("tcp://h:1").port == 1


@pytest.mark.parametrize("address", ["page:", "http://10.0.0.5/", "https://10.0.0.5/"])
async def test_a_page_carries_no_bytes_and_says_so(address: str) -> None:
    async with open_transport(address) as transport:
        with pytest.raises(ConfigurationError, match="carries no bytes"):
            await transport.read()
        with pytest.raises(ConfigurationError, match="carries no bytes"):
            await transport.write(b"x")


async def test_a_port_that_is_not_there_is_lost_by_its_cause(tmp_path: Path) -> None:
    with pytest.raises(DeviceLost, match="cannot open") as usb:
        await open_transport(f"serial:{tmp_path}/none?baud=9600").open()
    with pytest.raises(DeviceLost, match="cannot connect") as network:
        await open_transport("tcp://127.0.0.1:1").open()
    assert (usb.value.cause, network.value.cause) == ("usb", "network")


async def test_a_serial_port_is_opened_once(tmp_path: Path) -> None:
    async with serial_cable(tmp_path) as (one, _), open_transport(f"serial:{one}?baud=9600"):
        with pytest.raises(DeviceLost, match="cannot open"):
            await open_transport(f"serial:{one}?baud=9600").open()


async def test_datagrams_come_one_a_read_with_their_sender() -> None:
    async with open_transport("udp://127.0.0.1:9") as first:
        port = first._socket.get_extra_info("sockname")[1]  # type: ignore[attr-defined]
        async with open_transport(f"udp://127.0.0.1:{port}") as second:
            await second.write(b"one")
            await second.write(b"another")
            assert [await first.read(timeout_s=5), await first.read(4, timeout_s=5)] == [b"one", b"anot"]
            assert getattr(first, "sender", None) == "127.0.0.1"
            for _ in range(MAX_WAITING + 10):
                await second.write(b"flood")
            await asyncio.sleep(0.1)  # all have come, and what found no room is gone
            for _ in range(MAX_WAITING):
                assert await first.read(timeout_s=5) == b"flood"
            with pytest.raises(DeviceLost, match=r"0\.01 s"):
                await first.read(timeout_s=0.01)
    for use in (first.read(), first.write(b"x")):
        with pytest.raises(DeviceLost, match="not open"):
            await use


async def test_a_datagram_to_nowhere_is_a_loss() -> None:
    async with open_transport("udp://127.0.0.1:9") as transport:
        with pytest.raises(DeviceLost, match="cannot send"):
            await transport.write(bytes(70_000))
