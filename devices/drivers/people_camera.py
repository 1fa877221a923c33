"""People counted from the picture of a network camera: how many are in a region, who crosses a line.

One RTSP session stays open; each `detect_ms` its newest key frame is decoded in the process that all cameras share,
covered by its privacy masks, and looked through for people there. Boxes come back, no picture does, and none is kept.
As counters do, it gives `footfall` and `count.changed`. Without a detector, with one that cannot be used, or in the
dark, nobody knows how many are there: then it says nothing, and never 0.
"""

import asyncio
from typing import ClassVar, Final

from devices.cameras.counting import DARK, Counter, counting_of
from devices.cameras.eye import Eye, EyeError, NoPeople, shared_eye
from devices.driver import Driver, Fault, Host, Json, SlotConfig
from devices.kept import keep, read_kept
from devices.together import together
from devices.transport import Transport
from devices.transports.camera import KEY_TIMEOUT_S, MAX_UNREADABLE, camera_behind
from devices.transports.rtsp_stream import RtspStream
from protocols.rules.counting import Tally
from protocols.venue.vocabulary import Kind

#: As the table of signals samples footfall.
SAMPLE_S: Final = 10.0
#: The number in a region is told when it changes, and this often while it does not: after ten minutes it is old.
REPEAT_S: Final = 300.0
TALLY_FILE: Final = "counts.json"
_LINE: Final = "line"
_NO_DETECTOR: Final = "未选择人形检测模型（设置 detector），人数未知"
_UNUSABLE: Final = "人形检测模型不可用，人数未知：{}"


class PeopleCameraDriver(Driver):
    """One camera that counts."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({"occupancy"})

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        self._camera = camera_behind(transport)
        self._wished = dict(config.settings)
        self._settings = counting_of(self._wished)
        self._counter = Counter(self._settings)
        self._tally: Tally | None = None
        self._told: Json = {}
        self._told_for_s = 0.0
        self._moved = False
        self._unreadable = 0
        self._state = "learning"

    async def run(self, host: Host) -> None:
        """Count until the stream is lost."""
        kept = read_kept(host.state_dir / TALLY_FILE)
        self._tally, self._told = Tally.from_json(kept, host.now()), kept.get("told") or {}
        playing = self._camera.streaming(self._settings.who, epoch_minute=host.epoch_minute())
        async with shared_eye() as eye, playing as stream:
            watch = self._watch(host, stream, eye)
            await together(read=stream.pump(), watch=watch, sample=self._sample(host))

    async def configure(self, settings: Json) -> None:
        """Take settings; another user or pace holds from the next session on, tracks begin anew."""
        wished = {**self._wished, **settings}
        self._settings = counting_of(wished)
        self._wished, self._counter = wished, Counter(self._settings)

    async def _watch(self, host: Host, stream: RtspStream, eye: Eye) -> None:
        async for _ in host.ticks(self._settings.detect_ms / 1000):
            key = await stream.key(KEY_TIMEOUT_S)
            if not self._settings.detector:
                self._cannot(host, "no detector", _NO_DETECTOR)
                continue
            try:
                await self._look(host, eye, stream.codec, key)
                self._unreadable = 0
            except NoPeople as error:
                self._cannot(host, "no detector", _UNUSABLE.format(error))
            except EyeError as error:
                self._unreadable += 1
                if self._unreadable >= MAX_UNREADABLE:
                    raise self.transport.lost(f"its pictures cannot be read: {error}", "protocol") from error

    async def _look(self, host: Host, eye: Eye, codec: str, key: bytes) -> None:
        settings, counter = self._settings, self._counter
        found = await eye.people(codec, key, settings.masks, settings.detector)
        if found.brightness < DARK:
            self._cannot(host, "dark", None)
            return
        counter.see(found.boxes, asyncio.get_running_loop().time(), found.aspect)
        self._state = "counting"
        host.fault(None)
        if counter.crossed is not None:
            tally = self._counted(host)
            before = tally.total
            tally.running(_LINE, *counter.crossed, host.now())
            self._moved = self._moved or tally.total != before

    def _cannot(self, host: Host, state: str, text: str | None) -> None:
        """Say that how many are there is not known."""
        self._counter.blind()
        self._state = state
        host.fault(Fault("settings", "driver", text) if text else None)

    async def _sample(self, host: Host) -> None:
        async for _ in host.ticks(SAMPLE_S):
            self._told_for_s += SAMPLE_S
            people = self._counter.people
            if people is not None:
                host.sample("footfall", "people" if self._moved or people else "none")
                self._moved = False
                await self._tell(host, people)
            (entered, left) = self._counted(host).total
            host.live(state=self._state, inside=people, in_total=entered, out_total=left)

    async def _tell(self, host: Host, people: int) -> None:
        tally, by = self._counted(host), self._settings.by
        entered, left = tally.total
        inside = people if by == "region" else tally.inside
        data: Json = {"in_total": entered, "out_total": left, "inside": inside, "by": by}
        old = by == "region" and self._told_for_s >= REPEAT_S
        if data != self._told or old:
            await host.event("count.changed", data, "evidence")
            self._told, self._told_for_s = data, 0.0
            keep(host.state_dir / TALLY_FILE, {**tally.to_json(), "told": data})

    def _counted(self, host: Host) -> Tally:
        """Return the tally of today."""
        if self._tally is None:
            self._tally = Tally.from_json({}, host.now())
        self._tally.roll(host.now())
        return self._tally
