"""A wall that is a browser page on HDMI: the page says how many frames it has painted, the driver judges."""

import time
from collections.abc import Callable
from typing import ClassVar, Final

from devices.driver import Host, PollingDriver, SlotConfig
from devices.transport import Transport
from protocols.venue.vocabulary import Kind

#: How often the page is judged (table of signals: wall 30/75/10).
SAMPLE_S: Final = 10.0
#: The page beats every few seconds; a picture that has not moved for this long is not being shown.
ALIVE_S: Final = 15.0


class WallPageDriver(PollingDriver):
    """`on` while beats are younger than ALIVE_S and their frame counter moved within ALIVE_S, else `off`.

    Before the first beat nothing is known and nothing is said. Ages are real seconds, whatever the agent's clock does.
    """

    kinds: ClassVar[frozenset[Kind]] = frozenset({"wall"})

    def __init__(
        self, config: SlotConfig, transport: Transport, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(config, transport)
        self.interval_s = SAMPLE_S
        self._monotonic = monotonic
        self._frames: int | None = None
        self._moved_at_s: float | None = None
        self._first_at_s = 0.0

    async def poll(self, host: Host) -> None:
        """Judge the last beat."""
        beat = host.screen()
        if beat is None:
            return
        now_s = self._monotonic()
        if self._frames is None:
            self._first_at_s = now_s
        elif beat.frames != self._frames:
            self._moved_at_s = now_s - beat.age_s
        self._frames = beat.frames
        if self._moved_at_s is None and now_s - self._first_at_s < ALIVE_S:
            return  # one beat does not show movement yet
        moves = self._moved_at_s is not None and now_s - self._moved_at_s < ALIVE_S
        on = moves and beat.age_s < ALIVE_S and beat.visible
        host.sample("wall", "on" if on else "off")
        host.live(wall="on" if on else "off", frames=beat.frames, content=beat.content, beat_age_s=round(beat.age_s, 1))
