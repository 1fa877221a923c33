"""Who came and went: staff sign-in, people at a terminal, visitors counted."""

from typing import Annotated, Literal

from pydantic import Field

from protocols.venue.document import Count
from protocols.venue.messages.common import Data
from protocols.venue.timestamps import Timestamp


class PresenceSigned(Data):
    """A member of staff signed in or out at the station."""

    staff: str
    action: Literal["in", "out"]


class PersonRecognised(Data):
    """A face terminal let somebody pass; `person` is the terminal's id, never a template or a picture.

    `at` is when, by the terminal's clock, absent when that cannot be; `late`: the terminal had kept it back.
    """

    person: str
    staff: bool
    record: str = ""
    at: Timestamp | None = None
    late: bool = False


class PersonRefused(Data):
    """A face terminal let somebody not pass; `person` is empty when it did not know him."""

    person: str
    record: str
    reason: Literal["none", "refused", "unregistered"]
    at: Timestamp | None = None
    late: bool = False


class PeopleErased(Data):
    """People were deleted from a terminal and its own list was read back: who is gone, and who is still there.

    The receipt of an erasure: evidence, so it is in the day's digest that the station signs (W11).
    """

    command: str
    terminal: str
    erased: Annotated[list[str], Field(max_length=200)]
    left: Annotated[list[str], Field(max_length=200)]


class PeopleEnrolled(Data):
    """A terminal has somebody's face from a live picture that was taken at the station after consent.

    Evidence: whoever's consent ends must be deleted from that terminal.
    """

    command: str
    terminal: str
    person: str


class SmokeSeen(Data):
    """A terminal's camera sees fire or smoke: 0 no, 1 yes, 2 perhaps."""

    fire: Count
    smoke: Count


class CountChanged(Data):
    """People counted since the counter was reset, and how many are inside now."""

    in_total: Count
    out_total: Count
    inside: Count
    #: Whether `inside` is a difference of counts, or what a camera sees in its region.
    by: Literal["lines", "region"] = "lines"
