"""Stations that only send: batches made beforehand, written to the broker as fast as the core's acks allow.

A hand-written MQTT 5 sender, so that the load costs little of the machine that it shares with what is measured.
"""

import asyncio
import json
import re
import struct
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from cloud.ingest.packets import PUBACK, PUBLISH, cut, written_length
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
_SUBACK: Final = 0x90


@dataclass(slots=True)
class Outgoing:
    """One batch as a PUBLISH packet; its packet id is written at `id_at`."""

    packet: bytearray
    id_at: int
    last: int


@dataclass(slots=True, eq=False)
class Flow:
    """What one station has sent and what the core has acked."""

    station: str
    batches: list[Outgoing]
    sent: int = 0
    acked: int = 0
    #: (last seq, when it was sent), waiting for its ack.
    waiting: deque[tuple[int, float]] = field(default_factory=deque)


class Flood(asyncio.Protocol):
    """One connection that sends for all stations; `credit` batches of a station wait for an ack at most."""

    def __init__(self, flows: Sequence[Flow], credit: int) -> None:
        self._flows = {flow.station: flow for flow in flows}
        self._credit = credit
        self._ready = deque(flows)
        self._left = len(self._flows)
        self._rest = b""
        self._packet_id = 0
        self._unconfirmed = 0
        self._began = False
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self.latencies_ms: list[float] = []
        self.subscribed: asyncio.Future[None] = self._loop.create_future()
        self._finished: asyncio.Future[None] = self._loop.create_future()

    async def run(self, timeout_s: float = 60.0) -> float:
        """Send everything; return the seconds from the first byte to the last ack."""
        began, self._began = time.perf_counter(), True
        self._send_ready()
        async with asyncio.timeout(timeout_s):
            await self._finished
        return time.perf_counter() - began

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for every ack."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(connect_packet("bench-flood") + subscribe_packet(f"{ROOT}/+/ack"))

    def connection_lost(self, exc: Exception | None) -> None:
        """End the run: nothing is sent twice here."""
        for future in (self.subscribed, self._finished):
            if not future.done():
                future.set_exception(exc or ConnectionError("the broker has gone"))
                future.exception()

    def data_received(self, data: bytes) -> None:
        """Count what the broker has confirmed and what the core has acked, and send what that makes room for."""
        stream = self._rest + data
        at = 0
        for start, body, end in cut(stream):
            kind = stream[start] & 0xF0
            if kind == PUBACK:
                self._unconfirmed -= 1
            elif kind == PUBLISH:
                self._take_ack(stream[body:end])
            elif kind == _SUBACK and not self.subscribed.done():
                self.subscribed.set_result(None)
            at = end
        self._rest = stream[at:]
        if self._began:
            self._send_ready()

    def _send_ready(self) -> None:
        packets = bytearray()
        while self._ready and self._unconfirmed < IN_FLIGHT:
            flow = self._ready[0]
            if flow.sent < len(flow.batches) and len(flow.waiting) < self._credit:
                packets += self._next(flow)
                self._ready.rotate(-1)
            else:
                self._ready.popleft()
        if packets and self._transport is not None:
            self._transport.write(packets)

    def _next(self, flow: Flow) -> bytearray:
        batch = flow.batches[flow.sent]
        flow.sent += 1
        self._packet_id = self._packet_id % 65_535 + 1
        batch.packet[batch.id_at : batch.id_at + 2] = struct.pack("!H", self._packet_id)
        self._unconfirmed += 1
        flow.waiting.append((batch.last, time.perf_counter()))
        return batch.packet

    def _take_ack(self, body: bytes) -> None:
        length = struct.unpack_from("!H", body)[0]
        flow = self._flows.get(body[2 : 2 + length].decode().split("/")[2])
        found = _UPTO.search(body)
        if flow is None or found is None or int(found[1]) <= flow.acked:
            return
        was_idle = flow.sent == len(flow.batches) or len(flow.waiting) >= self._credit
        flow.acked = int(found[1])
        now = time.perf_counter()
        while flow.waiting and flow.waiting[0][0] <= flow.acked:
            self.latencies_ms.append((now - flow.waiting.popleft()[1]) * 1000)
        if was_idle and flow not in self._ready:
            self._ready.append(flow)
        if flow.acked >= flow.batches[-1].last:
            self._left -= 1
            if not self._left and not self._finished.done():
                self._finished.set_result(None)


@asynccontextmanager
async def flood(port: int, flows: Sequence[Flow], credit: int) -> AsyncIterator[Flood]:
    """Connect and subscribe to every ack."""
    loop = asyncio.get_running_loop()
    transport, load = await loop.create_connection(lambda: Flood(flows, credit), "127.0.0.1", port)
    try:
        await load.subscribed
        yield load
    finally:
        transport.close()


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
    body = topic + b"\0\0" + written_length(len(properties)) + properties + payload
    head = b"\x32" + written_length(len(body))
    return Outgoing(bytearray(head + body), len(head) + len(topic), last)


def connect_packet(client_id: str) -> bytes:
    """Return CONNECT with a clean start."""
    body = _string("MQTT") + b"\x05\x02" + struct.pack("!H", KEEP_ALIVE_S) + b"\0" + _string(client_id)
    return b"\x10" + written_length(len(body)) + body


def subscribe_packet(topic: str) -> bytes:
    """Return SUBSCRIBE with QoS 0."""
    body = b"\0\1\0" + _string(topic) + b"\0"
    return b"\x82" + written_length(len(body)) + body


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("!H", len(data)) + data
