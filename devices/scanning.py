"""What the drivers of code scanners share: payloads are counted and handed to the kiosk's page."""

import asyncio
from typing import Final

from devices.driver import Host
from protocols.rules.presented import BadScan, Scan

#: A scanner sends a payload in one go; what stopped for longer in the middle of one will not go on.
QUIET_S: Final = 0.5


class ScanCounter:
    """Live values of one scanner: how many codes it read, never what stood in them."""

    def __init__(self, host: Host, page: str) -> None:
        self._host = host
        self._page = page
        self._good = self._bad = 0
        self._last = ""
        self._heard_s = asyncio.get_running_loop().time()

    def paused(self) -> bool:
        """Return whether nothing had come for QUIET_S when this is called for what has come now."""
        now_s = asyncio.get_running_loop().time()
        paused, self._heard_s = now_s - self._heard_s > QUIET_S, now_s
        return paused

    async def take(self, scan: Scan | BadScan) -> None:
        """Hand one payload over."""
        if isinstance(scan, Scan):
            self._good, self._last = self._good + 1, "good"
        else:
            self._bad, self._last = self._bad + 1, scan.reason
        await self._host.present(scan, self._page)
        self.show()

    def show(self) -> None:
        """Show the counts."""
        self._host.live(good_total=self._good, bad_total=self._bad, last=self._last)
