"""MQTT 3.1.1, QoS 0: no byte stream, but messages on topics of a broker on the venue's LAN."""

import asyncio
import logging
import math
import socket
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

import aiomqtt
from aiomqtt.exceptions import MqttConnectError

from devices.errors import ConfigurationError
from devices.transport import OPEN_TIMEOUT_S, Address, without_account
from devices.transports.page import PageTransport

PORT: Final = 1883
#: CONNECT to CONNACK and SUBSCRIBE to SUBACK; the broker is on this machine or beside it.
CONNECT_TIMEOUT_S: Final = 3.0
#: A dead broker is noticed within one and a half of it.
KEEP_ALIVE_S: Final = 10
#: Messages that may wait to be read, each up to a picture large; what is dropped beyond comes again.
MAX_WAITING: Final = 16

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MqttMessage:
    """One message; its payload may be a picture or a name, so it has no place in a `repr`."""

    topic: str
    payload: bytes = field(repr=False)


class MqttTransport(PageTransport):
    """A client of one broker; user and password of the address are taken out of what is shown to people."""

    def __init__(self, address: Address, will: MqttMessage | None = None) -> None:
        parts = urlsplit(address.text)
        super().__init__(without_account(address.text), address.options)
        #: What the path names: the device, by the number that its topics have.
        self.device = address.path.strip("/")
        self._host, self._port = address.host, address.port or PORT
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._will = None if will is None else aiomqtt.Will(will.topic, will.payload)
        self._client: aiomqtt.Client | None = None
        self._stack = AsyncExitStack()

    async def open(self) -> None:
        """Connect."""
        client = aiomqtt.Client(
            self._host, self._port, username=self._user, password=self._password, will=self._will,
            protocol=aiomqtt.ProtocolVersion.V311, clean_session=True, keepalive=KEEP_ALIVE_S,
            timeout=math.inf, max_queued_incoming_messages=MAX_WAITING, logger=_log,
            socket_options=((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),),
        )  # fmt: skip
        client._client.connect_timeout = CONNECT_TIMEOUT_S  # noqa: SLF001 - else a dead host holds a thread
        try:
            # The time is kept here, see `_or_lost`: a driver that ends while it connects would go on for ever.
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                self._client = await self._stack.enter_async_context(client)
        except TimeoutError as error:
            raise self.lost(f"cannot connect: no answer within {CONNECT_TIMEOUT_S} s") from error
        except MqttConnectError as error:
            raise ConfigurationError(f"{self.address}: the broker refuses the user or the password") from error
        except (aiomqtt.MqttError, OSError) as error:
            raise self.lost(f"cannot connect: {error}") from error

    async def close(self) -> None:
        """Say goodbye; without a will."""
        client, self._client = self._client, None
        if client is not None:
            try:
                async with asyncio.timeout(CONNECT_TIMEOUT_S):
                    await self._stack.aclose()
            except (aiomqtt.MqttError, TimeoutError) as error:
                _log.debug("%s: %s", self.address, error)

    async def subscribe(self, *topics: str) -> None:
        """Ask for the messages of some topics."""
        call = self._open_client().subscribe([(topic, 0) for topic in topics], timeout=math.inf)
        await self._or_lost(call, "subscribe", CONNECT_TIMEOUT_S)

    async def publish(self, topic: str, payload: bytes) -> None:
        """Hand a message to the broker; whether anybody takes it is not known."""
        await self._or_lost(self._open_client().publish(topic, payload, timeout=math.inf), "publish", OPEN_TIMEOUT_S)

    async def _or_lost(self, call: Awaitable[object], what: str, timeout_s: float) -> None:
        """Wait for a call. The time is kept here: the library's `wait_for` can lose a cancellation (Python 3.11)."""
        try:
            async with asyncio.timeout(timeout_s):
                await call
        except TimeoutError as error:
            raise self.lost(f"cannot {what}: no answer within {timeout_s} s") from error
        except aiomqtt.MqttError as error:
            raise self.lost(f"cannot {what}: {error}") from error

    async def messages(self) -> AsyncIterator[MqttMessage]:
        """Yield what comes, until the broker is lost."""
        try:
            async for one in self._open_client().messages:
                yield MqttMessage(str(one.topic), one.payload if isinstance(one.payload, bytes) else b"")
        except aiomqtt.MqttError as error:
            raise self.lost(f"the broker has gone: {error}") from error

    def _open_client(self) -> aiomqtt.Client:
        if self._client is None:
            raise self.lost("not open")
        return self._client


def mqtt_of(address: Address) -> MqttTransport:
    """Return the transport of `mqtt://user:password@host:port/device`."""
    if not address.host or not address.path.strip("/"):
        raise ConfigurationError(f"address {without_account(address.text)!r}: write mqtt://broker:1883/device")
    return MqttTransport(address)
