"""A host without an agent: keeps what a driver hands over. For `yizhan devices probe` and for tests."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from devices.driver import FacesSeen, Fault, Json, LivePicture, Scalar, ScreenBeat
from devices.errors import DeviceRefused
from protocols.rules.codes import recognise
from protocols.rules.presented import BadScan, Card, Presented, Scan, Unreadable
from protocols.venue.vocabulary import Stream

#: Entries of each list that are kept; the oldest go.
MAX_KEPT: Final = 10_000


@dataclass(frozen=True, slots=True)
class Stored:
    """One event as the driver gave it."""

    name: str
    data: Json
    stream: Stream


class RecordingHost:
    """Implements `devices.driver.Host`; `speed` makes its clock run faster than the wall's."""

    def __init__(self, state_dir: Path, *, speed: float = 1.0, tell: Callable[[Json], None] | None = None) -> None:
        self._state_dir, self._speed, self._tell = state_dir, speed, tell
        self.samples: deque[tuple[str, str]] = deque(maxlen=MAX_KEPT)
        self.sampled_at: deque[datetime | None] = deque(maxlen=MAX_KEPT)
        #: Keys of `event_once`; what `now` says, None: the system's time.
        self.keys: dict[str, None] = {}
        self.clock: datetime | None = None
        self.lives: deque[Json] = deque(maxlen=MAX_KEPT)
        self.events: deque[Stored] = deque(maxlen=MAX_KEPT)
        self.beat: ScreenBeat | None = None
        #: What the slot's recogniser says of itself: only an agent has one.
        self.faces_seen: FacesSeen | None = None
        #: What was shown, and at which page.
        self.presented: deque[tuple[Presented, str]] = deque(maxlen=MAX_KEPT)
        #: Key of a wish -> the number it was given.
        self.tickets: dict[str, str] = {}
        #: Walls whose mark a camera no longer saw.
        self.unseen_walls: deque[str] = deque(maxlen=MAX_KEPT)
        #: What `minute_of_day` says: noon.
        self.minute = 720
        #: (wall, mark) as cameras saw them, and the marks that prove what a wall shows.
        self.marks: deque[tuple[str, str]] = deque(maxlen=MAX_KEPT)
        self.proving: set[str] = set()
        self.faults: deque[Fault | None] = deque(maxlen=MAX_KEPT)
        self.proofs: deque[tuple[str, str]] = deque(maxlen=MAX_KEPT)
        self.url = "about:blank"
        #: Why no number is given out; empty: one is.
        self.refuses = ""
        self.next_command = "00000000-0000-7000-8000-000000000000"
        self.begun_total = 0
        #: The picture that is taken of whoever is asked for, None: nobody takes one; what was handed out of it.
        self.picture: LivePicture | None = None
        self.handed_out: deque[LivePicture] = deque(maxlen=MAX_KEPT)

    @property
    def state_dir(self) -> Path:
        """The folder given at the start."""
        return self._state_dir

    async def ticks(self, interval_s: float) -> AsyncIterator[None]:
        """Yield at once and then every interval of the host's clock."""
        while True:
            yield
            await asyncio.sleep(interval_s / self._speed)

    def minute_of_day(self) -> int:
        """Return what `minute` was set to."""
        return self.minute

    def now(self) -> datetime:
        """Return the system's time, or what `clock` was set to."""
        return self.clock or datetime.fromtimestamp(time.time(), UTC)

    def sample(self, signal: str, value: str, at: datetime | None = None) -> None:
        """Keep a sample, and when it was seen if that was not now."""
        self.samples.append((signal, value))
        self.sampled_at.append(at)
        self._say({"sample": signal, "value": value})

    def live(self, **values: Scalar) -> None:
        """Keep live values."""
        self.lives.append(values)
        self._say({"live": values})

    async def event(self, name: str, data: Json, stream: Stream = "ops") -> None:
        """Keep an event."""
        self.events.append(Stored(name, data, stream))
        self._say({"event": name, "stream": stream, "data": dict(data)})

    async def event_once(self, key: str, name: str, data: Json, stream: Stream = "ops") -> bool:
        """Keep an event under a key that is new."""
        if key in self.keys:
            return False
        await self.event(name, data, stream)
        self.keys[key] = None
        return True

    async def ticket(self, service: str, priority: str, key: str) -> str:
        """Give out a number that belongs to nobody's queue."""
        if self.refuses:
            raise DeviceRefused(self.refuses)
        known = self.tickets.setdefault(key, f"{service}{len(self.tickets) + 1:03}")
        self._say({"ticket": known, "priority": priority})
        return known

    def fault(self, fault: Fault | None) -> None:
        """Keep a fault, None when it is over."""
        self.faults.append(fault)
        self._say({"fault": fault.name if fault else None, "text": fault.text if fault else ""})

    def page_url(self) -> str:
        """Return what `url` was set to."""
        return self.url

    async def proved(self, level: str, by: str) -> None:
        """Keep a claim."""
        self.proofs.append((level, by))
        self._say({"proved": level, "by": by})

    async def present(self, shown: Presented, page: str = "") -> None:
        """Keep what was shown, and tell it without whose it was."""
        self.presented.append((shown, page))
        self._say({"presented": _what(shown), "page": page})

    def faces(self) -> FacesSeen | None:
        """Return what `faces_seen` was set to."""
        return self.faces_seen

    def screen(self) -> ScreenBeat | None:
        """Return what `beat` was set to."""
        return self.beat

    @asynccontextmanager
    async def live_picture(self, person: str) -> AsyncIterator[LivePicture]:
        """Hand out a copy of `picture` and overwrite it afterwards."""
        if self.picture is None:
            raise DeviceRefused(f"a live picture of {person} is taken at the station only: its agent serves /face")
        taken = LivePicture(bytearray(self.picture.data), self.picture.name)
        self.handed_out.append(taken)
        try:
            yield taken
        finally:
            taken.data[:] = bytes(len(taken.data))

    @property
    def command_id(self) -> str:
        """The id that `next_command` was set to."""
        return self.next_command

    def begins(self) -> None:
        """Keep that the effect of a command begins."""
        self.begun_total += 1
        self._say({"begins": self.command_id})

    async def seen(self, wall: str, mark: str) -> bool:
        """Keep a mark; it proves what the wall shows if it is in `proving`."""
        self.marks.append((wall, mark))
        self._say({"seen": wall, "mark": mark})
        return mark in self.proving

    def unseen(self, wall: str) -> None:
        """Keep that a camera no longer sees a wall's mark."""
        self.unseen_walls.append(wall)

    def epoch_minute(self) -> int:
        """Return the system's minute since 1970."""
        return int(time.time() // 60)

    def progress(self, step: str, done: int, total: int) -> None:
        """Tell how far a command is."""
        self._say({"progress": step, "done": done, "total": total})

    def _say(self, line: dict[str, Any]) -> None:
        if self._tell is not None:
            self._tell(line)


def _what(shown: Presented) -> str:
    match shown:
        case Card():
            return f"card: {shown.kind}"
        case Unreadable():
            return f"card not read: {shown.text}"
        case Scan():
            return f"code: {recognise(shown.text).kind}, {len(shown.text)} letters"
        case BadScan():
            return f"code refused: {shown.reason}"
