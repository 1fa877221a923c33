"""How far the agent's clock may be believed (W16a)."""

import ctypes
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final, Literal

from protocols.venue.presence import ClockState
from protocols.venue.vocabulary import ClockTrust
from provisioning.clock import Clock, SystemClock

#: The kernel's own estimate must be at most this (W16a: 500 ms).
MAX_KERNEL_ERROR_US: Final = 500_000
#: A comparison with the core is worth this long, and must show at most this offset (W16a).
ROUND_TRIP_LASTS_S: Final = 15 * 60
MAX_OFFSET_MS: Final = 2_000
#: The kernel is asked at most this often; events come by the thousand.
KERNEL_CHECK_S: Final = 10.0
#: `struct timex` is 208 bytes on 64-bit Linux; the kernel writes no more.
_TIMEX_BYTES: Final = 256
_MAXERROR_AT: Final = 24
_TIME_ERROR: Final = 5

Source = Literal["ntp", "core", "stepped", "none"]


class Timekeeper:
    """The agent's clock together with what speaks for it."""

    def __init__(self, clock: Clock, kernel: Callable[[], bool] | None = None) -> None:
        self.clock = clock
        self._ask_kernel = kernel or kernel_synchronised
        #: Events written with an untrusted clock, since the start.
        self.untrusted_total = 0
        self._started = time.monotonic()
        self._compared: tuple[float, int] | None = None
        self._kernel = (-KERNEL_CHECK_S, False)

    def now(self) -> datetime:
        """Return the current UTC time as the agent knows it."""
        return self.clock.now()

    def boot_ms(self) -> int:
        """Return monotonic milliseconds since this start."""
        return int((time.monotonic() - self._started) * 1000)

    def compared(self, core_time: datetime, *, round_trip_s: float) -> None:
        """Take the core's time out of an answer to something that we sent `round_trip_s` ago."""
        ahead_ms = (self.now() - core_time).total_seconds() * 1000 - round_trip_s * 500
        self._compared = (time.monotonic(), round(ahead_ms))

    def state(self) -> ClockState:
        """Return trust, offset and the source of both."""
        source = self._source()
        return ClockState(
            trust="untrusted" if source == "none" else "trusted", offset_ms=self._offset_ms(), source=source
        )

    def lead_s(self) -> float:
        """Return wall minus monotonic time, s: it changes only when the wall clock is stepped or slewed."""
        return self.now().timestamp() - time.monotonic()

    def true_lead_s(self) -> float:
        """Return what `lead_s` would be with a right clock, as far as is known."""
        source = self._source()
        return self.lead_s() - ((self._offset_ms() or 0) / 1000 if source == "core" else 0.0)

    @property
    def trust(self) -> ClockTrust:
        """Whether times of events are facts."""
        return "untrusted" if self._source() == "none" else "trusted"

    def _source(self) -> Source:
        if not isinstance(self.clock, SystemClock):
            return "stepped"
        if self._kernel_synchronised():
            return "ntp"
        offset_ms = self._offset_ms()
        return "core" if offset_ms is not None and abs(offset_ms) <= MAX_OFFSET_MS else "none"

    def _offset_ms(self) -> int | None:
        """Return how far ahead of the core the clock was at the last round trip, None when that is long ago."""
        if self._compared is None or time.monotonic() - self._compared[0] > ROUND_TRIP_LASTS_S:
            return None
        return self._compared[1]

    def _kernel_synchronised(self) -> bool:
        if time.monotonic() - self._kernel[0] >= KERNEL_CHECK_S:
            self._kernel = (time.monotonic(), self._ask_kernel())
        return self._kernel[1]


def kernel_synchronised() -> bool:
    """Return whether the kernel says that its clock is synchronised to within 500 ms (adjtimex(2))."""
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)
    try:
        state = ctypes.CDLL(None).adjtimex(timex)
    except (OSError, AttributeError):
        return False
    max_error_us = int.from_bytes(timex.raw[_MAXERROR_AT : _MAXERROR_AT + 8], "little", signed=True)
    return 0 <= state < _TIME_ERROR and max_error_us <= MAX_KERNEL_ERROR_US
