"""What only one of several processes may do: a row that names its holder, renewed as long as the holder lives.

The row's age is measured by whoever waits for it, on its own monotonic clock: a wall clock that jumps, or differs
between two machines, neither ends a lease nor prolongs it. A holder that is known to be dead is not waited for. A
holder that was only slow may believe for a moment that it still holds: whatever it writes on that ground asks
`confirmed` inside the transaction.
"""

import asyncio
import logging
import os
from datetime import timedelta
from pathlib import Path
from typing import Final

import uuid_utils

from cloud.platform.core import Core
from cloud.platform.database import FAILURES, transaction
from cloud.platform.errors import CloudError
from cloud.platform.models import LeaseRow

#: A holder that has not renewed for this long has lost the lease.
LEASE_S: Final = 6.0
RENEW_S: Final = 1.5
#: How often the others look; LEASE_S and this together bound a take-over.
LOOK_S: Final = 0.5

_LOG = logging.getLogger(__name__)
_LATER: Final[tuple[type[Exception], ...]] = (CloudError, *FAILURES)


class LeaseLostError(CloudError):
    """Another process holds the lease now."""


class Lease:
    """One process's claim to a lease; `run` renews it, or takes it over when its holder has gone."""

    def __init__(self, core: Core, name: str) -> None:
        self._core = core
        self._name = name
        self._holder = str(uuid_utils.uuid7())
        self._held = False
        self._turned = asyncio.Condition()
        self._looked = asyncio.Event()
        # (holder, beats) as seen last, and when they were seen first.
        self._seen: tuple[str, int] = ("", -1)
        self._seen_s = 0.0

    @property
    def held(self) -> bool:
        """Whether this process believes that it holds the lease."""
        return self._held

    async def run(self) -> None:
        """Renew the lease or wait for it, for ever; a database that is away changes nothing."""
        failing = False
        while True:
            try:
                await self._turn(held=await self._renew() if self._held else await self._try())
                self._looked.set()
            except _LATER as error:
                _LOG.log(logging.DEBUG if failing else logging.WARNING, "lease %s: %r", self._name, error)
                failing = True
            else:
                failing = False
            await asyncio.sleep(RENEW_S if self._held else LOOK_S)

    async def first_look(self) -> None:
        """Return when it is known whether the lease was free at the start."""
        await self._looked.wait()

    async def until(self, *, held: bool) -> None:
        """Return when the lease is held, or when it is not."""
        async with self._turned:
            await self._turned.wait_for(lambda: self._held == held)

    async def confirmed(self) -> bool:
        """Return whether this process still holds the lease; nobody takes it before the transaction in force ends."""
        row = await LeaseRow.select_for_update().get_or_none(name=self._name)
        if row is not None and row.holder == self._holder:
            return True
        await self._turn(held=False)
        return False

    async def fence(self) -> None:
        """Go on only as the holder, inside a transaction; else LeaseLostError."""
        if not await self.confirmed():
            raise LeaseLostError(f"another process holds the lease {self._name!r}")

    async def release(self) -> None:
        """Give the lease back, so that nobody has to wait for it."""
        if self._held:
            await self._turn(held=False)
            await LeaseRow.filter(name=self._name, holder=self._holder).update(holder="", process="")

    async def _turn(self, *, held: bool) -> None:
        if held == self._held:
            return
        _LOG.info("%s the lease %s", "took" if held else "lost", self._name)
        async with self._turned:
            self._held = held
            self._turned.notify_all()

    async def _renew(self) -> bool:
        async with transaction():
            row = await LeaseRow.select_for_update().get_or_none(name=self._name)
            if row is None or row.holder != self._holder:
                return False
            await self._write(row.beats + 1)
        return True

    async def _try(self) -> bool:
        """Take the lease when nobody holds it any more."""
        row = await LeaseRow.get_or_none(name=self._name)
        if row is not None and not self._gone(row):
            return False
        async with transaction():
            if row is None:
                await LeaseRow.bulk_create([self._empty()], ignore_conflicts=True)
            now = await LeaseRow.select_for_update().get(name=self._name)
            if row is not None and (now.holder, now.beats) != (row.holder, row.beats):
                return False
            if row is None and now.holder:
                return False
            await self._write(now.beats + 1)
        return True

    def _gone(self, row: LeaseRow) -> bool:
        seen, now_s = (row.holder, row.beats), asyncio.get_running_loop().time()
        if seen != self._seen:
            self._seen, self._seen_s = seen, now_s
        return not row.holder or now_s - self._seen_s >= LEASE_S or is_dead(row.process)

    async def _write(self, beats: int) -> None:
        until = self._core.now() + timedelta(seconds=LEASE_S)
        values = {"holder": self._holder, "process": this_process(), "beats": beats, "until": until}
        await LeaseRow.filter(name=self._name).update(**values)

    def _empty(self) -> LeaseRow:
        return LeaseRow(name=self._name, holder="", process="", beats=0, until=self._core.now())


def this_process() -> str:
    """Return which process of which start of which machine this is; empty where the system does not say."""
    machine = _machine()
    return f"{machine}/{os.getpid()}/{_started(os.getpid())}" if machine else ""


def is_dead(process: str) -> bool:
    """Return whether a process, named by `this_process`, was one of this machine and is no more."""
    machine, _, rest = process.partition("/")
    pid, _, started = rest.partition("/")
    return bool(machine) and machine == _machine() and pid.isdigit() and _started(int(pid)) != started


def _machine() -> str:
    """Return the start of the kernel and the name space of process numbers: only within both does a number mean one."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot}.{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def _started(pid: int) -> str:
    """Return when a process was started, in ticks of the kernel; empty when there is none or it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in {"Z", "X"} else fields[19]
