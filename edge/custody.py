"""Whether this start may number events in its store: an old copy of the state directory must not (ADR 0008).

Events are recorded from the first moment, but none leaves before the core has answered the birth. An agent that runs on
an old copy learns from the answer that its store went on elsewhere; it then takes what it recorded into a new store.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from edge.epoch import Start, outbid
from edge.outbox import Outbox
from protocols.venue.delivery import Ack
from protocols.venue.lineage import Common, Fork, StartMark
from protocols.venue.vocabulary import STREAMS, Stream

#: What an answer asks for: nothing, that it is noted, a birth that lists more starts, or that the store is left.
Answer = Literal["none", "same", "widen", "forked"]
REASON: Final = "an old copy of the state directory: its store went on elsewhere"

_log = logging.getLogger(__name__)


class Custody:
    """The claim of one start on its store."""

    def __init__(self, state: Path, start: Start, outbox: Outbox, now: Callable[[], datetime]) -> None:
        self._state = state
        self._start = start
        self._outbox = outbox
        self._now = now
        self._since: str | None = None
        self._above: int | None = None
        #: Whether events may leave.
        self.certain = False

    @property
    def store_is_new(self) -> bool:
        """Whether this start has made the store: nobody else can have written into it."""
        return self._outbox.is_new

    async def lineage(self) -> list[StartMark]:
        """Return what a birth says of the starts that wrote into the store."""
        return await self._outbox.lineage(self._since)

    def outbids(self, ack: Ack) -> bool:
        """Return whether the core knows an epoch of the station that is not older than ours; `renew` goes above it."""
        known = ack.known
        if known is None or known.epoch < self._start.epoch:
            return False
        if known.epoch == self._start.epoch and known.boot in {None, self._start.boot}:
            return False
        _log.warning("the core knows epoch %d of this station, ours is %d", known.epoch, self._start.epoch)
        self._above = known.epoch
        return True

    def renew(self) -> bool:
        """Take a new epoch, durably, if one is needed; only between two connections. Returns whether it was."""
        if self._above is None:
            return False
        outbid(self._state, self._start, self._above, self._now())
        self._above = None
        return True

    async def judge(self, ack: Ack) -> tuple[Answer, Fork | None]:
        """Return what an ack of our store means for our claim."""
        if ack.known is None:
            return await self._judge_marks(ack)
        if ack.known.boot != self._start.boot:
            return "none", None
        fork = ack.known.fork
        if fork is None:
            return "same", None
        listed = [start.boot for start in await self.lineage()]
        if fork.listed != len(listed):
            return "none", None  # the answer to an earlier birth
        if fork.newest not in listed and await self._outbox.remembers(fork.newest):
            self._since = fork.newest  # the core was restored from a backup, we were not
            return "widen", None
        return "forked", fork

    async def note(self) -> None:
        """Remember that the core takes this start as the newest of the store."""
        await self._outbox.answered(self._start.boot)
        self.certain = True

    async def leave(self, fork: Fork) -> None:
        """Go on in a new store, at the next connection under a new epoch, with what was recorded behind the fork."""
        _log.warning("%s; going on in a new store", REASON)
        await self._outbox.part(self._start.boot, {stream: fork.common(stream).upto for stream in STREAMS})
        self._since = None
        self._above = self._start.epoch

    def missing(self, fork: Fork) -> list[tuple[Stream, int, int]]:
        """Return what the core lacks of the part that both have; it goes under its old numbers before we leave."""
        return [
            (stream, first, min(last, fork.common(stream).upto))
            for stream in STREAMS
            for first, last in fork.common(stream).missing
        ]

    async def _judge_marks(self, ack: Ack) -> tuple[Answer, Fork | None]:
        """Judge by the watermarks of a core that says nothing else."""
        current = (await self.lineage())[-1]
        if all(ack.upto(stream) <= current.last(stream) for stream in STREAMS):
            return "same", None
        marks = {stream: Common(upto=current.last(stream), missing=[]) for stream in STREAMS}
        return "forked", Fork(newest=current.boot, listed=1, **marks)
