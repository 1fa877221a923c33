"""A source of pictures that OpenCV opens itself: a UVC camera of this machine, an MJPEG stream, a film."""

import asyncio
import os
from pathlib import Path
from typing import Final

from devices.errors import ConfigurationError
from devices.transport import OPEN_TIMEOUT_S, Address
from devices.transports.page import PageTransport

MAX_INDEX: Final = 63


class VideoTransport(PageTransport):
    """Opening only looks whether the source is there; `source` is what OpenCV is given. It carries no bytes of ours."""

    def __init__(self, address: Address, source: str) -> None:
        super().__init__(address.text, address.options)
        self.source = source
        self._host, self._port = address.host, address.port
        if not address.host:
            self.cause = "usb"

    async def open(self) -> None:
        """Look whether the source is there."""
        if not self._host:
            self.look()
            return
        try:
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                _, writer = await asyncio.open_connection(self._host, self._port)
        except OSError as error:  # a TimeoutError is one
            raise self.lost(f"cannot connect: {error or 'no answer'}") from error
        writer.close()

    def look(self) -> None:
        """Raise DeviceLost when a camera of this machine was pulled out; of a network camera only its pictures tell."""
        if not self._host and not os.access(Path(self.source), os.R_OK):
            raise self.lost("the camera is not there")


def video_of(address: Address) -> VideoTransport:
    """Return the transport of `video:/dev/video0`, `video:0` (the same), `mjpeg://host:port/path`, `file:/film.mp4`."""
    if address.scheme == "mjpeg" and address.host:
        return VideoTransport(address, address.text.partition("?")[0].replace("mjpeg:", "http:", 1))
    if address.scheme == "file" and not address.host and address.path.startswith("/"):
        return VideoTransport(address, address.path)
    if address.scheme == "video" and not address.host:
        if address.path.isdecimal() and int(address.path) <= MAX_INDEX:
            return VideoTransport(address, f"/dev/video{int(address.path)}")
        if address.path.startswith("/"):
            return VideoTransport(address, address.path)
    raise ConfigurationError(
        f"address {address.text!r}: write video:/dev/video0, video:0 or mjpeg://10.0.0.7:8080/video"
    )
