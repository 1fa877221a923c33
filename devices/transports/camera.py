"""A camera's picture over RTSP or HTTP, one glance at a time, through OpenCV; and why there is none.

A glance opens the stream, takes a few frames and closes it: nothing is held between two glances, and a camera that was
restarted is simply looked at again. OpenCV waits in threads of its own and says of a failure only that it failed, so
the camera is then asked over plain RTSP or HTTP.
"""

import asyncio
import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit, urlunsplit

from devices.errors import ConfigurationError, DeviceLost
from devices.transport import MAX_READ_BYTES, OPEN_TIMEOUT_S, Address, Transport, without_account
from devices.transports.rtsp_stream import RtspStream, playing, refusal
from devices.transports.tcp import TcpTransport
from protocols.errors import ParsingError
from protocols.frames import rtsp

if TYPE_CHECKING:
    from cv2.typing import MatLike as Frame

#: Opening a stream, and each frame: cameras send a whole picture every one or two seconds.
OPEN_TIMEOUT_MS: Final = 3_500
READ_TIMEOUT_MS: Final = 2_500
#: A camera that gave no picture is asked why; it answers at once or not at all.
WHY_TIMEOUT_S: Final = 1.0
#: One glance takes at most this many frames and this long.
MAX_FRAMES: Final = 8
GLANCE_TIMEOUT_S: Final = 20.0
#: A frame with more pixels than 4K is refused: nobody needs it to find a mark.
MAX_PIXELS: Final = 3840 * 2160
PORTS: Final = {"rtsp": 554, "http": 80, "onvif": 80}
#: Cameras are set to a key frame each 1 to 4 s; some, to save disk, to one each 10 s.
KEY_TIMEOUT_S: Final = 12.0
#: Key frames in a row that cannot be decoded, before the stream is given up.
MAX_UNREADABLE: Final = 3
#: What OpenCV's FFmpeg is told: TCP, so that a frame is whole or missing.
_FFMPEG: Final = "rtsp_transport;tcp"


class CameraTransport(Transport):
    """The camera at one address; user and password in it are taken out of what is shown to people."""

    def __init__(self, address: Address) -> None:
        parts = urlsplit(address.text)
        super().__init__(without_account(address.text), {})
        self._url = address.text
        self._host, self._port = address.host, address.port or PORTS[address.scheme]
        self._scheme = address.scheme
        self._who = rtsp.Credentials(unquote(parts.username or ""), unquote(parts.password or ""))

    async def open(self) -> None:
        """Look whether somebody is there; each glance opens the stream anew."""
        async with self._line():
            pass

    async def close(self) -> None:
        """Do nothing: no glance leaves anything open."""

    async def read(self, limit: int = MAX_READ_BYTES, *, timeout_s: float | None = None) -> bytes:  # noqa: ARG002
        """Refuse: a camera gives pictures."""
        raise ConfigurationError(f"address {self.address!r} carries pictures, no bytes")

    async def write(self, data: bytes, *, timeout_s: float = OPEN_TIMEOUT_S) -> None:  # noqa: ARG002
        """Refuse: a camera takes nothing."""
        raise ConfigurationError(f"address {self.address!r} carries pictures, no bytes")

    async def glance(self, judge: "Callable[[Frame], bool]", frames: int = MAX_FRAMES) -> int:
        """Show up to `frames` frames to `judge`, in a thread, until it is content; returns how many it saw.

        DeviceLost when no frame came; a refused user or path is a ConfigurationError.
        """
        try:
            async with asyncio.timeout(GLANCE_TIMEOUT_S):
                seen = await asyncio.to_thread(_look, self._url, judge, min(frames, MAX_FRAMES))
        except TimeoutError as error:
            raise self.lost(f"no picture within {GLANCE_TIMEOUT_S:.0f} s") from error
        if not seen:
            raise await self._why()
        return seen

    async def _why(self) -> DeviceLost | ConfigurationError:
        """Return why no picture comes."""
        status = await self._status()
        return refusal(self, status) or self.lost(
            "the camera answers and sends no picture" if status == rtsp.OK else f"it answers {status}"
        )

    async def _status(self) -> int:
        """Return the status that the camera answers with, after the challenge if it makes one."""
        url = self._bare_url()
        first = rtsp.Question("DESCRIBE" if self._scheme == "rtsp" else "GET", url)
        answer = await self._ask(first)
        if answer.status != rtsp.UNAUTHORIZED or not self._who.user:
            return answer.status
        told = rtsp.authorization(answer.challenges(), first, self._who, secrets.token_hex(8))
        return (await self._ask(rtsp.Question(first.method, url, 2, told))).status

    def _bare_url(self) -> str:
        return urlunsplit(urlsplit(self.address)._replace(netloc=f"{self._host}:{self._port}"))

    def streaming(
        self,
        who: rtsp.Credentials | None = None,
        *,
        epoch_minute: int = 0,  # noqa: ARG002 - of those who sign with it
    ) -> AbstractAsyncContextManager[RtspStream]:
        """Return a session that plays the video as long as it is entered; `who` instead of the address's user.

        `epoch_minute` is the host's clock. DeviceLost, or a ConfigurationError for a refused user or path.
        """
        if self._scheme != "rtsp":
            raise ConfigurationError(f"address {self.address!r} carries no video; write rtsp://10.0.0.64:554/path")
        return playing(self._line(), self._bare_url(), who or self._who)

    def _line(self) -> TcpTransport:
        return TcpTransport(Address(self.address, "tcp", self._host, self._port, "", {}))

    async def _ask(self, question: rtsp.Question) -> rtsp.Answer:
        parser = rtsp.AnswerParser()
        async with self._line() as line:
            await line.write(question.to_bytes())
            try:
                while (answer := parser.feed(await line.read(timeout_s=WHY_TIMEOUT_S))) is None:
                    pass
            except ParsingError as error:
                raise self.lost(f"no camera answers there: {error}") from error
        return answer


def _look(url: str, judge: "Callable[[Frame], bool]", frames: int) -> int:
    """Return how many frames were shown to `judge`; runs in a thread and leaves nothing behind."""
    os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", _FFMPEG)
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    import cv2  # noqa: PLC0415 - large: only where a camera is looked through

    bounds: Sequence[int] = (
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_TIMEOUT_MS,
        cv2.CAP_PROP_N_THREADS, 1,
    )  # fmt: skip
    capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG, bounds)
    try:
        for number in range(frames):
            there, frame = capture.read() if capture.isOpened() else (False, None)
            if not there or frame is None or frame.shape[0] * frame.shape[1] > MAX_PIXELS:
                return number
            if judge(frame):
                return number + 1
    finally:
        capture.release()
    return frames


def camera_behind(transport: Transport) -> CameraTransport:
    """Return a slot's transport if it gives video; ConfigurationError."""
    if not isinstance(transport, CameraTransport):
        raise ConfigurationError(f"address {transport.address!r} gives no video; write rtsp://10.0.0.64:554/path")
    return transport


def camera_of(address: Address) -> CameraTransport:
    """Return the transport of `rtsp://user:password@host:port/path`, `mjpeg://…` or of a picture at `http://…`."""
    if not address.host or address.scheme not in {"rtsp", "http", "mjpeg"}:
        raise ConfigurationError("a camera's address is rtsp://user:password@10.0.0.64:554/path, mjpeg:// or http://")
    text = address.text.replace("mjpeg:", "http:", 1)
    scheme = "http" if address.scheme == "mjpeg" else address.scheme
    return CameraTransport(Address(text, scheme, address.host, address.port, address.path, {}))
