"""What an untrusted clock showed, timed again once the station knows how far it was off (W16a).

The original stays as it was and keeps silent; beside it stands the corrected interval, which votes.
"""

from collections.abc import Sequence
from typing import Final

from cloud.fleet import service as fleet
from cloud.ingest.handlers import Arrived
from cloud.kpi.models import ClockCorrection, SignalInterval
from cloud.kpi.power import correct_power
from cloud.kpi.times import from_ms, mark_due
from cloud.platform.core import Core

#: Rows timed again in one go; a station makes a few dozen an hour.
CHUNK: Final = 500


async def record_corrections(core: Core, arrived: Sequence[Arrived]) -> None:
    """Take newly stored `clock.corrected` events, in the transaction that stores them."""
    for one in arrived:
        epochs = await fleet.epochs_of_boot(one.station, one.data.boot) or [one.event.epoch]
        for epoch in epochs:
            values = {"offset_ms": one.data.offset_ms, "received_at": core.now()}
            correction, _ = await ClockCorrection.get_or_create(values, station=one.station, epoch=epoch)
            await _retime_all(correction)
            await correct_power(core, correction)


async def retime(row: SignalInterval) -> None:
    """Bring the corrected twin of an untrusted interval up to date, if its clock's offset is known."""
    correction = await ClockCorrection.get_or_none(station=row.station, epoch=row.epoch)
    if correction is not None:
        await _retime(row, correction)


async def _retime_all(correction: ClockCorrection) -> None:
    last = 0
    while True:
        untrusted = SignalInterval.filter(
            station=correction.station, epoch=correction.epoch, clock="untrusted", id__gt=last
        )
        rows = await untrusted.order_by("id").limit(CHUNK)
        for row in rows:
            await _retime(row, correction)
        if len(rows) < CHUNK:
            return
        last = rows[-1].id


async def _retime(row: SignalInterval, correction: ClockCorrection) -> None:
    start_ms, end_ms = row.start_ms - correction.offset_ms, row.end_ms - correction.offset_ms
    values = {"end_ms": end_ms, "samples": row.samples, "received_at": row.received_at, "epoch": row.epoch}
    twin, is_new = await SignalInterval.get_or_create(
        values,
        station=row.station,
        slot=row.slot,
        signal=row.signal,
        value=row.value,
        start_ms=start_ms,
        clock="corrected",
    )
    if not is_new:
        longer = SignalInterval.filter(id=twin.id, end_ms__lt=end_ms)
        if not await longer.update(end_ms=end_ms, samples=row.samples, received_at=row.received_at):
            return
    await mark_due([(row.station, from_ms(start_ms), from_ms(end_ms))], row.received_at)
