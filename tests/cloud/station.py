"""A station that speaks the contract: sends what the test says, keeps what the core says."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiomqtt
import uuid_utils
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties as MqttProperties

from protocols.venue import topics
from protocols.venue.events import CONTENT_TYPE, Properties
from protocols.venue.vocabulary import Stream

STORE = "0195f3c2-0000-7000-8000-00000000000a"
OTHER_STORE = "0195f3c2-0000-7000-8000-00000000000b"
BOOT = "0195f3c2-0000-7000-8000-000000000001"
AT = "2026-03-02T01:00:00.000Z"


def make_event(seq: int, stream: Stream = "evidence", **members: Any) -> dict[str, Any]:
    """Return one event as a station sends it."""
    return {
        "specversion": "1.0",
        "id": f"0195f3c2-1111-7000-8000-{seq:012x}",
        "source": "/stations/st-01/slots/door-1",
        "type": "cn.yizhan.door.signal.interval.v1",
        "time": AT,
        "datacontenttype": "application/json",
        "epoch": 1,
        "stream": stream,
        "seq": seq,
        "replay": False,
        "clock": "trusted",
        "data": {"signal": "door", "value": "unlocked", "from": AT, "to": AT, "samples": 1},
        **members,
    }


def make_batch(seqs: Iterable[int], stream: Stream = "evidence", **members: Any) -> bytes:
    """Return the payload of a batch."""
    return json.dumps([make_event(seq, stream, **members) for seq in seqs]).encode()


def make_birth(epoch: int = 1, conn: int = 1, store: str = STORE, **members: Any) -> dict[str, Any]:
    """Return a birth document."""
    depth = {"first": None, "last": 0, "upto": 0, "bytes": 0}
    slot = {"kind": "door", "device": "dev-1", "profile": "sim-door", "health": "good", "capabilities": []}
    return {
        "epoch": epoch,
        "conn": conn,
        "boot": BOOT,
        "store": store,
        "at": AT,
        "why": "start",
        "versions": {"yizhan": "1.0.0", "contract": 1, "python": "3.11.7", "os": "debian 12"},
        "clock": {"trust": "trusted", "offset_ms": 12, "source": "ntp"},
        "outbox": {"evidence": depth, "ops": depth, "telemetry": depth},
        "slots": {"door-1": slot},
        "twin": {"applied_rev": 0, "rev": 1, "at": AT, "slots": {}},
        **members,
    }


@dataclass
class Station:
    """One connection of a station; `heard` maps the last part of a topic to what came there."""

    client: aiomqtt.Client
    id: str
    heard: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    #: MQTT properties of the newest message of a topic.
    properties: dict[str, Any] = field(default_factory=dict)

    def topic(self, name: str) -> str:
        """Return one of the station's own topics."""
        return f"{topics.ROOT}/{self.id}/{name}"

    async def presence(self, epoch: int = 1, conn: int = 1, *, online: bool = True, reason: str = "start") -> None:
        """Say whether the station is there."""
        body = {"online": online, "epoch": epoch, "conn": conn, "at": AT, "reason": reason}
        await self.client.publish(self.topic("presence"), json.dumps(body), qos=1, retain=True)

    async def birth(self, **members: Any) -> None:
        """Introduce the station."""
        await self.client.publish(self.topic("birth"), json.dumps(make_birth(**members)), qos=1)

    async def send(  # noqa: PLR0913 - what a batch is routed by
        self, payload: bytes, first: int, last: int, *, stream: Stream = "evidence", epoch: int = 1, store: str = STORE
    ) -> None:
        """Send a batch."""
        properties = MqttProperties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.ContentType = CONTENT_TYPE
        properties.UserProperty = Properties(stream, first, last, epoch, store).to_pairs()
        await self.client.publish(self.topic(f"up/{stream}"), payload, qos=1, properties=properties)

    async def send_events(self, first: int, last: int, stream: Stream = "evidence", **members: Any) -> None:
        """Send a batch of well-formed events."""
        await self.send(make_batch(range(first, last + 1), stream, **members), first, last, stream=stream)

    def newest(self, name: str) -> dict[str, Any]:
        """Return the newest document of a topic, an empty one when none came."""
        return (self.heard.get(name) or [{}])[-1]

    def acked(self, stream: Stream = "evidence") -> int:
        """Return the watermark of the newest ack."""
        return int(self.newest("ack").get(stream, {}).get("upto", -1))

    async def listen(self) -> None:
        """Keep what the core says, for ever."""
        async for message in self.client.messages:
            name = str(message.topic).removeprefix(f"{topics.ROOT}/").removeprefix(f"{self.id}/")
            self.properties[name] = message.properties
            self.heard.setdefault(name, []).append(json.loads(bytes(message.payload) or b"{}"))

    async def reply(self, command: dict[str, Any], state: str, n: int = 1, **members: Any) -> None:
        """Answer a command where its Response Topic says."""
        body = {"id": command["id"], "state": state, "n": n, "at": AT, "epoch": 1, "ledger": False, **members}
        await self.client.publish(self.topic("reply/main"), json.dumps(body), qos=1)


@asynccontextmanager
async def station_at(url: str, station: str = "st-01") -> AsyncIterator[Station]:
    """Connect a station that has nothing to say yet."""
    parts = urlsplit(url)
    async with aiomqtt.Client(
        parts.hostname or "", parts.port or 1883, identifier=f"yz-{station}-{uuid_utils.uuid4()}",
        protocol=aiomqtt.ProtocolVersion.V5, socket_options=((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),),
    ) as client:  # fmt: skip
        await client.subscribe([(name, 1) for name in topics.edge_filters(station)])
        one = Station(client, station)
        listener = asyncio.create_task(one.listen(), name=f"station-{station}")
        try:
            yield one
        finally:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)
