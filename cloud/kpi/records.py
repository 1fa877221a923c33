"""Signal intervals into their table, inside the transaction of the ingest that stores their events."""

from collections.abc import Sequence
from datetime import datetime

from cloud.ingest.notes import Arrived
from cloud.kpi.corrections import retime
from cloud.kpi.models import SignalInterval
from cloud.kpi.times import from_ms, mark_due, to_ms
from cloud.platform.core import Core
from protocols.venue.events import Event
from protocols.venue.messages.common import SignalInterval as Report


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
        {"end_ms": end_ms, "samples": report.samples, "received_at": received_at, "epoch": event.epoch},
        station=station,
        slot=slot,
        signal=report.signal,
        value=report.value,
        start_ms=to_ms(report.start),
        clock=event.clock,
    )
    known_until = report.start if is_new else from_ms(row.end_ms)
    if not is_new:
        # Compared by the database: an older report may be stored by another process at the same time.
        values = {"end_ms": end_ms, "samples": report.samples, "received_at": received_at}
        if not await SignalInterval.filter(id=row.id, end_ms__lt=end_ms).update(**values):
            return
        row.update_from_dict(values)
    await mark_due(station, known_until, report.end, received_at)
    if event.clock == "untrusted":
        await retime(row)
