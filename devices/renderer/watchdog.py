"""Watches a wall's renderer by its pixels, and starts it anew, so many times and no more."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from devices.renderer import COMES_S
from devices.renderer.chromium import running
from devices.renderer.devtools import DevTools, attached
from devices.renderer.errors import NotThere, PictureError, RendererError, Silent
from devices.renderer.png import read_png
from devices.renderer.probe import Painted, judge

#: Between two probes that found nothing wrong. One takes some 15 ms of the browser and 60 ms of a thread of ours.
PROBE_S: Final = 10.0
#: After one that did; so many in a row are a fault: on a busy machine a browser may be late once.
RECHECK_S: Final = 2.0
BAD_PROBES: Final = 3
#: A page of the browser's first seconds is not judged.
SETTLE_S: Final = 3.0
#: The page that the agent asks for what it shows (wall.js).
ASK: Final = "window.yzWall ? window.yzWall.probe() : null"
#: The page may repaint while it is being looked at: look again, so many times.
LOOKS: Final = 3

#: So many restarts within WINDOW_S; after that one is held back until the oldest is as old.
MAX_RESTARTS: Final = 6
WINDOW_S: Final = 600.0
#: Pause before a restart: none, then 1 s, doubled up to the last.
MAX_PAUSE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the last probe found: `fault` empty is a page that shows what it says, on the screen as in its words."""

    fault: str = ""
    text: str = ""
    #: The hash that the page had painted when its pixels were right.
    content: str = ""


class Restarts:
    """How long to hold back a restart: longer each time, and never more than MAX_RESTARTS within WINDOW_S."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._at: deque[float] = deque(maxlen=MAX_RESTARTS)
        self.total = 0

    def pause_s(self) -> float:
        """Return how long to wait before the next restart."""
        now = self._monotonic()
        lately = [at for at in self._at if now - at < WINDOW_S]
        if len(lately) >= MAX_RESTARTS:
            return WINDOW_S - (now - lately[0])
        return min(MAX_PAUSE_S, float(2 ** (len(lately) - 1))) if lately else 0.0

    def note(self) -> None:
        """Take that one happens now."""
        self.total += 1
        self._at.append(self._monotonic())


#: What else is wrong with a page whose browser has run for so many seconds: what its beats say, for one.
Unwell = Callable[[float], Verdict | None]
#: Hears of every verdict; of a restart (fault, text, pause in s) before it is waited for.
Tell = Callable[[Verdict], Awaitable[None]]
TellRestart = Callable[[str, str, float], Awaitable[None]]


class Watchdog:
    """One wall's renderer: ours, started for `url`, or a foreign one at a DevTools port, which is only watched."""

    def __init__(
        self, url: Callable[[], str], tell: Tell, tell_restart: TellRestart, unwell: Unwell = lambda _s: None
    ) -> None:
        self._url, self._tell, self._tell_restart, self._unwell = url, tell, tell_restart, unwell
        self.restarts = Restarts()

    async def keep(self, profile: Path, options: list[str]) -> None:
        """Run a browser and keep it right, for ever."""
        while True:
            verdict = await self._once(profile, options)
            pause_s = self.restarts.pause_s()
            self.restarts.note()
            await self._tell_restart(verdict.fault, verdict.text, pause_s)
            await asyncio.sleep(pause_s)

    async def follow(self, port: int) -> None:
        """Watch a browser that somebody else runs, for ever."""
        while True:
            verdict = await self._watched(lambda: attached(port))
            await self._tell(verdict)
            await asyncio.sleep(RECHECK_S)

    async def _once(self, profile: Path, options: list[str]) -> Verdict:
        """Run one browser until it is no good any more; returns why."""
        try:
            async with running(self._url(), profile, options) as (process, port):
                watching = asyncio.create_task(self._watched(lambda: attached(port)), name="watch-renderer")
                ending = asyncio.create_task(process.wait(), name="renderer")
                try:
                    await asyncio.wait((watching, ending), return_when=asyncio.FIRST_COMPLETED)
                    if watching.done():
                        return await self._told(watching.result())
                    return await self._told(Verdict("renderer", f"the browser ended with {ending.result()}"))
                finally:
                    for task in (watching, ending):
                        task.cancel()
                    await asyncio.gather(watching, ending, return_exceptions=True)
        except NotThere as error:
            return await self._told(Verdict("renderer", str(error)))

    async def _told(self, verdict: Verdict) -> Verdict:
        await self._tell(verdict)
        return verdict

    async def _watched(self, attach: Callable[[], contextlib.AbstractAsyncContextManager[DevTools]]) -> Verdict:
        """Probe until a fault is certain; returns it. A browser that has not shown its page yet gets COMES_S for it."""
        began_s, bad, has_come = time.monotonic(), 0, False
        await asyncio.sleep(SETTLE_S)
        while True:
            verdict = await probe(attach)
            running_s = time.monotonic() - began_s
            if not verdict.fault:
                verdict = self._unwell(running_s) or verdict
            if not verdict.fault:
                bad, has_come = 0, True
                await self._tell(verdict)
            elif has_come or running_s > COMES_S:
                bad += 1
            if bad >= BAD_PROBES:
                return verdict
            await asyncio.sleep(RECHECK_S if verdict.fault else PROBE_S)


async def probe(attach: Callable[[], contextlib.AbstractAsyncContextManager[DevTools]]) -> Verdict:
    """Look once at what the page says and what its pixels show."""
    try:
        async with attach() as page:
            return await _look(page)
    except Silent as error:
        return Verdict("frozen", str(error))
    except (PictureError, RendererError) as error:
        return Verdict("garbled", str(error))


async def _look(page: DevTools) -> Verdict:
    before = Painted.from_object(await page.evaluate(ASK))
    for _ in range(LOOKS):
        data = await page.picture()
        after = Painted.from_object(await page.evaluate(ASK))
        if after == before:
            break
        before = after
    fault, text = await asyncio.to_thread(lambda: judge(read_png(data), before))
    return Verdict(fault, text, before.content)
