"""Who came and went: staff sign-in, visitors counted."""

from typing import Literal

from protocols.venue.document import Count
from protocols.venue.messages.common import Data


class PresenceSigned(Data):
    """A member of staff signed in or out at the station."""

    staff: str
    action: Literal["in", "out"]


class PersonRecognised(Data):
    """A face terminal let somebody pass; `person` is the terminal's id, never a template or a picture."""

    person: str
    staff: bool


class CountChanged(Data):
    """People counted since the counter was reset, and how many are inside now."""

    in_total: Count
    out_total: Count
    inside: Count
