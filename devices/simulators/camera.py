"""A simulated document camera: an MJPEG stream over HTTP of a page that lies under it."""

import asyncio
import io
from functools import cache
from typing import Final

from devices.driver import Json
from devices.errors import DeviceLost
from devices.simulators.device import Field, Simulator, State
from devices.transport import Transport

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
                jpeg = jpeg_of(str(self.state["picture_of"]))
                head = b"--" + _BOUNDARY + b"\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(jpeg)
                for at in range(0, len(head + jpeg), 65_536):
                    await transport.write((head + jpeg)[at : at + 65_536])
                await transport.write(b"\r\n")
                await asyncio.sleep(FRAME_S)
        except DeviceLost:
            return


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
