"""TCP on asyncio streams."""

import asyncio

from devices.errors import ConfigurationError
from devices.transport import MAX_READ_BYTES, MAX_WRITE_BYTES, OPEN_TIMEOUT_S, Address, Transport


class TcpTransport(Transport):
    """A client connection, or the server's end of one when made by `accepted`."""

    def __init__(self, address: Address) -> None:
        super().__init__(address.text, address.options)
        self._host, self._port = address.host, address.port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    @classmethod
    def accepted(cls, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> "TcpTransport":
        """Return the open transport of a connection that a server accepted."""
        host, port = writer.get_extra_info("peername")[:2]
        transport = cls(Address(f"tcp://{host}:{port}", "tcp", host, port, "", {}))
        transport._reader, transport._writer = reader, writer
        return transport

    async def open(self) -> None:
        """Connect; an accepted connection is open already."""
        if self._writer is not None:
            return
        try:
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                self._reader, self._writer = await asyncio.open_connection(
                    self._host, self._port, limit=MAX_WRITE_BYTES
                )
        except OSError as error:  # a TimeoutError is one
            raise self.lost(f"cannot connect: {error or 'no answer'}") from error

    async def close(self) -> None:
        """Close without waiting for what the other side may never take."""
        writer, self._reader, self._writer = self._writer, None, None
        if writer is not None:
            writer.close()

    async def read(self, limit: int = MAX_READ_BYTES, *, timeout_s: float | None = None) -> bytes:
        """Return what has arrived."""
        if self._reader is None:
            raise self.lost("not open")
        try:
            async with asyncio.timeout(timeout_s):
                data = await self._reader.read(limit)
        except TimeoutError as error:
            raise self.lost(f"nothing came within {timeout_s} s") from error
        except OSError as error:
            raise self.lost(str(error)) from error
        if not data:
            raise self.lost("the other side closed the connection", "closed")
        return data

    async def write(self, data: bytes, *, timeout_s: float = OPEN_TIMEOUT_S) -> None:
        """Write and wait until the buffer is low again."""
        if self._writer is None or self._writer.is_closing():
            raise self.lost("not open")
        try:
            async with asyncio.timeout(timeout_s):
                self._writer.write(data)
                await self._writer.drain()
        except OSError as error:
            raise self.lost(f"cannot write: {error or 'timed out'}") from error


def tcp_of(address: Address) -> TcpTransport:
    """Return the transport of `tcp://host:port`."""
    if not address.host or address.port is None:
        raise ConfigurationError(f"address {address.text!r}: write tcp://host:port, e.g. tcp://10.0.0.5:502")
    return TcpTransport(address)
