"""What drivers of Hikvision's ISAPI share: asking with HTTP Digest, and keeping the one stream of events open.

`http://10.0.0.64?user=admin&password_file=/etc/yizhan/terminal.password`; without a password file nobody logs in.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from devices.driver import Fault, Host
from devices.errors import ConfigurationError, DeviceLost, DeviceRefused
from devices.passwords import read_password
from devices.transport import Transport
from devices.transports.http import JSON_UTF8, HttpTransport
from protocols.errors import ParsingError
from protocols.frames.isapi import DeviceInfo, Status
from protocols.frames.isapi_events import BOUNDARY, Alert, AlertStream

#: What an address may say behind `?` for these drivers.
ACCOUNT: Final = frozenset({"user", "password_file"})
FACTORY_USER: Final = "admin"
#: A device answers within some hundred milliseconds.
ANSWER_TIMEOUT_S: Final = 3.0
#: The stream has one session, which a client that died holds for minutes: who asks too often never gets it.
FIRST_BACKOFF_S: Final = 5.0
MAX_BACKOFF_S: Final = 300.0
#: A wrong password is tried again this seldom: devices lock an account after five to seven tries, for half an hour.
LOCKED_OUT_S: Final = 300.0
INFO: Final = "/ISAPI/System/deviceInfo"
STREAM: Final = "/ISAPI/Event/notification/alertStream"
_XML: Final = 'application/xml; charset="UTF-8"'
_OK: Final = 200
_UNAUTHORIZED: Final = 401

T = TypeVar("T")
_log = logging.getLogger(__name__)


class IsapiRefused(DeviceRefused):
    """The device says no; `sub` is its own word for why."""

    def __init__(self, text: str, sub: str) -> None:
        super().__init__(text)
        self.sub = sub


class WrongPassword(ConfigurationError):  # noqa: N818 - the state is the message
    """The device refuses the user or the password."""


class IsapiLink:
    """One device's interface."""

    def __init__(self, transport: Transport) -> None:
        if not isinstance(transport, HttpTransport):
            raise ConfigurationError(f"address {transport.address!r}: write http://10.0.0.64?user=…&password_file=…")
        self.http = transport
        path = transport.options.get("password_file")
        if path is not None:
            transport.log_in(transport.options.get("user", FACTORY_USER), read_password(path))

    async def meet(self, host: Host) -> DeviceInfo:
        """Return what the device is, asked first; a wrong password is said at once, and raised when it may be tried."""
        try:
            return await self.info()
        except WrongPassword as error:
            host.fault(Fault("rejected", "driver", str(error)))
            waited = False
            async for _ in host.ticks(LOCKED_OUT_S):
                if waited:
                    break
                waited = True
            raise

    async def info(self) -> DeviceInfo:
        """Return what the device is."""
        return self.read(DeviceInfo.from_bytes, await self.ask("GET", INFO))

    async def ask(
        self, method: str, path: str, body: bytes = b"", *, kind: str = "", timeout_s: float = ANSWER_TIMEOUT_S
    ) -> bytes:
        """Return what the device answers; IsapiRefused says why not, WrongPassword that it lets us not in.

        `kind` is the body's content type, empty for a document: then it is told from the body.
        """
        kind = kind or (_XML if body[:1] == b"<" else JSON_UTF8)
        answer = await self.http.request(method, path, body, timeout_s=timeout_s, content_type=kind)
        if answer.status == _UNAUTHORIZED:
            raise WrongPassword(f"{self.http.address}: the device refuses the user or the password")
        if answer.status == _OK:
            return answer.body
        try:
            said = Status.from_bytes(answer.body)
        except ParsingError:
            said = Status(0, f"HTTP {answer.status}", "")
        raise IsapiRefused(f"{path.partition('?')[0]}: {said.sub or said.text}", said.sub)

    async def order(
        self, method: str, path: str, body: bytes, *, kind: str = "", timeout_s: float = ANSWER_TIMEOUT_S
    ) -> None:
        """Have the device do something; IsapiRefused when it did not."""
        said = self.read(Status.from_bytes, await self.ask(method, path, body, kind=kind, timeout_s=timeout_s))
        if not said.done:
            raise IsapiRefused(f"{path.partition('?')[0]}: {said.sub or said.text}", said.sub)

    def read(self, parse: Callable[[bytes], T], body: bytes) -> T:
        """Return what an answer says; one that is no ISAPI is the loss of the device."""
        try:
            return parse(body)
        except ParsingError as error:
            raise self.http.lost(f"no ISAPI: {error}", "protocol") from error


class Listener:
    """Keeps the stream of events open, for ever; that nothing comes is no reason to open it anew."""

    def __init__(
        self,
        link: IsapiLink,
        opened: Callable[[Host], Awaitable[None]],
        take: Callable[[Host, Alert], Awaitable[None]],
    ) -> None:
        self._link, self._opened, self._take = link, opened, take
        #: Whether the stream is open now, and how often it was.
        self.open = False
        self.opened_total = 0
        #: Set once the stream is open, or was refused.
        self.tried = asyncio.Event()
        self.waits_s = 0.0

    async def run(self, host: Host) -> None:
        """Open the stream and what follows it: `opened` once, then `take` for each event."""
        backoff_s = 0.0
        async for _ in host.ticks(FIRST_BACKOFF_S):
            self.waits_s -= FIRST_BACKOFF_S
            if self.waits_s <= 0:
                heard = await self._session(host)
                backoff_s = FIRST_BACKOFF_S if heard else min(backoff_s * 2 or FIRST_BACKOFF_S, MAX_BACKOFF_S)
                self.waits_s = backoff_s

    async def _session(self, host: Host) -> bool:
        """Listen until the stream ends; return whether anything came. Whether the device is there, others ask."""
        heard = False
        try:
            async with self._link.http.stream(STREAM, timeout_s=ANSWER_TIMEOUT_S) as stream:
                if stream.status != _OK:
                    _log.debug("%s: no stream of events (%d)", self._link.http.address, stream.status)
                    return False
                self.open, self.opened_total = True, self.opened_total + 1
                await self._opened(host)
                self.tried.set()
                alerts = AlertStream(stream.boundary or BOUNDARY)
                async for piece in stream.pieces():
                    for alert in alerts.feed(piece):
                        heard = True
                        await self._take(host, alert)
        except DeviceLost as error:
            _log.debug("the stream of events ended: %s", error)
        finally:
            self.open = False
            self.tried.set()
        return heard
