"""The device's end of a pseudo terminal, so that a simulated serial device can be plugged into a driver."""

import os
import tty
from contextlib import suppress

from devices.transport import OPEN_TIMEOUT_S
from devices.transports.descriptor import DescriptorTransport


class PtyTransport(DescriptorTransport):
    """Opens a new pseudo terminal; `port` is the path for the driver."""

    cause = "usb"
    port = ""

    def __init__(self) -> None:
        super().__init__("pty:")
        self._line: int | None = None

    async def open(self) -> None:
        """Make the pair; our hold on the driver's side keeps the line alive while no driver has it open."""
        self.fd, self._line = os.openpty()
        tty.setraw(self._line)
        os.set_blocking(self.fd, False)
        self.port = os.ttyname(self._line)

    async def close(self) -> None:
        """Unplug."""
        fds, self.fd, self._line = (self.fd, self._line), None, None
        for fd in fds:
            if fd is not None:
                os.close(fd)

    async def write(self, data: bytes, *, timeout_s: float = OPEN_TIMEOUT_S) -> None:  # noqa: ARG002
        """Send, losing what nobody reads, as a UART without flow control does."""
        with suppress(BlockingIOError):
            os.write(self._open_fd(), data)
