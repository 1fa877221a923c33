"""What must be public about rights (tender item 25, C5): rules, hotline, ways to complain."""

from dataclasses import dataclass
from typing import Final

from cloud.platform.core import Core

#: Item -> the page where it is public.
_ALWAYS: Final = {"rules": "/rights#rules", "ways": "/rights#ways"}


@dataclass(frozen=True, slots=True)
class RightsItem:
    """One item: is it public, and where."""

    id: str
    public: bool
    where: str


def rights_items(core: Core) -> list[RightsItem]:
    """Return the items; the hotline is public when its number is set (YIZHAN_COMPLAINT_PHONE)."""
    hotline = RightsItem("hotline", bool(core.settings.complaint_phone), "/rights#hotline")
    return [*(RightsItem(name, True, where) for name, where in _ALWAYS.items()), hotline]


def rights_items_missing(core: Core) -> int:
    """Return how many items are not public: the fact of rule C5."""
    return sum(not one.public for one in rights_items(core))
