"""HTTP and HTTPS: no byte stream, but requests to one device; connections are kept while the driver runs."""

import asyncio
from dataclasses import dataclass
from typing import Final

import aiohttp
from yarl import URL

from devices.transport import OPEN_TIMEOUT_S, Address
from devices.transports.page import PageTransport

#: The largest answer is a picture of a whole screen.
MAX_ANSWER_BYTES: Final = 16 * 1024 * 1024
#: Characters of what a library says of a broken answer.
MAX_WHY: Final = 120
_PIECE_BYTES: Final = 65536


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What a device answered; whether its status is good is for the driver to say."""

    status: int
    body: bytes


class HttpTransport(PageTransport):
    """Opens nothing: whether the device is there is known at the first request."""

    def __init__(self, address: Address) -> None:
        super().__init__(address.text, address.options)
        host = f"[{address.host}]" if ":" in address.host else address.host
        self._base = f"{address.scheme}://{host}" + (f":{address.port}" if address.port is not None else "")
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close what is kept open."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()
            await asyncio.sleep(0)  # the loop closes the sockets: it must not end before

    async def request(
        self, method: str, path: str, body: bytes = b"", *, timeout_s: float = OPEN_TIMEOUT_S
    ) -> HttpAnswer:
        """Send one request with a JSON body, to a path that is written as it stands; raises DeviceLost."""
        if self._session is None:
            # A card's cookies are not ours to keep, and nobody stands between it and us.
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)
        headers = {"Content-Type": "application/json;charset=UTF-8"} if body else {}
        try:
            async with self._session.request(
                method, URL(self._base + path, encoded=True), data=body or None, headers=headers,
                timeout=aiohttp.ClientTimeout(total=timeout_s), allow_redirects=False,
            ) as response:  # fmt: skip
                return HttpAnswer(response.status, await self._body(response))
        except TimeoutError as error:
            raise self.lost(f"no answer within {timeout_s} s") from error
        except aiohttp.ClientConnectorError as error:
            raise self.lost(f"cannot connect: {error.os_error}") from error
        except (aiohttp.ClientError, ValueError) as error:
            raise self.lost(f"no HTTP: {str(error)[:MAX_WHY]}") from error

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        found = bytearray()
        async for piece in response.content.iter_chunked(_PIECE_BYTES):
            found += piece
            if len(found) > MAX_ANSWER_BYTES:
                raise self.lost(f"an answer of more than {MAX_ANSWER_BYTES} bytes")
        return bytes(found)


def http_of(address: Address) -> HttpTransport:
    """Return the transport of `http://host` or `https://host`."""
    return HttpTransport(address)
