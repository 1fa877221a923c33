"""A network camera over RTSP: whether its stream comes, and whether its picture is worth having.

One session stays open; of all that comes only a key frame each `sample_s` is decoded, in the process that all cameras
share, and nothing but numbers comes back. A black, frozen, turned or unfocused camera is a slot that is stale with a
fault of that name, an event and an alarm; a stream that does not come is a loss. Pictures are kept when asked for, on
this machine alone and under their privacy masks.
"""

import asyncio
import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import ClassVar, Final

from devices.cameras.eye import Eye, EyeError, shared_eye
from devices.cameras.judge import Judge, State, Verdict
from devices.cameras.settings import masks_of, settings_of
from devices.documents import DocumentStore
from devices.driver import Driver, Fault, Host, Json, SlotConfig
from devices.errors import DeviceLost, DeviceRefused
from devices.kept import keep, read_kept
from devices.search import Search
from devices.together import together
from devices.transport import Transport
from devices.transports.camera import KEY_TIMEOUT_S, MAX_UNREADABLE, camera_behind
from devices.transports.onvif import OnvifTransport
from devices.transports.rtsp_stream import RtspStream
from protocols.errors import ParsingError
from protocols.frames import onvif
from protocols.venue.vocabulary import Kind

#: What was learned is kept after so many pictures, and when the driver ends.
KEEP_EVERY: Final = 60
_MEMORY: Final = "view.json"
_SNAPSHOTS: Final = "snapshots"
_HOUR_S: Final = 3600.0
_WORDS: Final[Mapping[State, str]] = {
    "black": "画面全黑：镜头被遮、补光或灯光故障",
    "frozen": "画面冻结：传感器不再出新画面，请重启摄像头",
    "moved": "画面与平时不同：摄像头被转动或被遮挡",
    "defocus": "画面模糊：失焦或镜头脏污",
}


