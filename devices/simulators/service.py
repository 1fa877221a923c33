"""Putting a simulated device where a driver can find it: a TCP port or a pseudo terminal."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, cast
from urllib.parse import urlsplit

from devices.errors import ConfigurationError, DeviceLost
from devices.simulators.device import Simulator
from devices.transport import parse_address
from devices.transports.pty_line import PtyTransport
from devices.transports.tcp import TcpTransport

#: Baud rate of the pseudo terminal's address; it has no meaning there, the LD2410's is as good as any.
PTY_BAUD: Final = 256_000

#: A device that lost its broker tries again after this.
RECONNECT_S: Final = 0.2

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(device: Simulator, where: str) -> AsyncIterator[str]:
    """Serve `device` at `tcp://host:port` (port 0: any), `pty:` or a broker; yields the address for a driver."""
    if device.scheme == "mqtt":
        async with _on_broker(device, where) as address:
            yield address
        return
    if where == "pty:":
        async with _on_pty(device) as address:
            yield address
        return

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with TcpTransport.accepted(reader, writer) as transport:
            await device.serve(transport)

    async with socket_server(where, serve) as address, _answering_searches(device, address):
        yield address.replace("tcp:", f"{device.scheme}:", 1)


class _Searched(asyncio.DatagramProtocol):
    """Answers the datagrams that the device answers."""

    def __init__(self, device: Simulator) -> None:
        self._device = device
        self._socket: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket to answer on."""
        self._socket = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer, unless the device plays dead."""
        found = None if self._device.paused else self._device.datagram(data)
        if found is not None and self._socket is not None:
            self._socket.sendto(found, addr)


@asynccontextmanager
async def _answering_searches(device: Simulator, address: str) -> AsyncIterator[None]:
    """Answer searches on the UDP port of the real device beside its real TCP port, else on the same number."""
    if device.ports is None:
        yield
        return
    parts = urlsplit(address)
    tcp_port, udp_port = device.ports
    port = udp_port if parts.port == tcp_port else parts.port or 0
    try:
        socket, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Searched(device), local_addr=(parts.hostname or "", port)
        )
    except OSError as error:
        raise ConfigurationError(f"cannot listen at udp port {port}: {error}") from error
    try:
        yield
    finally:
        socket.close()


@asynccontextmanager
async def socket_server(where: str, handler: Handler) -> AsyncIterator[str]:
    """Serve at `tcp://host:port` or `unix:/path`; yields where it really is. Leaving ends all connections."""
    connections: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(_handled(handler, reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)
        # Not in the task: one that is cancelled before its first step does nothing at all.
        task.add_done_callback(lambda _: writer.close())

    server = await _start(where, accept)
    try:
        name = server.sockets[0].getsockname()
        yield f"unix:{name}" if isinstance(name, str) else f"tcp://{name[0]}:{name[1]}"
    finally:
        server.close()
        await asyncio.sleep(0)  # a connection that was taken at the last moment is handed over now
        while connections:
            for task in tuple(connections):
                task.cancel()
            await asyncio.gather(*connections, return_exceptions=True)
        await asyncio.sleep(0)  # the loop closes the sockets: it must not end before


async def _start(where: str, accept: Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]) -> asyncio.Server:
    parts = urlsplit(where)
    try:
        if parts.scheme == "unix" and parts.path:
            return await asyncio.start_unix_server(accept, parts.path)
        if parts.scheme == "tcp" and parts.hostname and parts.port is not None:
            return await asyncio.start_server(accept, parts.hostname, parts.port)
    except OSError as error:
        raise ConfigurationError(f"cannot listen at {where}: {error}") from error
    raise ConfigurationError(f"{where!r} is no place to listen; write tcp://127.0.0.1:0")


async def _handled(handler: Handler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):  # who asked has gone
        await handler(reader, writer)


@asynccontextmanager
async def _on_broker(device: Simulator, where: str) -> AsyncIterator[str]:
    """Have a device connect to the broker at `mqtt://user:password@host:port/NUMBER`, again and again."""
    from devices.transports.mqtt import MqttTransport, mqtt_of  # noqa: PLC0415 - few devices need a client

    if not where.startswith("mqtt:"):
        raise ConfigurationError("this device connects to a broker; write mqtt://user:password@host:1883/NUMBER")
    address = parse_address(where)
    public = mqtt_of(address).address

    async def connect() -> None:
        while True:
            await device.wanted()
            with contextlib.suppress(DeviceLost, ConfigurationError):
                async with MqttTransport(address, device.will(address.path.strip("/"))) as transport:
                    await device.serve(transport)
            await asyncio.sleep(RECONNECT_S)

    task = asyncio.create_task(connect(), name="terminal")
    try:
        yield public
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def _on_pty(device: Simulator) -> AsyncIterator[str]:
    async with PtyTransport() as transport:
        task = asyncio.create_task(device.serve(transport), name="pty")
        try:
            yield f"serial:{transport.port}?baud={PTY_BAUD}"
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
