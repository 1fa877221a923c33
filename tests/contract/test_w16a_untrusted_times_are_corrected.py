"""W16a at the core: intervals of an untrusted clock are timed again when the offset is known; the original stays."""

from typing import Any

import pytest

from cloud.kpi.models import OpeningDue, SignalInterval
from tests.cloud.running import Running
from tests.cloud.station import BOOT, Station, station_at
from tests.peers.mosquitto import Broker
from tests.waiting import until

pytestmark = [pytest.mark.broker, pytest.mark.db]

OTHER_BOOT = "0195f3c2-0000-7000-8000-000000000002"
HOUR_MS = 3_600_000


def held(start: str, end: str) -> dict[str, Any]:
    """Return the data of a door that was unlocked from..to on the second of March."""
    times = {"from": f"2026-03-02T{start}:00.000Z", "to": f"2026-03-02T{end}:00.000Z"}
    return {"signal": "door", "value": "unlocked", "samples": 1, **times}


async def send(station: Station, seq: int, data: dict[str, Any], *, epoch: int = 1, clock: str = "untrusted") -> None:
    await station.send_events(seq, seq, data=data, epoch=epoch, clock=clock)
    await until(lambda: station.acked() == seq, f"event {seq} is stored")


async def correct(station: Station, seq: int, boot: str, offset_ms: int, **members: Any) -> None:
    source: dict[str, Any] = {"source": "/stations/st-01/slots/agent", "type": "cn.yizhan.agent.clock.corrected.v1"}
    await station.send_events(seq, seq, data={"boot": boot, "offset_ms": offset_ms}, **source, **members)
    await until(lambda: station.acked() == seq, "the correction is stored")


async def rows(clock: str) -> list[tuple[str, str]]:
    """Return (start, end) hours of the intervals of a clock."""
    found = SignalInterval.filter(clock=clock).order_by("start_ms")
    return [(_hour(row.start_ms), _hour(row.end_ms)) async for row in found]


def _hour(milliseconds: int) -> str:
    minutes = milliseconds // 60_000 % 1440
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


async def test_w16a_a_correction_reaches_the_intervals_before_and_after_it(running: Running, broker: Broker) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        await station.presence()
        await station.birth()
        await until(lambda: station.newest("ack"), "the birth is taken")
        await send(station, 1, held("04:00", "04:10"))
        await send(station, 2, held("06:00", "06:01"), clock="trusted")
        assert await rows("corrected") == []
        await OpeningDue.all().delete()
        await correct(station, 3, BOOT, 2 * HOUR_MS)
        assert await rows("corrected") == [("02:00", "02:10")]
        assert await OpeningDue.all().count() == 1
        await send(station, 4, held("04:00", "04:30"))
        await send(station, 5, held("05:00", "05:01"))
        await correct(station, 6, BOOT, 2 * HOUR_MS)
        assert await rows("corrected") == [("02:00", "02:30"), ("03:00", "03:01")]
        assert await rows("untrusted") == [("04:00", "04:30"), ("05:00", "05:01")]
        assert await rows("trusted") == [("06:00", "06:01")]
    first = (await running.get("/api/v1/stations/st-01/events"))["items"][0]["event"]
    assert (first["clock"], first["data"]) == ("untrusted", held("04:00", "04:10"))


async def test_w16a_only_the_start_that_is_named_is_corrected(running: Running, broker: Broker) -> None:
    await running.apply()
    async with station_at(broker.url) as station:
        await station.presence()
        await station.birth()
        await until(lambda: station.newest("ack"), "the birth is taken")
        await send(station, 1, held("04:00", "04:10"))
        acks = len(station.heard["ack"])
        await station.presence(epoch=2)
        await station.birth(epoch=2, boot=OTHER_BOOT)
        await until(lambda: len(station.heard["ack"]) > acks, "the second birth is taken")
        await station.send_events(2, 2, data=held("07:00", "07:05"), clock="untrusted")
        await until(lambda: station.acked() == 2, "stored")
        await correct(station, 3, OTHER_BOOT, -HOUR_MS)
        assert await rows("corrected") == []
        await correct(station, 4, BOOT, -HOUR_MS)
        assert await rows("corrected") == [("05:00", "05:10"), ("08:00", "08:05")]
