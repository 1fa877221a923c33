"""Connections that take up room and send nothing: closed after a while, whether they ever asked for something or not.

The library waits for the head of a request for ever; whoever sends one byte a minute would keep his connection.
"""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

from aiohttp.web_protocol import RequestHandler

#: The head of the first request comes within this, s.
HEAD_TIMEOUT_S: Final = 20.0
#: Between two requests of one connection, s: longer than a reverse proxy keeps its own (60 s).
KEEPALIVE_S: Final = 75.0
CHECK_EVERY_S: Final = 5.0


class Server(Protocol):
    """What knows its connections."""

    @property
    def connections(self) -> Sequence[RequestHandler]:
        """Return those that are open."""


class Guests:
    """Since when each connection has sent no whole request."""

    def __init__(self, head_s: float = HEAD_TIMEOUT_S, keepalive_s: float = KEEPALIVE_S) -> None:
        self._head_s, self._keepalive_s = head_s, keepalive_s
        #: Connection -> (requests it had sent, when that was first seen).
        self._seen: dict[RequestHandler, tuple[int, float]] = {}

    def sweep(self, server: Server, now_s: float) -> int:
        """Close the connections whose time is over; return how many."""
        seen, self._seen = self._seen, {}
        late = []
        for connection in server.connections:
            if connection._request_in_progress:  # noqa: SLF001 - a page that waits for news is in one
                continue
            requests = connection._request_count  # noqa: SLF001 - the library tells nobody
            known, since_s = seen.get(connection, (requests, now_s))
            self._seen[connection] = (requests, since_s if known == requests else now_s)
            if now_s - self._seen[connection][1] >= (self._keepalive_s if requests else self._head_s):
                late.append(connection)
        for connection in late:
            connection.force_close()
        return len(late)

    async def watch(self, server: Server, every_s: float = CHECK_EVERY_S) -> None:
        """Sweep for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(every_s)
            self.sweep(server, loop.time())
