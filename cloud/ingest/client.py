"""The core's connection to the broker; this file and `inbox` are all of the cloud that knows an MQTT library.

The session is never a store: it starts clean, and what matters is in the database until the other side has said that
it has it. A PUBLISH is confirmed only after its commit, and the broker has at most RECEIVE_MAXIMUM of them with us
unconfirmed: a core that is behind holds the broker back, and its own memory stays bounded. Every CONNECT has a new
epoch; `core/state` goes out only after the subscriptions stand.
"""

import asyncio
import logging
import random
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from urllib.parse import unquote, urlsplit

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from cloud.ingest.epochs import next_epoch
from cloud.ingest.inbox import RECEIVE_MAXIMUM, Inbox
from cloud.platform.core import Core
from cloud.platform.database import FAILURES
from cloud.platform.errors import LinkDownError
from cloud.platform.lease import Lease, LeaseLostError
from protocols.venue import topics
from protocols.venue.presence import MAX_PACKET_BYTES, CoreState

#: What the processes that store events share, and what the one of them that leads reads alone (W27).
SHARED: Final = tuple(f"$share/ingest/{topics.ROOT}/{rest}" for rest in ("+/up/+", "+/+/live"))
ALONE: Final = tuple(f"{topics.ROOT}/{rest}" for rest in ("+/presence", "+/birth", "+/twin/reported", "+/twin/desired"))
KEEP_ALIVE_S: Final = 7
CALL_TIMEOUT_S: Final = 10.0
#: CONNECT to CONNACK. The library does not notice a connection that ends before its CONNACK: it waits this long.
CONNECT_TIMEOUT_S: Final = 3.0
RETRY_MIN_S: Final = 0.2
RETRY_MAX_S: Final = 15.0
#: Bytes of messages read before others of the process get their turn: the writer hands a group to the database and
#: the next is read meanwhile, instead of after it.
TURN_BYTES: Final = 64 * 1024
INFLIGHT: Final = 500
#: An ack must not wait 40 ms for the broker's TCP to confirm the PUBACK before it (Nagle).
SOCKET_OPTIONS: Final = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)

#: What ends a session; the database counts, because an epoch is stored before every CONNECT.
_LOST: Final[tuple[type[Exception], ...]] = (aiomqtt.MqttError, LinkDownError, LeaseLostError, *FAILURES)

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Received:
    """One PUBLISH as it came."""

    topic: str
    payload: bytes
    retained: bool
    content_type: str | None
    user_properties: Sequence[tuple[str, str]]
    #: Tells the broker that the message is dealt with.
    done: Callable[[], None] = field(default=lambda: None, compare=False, repr=False)


#: Called with every message, in order; what it waits for holds the reader back.
OnMessage = Callable[[Received], Awaitable[None]]
#: Called after each CONNECT with the new core epoch, once messages can be published.
OnConnected = Callable[[int], Awaitable[None]]


