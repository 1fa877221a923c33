"""Simulated cameras: an MJPEG stream over HTTP of a page that lies under it, or of a wall with its mark."""

import asyncio
import io
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Final

from devices.driver import Json
from devices.errors import DeviceLost
from devices.simulators.device import Field, Simulator, State
from devices.transport import Transport
from devices.watermark import Watermark

FRAME_S: Final = 0.05
_SIZE: Final = (1280, 960)
_BOUNDARY: Final = b"frame"
_HEAD: Final = (
    b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary="
    + _BOUNDARY
    + b"\r\nConnection: close\r\n\r\n"
)
#: A request of a client that only wants pictures.
_MAX_REQUEST_BYTES: Final = 8_192


class PageCamera(Simulator):
    """Shows what `picture` says."""

    scheme = "mjpeg"
    fields = {"picture_of": Field(str, ("page", "blurred", "black"))}  # noqa: RUF012 - constant

    def __init__(self, start: Json | None = None) -> None:
        super().__init__({"picture_of": "page", **(start or {})})

    async def changed(self, before: State, given: Json) -> None:
        """Do nothing: the next frame shows it."""

    def jpeg(self) -> bytes:
        """Return the picture of now."""
        return jpeg_of(str(self.state["picture_of"]))

    async def talk(self, transport: Transport) -> None:
        """Send frames until whoever looks has gone."""
        request = b""
        try:
            while b"\r\n\r\n" not in request and len(request) < _MAX_REQUEST_BYTES:
                request += await transport.read()
            await self.answering()
            await transport.write(_HEAD)
            while True:
                await self.answering()
                jpeg = self.jpeg()
                head = b"--" + _BOUNDARY + b"\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(jpeg)
                for at in range(0, len(head + jpeg), 65_536):
                    await transport.write((head + jpeg)[at : at + 65_536])
                await transport.write(b"\r\n")
                await asyncio.sleep(FRAME_S)
        except DeviceLost:
            return


class WallCamera(PageCamera):
    """Looks at a wall: the page with the mark of `content`, another picture, or blackness."""

    fields = {  # noqa: RUF012 - constant
        "picture_of": Field(str, ("wall", "page", "black")),
        "content": Field(str),
    }

    def __init__(self, start: Json | None = None) -> None:
        super().__init__({"picture_of": "wall", "content": "", **(start or {})})

    def jpeg(self) -> bytes:
        """Return the picture of now."""
        if self.state["picture_of"] != "wall":
            return super().jpeg()
        return wall_jpeg(Watermark.of(str(self.state["content"]), datetime.now(UTC)).text)


@lru_cache(maxsize=8)
def wall_jpeg(text: str) -> bytes:
    """Return a blue wall with the mark `text` in its corner."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 - only where a camera is simulated

    mark = Watermark.parse(text)
    rows = mark.modules() if mark else []
    picture = Image.new("RGB", _SIZE, (31, 95, 191))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((1000, 40, 1000 + 8 * (len(rows) + 8), 40 + 8 * (len(rows) + 8)), fill="white")
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark == "1":
                draw.rectangle((1032 + 8 * x, 72 + 8 * y, 1039 + 8 * x, 79 + 8 * y), fill="black")
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=85)
    return kept.getvalue()


@cache
def jpeg_of(what: str) -> bytes:
    """Return a page of lines and boxes, sharp or not, or blackness."""
    from PIL import Image, ImageDraw, ImageFilter  # noqa: PLC0415 - only where a camera is simulated

    picture = Image.new("L", _SIZE, 235 if what != "black" else 0)
    if what != "black":
        draw = ImageDraw.Draw(picture)
        for row in range(60, _SIZE[1] - 60, 36):
            for column in range(80, _SIZE[0] - 120, 24):
                if (row * 31 + column * 17) % 5:
                    draw.rectangle((column, row, column + 9, row + 15), fill=20)
    if what == "blurred":
        picture = picture.filter(ImageFilter.GaussianBlur(14))
    kept = io.BytesIO()
    picture.convert("RGB").save(kept, "JPEG", quality=85)
    return kept.getvalue()
