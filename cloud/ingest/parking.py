"""Batches that overtook their station's presence: another process reads that one, and its commit is awaited (W27)."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from cloud.ingest.notes import Batch

#: Batches that wait; one more is judged at once.
ROOM: Final = 64
#: After this long nobody announced the batch's epoch; a presence takes a commit to be known.
PATIENCE_S: Final = 3.0
TICK_S: Final = 0.05

#: Gives a batch with its size to the writer again; the last argument is called when it is stored or refused.
Put = Callable[[Batch, int, Callable[[], None]], Awaitable[None]]


class Parking:
    """Holds batches back for a short time; what is in it was confirmed to the broker and is not acked."""

    def __init__(self) -> None:
        self._since: dict[int, float] = {}
        self._waiting: dict[int, Batch] = {}

    def keep(self, batch: Batch) -> bool:
        """Keep a batch to be judged again; False when its time is up or there is no room."""
        now_s = asyncio.get_running_loop().time()
        if id(batch) not in self._since and len(self._since) >= ROOM:
            return False
        if now_s - self._since.setdefault(id(batch), now_s) > PATIENCE_S:
            return False
        self._waiting[id(batch)] = batch
        return True

    async def run(self, put: Put) -> None:
        """Have what waits judged again, for ever."""
        while True:
            await asyncio.sleep(TICK_S)
            waiting, self._waiting = list(self._waiting.values()), {}
            for batch in waiting:
                await put(batch, len(batch.payload), partial(self._judged, batch))

    def _judged(self, batch: Batch) -> None:
        if id(batch) not in self._waiting:
            del self._since[id(batch)]
