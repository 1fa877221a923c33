"""A camera's video over one RTSP connection (packets between the answers, so that none is lost): its key frames."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from devices.errors import ConfigurationError, DeviceLost
from devices.transport import MAX_WRITE_BYTES, Transport
from devices.transports.tcp import TcpTransport
from protocols.errors import ParsingError
from protocols.frames import rtsp
from protocols.frames.rtp import KeyFrames
from protocols.frames.sdp import Codec, video_of

#: A camera answers at once; some take a second to start their encoder.
ANSWER_TIMEOUT_S: Final = 4.0
#: Cameras send 5 to 25 pictures a second: after this long without a byte there is no stream.
SILENCE_S: Final = 3.0
#: A session ends after 60 s without a word of ours (RFC 2326 §12.37).
KEEP_ALIVE_S: Final = 20.0
#: Packets that are not RTP of the video, before the camera is given up.
MAX_NONSENSE: Final = 100
_VIDEO_CHANNEL: Final = 0
_INTERLEAVED: Final = ("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1")


class RtspStream:
    """One session that plays; `key` waits for the next key frame. Nothing of the pictures in between is kept."""

    def __init__(self, line: TcpTransport, url: str, who: rtsp.Credentials) -> None:
        self._line, self._url, self._who = line, url, who
        self._parser = rtsp.StreamParser()
        self._number = 0
        self._session = ""
        self._challenges: list[str] = []
        self._waiting: list[asyncio.Future[bytes]] = []
        self._nonsense = 0
        self.codec: Codec = "h264"
        self.video = KeyFrames("h264")
        self.bytes_total = 0

    async def play(self) -> None:
        """Ask for the video until packets may come; DeviceLost, or a ConfigurationError that says what is refused."""
        told = await self._asked("DESCRIBE", self._url)
        base = told.header("content-base") or self._url
        try:
            track = video_of(told.body, base)
        except ParsingError as error:
            raise self._line.lost(str(error), "protocol") from error
        self.codec = track.codec
        self.video = KeyFrames(track.codec, track.sets)
        self.video.wanted = False
        setup = await self._asked("SETUP", track.url, _INTERLEAVED)
        self._session = setup.header("session").partition(";")[0]
        await self._asked("PLAY", base, ("Range", "npt=0.000-"))

    async def key(self, timeout_s: float) -> bytes:
        """Return the next key frame as a byte stream; DeviceLost when none begins and ends in time."""
        waiting: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        self.video.wanted = True
        try:
            async with asyncio.timeout(timeout_s):
                return await waiting
        except TimeoutError as error:
            raise self._line.lost(f"no key frame within {timeout_s:g} s; set a shorter I-frame interval") from error
        finally:
            self._waiting = [one for one in self._waiting if one is not waiting]

    async def pump(self) -> None:
        """Read until the stream is lost."""
        loop = asyncio.get_running_loop()
        alive_s = loop.time()
        while True:
            for one in await self._read(SILENCE_S):
                if isinstance(one, rtsp.Packet) and one.channel == _VIDEO_CHANNEL:
                    self._take(one.data)
            if loop.time() - alive_s > KEEP_ALIVE_S:
                alive_s = loop.time()
                await self._send(self._question("GET_PARAMETER", self._url))

    async def _read(self, timeout_s: float) -> list[rtsp.Answer | rtsp.Packet]:
        data = await self._line.read(MAX_WRITE_BYTES, timeout_s=timeout_s)
        self.bytes_total += len(data)
        try:
            return self._parser.feed(data)
        except ParsingError as error:
            raise self._line.lost(f"no camera answers there: {error}", "protocol") from error

    def _take(self, packet: bytes) -> None:
        try:
            key = self.video.feed(packet)
        except ParsingError as error:
            self._nonsense += 1
            if self._nonsense > MAX_NONSENSE:
                raise self._line.lost(str(error), "protocol") from error
            return
        if key is not None:
            self.video.wanted = False
            for waiting in self._waiting:
                if not waiting.done():
                    waiting.set_result(key)

    def _question(self, method: rtsp.Method, url: str, *more: tuple[str, str]) -> rtsp.Question:
        self._number += 1
        headers = (*more, ("Session", self._session)) if self._session else more
        asked = rtsp.Question(method, url, self._number, "", headers)
        told = rtsp.authorization(self._challenges, asked, self._who, secrets.token_hex(8))
        return rtsp.Question(method, url, self._number, told, headers)

    async def _send(self, asked: rtsp.Question) -> None:
        await self._line.write(asked.to_bytes())

    async def _asked(self, method: rtsp.Method, url: str, *more: tuple[str, str]) -> rtsp.Answer:
        """Return the good answer to a request, after the challenge if there is one."""
        answer = await self._answer(self._question(method, url, *more))
        if answer.status == rtsp.UNAUTHORIZED and self._who.user:
            self._challenges = answer.challenges()
            answer = await self._answer(self._question(method, url, *more))
        if answer.status != rtsp.OK:
            raise refusal(self._line, answer.status) or self._line.lost(f"it answers {method} with {answer.status}")
        return answer

    async def _answer(self, asked: rtsp.Question) -> rtsp.Answer:
        await self._send(asked)
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                while True:
                    for one in await self._read(ANSWER_TIMEOUT_S):
                        if isinstance(one, rtsp.Answer):
                            return one
        except TimeoutError as error:
            raise self._line.lost(f"no answer to {asked.method} within {ANSWER_TIMEOUT_S:g} s") from error

    async def close(self) -> None:
        """Say good-bye as far as the camera still listens: many serve few sessions at a time."""
        with suppress(DeviceLost):
            await self._send(self._question("TEARDOWN", self._url))


def refusal(camera: Transport, status: int) -> ConfigurationError | None:
    """Return what a technician must change for a camera that answers with this status; None: nothing."""
    if status in {rtsp.UNAUTHORIZED, rtsp.FORBIDDEN}:
        return ConfigurationError(f"{camera.address}: the camera refuses the user or the password ({status})")
    if status == rtsp.NOT_FOUND:
        return ConfigurationError(f"{camera.address}: the camera has no such stream (404)")
    return None


@asynccontextmanager
async def playing(line: TcpTransport, url: str, who: rtsp.Credentials) -> AsyncIterator[RtspStream]:
    """Yield a session that plays over an unopened line."""
    async with line:
        stream = RtspStream(line, url, who)
        await stream.play()
        try:
            yield stream
        finally:
            await stream.close()
