"""Stations that only send: batches made beforehand, written to the broker as fast as the core's acks allow.

A hand-written MQTT 5 sender, so that the load costs little of the machine that it shares with what is measured.
"""

import asyncio
import json
import re
import struct
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from protocols.venue.events import CONTENT_TYPE, Properties, encode_batch, event_body, render
from protocols.venue.timestamps import parse_time
from protocols.venue.topics import ROOT
from protocols.venue.vocabulary import Stream

AT: Final = parse_time("2026-03-02T01:00:00Z")
PAD: Final = "x" * 120
KEEP_ALIVE_S: Final = 120
#: Publishes that the broker has not confirmed (its Receive Maximum is 100).
IN_FLIGHT: Final = 64

_UPTO: Final = re.compile(rb'"evidence":\{"upto":(\d+)')
_PUBLISH, _PUBACK = 3, 4


@dataclass(slots=True)
class Outgoing:
    """One batch as a PUBLISH packet; its packet id is written at `id_at`."""

    packet: bytearray
    id_at: int
    last: int


@dataclass(slots=True)
class Flow:
    """What one station has sent and what the core has acked."""

    station: str
    batches: list[Outgoing]
    sent: int = 0
    acked: int = 0
    #: (last seq, when it was sent), waiting for its ack.
    waiting: list[tuple[int, float]] = field(default_factory=list)


@dataclass
class Flood:
    """One connection that sends for all stations; `credit` batches of a station wait for an ack at most."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    flows: dict[str, Flow]
    credit: int
    latencies_ms: list[float] = field(default_factory=list)
    _packet_id: int = 0
    _unconfirmed: int = 0
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, timeout_s: float = 60.0) -> float:
        """Send everything; return the seconds from the first byte to the last ack."""
        began = time.perf_counter()
        reading = asyncio.create_task(self._read(), name="flood-acks")
        try:
            async with asyncio.timeout(timeout_s):
                while not self._done():
                    self._moved.clear()
                    if not self._send_round():
                        await self._moved.wait()
                    await self.writer.drain()
            return time.perf_counter() - began
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    def _done(self) -> bool:
        return all(flow.acked >= flow.batches[-1].last for flow in self.flows.values())

    def _send_round(self) -> bool:
        sent = False
        for flow in self.flows.values():
            if self._unconfirmed >= IN_FLIGHT:
                break
            if flow.sent < len(flow.batches) and len(flow.waiting) < self.credit:
                self._send(flow)
                sent = True
        return sent

    def _send(self, flow: Flow) -> None:
        batch = flow.batches[flow.sent]
        flow.sent += 1
        self._packet_id = self._packet_id % 65_535 + 1
        batch.packet[batch.id_at : batch.id_at + 2] = struct.pack("!H", self._packet_id)
        self._unconfirmed += 1
        flow.waiting.append((batch.last, time.perf_counter()))
        self.writer.write(bytes(batch.packet))

    async def _read(self) -> None:
        while True:
            kind, body = await read_packet(self.reader)
            if kind == _PUBACK:
                self._unconfirmed -= 1
            elif kind == _PUBLISH:
                self._take_ack(body)
            self._moved.set()

    def _take_ack(self, body: bytes) -> None:
        length = struct.unpack_from("!H", body)[0]
        flow = self.flows.get(body[2 : 2 + length].decode().split("/")[2])
        found = _UPTO.search(body)
        if flow is None or found is None:
            return
        flow.acked = max(flow.acked, int(found[1]))
        now = time.perf_counter()
        while flow.waiting and flow.waiting[0][0] <= flow.acked:
            self.latencies_ms.append((now - flow.waiting.pop(0)[1]) * 1000)


@asynccontextmanager
async def flood(port: int, flows: Sequence[Flow], credit: int) -> AsyncIterator[Flood]:
    """Connect and subscribe to every ack."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(connect_packet("bench-flood"))
        await read_packet(reader)
        writer.write(subscribe_packet(f"{ROOT}/+/ack"))
        await read_packet(reader)
        yield Flood(reader, writer, {flow.station: flow for flow in flows}, credit)
    finally:
        writer.close()


def make_flow(station: str, store: str, events: int, batch: int, first: int = 1) -> Flow:
    """Return what one station has to send: probe samples, numbered from `first`."""
    last = first + events - 1
    return Flow(
        station,
        [
            _outgoing(station, store, seq, min(seq + batch - 1, last))
            for seq in range(first, last + 1, batch)
        ],
    )  # fmt: skip


def event_text(station: str, seq: int, stream: Stream = "evidence") -> str:
    """Return one probe sample of about 430 bytes, as an agent renders it."""
    body = event_body(
        event_id=f"0195f3c2-1111-7000-8000-{seq:012x}", station=station, slot="probe-1",
        type_="cn.yizhan.probe.sample.taken.v1", time=AT, epoch=1, stream=stream, clock="trusted",
        data={"n": seq, "pad": PAD},
    )  # fmt: skip
    return render(json.dumps(body, separators=(",", ":")), seq, replay=False)


def _outgoing(station: str, store: str, first: int, last: int) -> Outgoing:
    payload = encode_batch([event_text(station, seq) for seq in range(first, last + 1)])
    properties = b"\x03" + _string(CONTENT_TYPE)
    for name, value in Properties("evidence", first, last, 1, store).to_pairs():
        properties += b"\x26" + _string(name) + _string(value)
    topic = _string(f"{ROOT}/{station}/up/evidence")
    body = topic + b"\0\0" + _length(len(properties)) + properties + payload
    head = b"\x32" + _length(len(body))
    return Outgoing(bytearray(head + body), len(head) + len(topic), last)


def connect_packet(client_id: str) -> bytes:
    """Return CONNECT with a clean start."""
    body = _string("MQTT") + b"\x05\x02" + struct.pack("!H", KEEP_ALIVE_S) + b"\0" + _string(client_id)
    return b"\x10" + _length(len(body)) + body


def subscribe_packet(topic: str) -> bytes:
    """Return SUBSCRIBE with QoS 0."""
    body = b"\0\1\0" + _string(topic) + b"\0"
    return b"\x82" + _length(len(body)) + body


async def read_packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Return (packet type, what follows the fixed header)."""
    kind = (await reader.readexactly(1))[0] >> 4
    length = shift = 0
    while True:
        byte = (await reader.readexactly(1))[0]
        length |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return kind, await reader.readexactly(length)


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("!H", len(data)) + data


def _length(value: int) -> bytes:
    found = bytearray()
    while True:
        value, low = divmod(value, 128)
        found.append(low | (128 if value else 0))
        if not value:
            return bytes(found)
