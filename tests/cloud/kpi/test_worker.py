"""Days whose facts change are judged again."""

import asyncio
import json
from datetime import date, timedelta

import pytest

from cloud.fleet.models import Station
from cloud.kpi.models import OpeningDue, OpeningVerdict
from cloud.kpi.service import OPENING_TOPIC, judge_due, keep_verdicts
from cloud.kpi.worker import CLOSED_DAYS, close_days
from cloud.platform.core import Core
from cloud.platform.database import transaction
from tests.cloud.kpi.reports import STATION, record, record_open_day
from tests.protocols.rules.days import DAY

pytestmark = pytest.mark.db


async def test_a_due_day_is_judged_once_and_announced(core: Core) -> None:
    await record_open_day()
    with core.hub.subscribe(OPENING_TOPIC) as news:
        assert await judge_due(core) == 1
        message = await asyncio.wait_for(news.get(), 5)

    assert message.data == {"station": STATION, "day": "2026-03-02", "verdict": "compliant"}
    assert await OpeningVerdict.all().count() == 1
    assert await judge_due(core) == 0


async def test_late_facts_have_the_day_judged_again(core: Core) -> None:
    await record("door", "unlocked", "08:58", "17:02")
    await judge_due(core)
    await record("wall", "on", "08:58", "17:02")
    await judge_due(core)

    assert await OpeningVerdict.all().count() == 2


async def test_a_day_of_a_year_without_a_table_is_put_aside(core: Core, caplog: pytest.LogCaptureFixture) -> None:
    await record_open_day(date(2028, 3, 2))

    await judge_due(core)

    assert "2028" in caplog.text
    assert not await OpeningDue.exists()


async def test_the_worker_judges_what_comes(core: Core) -> None:
    async with asyncio.TaskGroup() as group:
        worker = group.create_task(keep_verdicts(core), name="opening verdicts")
        with core.hub.subscribe(OPENING_TOPIC) as news:
            for day in (DAY, date(2026, 3, 3)):
                async with transaction():  # the worker sees both signals or none
                    await record_open_day(day)
                message = await asyncio.wait_for(news.get(), 10)
                assert message.data["day"] == day.isoformat()
        worker.cancel()


async def test_days_over_get_their_verdict_even_without_a_single_fact(core: Core) -> None:
    await Station.create(id=STATION, site="demo", name="谏壁驿站", kind="station")

    await close_days(core.now())
    await judge_due(core)

    kept = {row.day: json.loads(row.result)["verdict"] async for row in OpeningVerdict.all()}
    assert set(kept) == {DAY - timedelta(days=ago) for ago in range(1, CLOSED_DAYS + 1)}
    assert set(kept.values()) == {"unproven"}


async def test_a_day_that_has_its_verdict_is_not_closed_again(core: Core) -> None:
    await Station.create(id=STATION, site="demo", name="谏壁驿站", kind="station")
    await close_days(core.now())
    await judge_due(core)

    await close_days(core.now())

    assert not await OpeningDue.exists()
