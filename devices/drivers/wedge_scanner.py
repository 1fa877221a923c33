"""Code scanner in keyboard mode: a Linux input device that types a payload and Enter. It cannot be asked anything."""

from typing import ClassVar

from devices.driver import Driver, Host
from devices.scanning import ScanCounter
from protocols.frames.evdev import Decoder
from protocols.venue.vocabulary import Kind


class WedgeScannerDriver(Driver):
    """Hands over payloads. That it is unplugged shows at its device file, that its window is dirty nowhere."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({"kiosk"})
    #: `kiosk`: the slot whose page shows what was scanned.
    address_options = frozenset({"kiosk"})

    async def run(self, host: Host) -> None:
        """Serve until the device file is gone."""
        decoder = Decoder()
        counter = ScanCounter(host, self.transport.options.get("kiosk", ""))
        counter.show()
        while True:
            data = await self.transport.read()
            if counter.paused():
                decoder.reset()
            for found in decoder.feed(data):
                await counter.take(found)
