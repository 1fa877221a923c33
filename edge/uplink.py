"""The station's connection to the cloud: the only file of the agent that knows the MQTT client."""

import asyncio
import contextlib
import logging
import math
import random
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

import aiomqtt
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties as MqttProperties
from paho.mqtt.subscribeoptions import SubscribeOptions

from edge.errors import BadAddress, EdgeError, LinkLost, LinkRefused
from edge.traffic import Direction, Traffic
from protocols.errors import TopicError
from protocols.venue.events import CONTENT_TYPE, Properties
from protocols.venue.presence import KEEP_ALIVE_S, MAX_PACKET_BYTES, RECEIVE_MAXIMUM, SESSION_EXPIRY_S, WILL_DELAY_S
from protocols.venue.topics import Topic, edge_filters, parse_topic, station_topic, up
from protocols.venue.vocabulary import Stream

#: Without it the kernel holds small packets back for 40 ms, waiting for an acknowledgement.
NO_DELAY: Final = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)
#: First pause after a loss; doubled each time, drawn between 0 and the pause (full jitter).
FIRST_PAUSE_S: Final = 0.5
#: With a connect and a presence it leaves room in the 30 s in which presence must be right again (W14).
MAX_PAUSE_S: Final = 20.0
#: A connection that lived this long was good; a shorter one counts as one more failure.
STEADY_S: Final = 10.0
#: Failures after which the pause is the longest.
NEVER_SOON: Final = 10
#: CONNECT to CONNACK, SUBSCRIBE to SUBACK, and the library's own blocking connect.
CONNECT_TIMEOUT_S: Final = 3.0
#: A batch may take this long on a slow line; a dead line is found by the keep-alive before.
DELIVERY_TIMEOUT_S: Final = 60.0
#: Messages that may wait to be read; the cloud sends a handful at a time.
MAX_INCOMING: Final = 1_000
#: Calls that the library may have under way before it warns: credit of three streams and the small messages.
MAX_CALLS: Final = 256

#: Takes note of one message: (direction, class, topic, payload bytes).
Count = Callable[[Direction, str, str, int], None]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message of the cloud."""

    topic: Topic
    payload: bytes
    retained: bool
    #: Of a request: where to answer, what to repeat, and the seconds that were left of it on arrival.
    response_topic: str | None = None
    correlation: bytes | None = None
    expiry_s: int | None = None


class Link(Protocol):
    """What a session may do while it is connected; each raises LinkLost when the connection is gone."""

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Publish and, at QoS 1, wait until the broker has it."""

    async def publish_batch(self, stream: Stream, payload: bytes, properties: Properties) -> None:
        """Publish events of one stream and wait until the broker has them."""

    async def publish_reply(self, topic: str, payload: bytes, correlation: bytes) -> None:
        """Publish the answer to a request and wait until the broker has it."""


class Session(Protocol):
    """What the agent does with a connection."""

    def will(self) -> bytes:
        """Return the presence that the broker publishes if this connection dies; called once per CONNECT."""

    async def serve(self, link: Link) -> None:
        """Work with a subscribed connection until told to stop."""

    async def take(self, message: Incoming) -> None:
        """Take one message."""


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker is."""

    host: str
    port: int
    tls: bool
    username: str | None = None
    password: str | None = None


def parse_broker_url(url: str) -> BrokerAddress:
    """Return the address in `mqtt://` or `mqtts://[user:password@]host[:port]`."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadAddress(f"{url!r}: {error}") from error
    if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname:
        raise BadAddress(f"{url!r} is no broker; write mqtt://host:1883 or mqtts://host:8883")
    tls = parts.scheme == "mqtts"
    name, password = (None if text is None else unquote(text) for text in (parts.username, parts.password))
    return BrokerAddress(parts.hostname, port or (8883 if tls else 1883), tls, name, password)


