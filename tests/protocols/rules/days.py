"""Short ways to say what a test day looked like."""

from datetime import date, datetime, timedelta, timezone

from protocols.rules.calendar import Calendar
from protocols.rules.facts import SlotInterval
from protocols.rules.minutes import Span

#: A Monday that is no holiday.
DAY = date(2026, 3, 2)
SHANGHAI = timezone(timedelta(hours=8))

#: 2026 with its notice, 2027 computed and without one.
CALENDAR = Calendar.from_rows(
    [
        {"date": "2026-01-01", "kind": "statutory"},
        {"date": "2026-01-02", "kind": "adjusted_off"},
        {"date": "2026-01-04", "kind": "makeup_workday"},
        {"date": "2026-05-01", "kind": "statutory"},
        {"date": "2027-01-01", "kind": "statutory", "provisional": "yes"},
    ]
)


def at(clock: str, day: date = DAY) -> datetime:
    """Return `09:05` or `09:05:30` of a day in Shanghai."""
    return datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=SHANGHAI)


def span(start: str, end: str) -> Span:
    """Return from..to of the day."""
    return at(start), at(end)


def seen(signal: str, value: str, start: str = "08:00", end: str = "18:00", **more: str) -> SlotInterval:
    """Return one interval; `slot` and `clock` may be given."""
    return SlotInterval(more.pop("slot", f"{signal}-1"), signal, value, at(start), at(end), **more)  # type: ignore[arg-type]
