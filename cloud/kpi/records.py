"""Signal intervals into their table, inside the transaction of the ingest that stores their events."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from cloud.ingest.notes import Arrived
from cloud.kpi.models import OpeningDue, SignalInterval
from cloud.platform.core import Core
from protocols.rules.opening import SHANGHAI
from protocols.venue.events import Event
from protocols.venue.messages.common import SignalInterval as Report

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


async def record_intervals(core: Core, arrived: Sequence[Arrived]) -> None:
    """Take newly stored `signal.interval` events, in the transaction that stores them."""
    now = core.now()
    for one in arrived:
        await record_interval(one.station, one.slot, one.event, now)


async def record_interval(station: str, slot: str, event: Event, received_at: datetime) -> None:
    """Store or extend the interval of a `signal.interval` event; an older or repeated report changes nothing."""
    report = Report.model_validate(event.data)
    end_ms = to_ms(report.end)
    row, is_new = await SignalInterval.get_or_create(
        {"end_ms": end_ms, "samples": report.samples, "received_at": received_at},
        station=station,
        slot=slot,
        signal=report.signal,
        value=report.value,
        start_ms=to_ms(report.start),
        clock=event.clock,
    )
    known_until = report.start if is_new else from_ms(row.end_ms)
    if not is_new:
        if end_ms <= row.end_ms:
            return
        row.end_ms, row.samples, row.received_at = end_ms, report.samples, received_at
        await row.save(update_fields=["end_ms", "samples", "received_at"])
    await mark_due(station, known_until, report.end, received_at)


async def mark_due(station: str, start: datetime, end: datetime, now: datetime) -> None:
    """Have the days between two moments judged again."""
    days = [OpeningDue(station=station, day=day, since=now) for day in _days(start, end)]
    # The update locks a row that is there already: who judges the day waits until these facts are committed.
    await OpeningDue.bulk_create(days, on_conflict=["station", "day"], update_fields=["since"])


def _days(start: datetime, end: datetime) -> list[date]:
    last = end.astimezone(SHANGHAI).date()
    count = min((last - start.astimezone(SHANGHAI).date()).days + 1, MAX_DUE_DAYS)
    return [last - timedelta(days=ago) for ago in range(count)]
