"""Regular jobs: one process runs them, late ones once, and everybody can see how they went."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta

import pytest

from cloud.platform import scheduler as module
from cloud.platform.core import Core
from cloud.platform.errors import NotFoundError
from cloud.platform.lease import Lease
from cloud.platform.models import JobRow, LeaseRow
from cloud.platform.scheduler import Job, Scheduler, ask, next_time
from tests.cloud.clocks import HandClock
from tests.waiting import until

pytestmark = pytest.mark.db
HOUR = timedelta(hours=1)


class Counting:
    """A job that counts its runs and can be made to fail or to last."""

    def __init__(self) -> None:
        self.runs = 0
        self.broken = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, core: Core) -> str:
        """Count, wait for the gate, fail or say which run it was."""
        del core
        self.runs += 1
        await self.gate.wait()
        if self.broken:
            raise KeyError("on purpose")
        return f"run {self.runs}"


@asynccontextmanager
async def scheduling(core: Core, when: timedelta | time, run: Counting) -> AsyncIterator[Scheduler]:
    """Run a scheduler with one job in the body."""
    lease = Lease(core, "scheduler")
    scheduler = Scheduler(core, {"count": Job(when, run)}, lease)
    tasks = [asyncio.create_task(lease.run()), asyncio.create_task(scheduler.run())]
    try:
        await lease.first_look()
        yield scheduler
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await lease.release()


def row_is(check: Callable[[JobRow], bool]) -> Callable[[], object]:
    async def found() -> bool:
        row = await JobRow.get_or_none(name="count")
        return row is not None and check(row)

    return found


async def test_a_job_runs_when_it_is_due_and_says_how_it_went(core: Core, clock: HandClock) -> None:
    run = Counting()
    async with scheduling(core, HOUR, run) as scheduler:
        await until(row_is(lambda row: row.result == "ok"), "the first run")
        await scheduler.look("count")
        assert run.runs == 1, "it is not due yet"
        clock.forward(hours=1)
        await scheduler.look("count")
    row = await JobRow.get(name="count")
    assert (run.runs, row.runs, row.text, row.missed) == (2, 2, "run 2", 0)
    assert row.due_at == clock.now() + HOUR
    assert row.duration_ms is not None


async def test_what_was_missed_while_nobody_ran_is_run_once(core: Core, clock: HandClock) -> None:
    run = Counting()
    async with scheduling(core, HOUR, run):
        await until(row_is(lambda row: row.result == "ok"), "the first run")
    clock.forward(hours=5, minutes=30)
    async with scheduling(core, HOUR, run):
        await until(row_is(lambda row: row.runs == 2), "the late run")
    row = await JobRow.get(name="count")
    assert (run.runs, row.missed) == (2, 4)


async def test_a_daily_job_has_its_time_of_the_market_and_not_of_the_start(core: Core, clock: HandClock) -> None:
    run = Counting()  # the clock says 09:00 in the market
    async with scheduling(core, time(3, 30), run) as scheduler:
        await until(row_is(lambda row: row.due_at == datetime(2026, 3, 2, 19, 30, tzinfo=UTC)), "tomorrow 03:30")
        assert run.runs == 0
        clock.forward(hours=18, minutes=30)
        await scheduler.look("count")
        assert run.runs == 1
        assert (await JobRow.get(name="count")).due_at == datetime(2026, 3, 3, 19, 30, tzinfo=UTC)


async def test_a_job_that_fails_is_tried_again_sooner_and_others_see_why(core: Core, clock: HandClock) -> None:
    run = Counting()
    run.broken = True
    async with scheduling(core, HOUR, run) as scheduler:
        await until(row_is(lambda row: row.result == "failed"), "the failure")
        row = await JobRow.get(name="count")
        assert ("on purpose" in row.text, row.failures) == (True, 1)
        assert row.due_at == clock.now() + module.RETRY
        run.broken = False
        clock.forward(minutes=5)
        await scheduler.look("count")
        assert (await JobRow.get(name="count")).failures == 0


async def test_a_person_has_a_job_run_now(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ASKED_S", 0.05)
    run = Counting()
    async with scheduling(core, HOUR, run):
        await until(row_is(lambda row: row.result == "ok"), "the first run")
        await ask("count")
        await until(row_is(lambda row: row.runs == 2), "the second one")
        with pytest.raises(NotFoundError):
            await ask("nothing")


async def test_of_two_processes_one_runs_a_job(core: Core) -> None:
    run = Counting()
    async with scheduling(core, HOUR, run) as one, scheduling(core, HOUR, run) as two:
        await until(row_is(lambda row: row.result == "ok"), "the first run")
        await one.look("count")
        await two.look("count")
    assert run.runs == 1


async def test_a_job_whose_process_died_is_run_by_the_next_one(core: Core) -> None:
    run = Counting()
    run.gate.clear()
    async with scheduling(core, HOUR, run):
        await until(lambda: run.runs == 1, "it runs")
    assert (await JobRow.get(name="count")).result == "running"
    run.gate.set()
    async with scheduling(core, HOUR, run):
        await until(row_is(lambda row: row.result == "ok"), "the second one ends it")
    assert run.runs == 2


async def test_who_lost_the_lease_runs_nothing(core: Core, clock: HandClock) -> None:
    run = Counting()
    async with scheduling(core, HOUR, run) as scheduler:
        await until(row_is(lambda row: row.result == "ok"), "the first run")
        await LeaseRow.filter(name="scheduler").update(holder="another", process="")
        clock.forward(hours=2)
        await scheduler.look("count")
    assert run.runs == 1


def test_a_clock_that_jumped_back_postpones_a_job_by_its_interval_at_most() -> None:
    job = Job(HOUR, Counting())
    now = datetime(2026, 3, 2, tzinfo=UTC)
    assert min(now + timedelta(days=400), next_time(job, now)) == now + HOUR