class Link:
    """The connection as long as the process runs: connects, and connects again.

    With a lease it subscribes to what is stored. While the process leads, it connects under the core's own name, so
    that the broker ends the connection of whoever led before, has epochs and publishes `core/state`.
    """

    def __init__(self, core: Core, url: str, lease: Lease | None = None) -> None:
        self._core = core
        self.lease = lease
        self.url = url
        self._client: aiomqtt.Client | None = None
        self._inbox: Inbox | None = None
        self._leads = self._shall_lead = False
        self.epoch = 0

    @property
    def leads(self) -> bool:
        """Whether the connection is the leader's."""
        return self._leads

    def lead(self, *, leads: bool) -> None:
        """Connect as the leader, or as one of the others; a connection of the other kind ends."""
        self._shall_lead = leads
        if self._inbox is not None:
            self._inbox.wake()

    def connected(self) -> bool:
        """Return whether messages can be published now."""
        return self._client is not None

    async def request(self, topic: str, payload: bytes, *, reply_to: str, correlation: str, expiry_s: int) -> None:
        """Publish a request: MQTT 5 Response Topic, Correlation Data and Message Expiry (s); as `publish` else."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.ResponseTopic = reply_to
        properties.CorrelationData = correlation.encode()
        properties.MessageExpiryInterval = expiry_s
        await self.publish(topic, payload, properties=properties)

    async def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, properties: Properties | None = None
    ) -> None:
        """Publish with QoS 1 and return when the broker has it; LinkDownError when it cannot."""
        if self._client is None:
            raise LinkDownError("the broker is not connected")
        try:
            call = self._client.publish(
                topic, payload, qos=1, retain=retain, properties=properties, timeout=CALL_TIMEOUT_S
            )
            await _unless_lost(self._client, call)
        except aiomqtt.MqttError as error:
            raise LinkDownError(f"the broker did not take {topic}: {error}") from error

    def post(self, documents: Sequence[tuple[str, bytes]]) -> None:
        """Publish retained documents with QoS 1 and do not wait; a later `publish` that returns has them behind it."""
        if self._client is None or self._inbox is None:
            raise LinkDownError("the broker is not connected")
        self._inbox.post(documents)

    async def run(self, on_message: OnMessage, on_connected: OnConnected) -> None:
        """Stay connected, for ever; says once that the broker is lost and once that it is back."""
        pause_s, lost = RETRY_MIN_S, False
        while True:
            started = asyncio.get_running_loop().time()
            try:
                await self._session(on_message, on_connected)
            except _LOST as error:
                _LOG.log(logging.DEBUG if lost else logging.WARNING, "broker %s is lost: %r", self.url, error)
                lost = True
            else:
                continue
            if asyncio.get_running_loop().time() - started > RETRY_MAX_S:
                pause_s, lost = RETRY_MIN_S, False
            await asyncio.sleep(random.uniform(RETRY_MIN_S, pause_s))  # noqa: S311 - jitter, not a secret
            pause_s = min(pause_s * 2, RETRY_MAX_S)

    async def _session(self, on_message: OnMessage, on_connected: OnConnected) -> None:
        """Be connected until the connection or the role ends."""
        self._leads = self._shall_lead
        if self._leads and self.lease is not None:
            self.epoch = await next_epoch(self._core, self.lease)
        client = self._new_client()
        inbox = self._inbox = Inbox(client, self._core.metrics)
        async with client:
            inbox.open()
            try:
                if self.lease is not None:
                    await client.subscribe([(name, 1) for name in self._filters()], timeout=CALL_TIMEOUT_S)
                self._client = client
                self._core.metrics.broker_connected.set(1)
                if self._leads:
                    await self.publish(topics.CORE_STATE, self._state(online=True), retain=True)
                _LOG.info("connected to broker %s with epoch %d", self.url, self.epoch)
                await on_connected(self.epoch)
                await self._read(inbox, on_message)
            finally:
                self._client = None
                self._core.metrics.broker_connected.set(0)

    async def _read(self, inbox: Inbox, on_message: OnMessage) -> None:
        read_bytes = 0
        while self._leads == self._shall_lead:
            message = await inbox.get()
            if message is None:
                continue
            topic, payload, packet_id, retain, content_type, pairs = message
            done = partial(inbox.confirm, packet_id) if packet_id else _nothing
            await on_message(Received(topic, payload, retain, content_type, pairs, done))
            read_bytes += len(payload)
            if read_bytes >= TURN_BYTES:
                # None of the waiting above gives up the loop while there is something to read and room for it.
                await asyncio.sleep(0)
                read_bytes = 0

    async def say_goodbye(self) -> None:
        """Tell the stations that the core goes; they keep recording (W15)."""
        if self._client is not None and self._leads:
            await self.publish(topics.CORE_STATE, self._state(online=False), retain=True)

    def _filters(self) -> list[str]:
        replies = f"{topics.ROOT}/+/reply/{self._core.settings.core_id}"
        return [*SHARED, *ALONE, replies] if self._leads else [*SHARED]

    def _state(self, *, online: bool) -> bytes:
        return CoreState(online=online, epoch=self.epoch, at=self._core.now(), answers=True).to_bytes()

    def _will(self) -> aiomqtt.Will | None:
        if not self._leads:
            return None
        return aiomqtt.Will(topics.CORE_STATE, self._state(online=False), qos=1, retain=True)

    def _new_client(self) -> aiomqtt.Client:
        parts, settings = urlsplit(self.url), self._core.settings
        if parts.hostname is None:
            raise LinkDownError(f"{self.url!r} names no host")
        secure = parts.scheme == "mqtts"
        context = None
        if secure:
            context = ssl.create_default_context(cafile=settings.mqtt_ca_file)
            if settings.mqtt_cert_file:
                context.load_cert_chain(settings.mqtt_cert_file, settings.mqtt_key_file)
        connect = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        connect.MaximumPacketSize = MAX_PACKET_BYTES
        connect.ReceiveMaximum = RECEIVE_MAXIMUM
        return aiomqtt.Client(
            parts.hostname,
            parts.port or (8883 if secure else 1883),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            identifier=f"yz-core-{settings.core_id}" if self._leads else "",
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=True,
            keepalive=KEEP_ALIVE_S,
            timeout=CONNECT_TIMEOUT_S,
            properties=connect,
            tls_context=context,
            max_inflight_messages=INFLIGHT,
            socket_options=SOCKET_OPTIONS,
            will=self._will(),
        )


async def _unless_lost(client: aiomqtt.Client, call: Awaitable[None]) -> None:
    """Wait for a call, but not beyond its connection: the library would wait until it has timed out."""
    working = asyncio.ensure_future(call)
    try:
        await asyncio.wait((working, client._disconnected), return_when=asyncio.FIRST_COMPLETED)  # noqa: SLF001
        if not working.done():
            raise LinkDownError("the broker has gone")
        await working
    finally:
        working.cancel()


def _nothing() -> None:
    """Confirm nothing: QoS 0."""
