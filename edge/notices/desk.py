"""Which emergency notice the station's screens show, from the cloud's signed board and from the people at the station.

It is shown first and written down afterwards: a full disk or a cut line keeps nobody from reading it. With a trusted
clock a notice ends at its end time; without one it ends when the seconds that were left of it have passed (ADR 33).
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import uuid_utils

from edge.errors import NoticeRefused, OutboxError
from edge.notices.held import Held, Kept, load, save
from edge.recorder import Recorder
from protocols.errors import DocumentError
from protocols.venue.content import Manifest
from protocols.venue.document import Document
from protocols.venue.ids import AGENT
from protocols.venue.notices import (
    CHANNEL,
    MAX_MINUTES,
    MAX_NOTICES,
    EndReason,
    Notice,
    NoticeKind,
    Text,
    Title,
    board_of,
    first_of,
)
from protocols.venue.timestamps import format_time
from protocols.venue.vocabulary import Kind

#: How soon a notice that is over leaves the screens, s.
LOOK_S: Final = 0.5
#: How often the seconds that are left are written down, for a restart without a clock.
KEEP_S: Final = 10.0
MAX_LEFT_S: Final = MAX_MINUTES * 60.0
#: What leaves the cloud's board with no more than this left of it was not taken back.
END_MARGIN_S: Final = 2.0

_log = logging.getLogger(__name__)


class Wish(Document):
    """What somebody at the station raises; empty words are those of the template."""

    kind: NoticeKind
    title: Title
    text: Text
    minutes: int
    drill: bool = False
    sound: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """How a screen shows a notice: a page that painted it, with its size, or a controller that took the text."""

    via: str
    width: int = 0
    height: int = 0


class Notices:
    """The notices in force. `screens` maps each slot that is to show them to its kind."""

    def __init__(
        self,
        state: Path,
        recorder: Recorder,
        screens: Mapping[str, Kind],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._state = state
        self._recorder = recorder
        self._timekeeper = recorder.author.timekeeper
        self._monotonic = monotonic
        self._watchers: list[Callable[[], None]] = []
        self._lock = asyncio.Lock()
        self._woken = asyncio.Event()
        self._kept = load(state)
        self._looked_at = monotonic()
        self._kept_at = monotonic()
        self._endings: list[tuple[Held, EndReason, str]] = []
        self._dirty = False
        self.screens = screens
        #: Called when a screen's word is stored: the cloud counts the seconds until it has it.
        self.on_word: Callable[[], None] = lambda: None
        #: Grows with every change that a page can see.
        self.version = 0

    def watch(self, changed: Callable[[], None]) -> None:
        """Have `changed` called when screens have something else to show."""
        self._watchers.append(changed)

    @property
    def current(self) -> Notice | None:
        """The notice that screens show now."""
        return first_of(one.notice for one in self._kept.held.values())

    def in_force(self) -> list[Held]:
        """Return all in force, the one that is shown first."""
        return sorted(self._kept.held.values(), key=lambda one: one.notice.precedence)

    def status(self) -> list[dict[str, Any]]:
        """Return what the agent says of its notices: which, for how long, and which screens show them."""
        return [
            {**one.notice.to_object(), "origin": one.origin, "left_s": round(one.left_s),
             "shown": sorted(one.shown), "waiting": sorted(set(self.screens) - one.shown)}
            for one in self.in_force()
        ]  # fmt: skip

    def take(self, manifest: Manifest | None) -> None:
        """Take the cloud's board, whose signature was verified; None changes nothing."""
        if manifest is None:
            return
        try:
            board = board_of(manifest)
        except DocumentError as error:
            _log.error("the cloud's notices are not taken: %s", error)
            return
        named = {notice.id for notice in board.notices}
        for notice in board.notices:
            self._take_one(notice, manifest)
        for one in [one for one in self._kept.held.values() if one.origin == "cloud" and one.notice.id not in named]:
            self._end(one, "lifted" if one.left_s > END_MARGIN_S else "expired", "cloud")
        for lift in board.lifted:
            if lift.id in self._kept.held:
                self._end(self._kept.held[lift.id], "lifted", lift.by)
        self._changed()

    async def raise_here(self, wish: Wish, by: str) -> Notice:
        """Put a notice of the station's own on its screens, kept on return; NoticeRefused says why not."""
        if not 1 <= wish.minutes <= MAX_MINUTES:
            raise NoticeRefused("minutes", f"1-{MAX_MINUTES} minutes")
        if len(self._kept.held) >= MAX_NOTICES:
            raise NoticeRefused("many", f"{MAX_NOTICES} notices are in force")
        now = self._timekeeper.now()
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)  # as the wire and the file carry it
        notice = Notice(
            id=str(uuid_utils.uuid7()), kind=wish.kind, title=wish.title, text=wish.text, drill=wish.drill,
            sound=wish.sound, raised_at=now, ends_at=now + timedelta(minutes=wish.minutes), by=by,
        )  # fmt: skip
        self._kept.held[notice.id] = Held(notice, "station", wish.minutes * 60.0)
        _log.warning("notice %s raised here by %s: %s", notice.id, by, notice.title)
        self._changed()
        await self._settle()
        return notice

    async def lift_here(self, notice_id: str, by: str) -> None:
        """Take a notice from the station's screens, the cloud's too; kept on return."""
        held = self._kept.held.get(notice_id)
        if held is None:
            raise NoticeRefused("unknown", f"no notice {notice_id} is in force")
        self._end(held, "lifted", by)
        self._changed()
        await self._settle()

    async def acknowledge(self, slot: str, notice_id: str, content: str, seen: Seen) -> bool:
        """Take a screen's word that it shows a notice; False when it shows something else."""
        held = self._kept.held.get(notice_id)
        if held is None or held.notice.content_hash != content:
            return False
        if slot in held.shown:
            return True
        data = {
            "notice": notice_id, "content": content, "drill": held.notice.drill, "via": seen.via,
            "width": seen.width, "height": seen.height,
        }  # fmt: skip
        try:
            await self._recorder.event(slot, self.screens[slot], "notice.shown", data, "evidence")
        except OutboxError:
            return False  # the page tells it again
        held.shown.add(slot)
        self.on_word()
        self._dirty = True
        self._woken.set()
        return True

    async def failed(self, slot: str, notice_id: str, text: str) -> None:
        """Say that a controller did not take a notice."""
        with contextlib.suppress(OutboxError):
            data = {"notice": notice_id, "text": text[:200]}
            await self._recorder.event(slot, self.screens[slot], "notice.failed", data, "evidence")

    async def run(self) -> None:
        """Let notices end at their time and write down what happened, for ever."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._woken.wait()
            self._woken.clear()
            self._pass_time()
            await self._settle()

    def _take_one(self, notice: Notice, manifest: Manifest) -> None:
        if notice.id in self._kept.over:
            return
        held = self._kept.held.get(notice.id)
        if held is not None and held.notice == notice:
            return
        trusted = self._timekeeper.trust == "trusted"
        since = self._timekeeper.now() if trusted else manifest.issued_at
        left_s = min(MAX_LEFT_S, (notice.ends_at - since).total_seconds())
        if left_s <= 0:
            return
        if held is None:
            self._kept.held[notice.id] = Held(notice, "cloud", left_s)
            _log.warning("notice %s of the cloud: %s", notice.id, notice.title)
        else:
            self._kept.held[notice.id] = Held(notice, held.origin, left_s, held.told)

    def _pass_time(self) -> None:
        now_s = self._monotonic()
        passed_s, self._looked_at = now_s - self._looked_at, now_s
        trusted, now = self._timekeeper.trust == "trusted", self._timekeeper.now()
        for held in list(self._kept.held.values()):
            ends = (held.notice.ends_at - now).total_seconds()
            held.left_s = min(MAX_LEFT_S, ends) if trusted else held.left_s - passed_s
            if held.left_s <= 0:
                self._end(held, "expired", AGENT)
                self._changed()
        if self._kept.held and now_s - self._kept_at >= KEEP_S:
            self._dirty = True

    def _end(self, held: Held, reason: EndReason, by: str) -> None:
        del self._kept.held[held.notice.id]
        self._kept.over.append(held.notice.id)
        self._endings.append((held, reason, by))
        _log.warning("notice %s is over (%s by %s)", held.notice.id, reason, by)

    def _changed(self) -> None:
        self.version += 1
        self._dirty = True
        self._woken.set()
        for watcher in self._watchers:
            watcher()

    async def _settle(self) -> None:
        """Write down and tell what happened; what cannot be stored now is tried again at the next look."""
        async with self._lock:
            try:
                await self._tell()
            except OutboxError as error:
                _log.debug("notices are told later: %s", error)
            if self._dirty:
                self._dirty, self._kept_at = False, self._monotonic()
                kept = Kept(dict(self._kept.held), list(self._kept.over))
                try:
                    await asyncio.to_thread(save, self._state, kept)
                except OSError as error:
                    self._dirty = True
                    _log.error("the notices cannot be kept: %s", error)

    async def _tell(self) -> None:
        for held in self.in_force():
            if not held.told:
                await self._tell_raised(held)
        while self._endings:
            held, reason, by = self._endings[0]
            if not held.told:
                await self._tell_raised(held)
            data = {"notice": held.notice.id, "drill": held.notice.drill, "reason": reason, "by": by}
            await self._recorder.event(AGENT, "agent", "notice.ended", data, "evidence")
            self._endings.pop(0)

    async def _tell_raised(self, held: Held) -> None:
        notice = held.notice
        data = {
            "notice": notice.id, "kind": notice.kind, "title": notice.title, "text": notice.text,
            "drill": notice.drill, "origin": held.origin, "by": notice.by, "raised_at": format_time(notice.raised_at),
            "ends_at": format_time(notice.ends_at), "screens": sorted(self.screens),
        }  # fmt: skip
        await self._recorder.event(AGENT, "agent", "notice.raised", data, "evidence")
        held.told = self._dirty = True


def watch_board(notices: Notices, held: Callable[[str], Manifest | None]) -> Callable[[str], None]:
    """Return a watcher of the contents that hands over the board, whatever the clock says of its validity."""

    def changed(channel: str) -> None:
        if channel == CHANNEL:
            notices.take(held(channel))

    return changed
