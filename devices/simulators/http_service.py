"""The server's side of HTTP/1.1 over a transport: as much of it as simulated devices need."""

from dataclasses import dataclass
from typing import Final

from devices.transport import Transport

MAX_HEAD_BYTES: Final = 16 * 1024
MAX_BODY_BYTES: Final = 1024 * 1024
_END: Final = b"\r\n\r\n"
_REASONS: Final = {200: "OK", 400: "Bad Request", 404: "Not Found"}


@dataclass(frozen=True, slots=True)
class Request:
    """One request."""

    method: str
    path: str
    body: bytes


class RequestReader:
    """Reads requests one after the other; ValueError: this is none, hang up."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._rest = bytearray()

    async def next(self) -> Request:
        """Return the next request."""
        while (end := self._rest.find(_END)) < 0:
            if len(self._rest) > MAX_HEAD_BYTES:
                raise ValueError("a head without end")
            self._rest += await self._transport.read()
        lines = self._rest[:end].decode("latin-1").split("\r\n")
        del self._rest[: end + len(_END)]
        method, path, version = lines[0].split(" ")
        if not version.startswith("HTTP/1."):
            raise ValueError(version)
        return Request(method, path, await self._body(lines[1:]))

    async def _body(self, lines: list[str]) -> bytes:
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        size = int(headers.get("content-length", "0"))
        if not 0 <= size <= MAX_BODY_BYTES:
            raise ValueError(f"a body of {size} bytes")
        while len(self._rest) < size:
            self._rest += await self._transport.read()
        body = bytes(self._rest[:size])
        del self._rest[:size]
        return body


def response(status: int, body: bytes, kind: str = "application/json") -> bytes:
    """Return the bytes of one response."""
    head = f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
