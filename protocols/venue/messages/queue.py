"""What a station says of its queue: a number was issued, and what the hall did while the console could not."""

from protocols.rules.queueing import Act
from protocols.venue.document import Count, Ordinal, Uuid
from protocols.venue.messages.common import Data
from protocols.venue.queue import Day, Letter, PriorityKey


class TicketIssued(Data):
    """A number was given out; the event's time is its place. `estimate_s` null: no counter served it then."""

    ticket: Uuid
    day: Day
    letter: Letter
    number: Ordinal
    priority: PriorityKey
    ahead: Count
    estimate_s: Count | None


class TicketMoved(Data):
    """The hall's counter page did something to a number while the line was cut.

    `n` counts the hall's moves and only grows; `base` is the revision of the board that the hall went on from: what
    the console did to this number after that revision never reached the hall and does not hold (ADR 27).
    """

    ticket: Uuid
    n: Ordinal
    base: Count
    act: Act
    counter: Ordinal | None
    back_at: Count
    by: str
