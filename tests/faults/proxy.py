"""A cable with faults: a TCP relay that cuts at a byte, falls silent, delays, throttles, doubles and reorders.

Each fault ends by itself. Bytes are never changed: what arrives is what was sent, or nothing.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

CHUNK_BYTES: Final = 64 * 1024
#: A packet that is to be overtaken waits at most this long.
OVERTAKEN_S: Final = 1.0
#: MQTT 5 PUBLISH (packet type 3) with QoS 1: the only packets that are doubled or overtaken.
_PUBLISH_QOS_1: Final = 0x32
_DUP: Final = 0x08


@dataclass
class FaultProxy:
    """Relays connections to `port`; the methods make one fault each."""

    port: int
    #: Bytes until the connections are cut; None: they are not.
    _cut_in: int | None = None
    _silent_until: float = 0.0
    _refused_until: float = 0.0
    _slow_until: float = 0.0
    _delay_s: float = 0.0
    _bytes_per_s: float = 0.0
    _double: int = 0
    _overtake: int = 0
    #: Connections taken, and packets that were overtaken.
    accepted: int = 0
    overtaken: int = 0
    _pairs: "set[_Pair]" = field(default_factory=set)

    def cut(self, after_bytes: int) -> None:
        """Reset every connection once this many more bytes have passed, within any packet."""
        self._cut_in = after_bytes

    def fall_silent(self, seconds: float) -> None:
        """Swallow what comes; who is connected now hears nothing ever again, who connects later waits."""
        self._silent_until = time.monotonic() + seconds
        for pair in self._pairs:
            pair.dead = True

    def refuse(self, seconds: float) -> None:
        """Reset every connection and refuse new ones for a while."""
        self._refused_until = time.monotonic() + seconds
        for pair in list(self._pairs):
            pair.abort()

    def slow_down(self, seconds: float, *, delay_s: float = 0.0, bytes_per_s: float = 0.0) -> None:
        """Delay each piece of data, or pass only so many bytes a second, for a while."""
        self._slow_until, self._delay_s, self._bytes_per_s = time.monotonic() + seconds, delay_s, bytes_per_s

    def double(self, packets: int) -> None:
        """Deliver the next publishes of the station three times, with the DUP flag."""
        self._double = packets

    def overtake(self, packets: int) -> None:
        """Let each of the next publishes of the station be overtaken by the one behind it."""
        self._overtake = packets

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Relay one connection until either side closes it."""
        if time.monotonic() < self._refused_until:
            writer.transport.abort()
            return
        self.accepted += 1
        pair = _Pair(writer)
        self._pairs.add(pair)
        try:
            while time.monotonic() < self._silent_until:
                await asyncio.sleep(0.05)
            far_reader, pair.far = await asyncio.open_connection("127.0.0.1", self.port)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(pair, reader, pair.far, Packets()), name="proxy-up")
                group.create_task(self._pump(pair, far_reader, writer, None), name="proxy-down")
        except OSError:
            pass
        finally:
            self._pairs.discard(pair)
            pair.abort()

    async def _pump(
        self, pair: "_Pair", reader: asyncio.StreamReader, writer: asyncio.StreamWriter, packets: "Packets | None"
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                data = await self._read(reader, packets)
                if not data:
                    break
                if pair.dead:
                    continue
                if packets is not None:
                    data = self._rearrange(packets, data)
                await self._hold_up(len(data))
                if not pair.dead and not self._pass(data, writer):
                    break
                await writer.drain()
        pair.abort()

    async def _read(self, reader: asyncio.StreamReader, packets: "Packets | None") -> bytes:
        """Return what came; a packet that waits to be overtaken goes on when nothing comes."""
        if packets is None or not packets.waiting:
            return await reader.read(CHUNK_BYTES)
        try:
            async with asyncio.timeout(OVERTAKEN_S):
                return await reader.read(CHUNK_BYTES)
        except TimeoutError:
            return packets.let_go()

    async def _hold_up(self, size: int) -> None:
        if time.monotonic() >= self._slow_until:
            return
        await asyncio.sleep(self._delay_s + (size / self._bytes_per_s if self._bytes_per_s else 0.0))

    def _pass(self, data: bytes, writer: asyncio.StreamWriter) -> bool:
        """Hand data on; False when the cable is cut within it."""
        if self._cut_in is None:
            writer.write(data)
            return True
        writer.write(data[: self._cut_in])
        self._cut_in -= len(data)
        if self._cut_in > 0:
            return True
        self._cut_in = None
        for pair in list(self._pairs):
            pair.abort()
        return False

    def _rearrange(self, packets: "Packets", data: bytes) -> bytes:
        out = []
        for packet in packets.feed(data):
            if packet[0] & ~_DUP != _PUBLISH_QOS_1 or b"/up/" not in packet[:64]:
                out.append(packet)
            elif packets.waiting:
                out += [packet, packets.let_go()]
                self.overtaken += 1
            elif self._overtake:
                self._overtake -= 1
                packets.waiting = packet
            elif self._double:
                self._double -= 1
                again = bytes([packet[0] | _DUP]) + packet[1:]
                out += [packet, again, again]
            else:
                out.append(packet)
        return b"".join(out)


@dataclass(eq=False)
class _Pair:
    """Both ends of one relayed connection; dead: nothing passes any more, and nobody is told."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter | None = None
    dead: bool = False

    def abort(self) -> None:
        for end in (self.near, self.far):
            if end is not None:
                end.transport.abort()


class Packets:
    """Cuts a stream of bytes into MQTT packets (fixed header, then the remaining length in 7-bit groups)."""

    def __init__(self) -> None:
        self._rest = b""
        #: A packet that is to be overtaken.
        self.waiting = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the packets that are whole now; the rest waits for its end."""
        self._rest += data
        found = []
        while (size := self._size()) is not None and len(self._rest) >= size:
            found.append(self._rest[:size])
            self._rest = self._rest[size:]
        return found

    def let_go(self) -> bytes:
        """Return the packet that waited."""
        packet, self.waiting = self.waiting, b""
        return packet

    def _size(self) -> int | None:
        length = 0
        for place, byte in enumerate(self._rest[1:5]):
            length |= (byte & 0x7F) << (7 * place)
            if not byte & 0x80:
                return 2 + place + length
        return None


@asynccontextmanager
async def fault_proxy(listen: int, port: int) -> AsyncIterator[FaultProxy]:
    """Relay the loopback port `listen` to the loopback port `port`."""
    proxy = FaultProxy(port)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", listen)
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut(0)
        for pair in list(proxy._pairs):
            pair.abort()
        await asyncio.sleep(0)
