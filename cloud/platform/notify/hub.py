"""News for pages that update themselves: publish never waits, a slow reader loses the oldest.

Every message has a number; a reader that comes back with the last one it saw gets what it missed, or learns that it
must read the whole page again.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

#: Messages kept for readers that come back (a few seconds of a busy hall).
HISTORY: Final = 500
#: Messages waiting for one reader before it counts as slow.
READER_QUEUE: Final = 100


@dataclass(frozen=True, slots=True)
class Message:
    """One piece of news; topic `resync` says that some are missing: read the page again."""

    id: int
    topic: str
    data: Mapping[str, Any]


class Subscription:
    """One reader's queue: iterate over it."""

    def __init__(self, topics: frozenset[str], wants: Callable[[Message], bool] = lambda _: True) -> None:
        self._topics = topics
        self._wants = wants
        self._waiting: deque[Message] = deque()
        self._arrived = asyncio.Event()

    def offer(self, message: Message) -> None:
        """Take a message if this reader wants its topic; when the queue is full all of it becomes one `resync`."""
        if self._topics and message.topic not in self._topics and message.topic != "resync":
            return
        if message.topic != "resync" and not self._wants(message):
            return
        if len(self._waiting) >= READER_QUEUE:
            self._waiting.clear()
            message = Message(message.id, "resync", {})
        self._waiting.append(message)
        self._arrived.set()

    async def __aiter__(self) -> AsyncIterator[Message]:
        """Yield messages as they come, for ever."""
        while True:
            yield await self.get()

    async def get(self) -> Message:
        """Return the next message."""
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()


class Hub:
    """Takes news from services and hands them to every subscription."""

    def __init__(self, first_id: int = 1) -> None:
        self._next_id = first_id
        self._first_id = first_id
        self._history: deque[Message] = deque(maxlen=HISTORY)
        self._subscriptions: set[Subscription] = set()
        #: Takes what is published here to the other processes (news.py).
        self.relay: Callable[[str, Mapping[str, Any]], None] | None = None

    @property
    def readers(self) -> int:
        """Return how many read now."""
        return len(self._subscriptions)

    @property
    def newest(self) -> int:
        """Return the id of the newest message."""
        return self._next_id - 1

    def publish(self, topic: str, data: Mapping[str, Any]) -> None:
        """Give one piece of news to everybody, also beyond this process; never waits."""
        self.receive(topic, data)
        if self.relay is not None:
            self.relay(topic, data)

    def receive(self, topic: str, data: Mapping[str, Any]) -> None:
        """Give one piece of news to the readers of this process; never waits."""
        message = Message(self._next_id, topic, data)
        self._next_id += 1
        self._history.append(message)
        for subscription in self._subscriptions:
            subscription.offer(message)

    @contextmanager
    def subscribe(
        self, *topics: str, last_id: int | None = None, wants: Callable[[Message], bool] = lambda _: True
    ) -> Iterator[Subscription]:
        """Yield a subscription to `topics` (none: all) that starts after `last_id`, the newest one the reader saw.

        What a reader does not want, as news of a station that he may not see, is not kept for him.
        """
        subscription = Subscription(frozenset(topics), wants)
        if last_id is not None:
            for message in self._missed(last_id):
                subscription.offer(message)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    def _missed(self, last_id: int) -> list[Message]:
        newest = self._next_id - 1
        if last_id == newest:
            return []
        kept_from = self._history[0].id if self._history else self._next_id
        if not kept_from - 1 <= last_id <= newest:
            return [Message(newest, "resync", {})]
        return [message for message in self._history if message.id > last_id]
