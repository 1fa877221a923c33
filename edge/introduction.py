"""How a start becomes known to the core: the birth, again if need be, until it is answered; then events may leave."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Final, Literal

from edge.custody import Custody
from edge.epoch import Start
from edge.outbox import Outbox
from edge.sender import Sender, cut
from edge.uplink import Link
from protocols.venue.delivery import Ack
from protocols.venue.events import MAX_BATCH_EVENTS, Properties
from protocols.venue.lineage import Fork
from protocols.venue.presence import BirthWhy, CoreState
from protocols.venue.vocabulary import Stream

#: A birth that is not answered goes again after this; each time twice as long, up to the maximum.
FIRST_WAIT_S: Final = 5.0
MAX_WAIT_S: Final = 60.0
#: A core that does not promise an answer is given this long for one.
UNPROMISED_WAIT_S: Final = 3.0
#: A core that comes up while stations wait for it is not stormed with births.
NEW_CORE_JITTER_S: Final = 2.0
#: Answers that wait to be looked at; only the newest tells something new.
MAX_NEWS: Final = 16
#: Batches of the old store's part between two questions whether it is complete.
BATCHES_A_ROUND: Final = 20
#: Such questions before the store is left all the same: a core that takes nothing would hold us up for ever.
MAX_ROUNDS: Final = 500

_log = logging.getLogger(__name__)


class Introduction:
    """The introduction on one connection."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parts of one connection
        self,
        custody: Custody,
        outbox: Outbox,
        sender: Sender,
        link: Link,
        start: Start,
        publish_birth: Callable[[BirthWhy], Awaitable[None]],
    ) -> None:
        self._custody = custody
        self._outbox = outbox
        self._sender = sender
        self._link = link
        self._start = start
        self._publish_birth = publish_birth
        self._news: asyncio.Queue[Ack | Literal["up", "came"]] = asyncio.Queue(MAX_NEWS)
        self._online = False
        self._promised = False
        self._rounds = 0

    def core_came(self, state: CoreState, *, at_connect: bool) -> None:
        """Note that the core takes events; `at_connect` it was there already when the birth went out."""
        self._online, self._promised = True, state.answers
        self._tell("up" if at_connect else "came")

    def core_went(self) -> None:
        """Note that the core takes nothing."""
        self._online = False

    def answered(self, ack: Ack) -> None:
        """Note an ack that may be the answer."""
        self._tell(ack)

    async def run(self) -> Literal["known", "left"]:
        """Return when the core knows this start, or when its store had to be left for a new one."""
        wait_s = FIRST_WAIT_S
        while not self._custody.certain:
            news = await self._next(wait_s if self._promised else UNPROMISED_WAIT_S)
            if news is None and self._promised:
                await self._publish_birth("rebirth")
                wait_s = min(wait_s * 2, MAX_WAIT_S)
            elif news is None or (not self._promised and self._custody.store_is_new):
                self._begin()  # a core that never says what it knows
            elif news == "came":
                await asyncio.sleep(random.uniform(0, NEW_CORE_JITTER_S))  # noqa: S311 - jitter
                await self._publish_birth("rebirth")
            elif isinstance(news, Ack) and await self._left(news):
                return "left"
        return "known"

    async def _left(self, ack: Ack) -> bool:
        """Do what an ack asks for; returns whether the store was left."""
        if self._promised and ack.known is None:
            return False  # a core that answers says what it knows: this ack is about something else
        answer, fork = await self._custody.judge(ack)
        if answer == "same":
            await self._custody.note()
            self._begin()
            await self._sender.take_ack(ack, fresh=False)
        elif answer == "widen":
            await self._publish_birth("rebirth")
        elif answer == "forked" and fork is not None:
            if not await self._complete(fork):
                await self._custody.leave(fork)
                return True
            await self._publish_birth("rebirth")
        return False

    def _begin(self) -> None:
        self._custody.certain = True
        if self._online:
            self._sender.core_online()

    async def _complete(self, fork: Fork) -> bool:
        """Send what the core lacks of the part that both lines have, under its own seqs; False if there is nothing."""
        batches = 0
        self._rounds += 1
        if self._rounds > MAX_ROUNDS:
            return False
        for stream, first, last in self._custody.missing(fork):
            while batches < BATCHES_A_ROUND:
                sent_to = await self._send(stream, first, last)
                if sent_to is None:
                    break
                first = sent_to + 1  # noqa: PLW2901 - what is left of the range
                batches += 1
        return batches > 0

    async def _send(self, stream: Stream, first: int, last: int) -> int | None:
        """Send one batch from a range and return its last seq; None if no row of it exists."""
        rows, batch = cut(await self._outbox.drain(stream, first - 1, MAX_BATCH_EVENTS, last), replay=True)
        if not rows:
            return None
        properties = Properties(stream, rows[0].seq, rows[-1].seq, self._start.epoch, self._outbox.store)
        await self._link.publish_batch(stream, batch, properties)
        return rows[-1].seq

    async def _next(self, wait_s: float) -> Ack | Literal["up", "came"] | None:
        """Return what is new, None when the core is there and says nothing for `wait_s`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s if self._online else None):
                return await self._news.get()
        return None

    def _tell(self, news: Ack | Literal["up", "came"]) -> None:
        if self._news.full():
            self._news.get_nowait()
        self._news.put_nowait(news)
