"""What the station tells of itself when it has connected (D8)."""

import platform
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from edge.epoch import Start
from edge.outbox import Outbox
from edge.supervisor import SlotRunner
from edge.timekeeping import Timekeeper
from protocols.venue.lineage import StartMark
from protocols.venue.presence import Birth, BirthWhy, Jwk, Versions
from protocols.venue.twin import Reported

CONTRACT_VERSION: Final = 1


def compose_birth(  # noqa: PLR0913 - the parts of the station
    *,
    start: Start,
    conn: int,
    why: BirthWhy,
    outbox: Outbox,
    timekeeper: Timekeeper,
    slots: Mapping[str, SlotRunner],
    twin: Reported,
    key: Jwk | None,
    lineage: Sequence[StartMark],
) -> Birth:
    """Return the birth of connection `conn` of this start."""
    birth = Birth(
        epoch=start.epoch,
        conn=conn,
        boot=start.boot,
        store=outbox.store,
        at=timekeeper.now(),
        why=why,
        versions=_versions(),
        clock=timekeeper.state(),
        outbox=outbox.depth(),
        slots={name: runner.state() for name, runner in slots.items()},
        twin=twin,
    )
    more: dict[str, object] = {"lineage": list(lineage)} if lineage else {}
    return birth.model_copy(update=more if key is None else {**more, "key": key})


def _versions() -> Versions:
    return Versions(yizhan=_own_version(), contract=CONTRACT_VERSION, python=platform.python_version(), os=_os_name())


@cache
def _own_version() -> str:
    try:
        return version("yizhan")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "0+checkout"


@cache
def _os_name() -> str:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return platform.system().lower()
    return f"{release.get('ID', 'linux')} {release.get('VERSION_ID', '')}".strip()
