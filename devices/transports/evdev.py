"""A Linux input device, /dev/input/event…: its events come to us alone, so that a scan types into no page."""

import fcntl
import os
from typing import Final

from devices.errors import ConfigurationError
from devices.transport import Address
from devices.transports.descriptor import DescriptorTransport

#: _IOW('E', 0x90, int) of linux/input.h: 1 takes the device for this process.
EVIOCGRAB: Final = 0x4004_4590


class EvdevTransport(DescriptorTransport):
    """Reads packed events; `grabbed` says whether nobody else gets them. A pipe of events cannot be grabbed."""

    cause = "usb"

    def __init__(self, address: Address) -> None:
        super().__init__(address.text, address.options)
        self._path = address.path
        self.grabbed = False

    async def open(self) -> None:
        """Open and grab the device."""
        try:
            self.fd = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise self.lost(f"cannot open: {error}") from error
        try:
            fcntl.ioctl(self.fd, EVIOCGRAB, 1)
            self.grabbed = True
        except OSError:
            self.grabbed = False  # held by a desktop, or no input device

    async def close(self) -> None:
        """Close the device, which lets go of it."""
        fd, self.fd = self.fd, None
        if fd is not None:
            os.close(fd)


def evdev_of(address: Address) -> EvdevTransport:
    """Return the transport of `evdev:/dev/input/event3`; `by-id` names stay with the device."""
    if not address.path.startswith("/"):
        raise ConfigurationError(f"address {address.text!r}: write evdev:/dev/input/by-id/usb-…-event-kbd")
    return EvdevTransport(address)
