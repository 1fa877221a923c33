"""What the broker brings besides events and reports: replies to commands, copies of wishes. One at a time, in order.

As with events, the broker is told that a message is dealt with only when its effect is committed.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from cloud.ingest.client import Received
from cloud.platform.database import FAILURES, will_pass
from cloud.platform.errors import CloudError
from protocols.errors import TopicError
from protocols.venue.topics import Kind, parse_topic

#: Messages that wait; above it the reader of the broker waits.
QUEUE: Final = 1_000
RETRY_MIN_S: Final = 0.2
RETRY_MAX_S: Final = 5.0

#: Called with (station, payload).
Taker = Callable[[str, bytes], Awaitable[None]]

_FAILED: Final[tuple[type[Exception], ...]] = (*FAILURES, CloudError)

_LOG = logging.getLogger(__name__)


class Control:
    """Hands each message to the taker of its kind; while the database is away the messages wait."""

    def __init__(self, takers: Mapping[Kind, Taker]) -> None:
        self._takers = takers
        self._queue: asyncio.Queue[tuple[Taker, str, Received]] = asyncio.Queue(QUEUE)

    async def put(self, received: Received) -> bool:
        """Take a message that is for one of the takers; False leaves it to others."""
        try:
            topic = parse_topic(received.topic)
        except TopicError:
            return False
        taker = self._takers.get(topic.kind)
        if taker is None:
            return False
        await self._queue.put((taker, topic.station, received))
        return True

    async def run(self) -> None:
        """Hand messages on, for ever."""
        while True:
            taker, station, received = await self._queue.get()
            await self._hand_on(taker, station, received.payload)
            received.done()

    async def _hand_on(self, taker: Taker, station: str, payload: bytes) -> None:
        pause_s = RETRY_MIN_S
        while True:
            try:
                await taker(station, payload)
            except _FAILED as error:
                if not will_pass(error):
                    _LOG.exception("a message of %s has no effect", station)
                    return
                _LOG.debug("a message of %s waits for the database: %r", station, error)
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, RETRY_MAX_S)
            else:
                return
