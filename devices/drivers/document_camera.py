"""Document camera (高拍仪): a UVC camera or an MJPEG stream, opened by OpenCV. Pictures stay on this machine."""

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

from devices.documents import DocumentStore
from devices.driver import Driver, Host, Json, SlotConfig
from devices.errors import ConfigurationError, DeviceRefused
from devices.jpeg import jpeg_within
from devices.transport import Transport
from devices.transports.video import VideoTransport
from protocols.venue.vocabulary import Kind

try:
    import cv2
except ImportError as missing:
    raise ConfigurationError("a document camera needs OpenCV: install yizhan[camera]") from missing

#: A UVC camera opens in about a second; what takes longer hangs.
OPEN_TIMEOUT_MS: Final = 2_000
#: Frames thrown away while exposure and focus settle, and frames of which the sharpest is taken.
SETTLE_FRAMES: Final = 5
CANDIDATES: Final = 3
#: 高拍仪 have 5 to 16 megapixels; more than 4,000 on a side adds bytes and no letters.
MAX_SIDE: Final = 4_000
MAX_JPEG_BYTES: Final = 4 * 1024 * 1024
#: Sharpness is judged at this width, so that it does not depend on the camera.
_JUDGED_WIDTH: Final = 1_000
#: Mean brightness, 0-255, below which the lens is covered or the hall dark.
MIN_BRIGHTNESS: Final = 10.0
DEFAULT_MIN_SHARPNESS: Final = 60.0
DEFAULT_POLL_S: Final = 10.0
DEFAULT_KEEP_HOURS: Final = 24
_HOUR_S: Final = 3_600

Worth = Literal["ok", "blurred", "black"]


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture with what it is worth."""

    image: Any
    sharpness: float
    brightness: float

    def worth(self, min_sharpness: float) -> Worth:
        """Return whether letters can be read on it."""
        if self.brightness < MIN_BRIGHTNESS:
            return "black"
        return "ok" if self.sharpness >= min_sharpness else "blurred"


class DocumentCameraDriver(Driver):
    """Looks whether the camera is there; `capture` takes a picture, `discard` removes one before its time.

    The camera is open only while a picture is taken: at the start, for `capture`, and, of a network camera, every
    `poll_s` (profile option).
    """

    kinds: ClassVar[frozenset[Kind]] = frozenset({"kiosk"})

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        if not isinstance(transport, VideoTransport):
            raise ConfigurationError(f"address {transport.address!r} gives no pictures; write video:/dev/video0")
        self._source = transport
        self._min_sharpness = _number(config.options.get("min_sharpness"), DEFAULT_MIN_SHARPNESS)
        self._poll_s = _number(config.options.get("poll_s"), DEFAULT_POLL_S)
        self._keep_s = float(DEFAULT_KEEP_HOURS * _HOUR_S)
        self._using = asyncio.Lock()

    async def run(self, host: Host) -> None:
        """Serve until the camera is lost."""
        store = _store(host)
        seen: Frame | None = None
        async for _ in host.ticks(self._poll_s):
            self._source.look()
            async with self._using:
                if seen is None or self._source.cause == "network":
                    seen = await self._take(1)
                kept = await asyncio.to_thread(store.sweep, self._keep_s)
            height, width = seen.image.shape[:2]
            host.live(picture=seen.worth(self._min_sharpness), width=width, height=height, kept=kept)

    async def configure(self, settings: Json) -> None:
        """Take `keep_hours`."""
        self._keep_s = _number(settings.get("keep_hours"), DEFAULT_KEEP_HOURS) * _HOUR_S
        await super().configure({name: value for name, value in settings.items() if name != "keep_hours"})

    async def command(self, name: str, args: Json, host: Host) -> Json:
        """Run `capture` or `discard` {`sha256`}."""
        store = _store(host)
        if name == "discard":
            return {"discarded": await asyncio.to_thread(store.discard, str(args["sha256"]))}
        if name != "capture":
            return await super().command(name, args, host)
        async with self._using:
            data = await self._capture(store)
        await host.event("document.captured", data)
        return data

    async def _capture(self, store: DocumentStore) -> Json:
        """Take a picture that can be read, keep it, and return what may be told of it."""
        frame = await self._take(SETTLE_FRAMES + CANDIDATES)
        worth = frame.worth(self._min_sharpness)
        if worth != "ok":
            raise DeviceRefused(f"the picture is {worth}: sharpness {frame.sharpness:.0f} of {self._min_sharpness:.0f}")
        picture, width, height = await asyncio.to_thread(_jpeg, frame.image)
        sha256 = await asyncio.to_thread(store.keep, picture)
        await asyncio.to_thread(store.sweep, self._keep_s)
        return {
            "sha256": sha256, "bytes": len(picture), "width": width, "height": height,
            "sharpness": round(frame.sharpness), "keep_s": int(self._keep_s),
        }  # fmt: skip

    async def _take(self, frames: int) -> Frame:
        """Return the sharpest of the last CANDIDATES of so many frames; DeviceLost when none comes."""
        found = await asyncio.to_thread(_frames, self._source.source, frames)
        if not found:
            raise self.transport.lost(f"no picture within {OPEN_TIMEOUT_MS / 1000:g} s")
        return max(found, key=lambda frame: frame.sharpness)


def _store(host: Host) -> DocumentStore:
    return DocumentStore(host.state_dir / "documents")


def _frames(source: str, count: int) -> list[Frame]:
    """Return the last CANDIDATES of `count` frames, judged; fewer when the source ends. Blocks; closes the source."""
    images: deque[Any] = deque(maxlen=CANDIDATES)
    taken = 0
    capture = cv2.VideoCapture()
    try:
        # V4L2 has its own limits of time; FFmpeg is told ours.
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, OPEN_TIMEOUT_MS]
        with suppress(cv2.error):
            if source.startswith("/dev/"):
                capture.open(source, cv2.CAP_V4L2)
            else:
                capture.open(source, cv2.CAP_FFMPEG, limits)
        while capture.isOpened() and taken < count:
            good, image = capture.read()
            if not good:
                break
            images.append(image)
            taken += 1
    finally:
        capture.release()
    return [_judged(image) for image in images]


def _judged(image: Any) -> Frame:
    """Return a picture with its sharpness: the variance of its Laplacian (Pech-Pacheco et al., 2000)."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    height, width = grey.shape
    if width > _JUDGED_WIDTH:
        size = (_JUDGED_WIDTH, round(height * _JUDGED_WIDTH / width))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return Frame(image, float(cv2.Laplacian(grey, cv2.CV_64F).var()), float(grey.mean()))


def _jpeg(image: Any) -> tuple[bytes, int, int]:
    """Return a picture as JPEG within both bounds, with its width and height."""
    found = jpeg_within(image, MAX_SIDE, MAX_JPEG_BYTES)
    if found is None:
        raise DeviceRefused(f"the picture is larger than {MAX_JPEG_BYTES} bytes")
    return found


def _number(value: object, usual: float) -> float:
    return float(value) if isinstance(value, int | float) else usual
