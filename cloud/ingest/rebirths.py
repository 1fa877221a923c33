"""Who is asked for a birth, and when: a token bucket, so that a thousand stations do not introduce themselves at once.

Each batch of a station whose birth is missing or old asks for one; a station that was asked is not asked again before
it had time to answer.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

#: Stations asked at once, and from then on in a second. A birth costs the database about 5 ms.
BURST: Final = 100
PER_S: Final = 50.0
#: A station answers within this, at a random moment, unless it is told otherwise.
SPREAD_S: Final = 30.0
#: A station answers within the time that it is given; then the answer is on its way for at most this, s.
ON_ITS_WAY_S: Final = 5.0
#: Times of asking that are remembered; above it those that are over are forgotten.
MAX_REMEMBERED: Final = 10_000

#: Asks a station to introduce itself within so many seconds.
Send = Callable[[str, float], Awaitable[None]]


class Rebirths:
    """Asks stations for their birth, none twice, not too many at once; `run` does what `ask` wants."""

    def __init__(self, send: Send, per_s: float = PER_S, burst: int = BURST) -> None:
        self._send = send
        self._per_s = per_s
        self._burst = burst
        self._tokens = float(burst)
        self._filled_at = 0.0
        #: station -> seconds that it may take to answer, in the order of asking.
        self._waiting: dict[str, float] = {}
        #: station -> when it may be asked again.
        self._asked: dict[str, float] = {}
        self._wake = asyncio.Event()

    def ask(self, station: str, within_s: float = SPREAD_S) -> None:
        """Have a station asked, unless it was asked and may still answer."""
        now = asyncio.get_running_loop().time()
        if self._asked.get(station, 0.0) > now:
            return
        self._waiting.setdefault(station, within_s)
        self._wake.set()

    def answered(self, station: str) -> None:
        """Note a birth: the next time that one is missing it is asked for at once."""
        self._asked.pop(station, None)
        self._waiting.pop(station, None)

    def forget(self) -> None:
        """Forget who was asked: the connection is new, and what was said over the old one may be lost."""
        self._asked.clear()

    async def run(self) -> None:
        """Ask whoever waits, for ever."""
        while True:
            await self._wake.wait()
            while self._waiting:
                await self._take_token()
                if self._waiting:
                    await self._ask_first()
            self._wake.clear()

    async def _ask_first(self) -> None:
        station, within_s = next(iter(self._waiting.items()))
        del self._waiting[station]
        now = asyncio.get_running_loop().time()
        if len(self._asked) >= MAX_REMEMBERED:
            self._asked = {name: until for name, until in self._asked.items() if until > now}
        self._asked[station] = now + within_s + ON_ITS_WAY_S
        await self._send(station, within_s)

    async def _take_token(self) -> None:
        now = asyncio.get_running_loop().time()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._per_s)
        self._filled_at = now
        if self._tokens < 1:
            await asyncio.sleep((1 - self._tokens) / self._per_s)
            self._tokens, self._filled_at = 1.0, asyncio.get_running_loop().time()
        self._tokens -= 1
