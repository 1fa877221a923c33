"""Reports of intervals become rows that grow, and days that must be judged."""

from datetime import date

import pytest

from cloud.ingest.handlers import Arrived, load_handlers, subject_of
from cloud.kpi.models import OpeningDue, SignalInterval
from cloud.kpi.times import from_ms, to_ms
from cloud.platform.core import Core
from cloud.platform.database import transaction
from protocols.venue.messages.common import SignalInterval as Report
from tests.cloud.kpi.reports import STATION, record, record_interval, report
from tests.protocols.rules.days import DAY, at

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("database")]


async def rows() -> list[tuple[str, str, int, int]]:
    return [(row.signal, row.value, row.start_ms, row.end_ms) async for row in SignalInterval.all().order_by("id")]


async def due_days() -> list[date]:
    return [row.day async for row in OpeningDue.all().order_by("day")]


async def test_reports_of_one_interval_are_one_row_that_grows() -> None:
    for end in ("09:01", "09:02", "09:03"):
        await record("door", "unlocked", "09:00", end)

    assert await rows() == [("door", "unlocked", to_ms(at("09:00")), to_ms(at("09:03")))]


async def test_an_older_report_takes_nothing_back() -> None:
    for end in ("09:03", "09:02", "09:03"):
        await record("door", "unlocked", "09:00", end)

    row = await SignalInterval.get()
    assert (from_ms(row.end_ms), row.received_at) == (at("09:03"), at("09:03"))


async def test_other_values_starts_and_slots_are_other_rows() -> None:
    await record("door", "unlocked", "09:00", "09:01")
    await record("door", "locked", "09:00", "09:01")
    await record("door", "unlocked", "09:02", "09:03")
    await record_interval(STATION, "door-2", report("door", "unlocked", at("09:00"), at("09:01")), at("09:01"))
    await record_interval("st-02", "door-1", report("door", "unlocked", at("09:00"), at("09:01")), at("09:01"))

    assert len(await rows()) == 5


async def test_a_report_of_an_untrusted_clock_does_not_extend_a_trusted_row() -> None:
    await record("door", "unlocked", "09:00", "10:00")
    await record("door", "unlocked", "09:00", "11:00", clock="untrusted")

    found = {row.clock: from_ms(row.end_ms) async for row in SignalInterval.all()}
    assert found == {"trusted": at("10:00"), "untrusted": at("11:00")}


async def test_a_report_makes_its_days_due_and_a_repeated_one_none() -> None:
    await record_interval(
        STATION, "door-1", report("door", "locked", at("17:02", date(2026, 2, 27)), at("08:58")), at("08:58")
    )
    assert await due_days() == [date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1), DAY]

    await OpeningDue.all().delete()
    await record_interval(
        STATION, "door-1", report("door", "locked", at("17:02", date(2026, 2, 27)), at("08:58")), at("08:59")
    )
    assert await due_days() == []


async def test_an_extension_makes_only_the_new_days_due() -> None:
    start = at("17:02", date(2026, 2, 27))
    await record_interval(STATION, "door-1", report("door", "locked", start, at("08:57")), at("08:57"))
    await OpeningDue.all().delete()

    await record_interval(STATION, "door-1", report("door", "locked", start, at("08:58")), at("08:58"))

    assert await due_days() == [DAY]


async def test_an_interval_of_years_makes_a_month_due() -> None:
    start = at("09:00", date(2020, 1, 1))
    await record_interval(STATION, "door-1", report("door", "locked", start, at("09:00")), at("09:00"))

    assert len(await due_days()) == 31
    assert max(await due_days()) == DAY


async def test_a_transaction_that_fails_leaves_no_interval() -> None:
    async def fail_after_recording() -> None:
        async with transaction():
            await record("door", "unlocked", "09:00", "09:01")
            raise RuntimeError("the batch was refused")

    with pytest.raises(RuntimeError):
        await fail_after_recording()
    assert (await rows(), await due_days()) == ([], [])


async def test_ingest_hands_its_signal_events_over(core: Core) -> None:
    handler = load_handlers()[subject_of("cn.yizhan.door.signal.interval.v1")]
    events = [report("door", "unlocked", at("09:00"), at(end)) for end in ("09:01", "09:02")]

    arrived = [Arrived(STATION, "door-1", "store", event, Report.model_validate(event.data)) for event in events]
    after_commit = await handler(core, arrived)

    assert after_commit is None
    assert await rows() == [("door", "unlocked", to_ms(at("09:00")), to_ms(at("09:02")))]
