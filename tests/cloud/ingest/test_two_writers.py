"""What two processes do to the same row at the same moment (W27): nothing is counted once, made twice or set back."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from cloud.fleet import service as fleet
from cloud.fleet.models import Alarm, Presence, Station, Unclaimed
from cloud.ingest.models import DeadLetter, StreamMark
from cloud.ingest.store import Letter, Marks, bury
from cloud.kpi.models import SignalInterval
from cloud.kpi.records import Extent, Key, store_intervals
from cloud.platform.core import Core
from cloud.platform.database import transaction
from protocols.venue import presence as wire
from tests.cloud.station import STORE

pytestmark = pytest.mark.db

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
#: How long each transaction stays open after its statements.
OPEN_S = 0.15


async def together(*steps: Callable[[], Awaitable[object]]) -> None:
    """Do each step in a transaction of its own that stays open while the others begin."""

    async def one(step: Callable[[], Awaitable[object]], delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        async with transaction():
            await step()
            await asyncio.sleep(OPEN_S)

    await asyncio.gather(*(one(step, 0.02 * number) for number, step in enumerate(steps)))


@pytest.mark.usefixtures("core")
async def test_the_same_letter_in_two_processes_is_one_row_that_came_twice() -> None:
    letter = Letter("st-01", "yz/1/st-01/up/evidence", "not_json", "nonsense", b"[")
    await together(*[lambda: bury(letter, NOW)] * 3)
    assert [row.times for row in await DeadLetter.all()] == [3]


@pytest.mark.usefixtures("core")
async def test_the_same_matter_in_two_processes_is_one_open_alarm() -> None:
    await together(*[lambda: fleet.raise_alarm("conflict", "st-01", NOW)] * 3)
    assert [(row.times, row.open) for row in await Alarm.all()] == [(3, True)]


@pytest.mark.usefixtures("core")
async def test_an_unknown_station_in_two_processes_is_listed_once() -> None:
    await together(*[lambda: fleet.take_unclaimed("st-99", 1, NOW)] * 2)
    assert [row.station for row in await Unclaimed.all()] == ["st-99"]


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
async def test_of_two_first_presences_the_newer_one_stays(core: Core, order: tuple[int, int]) -> None:
    await Station.create(id="st-01", site="demo", name="一号", kind="station")
    liveness = fleet.Liveness()
    await fleet.load_liveness(liveness)

    def say(conn: int) -> Callable[[], Awaitable[object]]:
        said = wire.Presence(online=conn == 2, epoch=5, conn=conn, at=core.now(), reason="start")
        return lambda: fleet.take_presence(liveness, "st-01", said, core.now(), retained=False)

    await together(*map(say, order))
    assert [(row.conn, row.online) for row in await Presence.all()] == [(2, True)]


@pytest.mark.parametrize("order", [(60, 120), (120, 60)])
@pytest.mark.usefixtures("core")
async def test_of_two_reports_of_an_interval_the_longer_one_stays(order: tuple[int, int]) -> None:
    key = Key("st-01", "door-1", "door", "unlocked", 0, "trusted")
    await together(*[lambda s=seconds: store_intervals({key: Extent(1000 * s, s, 1)}, NOW) for seconds in order])
    assert [(row.end_ms, row.samples) for row in await SignalInterval.all()] == [(120_000, 120)]


@pytest.mark.usefixtures("core")
async def test_two_processes_that_begin_a_stream_consume_into_one_watermark() -> None:
    async def consume(first: int, last: int) -> None:
        async with transaction() as connection:
            marks = Marks(connection)
            one = await marks.get(("st-01", STORE, "evidence"))
            one.mark.consume(first, last)
            one.changed = True
            await asyncio.sleep(OPEN_S)
            await marks.save()

    await asyncio.gather(*(consume(first, first + 9) for first in (21, 1, 11, 41)))
    (row,) = await StreamMark.all()
    assert (row.upto, row.highest, row.gaps) == (30, 50, "[[31, 40]]")