class RtspCameraDriver(Driver):
    """Watches one camera; commands `snapshot`, `discard` {`sha256`} and `learn`, after it was turned on purpose."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({"camera"})

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        self._camera = camera_behind(transport)
        self._wished = dict(config.settings)
        self._settings = settings_of(self._wished)
        self._judge = Judge(self._settings.limits)
        self._seeing: asyncio.Future[tuple[RtspStream, Eye]] = asyncio.get_running_loop().create_future()
        self._state: State = "learning"
        self._unreadable = 0

    async def run(self, host: Host) -> None:
        """Watch until the stream is lost."""
        self._remember(host)
        await asyncio.to_thread(_store(host).sweep, self._settings.keep_hours * _HOUR_S)
        try:
            playing = self._camera.streaming(self._settings.who, epoch_minute=host.epoch_minute())
            async with shared_eye() as eye, playing as stream:
                self._seeing.set_result((stream, eye))
                await together(read=stream.pump(), watch=self._watch(host, stream, eye))
        except DeviceLost:
            if self._state != "learning":  # it had given pictures
                await self._tell(host, "lost")
            raise
        finally:
            self._seeing.cancel()
            self._keep(host)

    async def configure(self, settings: Json) -> None:
        """Take settings; another user or pace holds from the next session on, under other masks all is learned anew."""
        wished = {**self._wished, **settings}
        before, self._settings = self._settings, settings_of(wished)
        if self._settings.masks != before.masks:
            self._judge.forget()
        self._wished, self._judge.limits = wished, self._settings.limits

    async def command(self, name: str, args: Json, host: Host) -> Json:
        """Run one command of the profile."""
        match name:
            case "snapshot":
                return await self._snapshot(host, "command")
            case "discard":
                return {"discarded": await asyncio.to_thread(_store(host).discard, str(args["sha256"]))}
            case "about":
                return await self._about(host)
            case "learn":
                self._judge.forget()
                self._keep(host)
                return {}
        return await super().command(name, args, host)

    async def _about(self, host: Host) -> Json:
        if not isinstance(self._camera, OnvifTransport):
            return {"stream": self._camera.address}
        return await self._camera.about(self._settings.who, host.epoch_minute())

    async def _watch(self, host: Host, stream: RtspStream, eye: Eye) -> None:
        seen, since_s = 0, asyncio.get_running_loop().time()
        async for _ in host.ticks(self._settings.sample_s):
            key = await stream.key(KEY_TIMEOUT_S)
            verdict = await self._look(host, eye, stream.codec, key)
            if verdict is None:
                continue
            await self._say(host, verdict)
            passed_s = max(0.001, asyncio.get_running_loop().time() - since_s)
            video = stream.video
            host.live(
                state=verdict.state, sharp_percent=verdict.sharp_percent, like_percent=verdict.like_percent,
                pictures_per_s=round(video.pictures_total / passed_s, 1),
                kbit_per_s=round(stream.bytes_total * 8 / 1000 / passed_s), lost_packets=video.lost_total,
            )  # fmt: skip
            seen += 1
            if seen % KEEP_EVERY == 0:
                self._keep(host)
                await asyncio.to_thread(_store(host).sweep, self._settings.keep_hours * _HOUR_S)

    async def _look(self, host: Host, eye: Eye, codec: str, key: bytes) -> Verdict | None:
        try:
            seen = await eye.look(f"{self.config.station}/{self.config.slot}", codec, key, self._settings.masks)
        except EyeError as error:
            self._unreadable += 1
            if self._unreadable >= MAX_UNREADABLE:
                raise self.transport.lost(f"its pictures cannot be read: {error}", "protocol") from error
            return None
        self._unreadable = 0
        return self._judge.see(seen, dark_expected=self._settings.is_dark_time(host.minute_of_day()))

    async def _say(self, host: Host, verdict: Verdict) -> None:
        """Hand over what is wrong, once when it begins and once when it ends."""
        state = verdict.state
        text = _WORDS.get(state)
        host.fault(Fault(state, "driver", text) if text else None)
        if state in {self._state, "learning"}:
            return
        await self._tell(host, state)
        if text and self._settings.snapshot_on_fault:
            with suppress(DeviceRefused):  # that picture could not be decoded; the fault is told all the same
                await self._snapshot(host, state)

    async def _tell(self, host: Host, state: State) -> None:
        self._state = state
        self._keep(host)
        await host.event("health.changed", {"state": state})

    async def _snapshot(self, host: Host, why: str) -> Json:
        """Keep a key frame of now as a masked picture; returns what may be told of it."""
        settings = self._settings
        try:
            async with asyncio.timeout(KEY_TIMEOUT_S):
                stream, eye = await asyncio.shield(self._seeing)
            found = await eye.snapshot(stream.codec, await stream.key(KEY_TIMEOUT_S), settings.masks)
        except TimeoutError as error:
            raise self.transport.lost(f"no stream within {KEY_TIMEOUT_S:g} s") from error
        except EyeError as error:
            raise DeviceRefused(f"no picture: {error}") from error
        store = _store(host)
        sha256 = await asyncio.to_thread(store.keep, found.jpeg)
        await asyncio.to_thread(store.sweep, settings.keep_hours * _HOUR_S)
        data = {
            "sha256": sha256, "bytes": len(found.jpeg), "width": found.width, "height": found.height,
            "keep_s": int(settings.keep_hours * _HOUR_S), "masks": len(settings.masks), "why": why,
        }  # fmt: skip
        await host.event("snapshot.taken", data)
        return data

    def _remember(self, host: Host) -> None:
        kept = read_kept(host.state_dir / _MEMORY)
        try:
            self._state = kept["state"]
            if masks_of(kept["masks"]) == self._settings.masks:
                self._judge = Judge(self._settings.limits, kept["lights"])
        except (ValueError, KeyError, TypeError, AttributeError):
            return  # nothing was learned yet, or not by us

    def _keep(self, host: Host) -> None:
        known = {"state": self._state, "masks": str(self._wished.get("masks", "")), "lights": self._judge.memory()}
        keep(host.state_dir / _MEMORY, known)


def _store(host: Host) -> DocumentStore:
    return DocumentStore(host.state_dir / _SNAPSHOTS)


def _match(datagram: bytes) -> Json | None:
    """Return what an answer to the search says, `at` is host, port and path; None when it is none."""
    try:
        found = onvif.read_match(datagram)
    except ParsingError:
        return None
    if not found.urls:
        return None
    return {"at": found.urls[0].partition("://")[2], "name": found.name, "hardware": found.hardware}


#: Cameras answer a search with the address of their device service; with it they say where their video is.
SEARCH: Final = Search(
    ask=onvif.probe(str(uuid.uuid4())), port=onvif.PORT, scheme="onvif", its_port=80, read=_match, group=onvif.GROUP,
    where=lambda said: f"onvif://{said['at']}",
)  # fmt: skip
