"""What the station does with a connection: presence, birth, twin, then events (D8); and what it takes in."""

import asyncio
import contextlib
import json
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from edge.birth import compose_birth
from edge.commands import Commands
from edge.content import Contents
from edge.custody import REASON, Custody
from edge.epoch import Start
from edge.errors import LinkLost, OutboxError
from edge.introduction import Introduction
from edge.live import LiveBoard
from edge.outbox import Outbox
from edge.recorder import Recorder
from edge.sender import Sender
from edge.supervisor import SlotRunner
from edge.timekeeping import Timekeeper
from edge.traffic import Traffic
from edge.twin import Twin
from edge.uplink import Incoming, Link
from protocols.errors import DocumentError
from protocols.venue.delivery import Ack, Resend
from protocols.venue.presence import PRESENCE_INTERVAL_S, BirthWhy, CoreState, Jwk, Presence, PresenceReason, Rebirth
from protocols.venue.timestamps import format_time
from protocols.venue.topics import Kind, live, station_topic, twin
from protocols.venue.vocabulary import Stream

#: Everybody answers a new core epoch within this, at random, so that the core is not stormed.
NEW_CORE_JITTER_S: Final = 10.0
#: Live values go at most this often per slot (payloads, "Live").
LIVE_INTERVAL_S: Final = 1.0
MAX_LIVE_BYTES: Final = 4_096
#: Manifests that are being kept at once; a station has no more screens.
MAX_KEEPING: Final = 64
#: The goodbye must not hold up the exit (5 s in all).
GOODBYE_TIMEOUT_S: Final = 1.5

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the agent that a session speaks for."""

    station: str
    start: Start
    custody: Custody
    outbox: Outbox
    timekeeper: Timekeeper
    slots: Mapping[str, SlotRunner]
    twin: Twin
    contents: Contents
    live: LiveBoard
    recorder: Recorder
    commands: Commands
    credit: int
    key: Jwk | None = None
    #: None: nothing is counted and there is no byte budget.
    traffic: Traffic | None = None
    #: Takes the list of who may be kept as a face; None: this station has no camera for faces.
    gallery: Callable[[bytes], Awaitable[None]] | None = None


class StationSession:
    """The station's side of every connection of one start; `edge.uplink.Session`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._conn = 0
        self._core_epoch = 0
        self.core_online = False
        self._stopping = asyncio.Event()
        self._link: Link | None = None
        self._sender: Sender | None = None
        self._new_core = asyncio.Event()
        self._rebirth_wanted = asyncio.Event()
        self._rebirth_within_s = 0.0
        self._desired_came = asyncio.Event()
        self._desired = b""
        self.ignored_total = 0
        self._batches_total = 0
        self._retries_total = 0
        self._twin_changed = asyncio.Event()
        self._introduction: Introduction | None = None
        self._outbid = asyncio.Event()
        self._keeping: set[asyncio.Task[None]] = set()
        parts.outbox.watch(self._wake)
        parts.twin.watch(self._twin_changed.set)
        self._handlers: Mapping[Kind, Callable[[Incoming], Awaitable[None]]] = {
            "core_state": self._take_core_state,
            "ack": self._take_ack,
            "resend": self._take_resend,
            "rebirth": self._take_rebirth,
            "twin_desired": self._take_desired,
            "content": self._take_content,
            "gallery": self._take_gallery,
            "command": self._take_command,
        }

    def stop(self) -> None:
        """Say goodbye and end the connection."""
        self._stopping.set()

    def will(self) -> bytes:
        """Return the will of the next connection (D3)."""
        self._conn = 1 if self._parts.custody.renew() else self._conn + 1
        return self._presence("lost", online=False)

    async def serve(self, link: Link) -> None:
        """Introduce the station, then work until `stop`; ends with a goodbye."""
        parts = self._parts
        self._link, self.core_online = link, False
        first = self._conn == 1
        self._outbid.clear()
        self._sender = sender = Sender(
            parts.outbox, parts.timekeeper, parts.start.epoch, parts.credit, link.publish_batch, self._allows
        )
        self._introduction = introduction = Introduction(
            parts.custody, parts.outbox, sender, link, parts.start, self._publish_birth
        )
        try:
            await self._publish_presence("start" if first else "reconnect")
            await self._publish_birth("start" if first else "reconnect")
            await self._publish_reported()
            await parts.commands.answer_unreplied()
            async with asyncio.TaskGroup() as group:
                jobs = {
                    "sender": sender.run(),
                    "introduction": self._introduce(introduction),
                    "epoch-watch": self._give_way(),
                    "presence": self._keep_present(),
                    "rebirth": self._be_reborn(),
                    "twin": self._follow_desired(),
                    "twin-report": self._report_changes(),
                    "live": self._publish_live(),
                }
                tasks = [group.create_task(job, name=name) for name, job in jobs.items()]
                await self._stopping.wait()
                for task in tasks:
                    task.cancel()
            with contextlib.suppress(TimeoutError):  # then the will says it
                async with asyncio.timeout(GOODBYE_TIMEOUT_S):
                    await self._publish_presence("stop", online=False)
        finally:
            self._forget_connection()
            if self._keeping:
                await asyncio.wait(self._keeping)

    async def take(self, message: Incoming) -> None:
        """Take one message of the cloud; what is not for this station or does not fit is ignored and counted."""
        handler = self._handlers.get(message.topic.kind)
        if handler is None or message.topic.station not in {"", self._parts.station}:
            self.ignored_total += 1
            return
        await self._heed(message, handler(message))

    async def _heed(self, message: Incoming, work: Awaitable[None]) -> None:
        """Do what a message asks for; one that does not fit is ignored and counted."""
        try:
            await work
        except (DocumentError, OutboxError) as error:
            self.ignored_total += 1
            _log.warning("%s was ignored: %s", message.topic.kind, error)

    async def publish_reply(self, topic: str, payload: bytes, correlation: bytes) -> None:
        """Answer a command; LinkLost without a connection."""
        await self._connection().publish_reply(topic, payload, correlation)

    def sent_batches(self) -> int:
        """Return the batches sent since the start."""
        return self._batches_total + (self._sender.batches_total if self._sender else 0)

    def sent_retries(self) -> int:
        """Return how often a stream went back to its watermark since the start."""
        return self._retries_total + (self._sender.retries_total if self._sender else 0)

    def hurry(self, stream: Stream) -> None:
        """Have what was stored last leave at once: somebody waits for it; without a connection it waits as ever."""
        if self._sender is not None:
            self._sender.hurry(stream)

    def _wake(self) -> None:
        if self._sender is not None:
            self._sender.wake()

    def _forget_connection(self) -> None:
        if self._sender is not None:
            self._batches_total += self._sender.batches_total
            self._retries_total += self._sender.retries_total
        self._link = self._sender = self._introduction = None
        self.core_online = False

    async def _introduce(self, introduction: Introduction) -> None:
        """Be known to the core before anything leaves; a store that went on elsewhere is left (ADR 0008)."""
        if await introduction.run() == "left":
            await self._parts.recorder.say("outbox.replaced", {"reason": REASON})
            raise LinkLost("the store was left; connecting with a new one")

    async def _give_way(self) -> None:
        """End the connection when its epoch is not the station's greatest; the next one has a greater."""
        await self._outbid.wait()
        raise LinkLost("a greater epoch of this station is known; connecting with a new one")

    async def _take_core_state(self, message: Incoming) -> None:
        state = CoreState.from_bytes(message.payload)
        if state.epoch < self._core_epoch or self._sender is None:
            return
        is_new, self._core_epoch = state.epoch > self._core_epoch, state.epoch
        if state.online and (is_new or not self.core_online):
            if self._parts.custody.certain:
                self._sender.core_online()
            elif self._introduction is not None:
                self._introduction.core_came(state, at_connect=message.retained)
        elif not state.online:
            self._sender.core_offline()
            if self._introduction is not None:
                self._introduction.core_went()
        self.core_online = state.online
        if is_new and state.online and not message.retained:  # retained: the presence of this connection is newer
            self._new_core.set()

    async def _take_ack(self, message: Incoming) -> None:
        ack = Ack.from_bytes(message.payload)
        if self._parts.custody.outbids(ack):
            self._outbid.set()
        if self._sender is None:
            return
        if self._parts.custody.certain or ack.store != self._parts.outbox.store:
            await self._sender.take_ack(ack, fresh=not message.retained)
        elif self._introduction is not None and not message.retained:
            self._introduction.answered(ack)

    async def _take_resend(self, message: Incoming) -> None:
        if self._sender is not None and self._parts.custody.certain:
            await self._sender.take_resend(Resend.from_bytes(message.payload))

    async def _take_rebirth(self, message: Incoming) -> None:
        self._rebirth_within_s = Rebirth.from_bytes(message.payload).within_s
        self._rebirth_wanted.set()

    async def _take_desired(self, message: Incoming) -> None:
        self._desired = message.payload
        self._desired_came.set()

    async def _take_content(self, message: Incoming) -> None:
        """Show a manifest; keeping it and telling of it holds back no other screen's."""
        while len(self._keeping) >= MAX_KEEPING:
            await asyncio.wait(self._keeping, return_when=asyncio.FIRST_COMPLETED)
        shown = self._parts.contents.take(message.topic.name, message.payload, self._parts.recorder)
        task = asyncio.create_task(self._heed(message, shown), name="content-keeper")
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)
        await asyncio.sleep(
            0
        )  # it has been shown when this returns: manifests are shown in the order in which they came

    async def _take_gallery(self, message: Incoming) -> None:
        if self._parts.gallery is None:
            raise DocumentError("this station has no camera for faces")
        await self._parts.gallery(message.payload)

    async def _take_command(self, message: Incoming) -> None:
        await self._parts.commands.take(message)

    async def _keep_present(self) -> None:
        """Publish presence every minute, and soon after a new core has come up (D3)."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PRESENCE_INTERVAL_S):
                    await self._new_core.wait()
                    await asyncio.sleep(random.uniform(0, NEW_CORE_JITTER_S))  # noqa: S311 - jitter
            self._new_core.clear()
            await self._publish_presence("heartbeat")

    async def _be_reborn(self) -> None:
        while True:
            await self._rebirth_wanted.wait()
            await asyncio.sleep(random.uniform(0, self._rebirth_within_s))  # noqa: S311 - jitter
            self._rebirth_wanted.clear()
            await self._publish_birth("rebirth")

    async def _follow_desired(self) -> None:
        while True:
            await self._desired_came.wait()
            self._desired_came.clear()
            if await self._parts.twin.apply(self._desired, self._parts.slots):
                await self._publish_reported()

    async def _report_changes(self) -> None:
        while True:
            await self._twin_changed.wait()
            self._twin_changed.clear()
            await self._publish_reported()

    async def _publish_live(self) -> None:
        """Publish values that changed, and every slot's at its heartbeat: a slot that works is never silent."""
        loop = asyncio.get_running_loop()
        sent_at: dict[str, float] = {}
        while True:
            now = loop.time()
            changed = self._parts.live.take_changed()
            due = [
                name
                for name, runner in self._parts.slots.items()
                if runner.status.health == "good" and now - sent_at.get(name, 0.0) >= runner.slot.heartbeat_s
            ]
            for slot in dict.fromkeys((*changed, *due)):
                sent_at[slot] = now
                await self._publish_slot(slot)
            await asyncio.sleep(LIVE_INTERVAL_S)

    async def _publish_slot(self, slot: str) -> None:
        parts = self._parts
        document = {
            "at": format_time(parts.timekeeper.now()),
            "health": parts.slots[slot].status.health,
            "values": parts.live.values(slot),
        }
        payload = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        if not self._allows("live"):
            return
        if len(payload) > MAX_LIVE_BYTES:
            _log.debug("live values of %s are %d bytes and are not sent", slot, len(payload))
            return
        await self._connection().publish(live(parts.station, slot), payload, qos=0)

    async def _publish_presence(self, reason: PresenceReason, *, online: bool = True) -> None:
        topic = station_topic(self._parts.station, "presence")
        await self._connection().publish(topic, self._presence(reason, online=online), retain=True)

    def _presence(self, reason: PresenceReason, *, online: bool) -> bytes:
        parts = self._parts
        presence = Presence(
            online=online, epoch=parts.start.epoch, conn=self._conn, at=parts.timekeeper.now(), reason=reason
        )
        return presence.to_bytes()

    async def _publish_birth(self, why: BirthWhy) -> None:
        parts = self._parts
        birth = compose_birth(
            start=parts.start,
            conn=self._conn,
            why=why,
            outbox=parts.outbox,
            timekeeper=parts.timekeeper,
            slots=parts.slots,
            twin=parts.twin.reported(parts.slots),
            key=parts.key,
            lineage=await parts.custody.lineage(),
        )
        await self._connection().publish(station_topic(parts.station, "birth"), birth.to_bytes())

    async def _publish_reported(self) -> None:
        reported = self._parts.twin.reported(self._parts.slots)
        await self._connection().publish(twin(self._parts.station, "reported"), reported.to_bytes(), retain=True)

    def _allows(self, class_: Stream | Literal["live"]) -> bool:
        return self._parts.traffic is None or self._parts.traffic.allows(class_)

    def _connection(self) -> Link:
        if self._link is None:
            raise LinkLost("there is no connection")
        return self._link
