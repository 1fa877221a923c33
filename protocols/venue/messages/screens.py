"""What walls and kiosks prove and report."""

from typing import Literal

from protocols.venue.document import Count
from protocols.venue.messages.common import Data


class DisplayProved(Data):
    """The highest level of proof a screen holds for `content`, the hash of revision and items."""

    level: Literal["delivered", "rendered", "driven", "seen"]
    content: str
    rev: Count
    frames: Count


class KioskStateChanged(Data):
    """Whether people can use the kiosk, and why not."""

    usable: bool
    reason: str = ""


class WallFault(Data):
    """What the cabinets of a wall suffer, told when it begins and when it ends; the temperature is the wall's then."""

    cause: Literal["smoke", "door_open", "heat"]
    temperature_c: float | None = None
