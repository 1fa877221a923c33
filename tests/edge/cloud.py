"""A small cloud for tests: subscribes, checks every batch, acks what is complete; can be told to hold its acks."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiomqtt

from protocols.venue.events import Event, Properties, decode_batch
from protocols.venue.topics import parse_topic
from protocols.venue.vocabulary import STREAMS
from tests.edge.stations import STATION

AT = "2026-03-02T01:00:00.000Z"


@dataclass
class Cloud:
    """What came from the station, in order; `upto` is the watermark it acks."""

    client: aiomqtt.Client
    epoch: int
    acking: bool = True
    messages: list[tuple[str, Any]] = field(default_factory=list)
    batches: list[tuple[str, list[Event]]] = field(default_factory=list)
    stored: dict[str, dict[int, Event]] = field(default_factory=lambda: {stream: {} for stream in STREAMS})
    upto: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STREAMS, 0))
    store: str = ""

    def documents(self, name: str) -> list[Any]:
        """Return what came on `{station}/{name}`."""
        return [document for topic, document in self.messages if topic == f"yz/1/{STATION}/{name}"]

    def seqs(self, stream: str) -> list[int]:
        """Return the stored seqs of a stream."""
        return sorted(self.stored[stream])

    async def publish(self, name: str, document: Any, *, retain: bool = False) -> None:
        """Send a document to the station."""
        payload = document if isinstance(document, bytes) else json.dumps(document)
        await self.client.publish(f"yz/1/{STATION}/{name}", payload, 1, retain=retain)

    async def online(self, *, online: bool = True) -> None:
        """Say whether the core takes events."""
        document = {"online": online, "epoch": self.epoch, "at": AT}
        await self.client.publish("yz/1/core/state", json.dumps(document), 1, retain=True)

    async def ack(self) -> None:
        """Publish the watermarks."""
        marks = {stream: {"upto": upto, "at": AT} for stream, upto in self.upto.items()}
        await self.publish("ack", {"store": self.store, "epoch": self.epoch, **marks}, retain=True)

    async def listen(self) -> None:
        """Take messages for ever."""
        async for message in self.client.messages:
            topic = parse_topic(str(message.topic))
            assert isinstance(message.payload, bytes)
            if topic.kind == "up":
                await self._take_batch(topic.name, message)
            else:
                self.messages.append((str(message.topic), json.loads(message.payload)))

    async def _take_batch(self, stream: str, message: aiomqtt.Message) -> None:
        assert message.properties is not None
        assert isinstance(message.payload, bytes)
        properties = Properties.from_pairs(getattr(message.properties, "UserProperty", ()))
        judged = decode_batch(message.payload, properties, station=STATION, stream=stream)
        events = [one.event for one in judged if isinstance(one.event, Event)]
        assert len(events) == len(judged), judged
        self.store = properties.store
        self.batches.append((stream, events))
        for event in events:
            known = self.stored[stream].setdefault(event.seq, event)
            assert (known.id, known.data) == (event.id, event.data)
        while self.upto[stream] + 1 in self.stored[stream]:
            self.upto[stream] += 1
        if self.acking:
            await self.ack()


@asynccontextmanager
async def cloud(port: int, epoch: int = 1_000, *, online: bool = True) -> AsyncIterator[Cloud]:
    """Yield a cloud that is connected and listening."""
    async with aiomqtt.Client("127.0.0.1", port, protocol=aiomqtt.ProtocolVersion.V5) as client:
        core = Cloud(client, epoch)
        names = ("presence", "birth", "twin/reported", "+/live", "up/+")
        await client.subscribe([(f"yz/1/{STATION}/{name}", 1) for name in names])
        task = asyncio.create_task(core.listen(), name="test-cloud")
        if online:
            await core.online()
        try:
            yield core
        finally:
            task.cancel()
            results = await asyncio.gather(task, return_exceptions=True)
    failure = results[0]
    if isinstance(failure, Exception) and not isinstance(failure, aiomqtt.MqttError):
        raise failure