class Uplink:
    """Connects, and connects again after every loss, until `stop`."""

    def __init__(self, station: str, broker: BrokerAddress, session: Session, traffic: Traffic | None = None) -> None:
        self._station = station
        self._count: Count = traffic.count if traffic else lambda *_one: None
        self._broker = broker
        self._session = session
        self._stopping = asyncio.Event()
        self.connected = False
        self.connects_total = 0
        self._connected_at: float | None = None

    def stop(self) -> None:
        """End after the connection's goodbye."""
        self._stopping.set()

    async def run(self) -> None:
        """Keep the station connected; returns after `stop`."""
        failures = 0
        while not self._stopping.is_set():
            self._connected_at = None
            try:
                await self._connect_once()
            except LinkLost as error:
                self._say(error, first=failures == 0 or self._connected_at is not None)
                failures = 0 if self._was_steady() else failures + 1
                if isinstance(error, LinkRefused):
                    failures = NEVER_SOON
            if not self._stopping.is_set():
                await self._pause(failures)

    def _was_steady(self) -> bool:
        return self._connected_at is not None and asyncio.get_running_loop().time() - self._connected_at >= STEADY_S

    async def _connect_once(self) -> None:
        client = self._client()
        try:
            async with client:
                await client.subscribe(
                    [(text, SubscribeOptions(qos=1)) for text in edge_filters(self._station)], timeout=CONNECT_TIMEOUT_S
                )
                self.connects_total += 1
                self._connected_at = asyncio.get_running_loop().time()
                self.connected = True
                _log.info("connected to %s:%d", self._broker.host, self._broker.port)
                await self._converse(client)
        except MqttConnectError as error:
            raise LinkRefused(str(error)) from error
        except (aiomqtt.MqttError, OSError) as error:
            raise LinkLost(str(error)) from error
        except ExceptionGroup as failures:
            lost, others = failures.split((EdgeError, aiomqtt.MqttError))
            if others is not None or lost is None:
                raise
            raise LinkLost(str(_first(lost))) from failures
        finally:
            self.connected = False

    async def _converse(self, client: aiomqtt.Client) -> None:
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(self._read(client), name="uplink-read")
            await self._session.serve(_Link(client, self._station, self._count))
            reading.cancel()

    async def _read(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            try:
                topic = parse_topic(str(message.topic))
            except TopicError as error:
                _log.debug("ignored: %s", error)
                continue
            incoming = _incoming(topic, message)
            self._count("received", topic.kind, str(message.topic), len(incoming.payload))
            await self._session.take(incoming)

    async def _pause(self, failures: int) -> None:
        longest = min(MAX_PAUSE_S, FIRST_PAUSE_S * 2 ** min(failures, NEVER_SOON))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(random.uniform(0, longest)):  # noqa: S311 - jitter
                await self._stopping.wait()

    def _say(self, error: LinkLost, *, first: bool) -> None:
        level = logging.WARNING if first and not self._stopping.is_set() else logging.DEBUG
        _log.log(level, "no connection to %s:%d: %s", self._broker.host, self._broker.port, error)

    def _client(self) -> aiomqtt.Client:
        client = aiomqtt.Client(
            self._broker.host,
            self._broker.port,
            identifier=f"yz-{self._station}",
            username=self._broker.username,
            password=self._broker.password,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=False,
            keepalive=KEEP_ALIVE_S,
            properties=_connect_properties(),
            will=self._will(),
            timeout=CONNECT_TIMEOUT_S,
            max_queued_incoming_messages=MAX_INCOMING,
            max_inflight_messages=RECEIVE_MAXIMUM,
            socket_options=NO_DELAY,
            tls_context=ssl.create_default_context() if self._broker.tls else None,
        )
        client.pending_calls_threshold = MAX_CALLS
        client._client.connect_timeout = CONNECT_TIMEOUT_S  # noqa: SLF001 - else a dead host holds a thread past our exit
        return client

    def _will(self) -> aiomqtt.Will:
        properties = MqttProperties(PacketTypes.WILLMESSAGE)  # type: ignore[no-untyped-call]
        properties.WillDelayInterval = WILL_DELAY_S
        topic = station_topic(self._station, "presence")
        return aiomqtt.Will(topic, self._session.will(), qos=1, retain=True, properties=properties)


class _Link:
    """A connection as a session sees it."""

    def __init__(self, client: aiomqtt.Client, station: str, count: Count) -> None:
        self._client = client
        self._station = station
        self._count = count

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        self._count("sent", parse_topic(topic).kind, topic, len(payload))
        await _or_lost(self._client.publish(topic, payload, qos, retain, timeout=math.inf))

    async def publish_batch(self, stream: Stream, payload: bytes, properties: Properties) -> None:
        wire = MqttProperties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        wire.ContentType = CONTENT_TYPE
        wire.UserProperty = properties.to_pairs()
        topic = up(self._station, stream)
        self._count("sent", stream, topic, len(payload))
        await _or_lost(self._client.publish(topic, payload, 1, properties=wire, timeout=math.inf))

    async def publish_reply(self, topic: str, payload: bytes, correlation: bytes) -> None:
        wire = MqttProperties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        wire.CorrelationData = correlation
        self._count("sent", "reply", topic, len(payload))
        await _or_lost(self._client.publish(topic, payload, 1, properties=wire, timeout=math.inf))


def _incoming(topic: Topic, message: aiomqtt.Message) -> Incoming:
    given = message.properties
    return Incoming(
        topic,
        message.payload if isinstance(message.payload, bytes) else b"",
        message.retain,
        getattr(given, "ResponseTopic", None),
        getattr(given, "CorrelationData", None),
        getattr(given, "MessageExpiryInterval", None),
    )


async def _or_lost(call: Awaitable[None]) -> None:
    """Wait for a delivery; LinkLost when it fails or takes too long.

    The time is kept here: the library's `wait_for` loses a cancellation that comes with the confirmation (Python 3.11),
    and its task would go on for ever.
    """
    try:
        async with asyncio.timeout(DELIVERY_TIMEOUT_S):
            await call
    except TimeoutError as error:
        raise LinkLost(f"the broker did not confirm a message within {DELIVERY_TIMEOUT_S:.0f} s") from error
    except aiomqtt.MqttError as error:
        raise LinkLost(str(error)) from error


def share_property_tables() -> None:
    """Have the library make its tables of property names once, not for every packet: a process of many stations.

    It never changes them, and making them is the largest part of the CPU that a packet costs.
    """
    tables = dict(vars(MqttProperties(PacketTypes.PUBLISH)))  # type: ignore[no-untyped-call]

    def make(self: MqttProperties, packetType: int) -> None:  # noqa: N803 - the library's name
        vars(self).update(tables, packetType=packetType)

    MqttProperties.__init__ = make  # type: ignore[method-assign]


def _connect_properties() -> MqttProperties:
    properties = MqttProperties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = SESSION_EXPIRY_S
    properties.ReceiveMaximum = RECEIVE_MAXIMUM
    properties.MaximumPacketSize = MAX_PACKET_BYTES
    return properties


def _first(group: BaseExceptionGroup[Exception]) -> Exception:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
