"""Proof of display: what each wall holds for the content it should show, stored as an event when it becomes more.

delivered < rendered < driven < seen. Nothing here says "visible" before a camera has seen it.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from devices.watermark import Watermark
from edge.errors import OutboxError
from edge.recorder import Recorder

Level = Literal["rendered", "driven", "seen"]
#: Who vouches: the page itself, its pixels as the agent read them, the wall's controller, the connector, a camera.
By = Literal["page", "pixels", "controller", "connector", "camera"]

#: The agent's own `delivered` is the event `content.applied`.
RANKS: Final[dict[tuple[Level, By], int]] = {
    ("rendered", "page"): 1,
    ("rendered", "pixels"): 2,
    ("driven", "connector"): 3,
    ("driven", "controller"): 4,
    ("seen", "camera"): 5,
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a wall should show: the hash and revision of its manifest."""

    content: str
    rev: int


@dataclass(slots=True)
class _Held:
    content: str
    rank: int
    frames: int
    #: What it held before a camera saw it.
    below: int = 0


class Proofs:
    """The rank that each wall holds; `shown` says what a wall should show now, None where there is no such wall."""

    def __init__(self, recorder: Recorder, shown: Callable[[str], Shown | None]) -> None:
        self._recorder = recorder
        self._shown = shown
        self._held: dict[str, _Held] = {}
        self._driven: dict[str, By] = {}
        self._faulty: set[str] = set()
        self._unseen: set[str] = set()
        self._waiting = asyncio.Event()

    async def claim(self, wall: str, level: Level, by: By, content: str, frames: int = 0) -> bool:
        """Take that a wall shows `content`; returns whether that is what it should show. Stored if it is more than was.

        `driven` and `seen` say nothing of what is painted: they count on top of a `rendered` of the same content.
        """
        shown, held = self._shown(wall), self._held.get(wall)
        if shown is None or not content or content != shown.content or wall in self._faulty:
            return False
        if held is None or held.content != content:
            if level != "rendered":
                return False
            held = _Held(content, 0, frames)
        rank = RANKS[level, by]
        if rank <= held.rank:
            return True
        was, held.rank, held.frames = held.rank, rank, frames or held.frames
        held.below = was if level == "seen" else held.below
        self._held[wall] = held
        if not await self._store(wall, held, shown):
            held.rank = was  # the next claim tries again
        return True

    async def _store(self, wall: str, held: _Held, shown: Shown) -> bool:
        """Store what a wall holds; False when that is impossible, which the log has said."""
        level, by = next(key for key, rank in RANKS.items() if rank == held.rank)
        data = {"level": level, "by": by, "content": held.content, "rev": shown.rev, "frames": held.frames}
        try:
            await self._recorder.event(wall, "wall", "display.proved", data, "evidence")
        except OutboxError:
            return False
        return True

    def driven(self, wall: str, by: By) -> None:
        """Take that a wall is driven, whatever it shows; stored soon, by `run`."""
        self._driven[wall] = by
        self._waiting.set()

    def unseen(self, wall: str) -> None:
        """Take that the camera no longer sees what it saw: the wall falls back to what it held before; soon stored."""
        self._unseen.add(wall)
        self._waiting.set()

    async def run(self) -> None:
        """Store what `driven` and `unseen` took, for ever."""
        while True:
            await self._waiting.wait()
            self._waiting.clear()
            taken, self._driven = self._driven, {}
            for wall, by in taken.items():
                if wall in self._held:
                    await self.claim(wall, "driven", by, self._held[wall].content)
            while self._unseen:
                await self._fall_back(self._unseen.pop())

    async def _fall_back(self, wall: str) -> None:
        held, shown = self._held.get(wall), self._shown(wall)
        if held is None or held.rank != RANKS["seen", "camera"]:
            return
        held.rank = held.below
        if shown is not None and shown.content == held.content:
            await self._store(wall, held, shown)

    async def seen(self, wall: str, text: str) -> bool:
        """Take the text of a mark that a camera saw; returns whether it shows what the wall should show now."""
        shown, mark = self._shown(wall), Watermark.parse(text)
        if shown is None or mark is None or not mark.proves(shown.content, self._recorder.author.timekeeper.now()):
            return False
        return await self.claim(wall, "seen", "camera", shown.content)

    def note_fault(self, wall: str, *, faulty: bool) -> None:
        """Have a wall prove nothing while it has a fault, and everything anew after it."""
        if faulty:
            self._faulty.add(wall)
            self.forget(wall)
        else:
            self._faulty.discard(wall)

    def forget(self, wall: str) -> None:
        """Have a wall prove anew: it has failed."""
        if self._held.pop(wall, None) is not None:
            _log.info("what %s had proved no longer holds", wall)
