"""Which slots are one wall: a page, and the controller behind it (ADR 32)."""

from collections.abc import Collection
from typing import Final

#: What a controller's slot has behind the id of its page's slot.
CONTROLLER: Final = "-controller"


def page_of_controller(slot: str, walls: Collection[str]) -> str | None:
    """Return the page wall that a slot is the controller of, None if it is a wall of its own.

    `walls` are the ids of all slots of kind `wall` of the station.
    """
    page = slot.removesuffix(CONTROLLER)
    return page if page != slot and page in walls else None
