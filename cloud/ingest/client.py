"""The core's connection to the broker: the only cloud file that knows an MQTT library.

The session is never a store: it starts clean, and what matters is in the database until the other side has said that
it has it. A PUBLISH is confirmed only after its commit, and the broker has at most RECEIVE_MAXIMUM of them with us
unconfirmed: a core that is behind holds the broker back, and its own memory stays bounded. Every CONNECT has a new
epoch; `core/state` goes out only after the subscriptions stand.
"""

import asyncio
import io
import logging
import random
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from cloud.ingest.epochs import next_epoch
from cloud.ingest.packets import PUBACK, PUBLISH, Publish, confirmed_id, cut, puback, read_publish, retained
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
#: CONNECT to CONNACK. The library does not notice a connection that ends before its CONNACK: it waits this long.
CONNECT_TIMEOUT_S: Final = 3.0
RETRY_MIN_S: Final = 0.2
RETRY_MAX_S: Final = 15.0
#: Publishes with QoS 1 that the broker may have with us unconfirmed.
RECEIVE_MAXIMUM: Final = 64
#: Messages that wait to be read, live values with QoS 0 among them, before the socket is left alone.
ROOM: Final = 4 * RECEIVE_MAXIMUM
#: Bytes taken from the socket at once.
CHUNK_BYTES: Final = 128 * 1024
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
        inbox = self._inbox = _Inbox(client, self._core.metrics)
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

    async def _read(self, inbox: "_Inbox", on_message: OnMessage) -> None:
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


class _Inbox:
    """What has come over one connection and was not read yet, in order; in place of the library's reader and queue.

    That queue is either unbounded or drops messages, and that reader costs more than storing a message does. Whatever
    is no PUBLISH is handed to the library byte by byte as it came. The Receive Maximum bounds this queue, if the broker
    honours it (mosquitto 2.0.11 forgets it at the first PUBACK that finds messages queued); above ROOM the socket is
    left alone until half of it is read, so that TCP holds the broker back. A broker that is held back for longer than
    the keep-alive loses us, and stations send again what it had for us.
    """

    def __init__(self, client: aiomqtt.Client, metrics: Metrics) -> None:
        self._client = client
        self._paho = client._client  # noqa: SLF001 - the library has no door for manual confirmation
        self._metrics = metrics
        self._queue: asyncio.Queue[Publish | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._held: int | None = None
        self._receive = self._paho._sock_recv  # noqa: SLF001 - nor for another reader
        self._rest = b""
        self._handed = io.BytesIO()
        self._ended = False
        self._failure: OSError | None = None
        self._lost = False
        self._why: BaseException | None = None
        self._confirmed: list[int] = []
        #: What we published past the library and the broker has not confirmed yet.
        self._posted: set[int] = set()
        client._disconnected.add_done_callback(self._end)  # noqa: SLF001 - ends the reader

    def open(self) -> None:
        """Read the socket in place of the library, from a moment on when nothing but answers can have come."""
        self._paho.manual_ack_set(on=True)
        setattr(self._paho, "_sock_recv", self._hand_out)  # noqa: B010 - a method of an object we did not make
        self._read_on()

    async def get(self) -> Publish | None:
        """Return the next message, None to look whether to go on; LinkDownError at the end."""
        message = await self._queue.get()
        if message is None and self._lost:
            raise LinkDownError("the broker has gone") from self._why
        if self._held is not None and self._queue.qsize() <= ROOM // 2:
            self._let_go()
        return message

    def wake(self) -> None:
        """Let the reader look whether it shall go on."""
        self._queue.put_nowait(None)

    def confirm(self, packet_id: int) -> None:
        """Tell the broker that a message is dealt with; those confirmed together go out together."""
        if not self._confirmed:
            self._loop.call_soon(self._send_confirmed)
        self._confirmed.append(packet_id)

    def post(self, documents: Sequence[tuple[str, bytes]]) -> None:
        """Write retained documents as one; the library makes a future, a lock and a queue entry for each."""
        packets = bytearray()
        for topic, payload in documents:
            packet_id = self._paho._mid_generate()  # noqa: SLF001 - one sequence of numbers for both of us
            self._posted.add(packet_id)
            packets += retained(topic, payload, packet_id)
        self._write(packets)

    def _send_confirmed(self) -> None:
        self._write(b"".join(puback(packet_id) for packet_id in self._confirmed))
        self._confirmed.clear()

    def _write(self, packets: bytes | bytearray) -> None:
        """Let the library send packets as one, under the name of one that it forgets when it is sent."""
        if packets and self._paho.socket() is not None:
            self._paho._packet_queue(PUBACK, packets, 0, 1)  # noqa: SLF001 - no door for what is packed already

    def _end(self, disconnected: asyncio.Future[None]) -> None:
        self._why = None if disconnected.cancelled() else disconnected.exception()
        self._lost = True
        self._queue.put_nowait(None)

    def _read_on(self) -> None:
        sock = self._paho.socket()
        if sock is not None:
            self._loop.add_reader(sock.fileno(), self._read_socket)

    def _hold(self) -> None:
        sock = self._paho.socket()
        if sock is not None:
            self._held = sock.fileno()
            self._loop.remove_reader(self._held)
            self._metrics.held_back.inc()

    def _let_go(self) -> None:
        """Read the socket again, unless the connection has ended meanwhile and its number is another's."""
        held, self._held = self._held, None
        sock = self._paho.socket()
        if held is not None and sock is not None and sock.fileno() == held:
            self._read_on()
            # What TLS has decrypted already makes no socket readable.
            self._loop.call_soon(self._read_socket)

    def _read_socket(self) -> None:
        try:
            while self._held is None and self._read_some():
                pass
        except Exception as error:  # noqa: BLE001 - as the library's own reader: whatever it is, the connection ends
            if not self._client._disconnected.done():  # noqa: SLF001
                self._client._disconnected.set_exception(error)  # noqa: SLF001

    def _read_some(self) -> bool:
        """Take what one call of the socket gives; return whether TLS has more of it decrypted."""
        try:
            received = self._receive(CHUNK_BYTES)
        except BlockingIOError:
            return False
        except OSError as error:
            received, self._failure = b"", error
        if not received:
            self._ended = True
            self._hand_over(received)
            return False
        stream = self._rest + received if self._rest else received
        at = 0
        for start, body, end in cut(stream):
            if stream[start] & 0xF0 == PUBLISH:
                self._queue.put_nowait(read_publish(stream, start, body, end))
            elif stream[start] & 0xF0 == PUBACK and confirmed_id(stream, body) in self._posted:
                self._posted.remove(confirmed_id(stream, body))
            else:
                self._hand_over(stream[start:end])
            at = end
        self._rest = stream[at:]
        if self._queue.qsize() >= ROOM:
            self._hold()
        sock: Any = self._paho.socket()
        return bool(hasattr(sock, "pending") and sock.pending())

    def _hand_over(self, packet: bytes) -> None:
        """Let the library read a packet, or the end of the stream."""
        self._handed = io.BytesIO(packet)
        self._paho.loop_read()

    def _hand_out(self, size: int) -> bytes:
        """Stand in for the socket that the library reads."""
        if self._failure is not None:
            raise self._failure
        part = self._handed.read(size)
        if not part and not self._ended:
            raise BlockingIOError
        return part


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
