"""The kernel's USB printer device: a file that is written to and, if the printer answers, read from."""

import os
from typing import Final

from devices.errors import ConfigurationError
from devices.transport import Address
from devices.transports.descriptor import DescriptorTransport

_FLAGS: Final = os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class LinePrinterTransport(DescriptorTransport):
    """Opens `/dev/usb/lp0`; the kernel lets one process have it at a time."""

    cause = "usb"

    def __init__(self, address: Address) -> None:
        super().__init__(address.text, address.options)
        self._path = address.path

    async def open(self) -> None:
        """Open the file."""
        try:
            self.fd = os.open(self._path, _FLAGS)
        except OSError as error:
            raise self.lost(f"cannot open: {error}") from error

    async def close(self) -> None:
        """Close the file."""
        fd, self.fd = self.fd, None
        if fd is not None:
            os.close(fd)


def line_printer_of(address: Address) -> LinePrinterTransport:
    """Return the transport of `lp:/dev/usb/lp0`."""
    if not address.path.startswith("/"):
        raise ConfigurationError(f"address {address.text!r}: write lp:/dev/usb/lp0")
    return LinePrinterTransport(address)
