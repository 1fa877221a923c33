"""What the opening rule reads of one station: signal intervals, closures, power cuts and the policy (domain.md §4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple

from protocols.rules.calendar import HolidayPolicy
from protocols.rules.minutes import Minutes, Span, stretch
from protocols.venue.vocabulary import SIGNALS

#: Signal -> (yes, no). `probe` watches the link to a test device, `mains` proves power cuts: neither has a vote.
OPENING_SIGNALS: Final[dict[str, tuple[str, str]]] = {
    signal: values for signal, values in SIGNALS.items() if signal not in {"probe", "mains"}
}
#: `corrected` intervals were timed again once the clock could be trusted (W16a): they vote.
Clock = Literal["trusted", "untrusted", "corrected"]

DEFAULT_GRACE_MINUTES = 5
DEFAULT_UNKNOWN_BUDGET = 15
#: One day's hours: stretches (first minute, last minute excluded) after local midnight.
DayHours = tuple[tuple[int, int], ...]
#: 09:00-17:00, as the tender asks.
DEFAULT_HOURS: DayHours = ((9 * 60, 17 * 60),)
WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class SlotInterval:
    """What one slot showed from `start` until before `end`, both aware."""

    slot: str
    signal: str
    value: str
    start: datetime
    end: datetime
    clock: Clock = "trusted"


class PowerCut(NamedTuple):
    """Mains were gone from `start` until before `end`; `events` are the ids of what the UPS in `slot` said of it."""

    start: datetime
    end: datetime
    slot: str = ""
    events: tuple[str, ...] = ()

    @property
    def span(self) -> Span:
        """Return from when to when."""
        return self.start, self.end


@dataclass(frozen=True, slots=True)
class Policy:
    """The purchaser's settings of a station; `hours` holds seven days from Monday, grace and budget are minutes."""

    holiday_policy: HolidayPolicy = "statutory"
    grace_minutes: int = DEFAULT_GRACE_MINUTES
    unknown_budget: int = DEFAULT_UNKNOWN_BUDGET
    hours: tuple[DayHours, ...] = (DEFAULT_HOURS,) * WEEK_DAYS
    #: All of these must vote yes for `open`; None: two signals, one of them door or staff (rule v1).
    signals_required: frozenset[str] | None = None

    def required_minutes(self, weekday: int) -> Minutes:
        """Return the minutes that the station must be open on a weekday, Monday = 0."""
        minutes = 0
        for first, last in self.hours[weekday]:
            minutes |= stretch(first, last)
        return minutes


DEFAULT_POLICY: Final = Policy()


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the rule may look at; what is outside the day does no harm."""

    signals: Iterable[SlotInterval] = ()
    closures: Iterable[Span] = ()
    power_cuts: Iterable[PowerCut] = ()
    policy: Policy = DEFAULT_POLICY
