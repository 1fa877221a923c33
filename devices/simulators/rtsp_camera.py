"""A simulated network camera: RTSP with H.264 that needs no encoder (`ipcm`), and what its picture can have."""

import asyncio
import base64
import itertools
import random
import struct
from collections.abc import AsyncIterator, Iterator
from functools import cache
from typing import Final

from devices.driver import Json
from devices.errors import DeviceLost
from devices.simulators.device import Field, Simulator, State
from devices.simulators.ipcm import idr, picture_set, sequence
from devices.transport import MAX_WRITE_BYTES, Transport

FRAME_S: Final = 0.1
WIDTH: Final = 320
HEIGHT: Final = 176
_FRAGMENT_BYTES: Final = 60_000
_MAX_REQUEST_BYTES: Final = 8_192
#: Pictures of a sensor's noise that follow each other; with nine of them none looks like a loop of the picture before.
_NOISES: Final = 9
CLOCK_HZ: Final = 90_000
_ABOUT: Final = (
    "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=camera\r\nt=0 0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\n"
    "a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1;sprop-parameter-sets={sets}\r\na=control:trackID=1\r\n"
)


class RtspCamera(Simulator):
    """Shows what `picture_of` says, every picture a key frame."""

    scheme = "rtsp"
    fields = {"picture_of": Field(str, ("hall", "black", "frozen", "defocus", "moved"))}  # noqa: RUF012 - constant

    def __init__(self, start: Json | None = None) -> None:
        super().__init__({"picture_of": "hall", **(start or {})})

    async def changed(self, before: State, given: Json) -> None:
        """Do nothing: the next frame shows it."""

    def rows(self, number: int) -> list[bytes]:
        """Return the picture of a number, in rows of grey points."""
        what = str(self.state["picture_of"])
        return rows_of(what, 0 if what == "frozen" else number % _NOISES)

    async def talk(self, transport: Transport) -> None:
        """Answer requests, and send pictures after PLAY, until whoever looks has gone."""
        playing: asyncio.Task[None] | None = None
        try:
            async for method, head in _requests(transport):
                await self.answering()
                await transport.write(_answer(method, head))
                if method == "PLAY" and playing is None:
                    playing = asyncio.create_task(self._play(transport), name="pictures")
        except DeviceLost:
            return
        finally:
            if playing is not None:
                playing.cancel()
                await asyncio.gather(playing, return_exceptions=True)

    async def _play(self, transport: Transport) -> None:
        sequences = itertools.count()
        for number in itertools.count():
            await self.answering()
            stamp = int(number * FRAME_S * CLOCK_HZ)
            for packet in packets(idr(self.rows(number), number), sequences, stamp):
                await transport.write(b"$\0" + struct.pack(">H", len(packet)) + packet)
            await asyncio.sleep(FRAME_S)


async def _requests(transport: Transport) -> AsyncIterator[tuple[str, str]]:
    """Yield (method, head in text) of each request, for ever."""
    waiting = b""
    while True:
        while b"\r\n\r\n" not in waiting:
            if len(waiting) > _MAX_REQUEST_BYTES:
                return
            waiting += await transport.read()
        head, _, waiting = waiting.partition(b"\r\n\r\n")
        text = head.decode("latin-1")
        yield text.partition(" ")[0], text


def _answer(method: str, head: str) -> bytes:
    lines = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
    more, body = "", ""
    if method == "DESCRIBE":
        units = (sequence(WIDTH, HEIGHT), picture_set())
        body = _ABOUT.format(sets=",".join(base64.b64encode(unit).decode() for unit in units))
        more = f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n"
    elif method == "SETUP":
        more = "Session: 7\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
    return f"RTSP/1.0 200 OK\r\nCSeq: {lines.get('CSeq', '0')}\r\n{more}\r\n{body}".encode()


def packets(
    unit: bytes, sequences: Iterator[int], stamp: int, size: int = _FRAGMENT_BYTES, *, ends: bool = True
) -> Iterator[bytes]:
    """Yield the packets of a unit, in fragments if it is longer than `size` (RFC 6184 §5.8).

    The last has the marker if the picture `ends` with it.
    """
    pieces = [unit[at : at + size] for at in range(1, len(unit), size)]
    for number, piece in enumerate(pieces):
        first, last = number == 0, number == len(pieces) - 1
        head = struct.pack(">BBHII", 0x80, 96 | (last and ends) << 7, next(sequences) % 65_536, stamp % 2**32, 7)
        told = bytes([unit[0] & 0xE0 | 28, first << 7 | last << 6 | unit[0] & 0x1F])
        yield head + (unit[:1] if first and last else told) + piece


@cache
def rows_of(what: str, noise: int) -> list[bytes]:
    """Return a hall with the noise of a sensor, or what a camera sees that is black, turned or out of focus."""
    from PIL import Image, ImageChops, ImageDraw, ImageFilter  # noqa: PLC0415 - only where a camera is simulated

    picture = Image.new("L", (WIDTH, HEIGHT), 18 if what == "black" else 120)
    draw = ImageDraw.Draw(picture)
    dice = random.Random(4 if what == "moved" else 3)  # noqa: S311 - furniture
    for _ in range(0 if what == "black" else 60):
        x, y = dice.randrange(WIDTH), dice.randrange(HEIGHT)
        draw.rectangle((x, y, x + dice.randrange(8, 50), y + dice.randrange(6, 30)), fill=dice.randrange(40, 220))
        draw.line((x, y + 3, x + 30, y + 3), fill=dice.randrange(30, 230))
    if what == "defocus":
        picture = picture.filter(ImageFilter.GaussianBlur(3))
    grain = Image.frombytes("L", (WIDTH, HEIGHT), random.Random(noise).randbytes(WIDTH * HEIGHT))  # noqa: S311 - noise
    small = grain.point([123 + value // 24 for value in range(256)])
    data = ImageChops.add(picture, small, offset=-128).tobytes()
    return [data[at : at + WIDTH] for at in range(0, len(data), WIDTH)]


assert _FRAGMENT_BYTES < MAX_WRITE_BYTES  # noqa: S101 - a packet is one write
