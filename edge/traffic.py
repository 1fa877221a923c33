"""What the station sends and receives, by class, and the day's byte budget that sheds telemetry first."""

import json
import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from edge.errors import StateDamaged
from edge.statefile import read_object, write_durably
from protocols.venue.vocabulary import Stream

TRAFFIC_FILE: Final = "traffic.json"
BYTES_PER_MB: Final = 1024 * 1024
#: Topic and header of one message on the wire, about; TCP and TLS come on top.
OVERHEAD_BYTES: Final = 64
#: The part of the day's budget from which a class waits for the next day. Evidence, presence and replies never do.
SHED_FROM: Final[dict[str, float]] = {"telemetry": 0.80, "live": 0.80, "ops": 0.95}
#: The day's count is kept on disk whenever it has grown by this much: a crash forgets no more.
KEEP_EVERY_BYTES: Final = 256 * 1024

Direction = Literal["sent", "received"]

_log = logging.getLogger(__name__)


class Traffic:
    """Counters since the start and the bytes of the current UTC day; `budget_mb` 0 is no budget."""

    def __init__(self, state: Path, budget_mb: int, now: Callable[[], datetime]) -> None:
        self._file = state / TRAFFIC_FILE
        self._budget_bytes = budget_mb * BYTES_PER_MB
        self._now = now
        self.messages: Counter[tuple[Direction, str]] = Counter()
        self.bytes: Counter[tuple[Direction, str]] = Counter()
        self._day, self.day_bytes = self._load()
        self._kept_bytes = self.day_bytes
        self._shed: set[str] = set()

    def count(self, direction: Direction, class_: str, topic: str, payload_bytes: int) -> None:
        """Count one message of a class (`presence`, `evidence`, `live`, ...)."""
        size = payload_bytes + len(topic) + OVERHEAD_BYTES
        self.messages[direction, class_] += 1
        self.bytes[direction, class_] += size
        self._turn_day()
        self.day_bytes += size
        if self.day_bytes - self._kept_bytes >= KEEP_EVERY_BYTES:
            self.keep()

    def allows(self, class_: Stream | Literal["live"]) -> bool:
        """Return whether a class may be sent now; what may not waits in the outbox for the next day."""
        limit = SHED_FROM.get(class_)
        if limit is None or not self._budget_bytes:
            return True
        self._turn_day()
        allowed = self.day_bytes < limit * self._budget_bytes
        if not allowed and class_ not in self._shed:
            self._shed.add(class_)
            _log.warning("%s waits for tomorrow: %d bytes of today's budget are used", class_, self.day_bytes)
        return allowed

    @property
    def budget_bytes(self) -> int:
        """Bytes a day, 0 without a budget."""
        return self._budget_bytes

    def keep(self) -> None:
        """Write the day's count down; only a budget needs it."""
        self._kept_bytes = self.day_bytes
        if self._budget_bytes:
            document = {"day": self._day, "bytes": self.day_bytes}
            write_durably(self._file, json.dumps(document).encode())

    def _turn_day(self) -> None:
        today = self._now().date().isoformat()
        if today != self._day:
            self._day, self.day_bytes, self._kept_bytes = today, 0, 0
            self._shed.clear()

    def _load(self) -> tuple[str, int]:
        today = self._now().date().isoformat()
        try:
            kept = read_object(self._file)
            return (today, int(kept["bytes"])) if kept.get("day") == today else (today, 0)
        except (StateDamaged, KeyError, ValueError, TypeError) as error:
            _log.warning("the day's traffic is counted from 0: %s", error)
            return today, 0
