"""What UPSes said of the mains: kept as the evidence of power cuts, and read again for a verdict."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from cloud.ingest.handlers import Arrived
from cloud.kpi.models import ClockCorrection, PowerChange
from cloud.kpi.times import from_ms, mark_due, to_ms
from cloud.platform.core import Core
from protocols.rules.minutes import Span
from protocols.rules.power import NEAR, PowerEvent


class PowerRow(NamedTuple):
    """One row of the evidence."""

    slot: str
    at_ms: int
    event: str

    def event_said(self) -> PowerEvent:
        """Return it as the rule reads it."""
        return PowerEvent(self.slot, from_ms(self.at_ms), self.event)


async def record_power(core: Core, arrived: Sequence[Arrived]) -> None:
    """Keep newly stored `power.changed` events, in the transaction that stores them; their days are judged again."""
    corrections = {
        (row.station, row.epoch): row
        async for row in ClockCorrection.filter(station__in=sorted({one.station for one in arrived}))
    }
    rows = [_row(one) for one in arrived]
    for row in rows:
        found = corrections.get((row.station, row.epoch or 0)) if row.clock == "untrusted" else None
        if found is not None:
            _correct(row, found)
    await PowerChange.bulk_create(rows, ignore_conflicts=True)
    await _judge_again(core, rows)


async def correct_power(core: Core, correction: ClockCorrection) -> None:
    """Time the changes of one start of a station again, now that its clock's offset is known."""
    rows = await PowerChange.filter(station=correction.station, epoch=correction.epoch, clock="untrusted")
    for row in rows:
        _correct(row, correction)
        await row.save(update_fields=["at_ms", "clock"])
    await _judge_again(core, rows)


async def power_rows(stations: Sequence[str], windows: Sequence[Span]) -> dict[str, list[PowerRow]]:
    """Return what the UPSes of stations said between the first begin and the last end of `windows`, or just beside."""
    rows = PowerChange.filter(
        station__in=list(stations),
        at_ms__gte=to_ms(min(begin for begin, _ in windows) - _EVENING),
        at_ms__lte=to_ms(max(end for _, end in windows) + NEAR),
    ).exclude(clock="untrusted")
    said: dict[str, list[PowerRow]] = {}
    for station, *row in await rows.values_list("station", "slot", "at_ms", "event"):
        said.setdefault(station, []).append(PowerRow(*row))
    return said


#: A cut that lasts when a station opens began at most so long before, for its beginning to be shown with it.
_EVENING = timedelta(days=1)


def _row(one: Arrived) -> PowerChange:
    event = one.event
    return PowerChange(
        station=one.station,
        slot=one.slot,
        event=event.id,
        at_ms=to_ms(event.time),
        status=one.data.status,
        clock=event.clock,
        epoch=event.epoch,
    )


def _correct(row: PowerChange, correction: ClockCorrection) -> None:
    row.at_ms, row.clock = row.at_ms - correction.offset_ms, "corrected"


async def _judge_again(core: Core, rows: Sequence[PowerChange]) -> None:
    changed = ((row.station, from_ms(row.at_ms), from_ms(row.at_ms)) for row in rows if row.clock != "untrusted")
    await mark_due(changed, core.now())
