"""From data to a durable event: what the agent and its drivers say goes through here."""

import logging
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from devices.driver import MAX_KEYS
from edge.author import Author
from edge.errors import OutboxError
from edge.outbox import Outbox, keys
from protocols.venue.ids import AGENT
from protocols.venue.vocabulary import Kind, Stream

_log = logging.getLogger(__name__)


class Recorder:
    """An author and the outbox that keeps what it writes."""

    def __init__(self, author: Author, outbox: Outbox) -> None:
        self.author = author
        self.outbox = outbox
        self.refused_total = 0
        self._refusing = False

    async def event(self, slot: str, kind: Kind, name: str, data: Mapping[str, object], stream: Stream) -> None:
        """Store one event; durable on return. OutboxError if it could not be, EventTooLarge if it must not be."""
        await self.store(stream, [self.author.text(slot, kind, name, data, stream)])

    async def store(self, stream: Stream, texts: Sequence[str]) -> None:
        """Store events that the author has written before."""
        with self._counted(len(texts)):
            await self.outbox.put_many(stream, texts)

    async def event_once(  # noqa: PLR0913, PLR0917 - an event and its key
        self, key: str, slot: str, kind: Kind, name: str, data: Mapping[str, object], stream: Stream
    ) -> bool:
        """Store an event whose key is new for its slot, in one transaction with the key; returns whether it was."""
        text = self.author.text(slot, kind, name, data, stream)

        def put(connection: sqlite3.Connection) -> tuple[bool, list[str]]:
            new = keys.note(connection, slot, key, MAX_KEYS)
            return new, [text] if new else []

        with self._counted(1):
            return await self.outbox.record(stream, put)

    @contextmanager
    def _counted(self, events: int) -> Iterator[None]:
        """Count what the outbox refuses, and say once that it does and once that it no longer does."""
        try:
            yield
        except OutboxError as error:
            self.refused_total += events
            if not self._refusing:
                _log.error("events can no longer be stored: %s", error)
            self._refusing = True
            raise
        if self._refusing:
            self._refusing = False
            _log.info("events are stored again; %d were lost before they had a number", self.refused_total)

    async def say(self, name: str, data: Mapping[str, object], stream: Stream = "ops") -> None:
        """Store what the station says of itself; if that is impossible the log has said so."""
        try:
            await self.event(AGENT, "agent", name, data, stream)
        except OutboxError as error:
            _log.debug("%s was not stored: %s", name, error)
