"""The number of this start, durable before anything is sent (W3, D2)."""

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import uuid_utils

from edge.errors import StateDamaged
from edge.statefile import read_object, write_durably
from protocols.venue.vocabulary import MAX_INTEGER

EPOCH_FILE = "epoch.json"

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Start:
    """One start of the agent; `boot` names the span of the monotonic clock that `boot_ms` counts in.

    `epoch` changes only through `outbid`.
    """

    epoch: int
    boot: str


def next_start(state: Path, now: datetime) -> Start:
    """Return the next epoch, max(stored + 1, Unix time in ms): greater than the last although the clock went back."""
    stored = stored_epoch(state)
    start = Start(max(stored + 1, int(now.timestamp() * 1000)), str(uuid_utils.uuid7()))
    _keep(state, start.epoch, start.boot)
    return start


def outbid(state: Path, start: Start, above: int, now: datetime) -> None:
    """Give a start an epoch above `above` and its own: the core knows a greater one of this station (ADR 0008)."""
    epoch = max(above + 1, start.epoch + 1, int(now.timestamp() * 1000))
    _keep(state, epoch, start.boot)
    start.epoch = epoch


def _keep(state: Path, epoch: int, boot: str) -> None:
    write_durably(state / EPOCH_FILE, f'{{"epoch": {epoch}, "boot": "{boot}"}}\n'.encode())


def stored_epoch(state: Path) -> int:
    """Return the newest epoch that was used here, 0 if none or unreadable (the clock then decides)."""
    try:
        stored = read_object(state / EPOCH_FILE).get("epoch", 0)
    except StateDamaged as error:
        _log.warning("the epoch is taken from the clock: %s", error)
        return 0
    return stored if isinstance(stored, int) and 0 <= stored < MAX_INTEGER - 1 else 0
