"""The core's connection to the broker: the only cloud file that knows an MQTT library.

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
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import aiomqtt
from paho.mqtt.client import MQTTMessage
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from cloud.ingest.epochs import next_epoch
from cloud.platform.core import Core
from cloud.platform.database import FAILURES
from cloud.platform.errors import LinkDownError
from cloud.platform.lease import Lease, LeaseLostError
from cloud.platform.metrics import Metrics
from protocols.venue import topics
from protocols.venue.presence import MAX_PACKET_BYTES, CoreState

#: What the processes that store events share, and what the one of them that leads reads alone (W27).
SHARED: Final = tuple(f"$share/ingest/{topics.ROOT}/{rest}" for rest in ("+/up/+", "+/+/live"))
ALONE: Final = tuple(f"{topics.ROOT}/{rest}" for rest in ("+/presence", "+/birth", "+/twin/reported", "+/twin/desired"))
KEEP_ALIVE_S: Final = 7
CALL_TIMEOUT_S: Final = 10.0
RETRY_MIN_S: Final = 0.2
RETRY_MAX_S: Final = 15.0
#: Publishes with QoS 1 that the broker may have with us unconfirmed.
RECEIVE_MAXIMUM: Final = 64
#: Messages that wait to be read, live values with QoS 0 among them, before the socket is left alone.
ROOM: Final = 2 * RECEIVE_MAXIMUM
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
    user_properties: tuple[tuple[str, str], ...]
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
        self._inbox: _Inbox | None = None
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
            await self._client.publish(
                topic, payload, qos=1, retain=retain, properties=properties, timeout=CALL_TIMEOUT_S
            )
        except aiomqtt.MqttError as error:
            raise LinkDownError(f"the broker did not take {topic}: {error}") from error

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
        inbox = self._inbox = _Inbox(client, self._core.metrics)
        async with client:
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

    async def _read(self, inbox: "_Inbox", on_message: OnMessage) -> None:
        while self._leads == self._shall_lead:
            received = await inbox.get()
            if received is not None:
                await on_message(received)

    async def say_goodbye(self) -> None:
        """Tell the stations that the core goes; they keep recording (W15)."""
        if self._client is not None and self._leads:
            await self.publish(topics.CORE_STATE, self._state(online=False), retain=True)

    def _filters(self) -> list[str]:
        replies = f"{topics.ROOT}/+/reply/{self._core.settings.core_id}"
        return [*SHARED, *ALONE, replies] if self._leads else [*SHARED]

    def _state(self, *, online: bool) -> bytes:
        return CoreState(online=online, epoch=self.epoch, at=self._core.now()).to_bytes()

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
            timeout=CALL_TIMEOUT_S,
            properties=connect,
            tls_context=context,
            max_inflight_messages=INFLIGHT,
            socket_options=SOCKET_OPTIONS,
            will=self._will(),
        )


class _Inbox:
    """What has come over one connection and was not read yet, in order; in place of the library's own queue.

    That one is either unbounded or drops messages. The Receive Maximum bounds this one, if the broker honours it
    (mosquitto 2.0.11 forgets it at the first PUBACK that finds messages queued); above ROOM the socket is left alone
    until half of it is read, so that TCP holds the broker back. A broker that is held back for longer than the
    keep-alive loses us, and stations send again what it had for us.
    """

    def __init__(self, client: aiomqtt.Client, metrics: Metrics) -> None:
        self._client = client
        self._paho = client._client  # noqa: SLF001 - the library has no door for manual confirmation
        self._metrics = metrics
        self._queue: asyncio.Queue[Any] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._held: int | None = None
        self._paho.manual_ack_set(on=True)
        self._paho.on_message = self._take
        client._disconnected.add_done_callback(self._queue.put_nowait)  # noqa: SLF001 - ends the reader

    async def get(self) -> Received | None:
        """Return the next message, None for one without a readable topic or to look up; LinkDownError at the end."""
        message = await self._queue.get()
        if message is None:
            return None
        if isinstance(message, asyncio.Future):
            raise LinkDownError("the broker has gone") from (None if message.cancelled() else message.exception())
        if self._held is not None and self._queue.qsize() <= ROOM // 2:
            self._let_go()
        return self._open(message)

    def wake(self) -> None:
        """Let the reader look whether it shall go on."""
        self._queue.put_nowait(None)

    def _take(self, _client: object, _userdata: object, message: MQTTMessage) -> None:
        self._queue.put_nowait(message)
        sock = self._paho.socket()
        if self._held is None and self._queue.qsize() >= ROOM and sock is not None:
            self._held = sock.fileno()
            self._loop.remove_reader(self._held)
            self._metrics.held_back.inc()

    def _let_go(self) -> None:
        """Read the socket again, unless the connection has ended meanwhile and its number is another's."""
        held, self._held = self._held, None
        sock = self._paho.socket()
        if held is not None and sock is not None and sock.fileno() == held:
            self._loop.add_reader(held, self._read_socket)

    def _read_socket(self) -> None:
        try:
            self._paho.loop_read()
        except Exception as error:  # noqa: BLE001 - as the library's own reader: whatever it is, the connection ends
            if not self._client._disconnected.done():  # noqa: SLF001
                self._client._disconnected.set_exception(error)  # noqa: SLF001

    def _open(self, message: MQTTMessage) -> Received | None:
        done = partial(self._confirm, message.mid) if message.qos else _nothing
        try:
            topic = message.topic
        except UnicodeDecodeError:
            done()
            return None
        properties = message.properties
        return Received(
            topic=topic,
            payload=bytes(message.payload),
            retained=bool(message.retain),
            content_type=getattr(properties, "ContentType", None),
            user_properties=tuple(getattr(properties, "UserProperty", ())),
            done=done,
        )

    def _confirm(self, message_id: int) -> None:
        self._paho.ack(message_id, 1)


def _nothing() -> None:
    """Confirm nothing: QoS 0."""
