"""Regular jobs: each run by the one process that holds the lease, late rather than never, all of them to be looked at.

A job that is due is claimed in a transaction that confirms the lease. A holder that dies leaves the job due, and the
next one runs it again: jobs must bear that. However many times passed while nobody ran, one late run stands for all
of them. Times are those of the wall clock; one that jumps back does not postpone a job by more than its own interval.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from cloud.platform.core import Core
from cloud.platform.database import FAILURES, transaction
from cloud.platform.errors import CloudError, NotFoundError
from cloud.platform.lease import Lease
from cloud.platform.models import JobRow
from cloud.platform.times import MARKET_TIME

#: How exactly times are kept, s of wall time.
LOOK_S: Final = 60.0
#: How soon a person's wish to run a job now is seen, and the jobs of a holder that died, s.
ASKED_S: Final = 2.0
#: A job that failed is tried again after this, or at its next time if that is sooner.
RETRY: Final = timedelta(minutes=5)
DAY: Final = timedelta(days=1)
MAX_TEXT: Final = 500

_LOG = logging.getLogger(__name__)
_LATER: Final[tuple[type[Exception], ...]] = (CloudError, *FAILURES)


@dataclass(frozen=True, slots=True)
class Job:
    """One regular job: every interval, or every day at a time of the market; `run` may say what it did."""

    when: timedelta | time
    run: Callable[[Core], Awaitable[str | None]]

    @property
    def period(self) -> timedelta:
        """Return the time between two runs."""
        return self.when if isinstance(self.when, timedelta) else DAY


class Scheduler:
    """Runs the jobs of a table in this process, as long as it holds the lease."""

    def __init__(self, core: Core, jobs: Mapping[str, Job], lease: Lease) -> None:
        self._core = core
        self._jobs = jobs
        self._lease = lease
        self._running = {name: asyncio.Lock() for name in jobs}
        #: When each job is due, as its row said last.
        self._due: dict[str, datetime] = {}

    async def run(self) -> None:
        """Look after the jobs, for ever."""
        await self._lease.first_look()
        async with asyncio.TaskGroup() as group:
            for name in self._jobs:
                group.create_task(self._keep(name), name=f"job-{name}")
            group.create_task(self._watch(), name="jobs-asked")

    async def look(self, name: str) -> None:
        """Run a job if it is due or asked for and this process may; what goes wrong is written into its row."""
        lock = self._running[name]
        if not self._lease.held or lock.locked():
            return
        async with lock:
            try:
                if await self._claim(name):
                    await self._do(name)
            except _LATER as error:
                _LOG.warning("the job %s is looked at again later: %r", name, error)

    async def _keep(self, name: str) -> None:
        async with contextlib.aclosing(self._core.clock.ticks(LOOK_S)) as ticks:
            async for _ in ticks:
                if self._may_be_due(name):
                    await self.look(name)

    def _may_be_due(self, name: str) -> bool:
        """Return whether a look is worth its transaction; one that the clock has put far ahead may be due as well."""
        due = self._due.get(name)
        return due is None or not timedelta() < due - self._core.now() <= self._jobs[name].period

    async def _watch(self) -> None:
        """See what a person asked for, and everything when the lease comes to this process."""
        held = self._lease.held
        while True:
            await asyncio.sleep(ASKED_S)
            names = list(self._jobs) if self._lease.held and not held else await self._asked()
            held = self._lease.held
            for name in names:
                await self.look(name)

    async def _asked(self) -> list[str]:
        try:
            rows = await JobRow.filter(asked=True)
        except _LATER:
            return []
        return [row.name for row in rows if row.name in self._jobs]

    async def _claim(self, name: str) -> bool:
        """Note that a job begins; return whether it is due and this process still holds the lease."""
        now, job = self._core.now(), self._jobs[name]
        async with transaction():
            if not await self._lease.confirmed():
                return False
            first = {"due_at": now if isinstance(job.when, timedelta) else next_time(job, now)}
            row, _ = await JobRow.get_or_create(first, name=name)
            row.due_at = min(row.due_at, next_time(job, now))
            due = row.asked or row.due_at <= now
            if due:
                row.missed += missed_times(job, row.due_at, now)
                row.started_at, row.result, row.text, row.asked = now, "running", "", False
            await row.save()
        self._due[name] = row.due_at
        return due

    async def _do(self, name: str) -> None:
        loop, job = asyncio.get_running_loop(), self._jobs[name]
        began_s = loop.time()
        try:
            text, result = await job.run(self._core) or "", "ok"
        except Exception as error:  # noqa: BLE001 - the boundary: one job's bug ends neither the others nor the process
            _LOG.error("the job %s failed", name, exc_info=error)
            text, result = repr(error), "failed"
        async with transaction():
            row = await JobRow.get(name=name)
            row.duration_ms = round((loop.time() - began_s) * 1000)
            row.result, row.text, row.runs = result, text[:MAX_TEXT], row.runs + 1
            row.failures = row.failures + 1 if result == "failed" else 0
            now = self._core.now()
            row.due_at = min(next_time(job, now), now + RETRY) if result == "failed" else next_time(job, now)
            await row.save()
        self._due[name] = row.due_at


def next_time(job: Job, now: datetime) -> datetime:
    """Return when a job that ran just now is due again."""
    if isinstance(job.when, timedelta):
        return now + job.when
    local = now.astimezone(MARKET_TIME)
    today = datetime.combine(local.date(), job.when, MARKET_TIME)
    return (today if today > local else today + DAY).astimezone(now.tzinfo)


def missed_times(job: Job, due: datetime, now: datetime) -> int:
    """Return how many whole periods passed since a job was due."""
    return max(0, (now - due) // job.period)


async def ask(name: str) -> None:
    """Have a job run now; NotFoundError when there is none of this name."""
    if not await JobRow.filter(name=name).update(asked=True):
        raise NotFoundError(f"there is no job {name!r}, or it has never been due")
