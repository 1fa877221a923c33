"""News between the processes of one core on PostgreSQL: each keeps one connection that listens.

Two channels. `yizhan_events` says that a commit brought domain events: consumers look at once. `yizhan_news` carries
what a process tells its pages (hub.py) to the pages of the others; what it says is a hint to read again, never the
fact itself. While the connection is away everybody looks every POLL_S and pages read everything again.

On SQLite there is one core, and its own hub reaches all its pages.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg
import uuid_utils

from cloud.platform.core import Core
from cloud.platform.database import CONNECT_TIMEOUT_S, FAILURES, connection_of
from cloud.platform.outbox import EVENTS_CHANNEL

NEWS_CHANNEL: Final = "yizhan_news"
#: News are collected for this long, so that the same news twice are sent once.
COLLECT_S: Final = 0.25
#: News waiting to be sent; more become one `resync`.
MAX_WAITING: Final = 1_000
#: PostgreSQL takes less than 8,000 bytes in one notification.
MAX_PAYLOAD_BYTES: Final = 7_500
#: A connection that is away is tried again this often, and until then everybody looks this often.
POLL_S: Final = 5.0
#: A connection that says nothing for this long is asked whether it lives.
PING_S: Final = 30.0
#: Numbers that change all the time: others are told which station they are of, and read them there.
_BULKY: Final = frozenset({"live"})

_LOG = logging.getLogger(__name__)


class News:
    """Sends this process's news to the others, and theirs to its pages."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._me = uuid_utils.uuid7().hex
        # Encoded news, in order; a dict because the same one twice is sent once.
        self._waiting: dict[str, None] = {}
        self._arrived = asyncio.Event()

    async def send(self) -> None:
        """Send what the hub says, for ever; news that cannot be sent are dropped: who missed them looks by himself."""
        self._core.hub.relay = self._take
        failing = False
        try:
            while True:
                await self._arrived.wait()
                await asyncio.sleep(COLLECT_S)
                try:
                    await self._send_waiting()
                except FAILURES as error:
                    _LOG.log(logging.DEBUG if failing else logging.WARNING, "news are not sent: %r", error)
                    failing = True
                else:
                    failing = False
        finally:
            self._core.hub.relay = None

    async def listen(self) -> None:
        """Hand the others' news to the pages and wake the consumers, for ever."""
        lost = False
        while True:
            try:
                async with self._connected() as connection:
                    if lost:
                        _LOG.info("this process listens to the others again")
                    lost = False
                    self._look()
                    self._core.outbox.listening = True
                    await self._until_closed(connection)
            except FAILURES as error:
                _LOG.log(logging.DEBUG if lost else logging.WARNING, "the others are not heard: %r", error)
                lost = True
            finally:
                self._core.outbox.listening = False
            self._look()
            await asyncio.sleep(POLL_S)

    def _take(self, topic: str, data: Mapping[str, Any]) -> None:
        """Take a piece of news from the hub; never waits."""
        if topic in _BULKY:
            data = {"station": data["station"]}
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.clear()
            topic, data = "resync", {}
        self._waiting[json.dumps([topic, data], ensure_ascii=False, separators=(",", ":"), default=str)] = None
        self._arrived.set()

    async def _send_waiting(self) -> None:
        waiting, self._waiting = list(self._waiting), {}
        self._arrived.clear()
        for payload in payloads(self._me, waiting):
            await self._core.database.connection().execute_query("SELECT pg_notify($1, $2)", [NEWS_CHANNEL, payload])

    def _heard(self, payload: str) -> None:
        document = json.loads(payload)
        if document["from"] == self._me:
            return
        for topic, data in document["news"]:
            self._core.hub.receive(topic, data)

    def _look(self) -> None:
        """Have everybody look for what may have been missed."""
        self._core.outbox.wake()
        self._core.hub.receive("resync", {})

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Any]:
        _, credentials = connection_of(self._core.settings.database)
        names = ("host", "port", "user", "password", "database")
        given = {name: credentials[name] for name in names}
        settings = {"application_name": "yizhan-news"}
        connection = await asyncpg.connect(timeout=CONNECT_TIMEOUT_S, server_settings=settings, **given)
        try:
            await connection.add_listener(EVENTS_CHANNEL, lambda *_: self._core.outbox.wake())
            await connection.add_listener(NEWS_CHANNEL, lambda _, __, ___, payload: self._heard(payload))
            yield connection
        finally:
            connection.terminate()

    async def _until_closed(self, connection: Any) -> None:
        closed = asyncio.Event()
        connection.add_termination_listener(lambda _: closed.set())
        while not closed.is_set() and not connection.is_closed():
            try:
                async with asyncio.timeout(PING_S):
                    await closed.wait()
            except TimeoutError:
                await connection.execute("SELECT 1", timeout=CONNECT_TIMEOUT_S)
        raise ConnectionResetError("the server closed the connection")


def payloads(sender: str, news: list[str]) -> list[str]:
    """Return as few notifications as carry all news (each already JSON), each within the server's bound.

    One that is too long by itself becomes a `resync`.
    """
    head, tail = f'{{"from":"{sender}","news":[', "]}"
    room = MAX_PAYLOAD_BYTES - len(head) - len(tail)
    parts: list[list[str]] = [[]]
    used = 0
    for text in news:
        one = text if len(text.encode()) <= room else '["resync",{}]'
        size = len(one.encode()) + 1
        if used + size > room and parts[-1]:
            parts.append([])
            used = 0
        parts[-1].append(one)
        used += size
    return [head + ",".join(part) + tail for part in parts if part]
