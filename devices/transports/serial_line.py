"""A serial port: pyserial sets the line up, the event loop watches its descriptor."""

from dataclasses import replace
from typing import Final

import serial

from devices.errors import ConfigurationError
from devices.transport import Address
from devices.transports.descriptor import DescriptorTransport

#: Baud rates from the slowest meter to the fastest UART bridge.
MIN_BAUD: Final = 300
MAX_BAUD: Final = 4_000_000
_PARITIES: Final = frozenset(("N", "E", "O"))
_STOP_BITS: Final = frozenset(("1", "2"))


class SerialTransport(DescriptorTransport):
    """A local serial device; its loss is a USB loss (adapters are what gets unplugged)."""

    cause = "usb"

    def __init__(self, address: Address, *, baud: int, parity: str = "N", stop_bits: int = 1) -> None:
        super().__init__(address.text, address.options)
        self._path, self._baud, self._parity, self._stop_bits = address.path, baud, parity, stop_bits
        self._port: serial.Serial | None = None

    async def open(self) -> None:
        """Open the port for this process alone; old input is thrown away."""
        try:
            self._port = serial.Serial(
                self._path, self._baud, parity=self._parity, stopbits=self._stop_bits, timeout=0, exclusive=True
            )
        except (OSError, ValueError) as error:  # SerialException is an OSError
            raise self.lost(f"cannot open: {error}") from error
        self.fd = int(self._port.fileno())

    async def close(self) -> None:
        """Close the port."""
        port, self._port, self.fd = self._port, None, None
        if port is not None:
            port.close()


def serial_of(address: Address) -> SerialTransport:
    """Return the transport of `serial:/dev/…?baud=…[&parity=N|E|O][&stop=1|2]`; other options go to the driver."""
    options = dict(address.options)
    baud, parity, stop = options.pop("baud", ""), options.pop("parity", "N"), options.pop("stop", "1")
    if not (
        address.path.startswith("/")
        and baud.isdecimal()
        and MIN_BAUD <= int(baud) <= MAX_BAUD
        and parity in _PARITIES
        and stop in _STOP_BITS
    ):
        raise ConfigurationError(
            f"address {address.text!r}: write serial:/dev/ttyUSB0?baud=256000, optionally &parity=N|E|O&stop=1|2"
        )
    return SerialTransport(replace(address, options=options), baud=int(baud), parity=parity, stop_bits=int(stop))
