"""The little of HTTP/1.1 that a simulated device needs: one request after the other on an open transport."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from devices.transport import Transport

#: The head of a request of a driver is a few hundred bytes.
MAX_HEAD_BYTES: Final = 16 * 1024
MAX_BODY_BYTES: Final = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class HttpLine:
    """Reads requests and writes answers; what is no HTTP loses the line."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._rest = bytearray()

    async def request(self) -> HttpRequest:
        """Return the next request."""
        while (end := self._rest.find(b"\r\n\r\n")) < 0:
            if len(self._rest) > MAX_HEAD_BYTES:
                raise self._transport.lost("a head above the limit")
            self._rest += await self._transport.read()
        lines = bytes(self._rest[:end]).decode("latin-1").split("\r\n")
        del self._rest[: end + 4]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        method, _, rest = lines[0].partition(" ")
        target, _, version = rest.partition(" ")
        if not version.startswith("HTTP/1."):
            raise self._transport.lost("not HTTP")
        return HttpRequest(method, target, headers, await self._body(headers))

    async def answer(
        self, body: bytes, *, status: str = "200 OK", content_type: str = "application/ipp", more: str = ""
    ) -> None:
        """Write an answer; `more` are further lines of its head."""
        head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
        await self._transport.write(head.encode("latin-1") + body)

    async def _body(self, headers: Mapping[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return await self._chunks()
        length = headers.get("content-length", "0")
        return await self._exactly(self._size(length, 10))

    async def _chunks(self) -> bytes:
        body = bytearray()
        while size := self._size((await self._line()).partition(b";")[0].decode("latin-1"), 16):
            body += await self._exactly(size)
            await self._line()
            if len(body) > MAX_BODY_BYTES:
                raise self._transport.lost("a body above the limit")
        await self._line()
        return bytes(body)

    def _size(self, text: str, base: int) -> int:
        try:
            size = int(text, base)
        except ValueError as error:
            raise self._transport.lost("not HTTP") from error
        if not 0 <= size <= MAX_BODY_BYTES:
            raise self._transport.lost("a body above the limit")
        return size

    async def _line(self) -> bytes:
        while (end := self._rest.find(b"\r\n")) < 0:
            if len(self._rest) > MAX_HEAD_BYTES:
                raise self._transport.lost("not HTTP")
            self._rest += await self._transport.read()
        line = bytes(self._rest[:end])
        del self._rest[: end + 2]
        return line

    async def _exactly(self, size: int) -> bytes:
        while len(self._rest) < size:
            self._rest += await self._transport.read()
        body = bytes(self._rest[:size])
        del self._rest[:size]
        return body
