"""Listens at the broker itself: remembers the newest batches of each station, and what the core has acked when."""

import asyncio
import json
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from protocols.venue.topics import ROOT

KEPT_BATCHES: Final = 20
PAUSE_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Overheard:
    """A batch as a station published it."""

    topic: str
    payload: bytes
    content_type: str
    pairs: list[tuple[str, str]]


@dataclass
class Observer:
    """One client of the broker that comes back after every loss."""

    port: int
    #: Every ack of evidence that went further than the last: monotonic time, station, store, upto.
    log: Path
    #: (station, store) -> upto of evidence.
    acked: dict[tuple[str, str], int] = field(default_factory=dict)
    #: Batches overheard.
    heard: int = 0
    batches: dict[str, deque[Overheard]] = field(default_factory=dict)
    _client: aiomqtt.Client | None = None

    async def run(self) -> None:
        """Listen, for ever."""
        while True:
            try:
                async with aiomqtt.Client(
                    "127.0.0.1", self.port, protocol=aiomqtt.ProtocolVersion.V5, timeout=2.0, keepalive=5
                ) as client:
                    await client.subscribe(f"{ROOT}/+/ack", qos=1)
                    await client.subscribe(f"{ROOT}/+/up/+", qos=1)
                    self._client = client
                    async for message in client.messages:
                        self._take(message)
            except (aiomqtt.MqttError, OSError):
                pass
            finally:
                self._client = None
            await asyncio.sleep(PAUSE_S)

    async def publish_again(self, batches: list[Overheard]) -> int:
        """Publish batches as their station; returns how many the broker took."""
        taken = 0
        for one in batches:
            client = self._client
            if client is None:
                break
            wire = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            wire.ContentType = one.content_type
            wire.UserProperty = one.pairs
            try:
                await client.publish(one.topic, one.payload, 1, properties=wire, timeout=2.0)
            except aiomqtt.MqttError:
                break
            taken += 1
        return taken

    def _take(self, message: aiomqtt.Message) -> None:
        levels = str(message.topic).split("/")
        station, payload = levels[2], bytes(message.payload) if isinstance(message.payload, bytes) else b""
        if levels[3] == "ack":
            self._take_ack(station, json.loads(payload))
            return
        given: Any = message.properties
        if not hasattr(given, "UserProperty"):  # nothing that a station would send
            return
        self.heard += 1
        batch = Overheard(str(message.topic), payload, given.ContentType, list(given.UserProperty))
        self.batches.setdefault(station, deque(maxlen=KEPT_BATCHES)).append(batch)

    def _take_ack(self, station: str, document: dict[str, Any]) -> None:
        upto = document.get("evidence", {}).get("upto", 0)
        key = station, document["store"]
        if upto > self.acked.get(key, 0):
            self.acked[key] = upto
            with self.log.open("a") as log:
                log.write(f"{time.monotonic():.3f} {station} {document['store']} {upto}\n")
