"""What the pages on this station's screens last said of themselves."""

import time
from dataclasses import dataclass, field, replace

from devices.driver import ScreenBeat


@dataclass(slots=True)
class Screens:
    """The last beat of each slot's page."""

    _beats: dict[str, tuple[float, ScreenBeat]] = field(default_factory=dict)
    _expected: dict[str, tuple[float, str]] = field(default_factory=dict)

    def expect(self, slot: str, content: str) -> None:
        """Take the hash of what a slot's page should show from now on."""
        if self._expected.get(slot, (0.0, ""))[1] != content:
            self._expected[slot] = (time.monotonic(), content)

    def beat(self, slot: str, *, frames: int, content: str, visible: bool) -> None:
        """Take a beat of a page."""
        self._beats[slot] = (time.monotonic(), ScreenBeat(0.0, frames, content, visible))

    def last(self, slot: str) -> ScreenBeat | None:
        """Return the last beat with its age, None before the first."""
        if slot not in self._beats:
            return None
        (at, beat), now = self._beats[slot], time.monotonic()
        since, content = self._expected.get(slot, (now, ""))
        return replace(beat, age_s=now - at, expected=content, expected_s=now - since)
