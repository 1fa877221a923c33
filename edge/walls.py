"""One vote per wall: a page and the controller behind it are judged together (ADR 32)."""

import time
from collections.abc import Callable, Iterable
from typing import Final

from protocols.venue.walls import page_of_controller

#: What a controller said holds this long; it is read every 10 s (signal `wall`: gap at most 75 s).
SAID_HOLDS_S: Final = 35.0


class Walls:
    """The station's slots of kind `wall` and what the controllers of page walls said last."""

    def __init__(self, slots: Iterable[str] = (), monotonic: Callable[[], float] = time.monotonic) -> None:
        walls = list(slots)
        pages = {slot: page_of_controller(slot, walls) for slot in walls}
        self._page_of = {slot: page for slot, page in pages.items() if page is not None}
        self._controlled = set(self._page_of.values())
        #: The walls that people see: one for a page and its controller.
        self.seen = [slot for slot in walls if slot not in self._page_of]
        self._said: dict[str, tuple[float, str]] = {}
        self._monotonic = monotonic

    def page_of(self, slot: str) -> str | None:
        """Return the page wall whose controller this slot is, None for all others."""
        return self._page_of.get(slot)

    def vote(self, slot: str, value: str) -> str | None:
        """Return what a sample of a slot makes the wall's signal, None for nothing.

        `off` needs one of page and controller, `on` needs both; a silent controller leaves the wall unknown.
        """
        page = self.page_of(slot)
        if page is not None:
            self._said[page] = (self._monotonic(), value)
            return None
        if slot not in self._controlled or value == "off":
            return value
        return self.said(slot)

    def said(self, page: str) -> str | None:
        """Return what the controller of a page wall says, None while it is silent."""
        at, value = self._said.get(page, (-SAID_HOLDS_S, ""))
        return value if value and self._monotonic() - at < SAID_HOLDS_S else None
