"""What the wall pages show right now; every page gets the newest picture, never a queue of old ones."""

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from devices.watermark import Watermark
from edge.content import Contents
from edge.proofs import Proofs, Shown
from edge.recorder import Recorder
from edge.screens import Screens
from protocols.venue.content import Manifest
from protocols.venue.document import Count, Document
from protocols.venue.timestamps import format_time

#: Pages that may follow one wall; each is a connection of this machine or of a technician's tunnel.
MAX_PAGES: Final = 16
#: The page's clock is set this often (s of the agent's clock), which matters only where that clock is stepped.
TIME_INTERVAL_S: Final = 60.0
#: How soon a page shows that the cloud is away.
STATE_INTERVAL_S: Final = 1.0


class Beat(Document):
    """What a page says every two seconds: what it has painted, how often, and whether anybody could see it."""

    content: str
    frames: Count
    visible: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """One state of a wall: the id of its server-sent event, the hash of its content, and the document."""

    rev: int
    content: str
    text: str


class Feeds:
    """The pictures of all walls of the station and who follows them."""

    def __init__(  # noqa: PLR0913 - the parts it joins
        self,
        *,
        title: str,
        slots: Iterable[str],
        contents: Contents,
        screens: Screens,
        recorder: Recorder,
        online: Callable[[], bool],
    ) -> None:
        self._title = title
        self._contents = contents
        self._screens = screens
        self._recorder = recorder
        self._online = online
        self._followers: dict[str, set[asyncio.Event]] = {slot: set() for slot in slots}
        #: Whether an emergency notice covers the pages: then nothing of what lies under it is proved.
        self.covered: Callable[[], bool] = lambda: False
        self.proofs = Proofs(recorder, lambda slot: None if self.covered() else self.shown(slot))
        contents.watch(self.changed)

    def has(self, slot: str) -> bool:
        """Return whether the station has such a wall."""
        return slot in self._followers

    def changed(self, slot: str) -> None:
        """Have every page of a wall look again."""
        if slot in self._followers:
            shown = self.shown(slot)
            self._screens.expect(slot, shown.content if shown else "")
        for follower in self._followers.get(slot, ()):
            follower.set()

    @contextmanager
    def follow(self, slot: str) -> Iterator[asyncio.Event | None]:
        """Yield an event that is set whenever the wall's picture changes, at first too; None when there is no room."""
        if len(self._followers[slot]) >= MAX_PAGES:
            yield None
            return
        follower = asyncio.Event()
        follower.set()
        self._followers[slot].add(follower)
        try:
            yield follower
        finally:
            self._followers[slot].discard(follower)

    def shown(self, slot: str) -> Shown | None:
        """Return hash and revision of what a wall should show now, None for nothing and where there is no such wall."""
        manifest = self._contents.shown(slot) if slot in self._followers else None
        return Shown(manifest.content_hash, manifest.rev) if manifest else None

    def picture(self, slot: str) -> Picture:
        """Return what a wall shows now."""
        manifest = self._contents.shown(slot)
        rev, content = (manifest.rev, manifest.content_hash) if manifest else (0, "")
        now = self._recorder.author.timekeeper.now()
        document = {
            "rev": rev,
            "content": content,
            "title": self._title,
            "online": self._online(),
            "now": format_time(now),
            "mark": Watermark.of(content, now).modules(),
            "items": _items(manifest) if manifest else [],
        }
        return Picture(rev, content, json.dumps(document, ensure_ascii=False, separators=(",", ":")))

    async def beat(self, slot: str, beat: Beat) -> None:
        """Take a page's beat; the first one that shows new content is a proof of display (level `rendered`)."""
        self._screens.beat(slot, frames=beat.frames, content=beat.content, visible=beat.visible)
        if beat.visible and beat.frames > 0:
            await self.proofs.claim(slot, "rendered", "page", beat.content, beat.frames)

    async def run_time(self) -> None:
        """Set the pages' clocks, for ever."""
        ticker = self._recorder.author.timekeeper.clock.ticks(TIME_INTERVAL_S)
        try:
            async for _ in ticker:
                self.all_changed()
        finally:
            await ticker.aclose()

    async def run_state(self) -> None:
        """Show on the pages that the cloud has gone or come back, for ever."""
        shown = self._online()
        while True:
            await asyncio.sleep(STATE_INTERVAL_S)
            if shown != self._online():
                shown = self._online()
                self.all_changed()

    def all_changed(self) -> None:
        """Have every page of every wall look again."""
        for slot in self._followers:
            self.changed(slot)


def _items(manifest: Manifest) -> list[dict[str, Any]]:
    return [
        {"id": item.id, "kind": item.kind, "seconds": item.seconds, "data": item.data or {}} for item in manifest.items
    ]
