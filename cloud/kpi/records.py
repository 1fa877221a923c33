"""Signal intervals into their table, inside the transaction of the ingest that stores their events.

A backlog brings thousands of reports at once, most of them of the same interval a minute longer. An interval costs one
row in one statement, however many reports of it came together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from cloud.ingest.handlers import Arrived
from cloud.kpi.corrections import retime
from cloud.kpi.models import SignalInterval
from cloud.kpi.times import from_ms, mark_due, to_ms
from cloud.platform.core import Core
from cloud.platform.database import lock_names
from protocols.venue.messages.common import SignalInterval as Report

#: Intervals in one statement: SQLite takes 32,766 values and an interval has 10.
CHUNK: Final = 1_000
_KEY: Final = ("station", "slot", "signal", "value", "start_ms", "clock")


class Key(NamedTuple):
    """What makes an interval this one."""

    station: str
    slot: str
    signal: str
    value: str
    start_ms: int
    clock: str


@dataclass(slots=True)
class Extent:
    """How far an interval reaches, by the longest report of it."""

    end_ms: int
    samples: int
    epoch: int


async def record_intervals(core: Core, arrived: Sequence[Arrived]) -> None:
    """Take newly stored `signal.interval` events, in the transaction that stores them."""
    longest: dict[Key, Extent] = {}
    for one in arrived:
        key, extent = read_report(one.station, one.slot, one.data, one.event.clock, one.event.epoch)
        known = longest.get(key)
        if known is None or known.end_ms < extent.end_ms:
            longest[key] = extent
    await store_intervals(longest, core.now())


def read_report(station: str, slot: str, report: Report, clock: str, epoch: int) -> tuple[Key, Extent]:
    """Return the interval that an event speaks of and how far it reaches."""
    key = Key(station, slot, report.signal, report.value, to_ms(report.start), clock)
    return key, Extent(to_ms(report.end), report.samples, epoch)


async def store_intervals(longest: dict[Key, Extent], received_at: datetime) -> None:
    """Store or extend intervals; one that is known to reach as far already stays as it is."""
    keys = list(longest)
    for start in range(0, len(keys), CHUNK):
        await _store({key: longest[key] for key in keys[start : start + CHUNK]}, received_at)


async def _store(longest: dict[Key, Extent], received_at: datetime) -> None:
    # An older report of the same interval may be stored by another process at the same time (W27).
    await lock_names(f"intervals {key.station}" for key in longest)
    known = await _known_ends(longest)
    grown = {key: extent for key, extent in longest.items() if extent.end_ms > known.get(key, extent.end_ms - 1)}
    if not grown:
        return
    rows = [
        SignalInterval(
            **key._asdict(), end_ms=extent.end_ms, samples=extent.samples, received_at=received_at, epoch=extent.epoch
        )
        for key, extent in grown.items()
    ]
    await SignalInterval.bulk_create(rows, on_conflict=_KEY, update_fields=["end_ms", "samples", "received_at"])
    await mark_due(
        ((key.station, from_ms(known.get(key, key.start_ms)), from_ms(extent.end_ms)) for key, extent in grown.items()),
        received_at,
    )
    for key in grown:
        if key.clock == "untrusted":
            await retime(await SignalInterval.get(**key._asdict()))


async def _known_ends(keys: Iterable[Key]) -> dict[Key, int]:
    """Return how far the intervals reach that are stored already."""
    found = SignalInterval.filter(
        station__in=sorted({key.station for key in keys}), start_ms__in=sorted({key.start_ms for key in keys})
    )
    return {Key(*row[:-1]): row[-1] for row in await found.values_list(*_KEY, "end_ms")}
