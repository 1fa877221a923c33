"""The queue as both sides know it: the board that the cloud signs for a station, inside a content manifest.

The board is the channel `queue` of the content topic: one item of kind `page` whose data are a Board. It is the whole
truth of the cloud at its revision; the station keeps it and goes on from there when the line is cut.
"""

from typing import Annotated, Final

from pydantic import Field

from protocols.rules.queueing import State
from protocols.venue.document import Count, Document, Ordinal, Uuid
from protocols.venue.timestamps import Timestamp

#: The channel of the content topic, and the item in its manifest.
CHANNEL: Final = "queue"
ITEM: Final = "board"
#: Open numbers on a board; a hall with more of them has other troubles.
MAX_OPEN: Final = 2_000
MAX_SERVICES: Final = 26
MAX_COUNTERS: Final = 99
#: Last calls that pages list.
MAX_CALLS: Final = 8

Letter = Annotated[str, Field(pattern=r"^[A-Z]$")]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
#: The key of a class of people who go first; empty: nobody in particular.
PriorityKey = Annotated[str, Field(pattern=r"^[a-z_]{0,24}$")]


class ServiceShown(Document):
    """One service; `known` is the highest number of the day that the cloud has, `calls` how many it has called."""

    letter: Letter
    name: str
    open: bool
    opens: Clock
    closes: Clock
    serve_s: Ordinal
    calls: Count
    known: Count


class CounterShown(Document):
    """One counter, the services that it serves, and whether somebody sits there."""

    number: Ordinal
    name: str
    letters: list[Letter]
    staffed: bool


class TicketShown(Document):
    """One open number: `letter` and `number` as issued, `service` the letter of where it waits now."""

    id: Uuid
    letter: Letter
    number: Ordinal
    service: Letter
    priority: PriorityKey
    state: State
    counter: Ordinal | None
    place: Timestamp
    back_at: Count
    skips: Count
    called_at: Timestamp | None
    last_called_at: Timestamp | None
    served_at: Timestamp | None


class CallShown(Document):
    """One call as it is shown and spoken; `id` is new at every call and recall."""

    id: Uuid
    letter: Letter
    number: Ordinal
    counter: Ordinal
    at: Timestamp


class PriorityShown(Document):
    """A class of people who go first, with the rule in words."""

    key: PriorityKey
    name: str


class RulesShown(Document):
    """The market's rules, as numbers for the machines and in words for the people."""

    skip_returns_after: Count
    max_skips: Count
    priority_in_row: Ordinal
    text: str
    priorities: list[PriorityShown]


class Pin(Document):
    """What the hall's counter page checks a PIN against: scrypt (n 2^14, r 8, p 1) of it with a salt, base64."""

    salt: str
    hash: str


class Board(Document):
    """A station's queue of one day; `hall` is the greatest number of a move of the hall that the cloud has taken."""

    day: Day
    hall: Count
    services: Annotated[list[ServiceShown], Field(max_length=MAX_SERVICES)]
    counters: Annotated[list[CounterShown], Field(max_length=MAX_COUNTERS)]
    tickets: Annotated[list[TicketShown], Field(max_length=MAX_OPEN)]
    calls: Annotated[list[CallShown], Field(max_length=MAX_CALLS)]
    rules: RulesShown
    pin: Pin | None = None
