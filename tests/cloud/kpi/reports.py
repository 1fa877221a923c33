"""Events of slots that report their signals, as ingest hands them over."""

from datetime import date, datetime

from cloud.kpi.records import read_report, store_intervals
from protocols.venue.events import Event
from protocols.venue.messages.common import SignalInterval as Report
from protocols.venue.timestamps import format_time
from tests.protocols.rules.days import DAY, at

STATION = "st-01"


def report(signal: str, value: str, start: datetime, end: datetime, *, clock: str = "trusted") -> Event:
    """Return the `signal.interval` event of one report."""
    return Event.model_validate(
        {
            "specversion": "1.0",
            "id": "0195f3c2-1111-7000-8000-000000000076",
            "source": f"/stations/{STATION}/slots/{signal}-1",
            "type": f"cn.yizhan.{signal}.signal.interval.v1",
            "time": format_time(end),
            "datacontenttype": "application/json",
            "epoch": 1,
            "stream": "evidence",
            "seq": 1,
            "replay": False,
            "clock": clock,
            "data": {
                "signal": signal,
                "value": value,
                "from": format_time(start),
                "to": format_time(end),
                "samples": 2,
            },
        }
    )


async def record_interval(station: str, slot: str, event: Event, received_at: datetime) -> None:
    """Take one report as the ingest does."""
    key, extent = read_report(station, slot, Report.model_validate(event.data), event.clock, event.epoch)
    await store_intervals({key: extent}, received_at)


async def record(  # noqa: PLR0913 - one line of a day's story
    signal: str, value: str, start: str, end: str, *, day: date = DAY, clock: str = "trusted"
) -> None:
    """Record that the only slot of a signal showed a value from..to on a day in Shanghai."""
    event = report(signal, value, at(start, day), at(end, day), clock=clock)
    await record_interval(STATION, f"{signal}-1", event, at(end, day))


async def record_open_day(day: date = DAY, start: str = "08:58", end: str = "17:02") -> None:
    """Record a day on which door and wall were open."""
    await record("door", "unlocked", start, end, day=day)
    await record("wall", "on", start, end, day=day)
