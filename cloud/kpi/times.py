"""Unix milliseconds of intervals, and the days that must be judged again."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final

from cloud.kpi.models import OpeningDue
from protocols.rules.opening import SHANGHAI

#: An interval that changes more days at once (a door locked since last year) makes only the newest be judged again.
MAX_DUE_DAYS: Final = 31

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def to_ms(moment: datetime) -> int:
    """Return Unix milliseconds, rounded down."""
    return (moment - _EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """Return the UTC time of Unix milliseconds."""
    return _EPOCH + milliseconds * _MILLISECOND


async def mark_due(changed: Iterable[tuple[str, datetime, datetime]], now: datetime) -> None:
    """Have the days judged again that lie between two moments of a station: (station, from, to)."""
    days = sorted({(station, day) for station, start, end in changed for day in _days(start, end)})
    # The update locks a row that is there already: who judges the day waits until these facts are committed.
    await OpeningDue.bulk_create(
        [OpeningDue(station=station, day=day, since=now) for station, day in days],
        on_conflict=["station", "day"],
        update_fields=["since"],
    )


def _days(start: datetime, end: datetime) -> list[date]:
    last = end.astimezone(SHANGHAI).date()
    count = min((last - start.astimezone(SHANGHAI).date()).days + 1, MAX_DUE_DAYS)
    return [last - timedelta(days=ago) for ago in range(count)]
