"""Signed content of the station's screens: verified, kept for a start without the cloud, shown while valid (D24)."""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from edge.errors import ContentNotShown, OutboxError, StateDamaged
from edge.recorder import Recorder
from edge.statefile import read_bytes, replace_durably
from protocols.errors import DocumentError
from protocols.venue.content import Envelope, Manifest
from protocols.venue.ids import AGENT, check_id
from provisioning.clock import Clock

CONTENT_FOLDER: Final = "content"
#: The validity of what is shown is looked at again at least this often.
MAX_WAIT_S: Final = 3_600.0
#: Channels that may be kept; a station has a few screens.
MAX_CHANNELS: Final = 64
_NEVER: Final = datetime.max.replace(tzinfo=UTC)

_log = logging.getLogger(__name__)


class Contents:
    """The newest good manifest of each channel; the watcher is called with a channel when its picture changes."""

    def __init__(self, station: str, state: Path, keys: Mapping[str, str], clock: Clock) -> None:
        self._station = station
        self._folder = state / CONTENT_FOLDER
        self._keys = keys
        self._clock = clock
        self._watchers: list[Callable[[str], None]] = []
        self._manifests: dict[str, Manifest] = {}
        self._digests: dict[str, str] = {}
        #: Shown, and not kept and told of yet: (channel, payload, manifest), in the order in which they came.
        self._unkept: list[tuple[str, bytes, Manifest]] = []
        self._keeping = asyncio.Lock()
        #: Hash of the picture of each channel that the watchers were told of last.
        self._told: dict[str, str | None] = {}
        self._looks_at = _NEVER
        self._rescheduled = asyncio.Event()

    def watch(self, changed: Callable[[str], None]) -> None:
        """Have `changed` called with each channel whose picture changes."""
        self._watchers.append(changed)

    def load(self, channels: Iterable[str]) -> None:
        """Show what was shown before the restart; it is verified again."""
        for channel in channels:
            try:
                kept = read_bytes(self._folder / f"{channel}.json")
                if kept is not None:
                    self._accept(channel, kept)
            except (ContentNotShown, StateDamaged) as error:
                _log.warning("the kept content of %s is not shown: %s", channel, error)

    def shown(self, channel: str) -> Manifest | None:
        """Return the manifest with the items that are valid now; None before the first and outside its validity."""
        manifest, now = self._manifests.get(channel), self._clock.now()
        if manifest is None or not manifest.valid_from <= now < manifest.valid_to:
            return None
        items = [item for item in manifest.items if item.valid_to is None or now < item.valid_to]
        return manifest if len(items) == len(manifest.items) else manifest.model_copy(update={"items": items})

    def held(self, channel: str) -> Manifest | None:
        """Return the newest good manifest whatever the clock says: what it holds has times of its own."""
        return self._manifests.get(channel)

    async def take(self, channel: str, payload: bytes, recorder: Recorder) -> None:
        """Show a manifest at once, then keep it and say so; or say why not and keep the old one."""
        try:
            manifest = self._accept(check_id(channel), payload)
        except ContentNotShown as refusal:
            _log.warning("content for %s refused: %s", channel, refusal)
            data = {"channel": channel, "rev": refusal.rev, "reason": refusal.reason}
            await recorder.say("content.refused", data)
            return
        if manifest is None:  # the broker's retained copy of what is shown already
            return
        self._unkept.append((channel, payload, manifest))
        async with self._keeping:  # whoever comes first takes what came meanwhile along
            taken, self._unkept = self._unkept, []
            if taken:
                await self._keep_all(taken, recorder)

    async def _keep_all(self, taken: Sequence[tuple[str, bytes, Manifest]], recorder: Recorder) -> None:
        """Keep the newest manifest of each channel, then say of each that it is applied, all in one transaction."""
        newest = {self._folder / f"{channel}.json": payload for channel, payload, _ in taken}
        try:
            await asyncio.to_thread(replace_durably, self._folder, newest)  # the pages are painting meanwhile
        except OSError as error:
            _log.error("what is shown cannot be kept: %s", error)
            return
        try:
            await recorder.store("ops", [_applied(recorder, channel, manifest) for channel, _, manifest in taken])
        except OutboxError as error:
            _log.debug("applied content was not stored: %s", error)

    async def run(self) -> None:
        """Let items come and go at their times, for ever."""
        while True:
            self._rescheduled.clear()
            self._looks_at = self._next_boundary()
            self._look()
            await self._wait()

    def _look(self) -> None:
        """Tell the watchers which pictures have changed by themselves."""
        for channel, told in tuple(self._told.items()):
            picture = self._picture(channel)
            if picture != told:
                self._told[channel] = picture
                self._changed(channel)

    def _changed(self, channel: str) -> None:
        for watcher in self._watchers:
            watcher(channel)

    def _accept(self, channel: str, payload: bytes) -> Manifest | None:
        """Show a manifest; None if it is the one that is shown."""
        digest = hashlib.sha256(payload).hexdigest()
        if self._digests.get(channel) == digest:
            return None
        manifest = self._verify(channel, payload)
        if channel not in self._manifests and len(self._manifests) >= MAX_CHANNELS:
            raise ContentNotShown("wrong_target", f"more than {MAX_CHANNELS} channels", manifest.rev)
        self._manifests[channel], self._digests[channel] = manifest, digest
        self._told[channel] = self._picture(channel)
        self._changed(channel)
        now = self._clock.now()
        if any(now < moment < self._looks_at for moment in _boundaries(manifest)):
            self._rescheduled.set()
        return manifest

    def _verify(self, channel: str, payload: bytes) -> Manifest:
        # Signatures need a library of several megabytes: only where a manifest comes at all.
        from provisioning.errors import TrustError  # noqa: PLC0415
        from provisioning.trust import open_envelope  # noqa: PLC0415

        try:
            manifest = open_envelope(Envelope.from_bytes(payload), self._keys)
        except DocumentError as error:
            raise ContentNotShown("schema", str(error)) from error
        except TrustError as error:
            raise ContentNotShown("signature" if error.reason == "signature" else "schema", str(error)) from error
        if (manifest.station, manifest.channel) != (self._station, channel):
            raise ContentNotShown("wrong_target", f"it is for {manifest.station}/{manifest.channel}", manifest.rev)
        shown = self._manifests.get(channel)
        if shown is not None and manifest.rev < shown.rev:
            raise ContentNotShown("old_rev", f"revision {manifest.rev} after {shown.rev}", manifest.rev)
        return manifest

    def _picture(self, channel: str) -> str | None:
        shown = self.shown(channel)
        return None if shown is None else shown.content_hash

    async def _wait(self) -> None:
        """Wait until the next boundary of validity, or a manifest with one before it."""
        left_s = min(MAX_WAIT_S, max(0.001, (self._looks_at - self._clock.now()).total_seconds()))
        async with aclosing(self._clock.ticks(left_s)) as ticker:
            await anext(ticker)
            timer = asyncio.ensure_future(anext(ticker))
            waiter = asyncio.ensure_future(self._rescheduled.wait())
            try:
                await asyncio.wait((timer, waiter), return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (timer, waiter):
                    task.cancel()
                await asyncio.gather(timer, waiter, return_exceptions=True)

    def _next_boundary(self) -> datetime:
        now = self._clock.now()
        ahead = (moment for manifest in self._manifests.values() for moment in _boundaries(manifest))
        return min((moment for moment in ahead if moment > now), default=_NEVER)


def _boundaries(manifest: Manifest) -> Iterable[datetime]:
    yield manifest.valid_from
    yield manifest.valid_to
    yield from (item.valid_to for item in manifest.items if item.valid_to is not None)


def _applied(recorder: Recorder, channel: str, manifest: Manifest) -> str:
    """Return the event that says that a manifest is shown and kept."""
    missing = sum(1 for item in manifest.items if item.url is not None)
    data = {"channel": channel, "rev": manifest.rev, "items": len(manifest.items), "missing": missing}
    return recorder.author.text(AGENT, "agent", "content.applied", data, "ops")
