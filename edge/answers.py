"""Replies to commands: numbered, in order, sent while there is a connection (D21, D23)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from edge.epoch import Start
from edge.errors import LinkLost, OutboxError
from edge.ledger import Ledger
from edge.requests import Outcome
from protocols.venue.commands import ENDED, Reply
from protocols.venue.timestamps import format_time

#: Replies that may wait; a terminal one beyond them stays unreplied in the ledger and goes after the next connect.
MAX_WAITING: Final = 1_000

#: Publishes one reply: (topic, payload, correlation); LinkLost without a connection.
PublishReply = Callable[[str, bytes, bytes], Awaitable[None]]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Answer:
    command_id: str
    topic: str
    members: dict[str, Any]
    ledger: bool
    settles: bool


class Answers:
    """A bounded queue of replies and the one task that sends them."""

    def __init__(self, ledger: Ledger, start: Start, now: Callable[[], datetime], publish: PublishReply) -> None:
        self._ledger = ledger
        self._start = start
        self._now = now
        self._publish = publish
        self._queue: asyncio.Queue[_Answer] = asyncio.Queue(MAX_WAITING)
        self.lost_total = 0

    def say(self, command_id: str, topic: str, state: str, **members: Any) -> None:
        """Have a state told that is not the end."""
        self._put(_Answer(command_id, topic, {"state": state, **members}, ledger=False, settles=False))

    def end(self, command_id: str, topic: str, outcome: Outcome, *, ledger: bool = False) -> None:
        """Have the end told; the ledger row is settled once the broker has it."""
        self._put(_Answer(command_id, topic, outcome.members(), ledger=ledger, settles=True))

    def repeat(self, command_id: str, topic: str, state: str) -> None:
        """Answer a repeat of a command that has not ended."""
        self._put(_Answer(command_id, topic, {"state": state}, ledger=True, settles=False))

    def refuse(self, command_id: str, topic: str, outcome: Outcome) -> None:
        """Answer a request that leaves its ledger row, if there is one, as it is."""
        self._put(_Answer(command_id, topic, outcome.members(), ledger=False, settles=False))

    async def run(self) -> None:
        """Send replies for ever; one that finds no connection is dropped: a terminal one is sent again later."""
        while True:
            answer = await self._queue.get()
            try:
                await self._send(answer)
            except (LinkLost, OutboxError) as error:
                self.lost_total += 1
                _log.debug("a reply to %s was not sent: %s", answer.command_id, error)

    async def _send(self, answer: _Answer) -> None:
        number = await self._ledger.count_reply(answer.command_id)
        document = {
            "id": answer.command_id,
            "n": number,
            "at": format_time(self._now()),
            "epoch": self._start.epoch,
            "ledger": answer.ledger,
            **answer.members,
        }
        payload = Reply.from_object(document).to_bytes()
        await self._publish(answer.topic, payload, answer.command_id.encode())
        if answer.settles and answer.members["state"] in ENDED:
            await self._ledger.replied(answer.command_id)

    def _put(self, answer: _Answer) -> None:
        if not answer.topic:  # a command that the station gave itself
            return
        try:
            self._queue.put_nowait(answer)
        except asyncio.QueueFull:
            self.lost_total += 1
            _log.debug("a reply to %s had no room", answer.command_id)
