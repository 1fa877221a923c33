"""What of one stream has been sent, what may be sent next, and when it must be sent again (W5, W8, D10). No I/O.

Live events overtake a backlog, but the cloud's watermark cannot rise over the hole that is still being filled. So live
batches beyond a hole wait only for the broker, one at a time, and the backlog keeps the rest of the credit.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

#: Waits before what is not acked is sent again (D10).
RETRY_S: Final = (10.0, 20.0, 40.0, 60.0)
#: Ranges that the cloud may have asked for again and that still wait; it asks again for what is dropped.
MAX_RANGES: Final = 32
#: A batch of old events is to be acked this long after it was sent: whatever waits in front of the cloud, the live
#: events of every station wait behind it (W8: they are to arrive within 1 s, and 0.2 s go into waiting for a batch).
BACKLOG_ACK_S: Final = 0.3
#: Events in a batch of old ones: at the start, and at least, however slow the cloud is.
FIRST_BACKLOG_EVENTS: Final = 100
MIN_BACKLOG_EVENTS: Final = 20
#: How much the size changes per ack at most: the ack speaks of a batch that was sent some sizes ago.
SHRINK: Final = 0.7
GROW: Final = 1.2


@dataclass(eq=False, slots=True)
class Flight:
    """One batch on its way; it occupies credit until the broker has it and, unless it overtook, an ack covers it."""

    first: int
    last: int
    sent_at: float
    overtook: bool = False
    arrived: bool = False


@dataclass(slots=True)
class Pace:
    """How many old events go into one batch, so that the cloud acks it after about BACKLOG_ACK_S.

    A station cannot see how many others drain at the same time; it sees how long its acks take.
    """

    most: int
    _events: float = FIRST_BACKLOG_EVENTS

    @property
    def events(self) -> int:
        """Return the size of the next batch."""
        return int(self._events)

    def acked(self, after_s: float) -> None:
        """Take note that a batch was acked that long after it was sent."""
        change = min(GROW, max(SHRINK, BACKLOG_ACK_S / max(after_s, 0.001)))
        self._events = min(self.most, max(MIN_BACKLOG_EVENTS, self._events * change))


@dataclass(slots=True)
class Window:
    """The state of one stream within one session with the core; times are of the monotonic clock."""

    credit: int
    acked: int = 0
    #: Next event that has never been sent in this session.
    live_next: int = 1
    attempt: int = 0
    _ranges: deque[tuple[int, int]] = field(default_factory=deque)
    _hole_end: int = 0
    _sent_to: int = 0
    _progress_at: float = 0.0
    _flights: list[Flight] = field(default_factory=list)

    def begin(self, upto: int, last: int, now: float) -> None:
        """Start a session: everything that exists and is not acked is backlog."""
        self.live_next = last + 1
        self.attempt = 0
        self.rewind(upto, now)

    def rewind(self, upto: int, now: float) -> None:
        """Take everything above `upto` that was ever sent as backlog again."""
        self.acked = self._sent_to = upto
        self._hole_end = self.live_next - 1
        self._ranges = deque([(upto + 1, self._hole_end)] if self._hole_end > upto else [])
        self._flights.clear()
        self._progress_at = now

    def ack(self, upto: int, now: float) -> float | None:
        """Take a higher watermark; returns when the newest batch that it covers was sent."""
        self.acked = upto
        self._progress_at = now
        self.attempt = 0
        covered = [flight.sent_at for flight in self._flights if flight.last <= upto]
        self._forget_done()
        return max(covered, default=None)

    def next_backlog(self) -> tuple[int, int] | None:
        """Return the range (both included) to send from, None if there is none or no credit."""
        reserved = 1 if self._hole and self.credit > 1 else 0
        if self._occupied(overtook=False) >= self.credit - reserved:
            return None
        while self._ranges and self._ranges[0][1] < self._ranges[0][0]:
            self._ranges.popleft()
        return self._ranges[0] if self._ranges else None

    def may_send_live(self) -> bool:
        """Return whether the newest events may go now."""
        if self._hole:
            return self.attempt == 0 and self._occupied(overtook=True) == 0
        return self._occupied(overtook=False) < self.credit

    def sent_backlog(self, first: int, last: int, now: float) -> Flight:
        """Note that a batch was taken from the front range; what lies before `first` no longer exists."""
        self._ranges[0] = (last + 1, self._ranges[0][1])
        return self._fly(Flight(first, last, now))

    def skip_backlog(self) -> None:
        """Give up the front range: none of its rows exists any more."""
        self._ranges.popleft()

    def sent_live(self, first: int, last: int, now: float) -> Flight:
        """Note that a batch of new events was sent."""
        self.live_next = last + 1
        return self._fly(Flight(first, last, now, overtook=self._hole))

    def arrived(self, flight: Flight) -> None:
        """Note that the broker has a batch."""
        flight.arrived = True
        self._forget_done()

    def resend(self, first: int, last: int) -> None:
        """Send a range again, except for what is on its way or about to be sent anyway."""
        pieces = [(first, min(last, self.live_next - 1))]
        for known in (*self._ranges, *((flight.first, flight.last) for flight in self._flights)):
            pieces = [rest for piece in pieces for rest in _without(piece, known)]
        for piece in reversed(pieces):
            if piece[0] <= piece[1] and len(self._ranges) < MAX_RANGES:
                self._ranges.appendleft(piece)

    def deadline(self) -> float | None:
        """Return when everything unacked is sent again if no ack comes; None while nothing is unacked."""
        if self._sent_to <= self.acked:
            return None
        return self._progress_at + RETRY_S[min(self.attempt, len(RETRY_S) - 1)]

    def retry(self, now: float) -> bool:
        """Go back to the watermark if the deadline has passed; returns whether it had."""
        due = self.deadline()
        if due is None or now < due:
            return False
        attempt = self.attempt + 1
        self.rewind(self.acked, now)
        self.attempt = attempt
        return True

    @property
    def has_backlog(self) -> bool:
        """Whether old events wait to be sent, with or without credit."""
        return any(first <= last for first, last in self._ranges)

    @property
    def _hole(self) -> bool:
        return self.acked < self._hole_end

    def _occupied(self, *, overtook: bool) -> int:
        return sum(1 for flight in self._flights if flight.overtook == overtook)

    def _fly(self, flight: Flight) -> Flight:
        if self._sent_to <= self.acked:
            self._progress_at = flight.sent_at
        self._sent_to = max(self._sent_to, flight.last)
        self._flights.append(flight)
        return flight

    def _forget_done(self) -> None:
        self._flights = [
            flight
            for flight in self._flights
            if not (flight.arrived and (flight.overtook or flight.last <= self.acked))
        ]


def _without(piece: tuple[int, int], known: tuple[int, int]) -> list[tuple[int, int]]:
    """Return what is left of a range when another one is taken out."""
    if known[1] < piece[0] or piece[1] < known[0] or known[1] < known[0]:
        return [piece]
    left, right = (piece[0], known[0] - 1), (known[1] + 1, piece[1])
    return [part for part in (left, right) if part[0] <= part[1]]
