"""What walls and kiosks prove and report."""

from typing import Literal

from protocols.venue.document import Count
from protocols.venue.messages.common import Data


class DisplayProved(Data):
    """The highest level of proof a screen holds for `content`, the hash of revision and items; `by` who vouches.

    `rendered` by the page itself, or by its pixels as the agent read them; `driven` by the wall's controller or the
    connector of the display; `seen` by a camera.
    """

    level: Literal["delivered", "rendered", "driven", "seen"]
    content: str
    rev: Count
    frames: Count
    by: Literal["", "page", "pixels", "controller", "connector", "camera"] = ""


class RendererRestarted(Data):
    """The agent started a wall's renderer anew; `fault` is why, `waited_s` how long it held back before."""

    fault: str
    text: str = ""
    restarts: Count
    waited_s: Count


class KioskStateChanged(Data):
    """Whether people can use the kiosk, and why not."""

    usable: bool
    reason: str = ""


class WallFault(Data):
    """What the cabinets of a wall suffer, told when it begins and when it ends; the temperature is the wall's then."""

    cause: Literal["smoke", "door_open", "heat"]
    temperature_c: float | None = None
