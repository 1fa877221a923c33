"""Sends the commands that wait and ends those whose time is up; runs in the process that reads the broker."""

import asyncio
import json
import logging
import math
from collections.abc import Sequence
from typing import Final, Protocol

from cloud.fleet import commands
from cloud.fleet.models import Command
from cloud.platform.core import Core
from cloud.platform.database import FAILURES
from cloud.platform.errors import CloudError, LinkDownError
from cloud.platform.models import DomainEvent
from cloud.platform.outbox import AfterCommit
from protocols.errors import DocumentError
from protocols.venue import topics
from protocols.venue.commands import Command as Request
from protocols.venue.commands import Reply

#: Overdue commands are looked for this often, s.
TICK_S: Final = 1.0
#: Commands sent in one round.
SEND_AT_ONCE: Final = 100

_LOG = logging.getLogger(__name__)
_LATER: Final[tuple[type[Exception], ...]] = (CloudError, *FAILURES)


class Ask(Protocol):
    """Publishes a request; LinkDownError when the broker cannot take it now."""

    async def __call__(self, topic: str, payload: bytes, *, reply_to: str, correlation: str, expiry_s: int) -> None:
        """Return when the broker has it."""


class Dispatcher:
    """The core's side of commands, as long as the process runs."""

    def __init__(self, core: Core, send: Ask) -> None:
        self._core = core
        self._send = send
        self._sending = asyncio.Lock()

    async def run(self) -> None:
        """End what is overdue and send what an earlier failure left behind, for ever."""
        while True:
            await asyncio.sleep(TICK_S)
            try:
                await commands.close_overdue(self._core)
                await self.send_waiting()
            except _LATER as error:
                _LOG.warning("commands wait for the next round: %r", error)

    async def on_asked(self, events: Sequence[DomainEvent]) -> AfterCommit:
        """Send new commands at once (consumer of `command.asked`)."""
        del events
        return self.send_waiting

    async def send_waiting(self) -> None:
        """Publish every command that waits; the link may be down: then they wait for the next round."""
        async with self._sending:
            waiting = await Command.filter(state="queued").order_by("id").limit(SEND_AT_ONCE)
            for row in waiting:
                left_s = math.ceil((row.expires_at - self._core.now()).total_seconds())
                if left_s < 1:
                    continue
                try:
                    await self._publish(row, left_s)
                except LinkDownError as error:
                    _LOG.debug("command %s waits: %s", row.id, error)
                    return
                await commands.mark_sent(self._core, row.id)

    async def take_reply(self, station: str, payload: bytes) -> None:
        """Take what came on the response topic; what is no reply is counted and dropped."""
        try:
            reply = Reply.from_bytes(payload)
        except DocumentError as error:
            _LOG.debug("a reply of %s cannot be read: %s", station, error)
            self._core.metrics.replies_ignored.inc()
            return
        await commands.record_reply(self._core, station, reply)

    async def _publish(self, row: Command, left_s: int) -> None:
        request = Request(
            id=row.id,
            name=row.name,
            args=json.loads(row.args),
            by=row.asked_by,
            at=row.created_at,
            expires_at=row.expires_at,
            timeout_s=row.timeout_s,
            step_timeout_s=row.step_timeout_s,
        )
        await self._send(
            topics.command(row.station, row.slot, row.name),
            request.to_bytes(),
            reply_to=topics.reply(row.station, self._core.settings.core_id),
            correlation=row.id,
            expiry_s=left_s,
        )
