"""UDP: one read is one datagram, one write is one; for searches and for devices that speak nothing else."""

import asyncio
from typing import Final

from devices.errors import ConfigurationError
from devices.transport import MAX_READ_BYTES, OPEN_TIMEOUT_S, Address, Transport

#: Datagrams that may wait to be read; what comes on top is lost, as UDP may lose it anyway.
MAX_WAITING: Final = 256
#: Answers to a broadcast come from any network of this machine.
ANYWHERE: Final = ("0.0.0.0", 0)  # noqa: S104 - a client's port, which nobody knows but who was asked


class UdpTransport(Transport, asyncio.DatagramProtocol):
    """A socket that sends to one host, which may be a broadcast address, and hears everybody who answers."""

    def __init__(self, address: Address) -> None:
        super().__init__(address.text, address.options)
        self._to = (address.host, address.port or 0)
        self._socket: asyncio.DatagramTransport | None = None
        self._failure: Exception | None = None
        self._arrived: asyncio.Queue[tuple[bytes, str]] = asyncio.Queue(MAX_WAITING)
        #: Host that sent what was read last.
        self.sender = ""

    async def open(self) -> None:
        """Bind to any port; nobody is asked whether there is somebody."""
        loop = asyncio.get_running_loop()
        try:
            self._socket, _ = await loop.create_datagram_endpoint(
                lambda: self, local_addr=ANYWHERE, allow_broadcast=True
            )
        except OSError as error:
            raise self.lost(f"cannot open: {error}") from error

    async def close(self) -> None:
        """Close the socket."""
        opened, self._socket = self._socket, None
        if opened is not None:
            opened.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Keep a datagram until it is read."""
        if not self._arrived.full():
            self._arrived.put_nowait((data, addr[0]))

    def error_received(self, exc: Exception) -> None:
        """Keep why a datagram could not be sent; the loop says it here instead of raising it."""
        self._failure = exc

    async def read(self, limit: int = MAX_READ_BYTES, *, timeout_s: float | None = None) -> bytes:
        """Return the next datagram, cut at `limit`; `sender` says who sent it."""
        if self._socket is None:
            raise self.lost("not open")
        try:
            async with asyncio.timeout(timeout_s):
                found = await self._arrived.get()
        except TimeoutError as error:
            raise self.lost(f"nothing came within {timeout_s} s") from error
        data, self.sender = found
        return data[:limit]

    async def write(self, data: bytes, *, timeout_s: float = OPEN_TIMEOUT_S) -> None:  # noqa: ARG002 - never waits
        """Send one datagram."""
        if self._socket is None:
            raise self.lost("not open")
        self._failure = None
        self._socket.sendto(data, self._to)
        if self._failure is not None:
            raise self.lost(f"cannot send: {self._failure}") from self._failure


def udp_of(address: Address) -> UdpTransport:
    """Return the transport of `udp://host:port`."""
    if not address.host or address.port is None:
        raise ConfigurationError(f"address {address.text!r}: write udp://host:port, e.g. udp://255.255.255.255:3800")
    return UdpTransport(address)
