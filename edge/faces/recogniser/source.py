"""Frames of a camera, in a thread of its own: the newest waits, the others are dropped; a lost camera comes back."""

import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from devices.transport import without_account
from protocols.venue.vocabulary import Fault

if TYPE_CHECKING:
    from provisioning.facepack.models import Picture

#: Opening a stream, and each frame: a camera that has a picture has it within this.
OPEN_TIMEOUT_S: Final = 5.0
READ_TIMEOUT_S: Final = 3.0
#: Between two tries to open, doubled each time.
FIRST_PAUSE_S: Final = 1.0
LAST_PAUSE_S: Final = 30.0
#: A picture with more points than 4K is refused: no kiosk needs it.
MAX_PIXELS: Final = 3840 * 2160
#: Of a file that states none, or nonsense.
USUAL_FPS: Final = 25.0
MAX_FPS: Final = 60.0
FILE: Final = "file:"
#: Behind a file's path: it is shown once, not again and again.
ONCE: Final = "?once"
#: TCP, so that a frame is whole or missing.
_FFMPEG: Final = "rtsp_transport;tcp"


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture, BGR; `number` counts what the camera gave, `at` is when it came, in monotonic seconds."""

    number: int
    at: float
    picture: "Picture"


@dataclass(frozen=True, slots=True)
class Loss:
    """Why there are no pictures, for a technician; `text` holds no password."""

    fault: Fault
    text: str


class Capture(Protocol):
    """What is used of `cv2.VideoCapture`."""

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        """Return whether it can be read."""

    def read(self) -> tuple[bool, Any]:
        """Return (whether there is a frame, the frame)."""

    def get(self, prop: int, /) -> float:
        """Return a property."""

    def release(self) -> None:
        """Let go."""


class Source:
    """One camera: `file:/film.mp4` (as fast as it was taken, again and again), `rtsp://…`, `/dev/video0`."""

    def __init__(
        self, address: str, opened: "Callable[[str], Capture] | None" = None, first_pause_s: float = FIRST_PAUSE_S
    ) -> None:
        self.address = address
        self._opened = opened or open_capture
        self._first_pause_s = first_pause_s
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._loss: Loss | None = None
        self._frames = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)

    @property
    def loss(self) -> Loss | None:
        """Why there are no pictures now; None while they come, and before the first try is over."""
        with self._changed:
            return self._loss

    @property
    def frames(self) -> int:
        """How many pictures came so far."""
        with self._changed:
            return self._frames

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self, timeout_s: float = READ_TIMEOUT_S) -> bool:
        """End; False when OpenCV holds the thread longer than the bound."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def newest(self, after: int, timeout_s: float) -> Frame | None:
        """Return the newest frame whose number is above `after`, waiting for it; None: there is none in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._frame is not None and self._frame.number > after, timeout_s)
            return self._frame if self._frame is not None and self._frame.number > after else None

    def _run(self) -> None:
        pause_s = self._first_pause_s
        while not self._ended.is_set():
            before = self.frames
            loss = self._watch()
            if loss is not None:
                self._tell(loss)
                pause_s = self._first_pause_s if self.frames > before else min(2 * pause_s, LAST_PAUSE_S)
                self._ended.wait(pause_s)
            elif self._played_once():
                self._tell(Loss("closed", "the film is over"))
                return

    def _played_once(self) -> bool:
        return is_film(self.address) and self.address.endswith(ONCE)

    def _watch(self) -> Loss | None:
        """Show frames until they end; returns why they did, None for a film that is over. Closes what it opened."""
        before = missing(self.address)
        if before is not None:
            return before
        capture = self._opened(self.address)
        try:
            if not capture.isOpened():
                return not_opened(self.address)
            start, count = time.monotonic(), 0
            pace_s = 1 / _fps(capture) if is_film(self.address) else 0.0
            while not self._ended.is_set():
                there, picture = capture.read()
                if not there or picture is None:
                    return None if is_film(self.address) and count else self._lost(count)
                if picture.shape[0] * picture.shape[1] > MAX_PIXELS:
                    return Loss("settings", f"a picture of {picture.shape[1]} x {picture.shape[0]} is too large")
                count += 1
                if pace_s:
                    self._ended.wait(max(0.0, start + count * pace_s - time.monotonic()))
                self._put(picture)
        finally:
            capture.release()
        return None

    def _lost(self, count: int) -> Loss:
        shown = without_account(self.address)
        if not count:
            return Loss("no_answer", f"{shown} opens and gives no picture")
        return missing(self.address) or Loss("closed", f"{shown} gave {count} pictures and then no more")

    def _put(self, picture: "Picture") -> None:
        with self._changed:
            self._frames += 1
            self._frame = Frame(self._frames, time.monotonic(), picture)
            self._loss = None
            self._changed.notify_all()

    def _tell(self, loss: Loss) -> None:
        with self._changed:
            self._loss = loss
            self._frame = None  # what was seen before is not what is there


def is_film(address: str) -> bool:
    """Return whether nobody stands before a camera: a film does the same every time."""
    return address.startswith(FILE)


def path_of(address: str) -> Path | None:
    """Return the file or device behind an address, None for a stream."""
    if address.startswith(FILE):
        return Path(address.removeprefix(FILE).removesuffix(ONCE))
    return Path(address) if address.startswith("/dev/") else None


def missing(address: str) -> Loss | None:
    """Return why an address cannot be opened, as far as the file system knows."""
    path = path_of(address)
    if path is None:
        if address.startswith("rtsp://"):
            return None
        return Loss("settings", f"{without_account(address)!r} is none of file:/film.mp4, rtsp://…, /dev/video0")
    if not path.exists():
        return Loss("settings" if address.startswith(FILE) else "unplugged", f"there is no {path}")
    if not os.access(path, os.R_OK):
        return Loss("no_access", f"{path} may not be read by this user")
    return None


def not_opened(address: str) -> Loss:
    """Return what it means that OpenCV could not open something that is there."""
    path = path_of(address)
    if path is None:
        return Loss("no_answer", f"{without_account(address)} gives no picture within {OPEN_TIMEOUT_S:g} s")
    if address.startswith(FILE):
        return Loss("settings", f"{path} is no film that OpenCV can read")
    return Loss("busy", f"{path} cannot be opened: another program may use it, or it is no camera")


def open_capture(address: str) -> Capture:
    """Open a camera by OpenCV, bounded in time; whether that went well is said by `isOpened`."""
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", str(round(READ_TIMEOUT_S)))
    if address.startswith("rtsp:"):
        os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = _FFMPEG
    import cv2  # noqa: PLC0415 - its options are read when it is loaded

    capture = cv2.VideoCapture()
    path = path_of(address)
    bounds: Sequence[int] = (
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, round(OPEN_TIMEOUT_S * 1000),
        cv2.CAP_PROP_READ_TIMEOUT_MSEC, round(READ_TIMEOUT_S * 1000), cv2.CAP_PROP_N_THREADS, 1,
    )  # fmt: skip
    with suppress(cv2.error):
        if address.startswith("/dev/"):
            capture.open(address, cv2.CAP_V4L2)
        else:
            capture.open(str(path) if path else address, cv2.CAP_FFMPEG, bounds)
    return capture


def _fps(capture: Capture) -> float:
    told = capture.get(5)  # cv2.CAP_PROP_FPS
    return told if 0 < told <= MAX_FPS else USUAL_FPS
