"""HTTP and HTTPS: no byte stream, but requests to one device; connections are kept while the driver runs."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import aiohttp
from yarl import URL

from devices.errors import ConfigurationError, DeviceLost
from devices.transport import OPEN_TIMEOUT_S, Address, without_account
from devices.transports.page import PageTransport
from devices.transports.tls import OPTION, certificate_at, fingerprint_text, pin_of, system_trust

#: The largest answer is a picture of a whole screen.
MAX_ANSWER_BYTES: Final = 16 * 1024 * 1024
#: Characters of what a library says of a broken answer.
MAX_WHY: Final = 120
_PIECE_BYTES: Final = 65536
HTTPS_PORT: Final = 443
JSON_UTF8: Final = "application/json;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What a device answered; whether its status is good is for the driver to say."""

    status: int
    body: bytes


class HttpStream:
    """An answer without end: its head is there, its body comes piece by piece."""

    def __init__(self, transport: "HttpTransport", response: aiohttp.ClientResponse) -> None:
        self._transport, self._response = transport, response
        self.status = response.status
        #: The boundary that the answer says its parts are parted by, empty for none.
        self.boundary = aiohttp.helpers.parse_mimetype(response.headers.get("Content-Type", "")).parameters.get(
            "boundary", ""
        )

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield what comes, until the device ends it; silence may last for ever. DeviceLost when the line breaks."""
        async with self._transport.judging(None):
            async for piece in self._response.content.iter_any():
                yield piece


class HttpTransport(PageTransport):
    """Opens nothing: whether the device is there is known at the first request."""

    def __init__(self, address: Address) -> None:
        super().__init__(address.text, {name: text for name, text in address.options.items() if name != OPTION})
        pin = pin_of(address)
        if pin is not None and address.scheme != "https":
            raise ConfigurationError(f"address {without_account(address.text)!r}: a fingerprint needs https://")
        #: What the library trusts: one certificate, or what the system does.
        self._trusted: aiohttp.Fingerprint | ssl.SSLContext | bool = True  # without TLS there is nothing to trust
        if address.scheme == "https":
            self._trusted = system_trust() if pin is None else aiohttp.Fingerprint(pin)
        self._where = address.host, address.port or HTTPS_PORT
        host = f"[{address.host}]" if ":" in address.host else address.host
        self._base = f"{address.scheme}://{host}" + (f":{address.port}" if address.port is not None else "")
        self._session: aiohttp.ClientSession | None = None
        self._login: aiohttp.DigestAuthMiddleware | None = None

    def log_in(self, user: str, password: str) -> None:
        """Answer the device's Digest challenges (RFC 7616) from the next request on."""
        self._login = aiohttp.DigestAuthMiddleware(user, password)

    async def close(self) -> None:
        """Close what is kept open."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()
            await asyncio.sleep(0)  # the loop closes the sockets: it must not end before

    async def request(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        timeout_s: float = OPEN_TIMEOUT_S,
        content_type: str = JSON_UTF8,
    ) -> HttpAnswer:
        """Send one request with a body, to a path that is written as it stands; raises DeviceLost."""
        headers = {"Content-Type": content_type} if body else {}
        timeout = aiohttp.ClientTimeout(total=timeout_s)
        async with self.judging(timeout_s), self._opened().request(
            method, URL(self._base + path, encoded=True), data=body or None, headers=headers, timeout=timeout,
            allow_redirects=False, ssl=self._trusted,
        ) as response:  # fmt: skip
            return HttpAnswer(response.status, await self._body(response))

    @asynccontextmanager
    async def stream(self, path: str, *, timeout_s: float = OPEN_TIMEOUT_S) -> AsyncIterator[HttpStream]:
        """Open an answer without end; its head comes within `timeout_s`, DeviceLost else."""
        url = URL(self._base + path, encoded=True)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=timeout_s)
        async with self.judging(timeout_s):
            async with asyncio.timeout(timeout_s):
                response = await self._opened().get(url, timeout=timeout, allow_redirects=False, ssl=self._trusted)
        try:
            yield HttpStream(self, response)
        finally:
            response.close()

    @asynccontextmanager
    async def judging(self, timeout_s: float | None) -> AsyncIterator[None]:
        """Say as a loss of this device what the library says of a request."""
        try:
            yield
        except TimeoutError as error:
            raise self.lost(f"no answer within {timeout_s} s") from error
        except aiohttp.ServerFingerprintMismatch as error:
            text = (
                f"it shows another certificate, {fingerprint_text(error.got)}, than the pinned one: look at the device"
            )
            raise self.lost(text, "certificate") from error
        except aiohttp.ClientConnectorCertificateError as error:
            raise await self._untrusted() from error
        except aiohttp.ClientConnectorError as error:
            raise self.lost(f"cannot connect: {error.os_error}") from error
        except (aiohttp.ClientError, ValueError) as error:
            raise self.lost(f"no HTTP: {str(error)[:MAX_WHY]}") from error

    async def _untrusted(self) -> DeviceLost:
        """Return the loss of a device whose certificate nobody signed, with what would trust it."""
        try:
            shown = fingerprint_text(await certificate_at(*self._where))
        except OSError as error:  # a TimeoutError is one
            return self.lost(f"its certificate is not trusted and cannot be read: {error}", "certificate")
        return self.lost(
            f"its certificate is not trusted; if this is the device, add fingerprint={shown}", "certificate"
        )

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            # A card's cookies are not ours to keep, and nobody stands between it and us.
            self._session = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                middlewares=(self._login,) if self._login is not None else (),
            )
        return self._session

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        found = bytearray()
        async for piece in response.content.iter_chunked(_PIECE_BYTES):
            found += piece
            if len(found) > MAX_ANSWER_BYTES:
                raise self.lost(f"an answer of more than {MAX_ANSWER_BYTES} bytes")
        return bytes(found)


def http_of(address: Address) -> HttpTransport:
    """Return the transport of `http://host` or `https://host[?fingerprint=sha256:…]`."""
    return HttpTransport(address)
