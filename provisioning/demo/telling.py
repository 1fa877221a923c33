"""How the demo tells its steps: one line each with the story's time, what happened and how long it really took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TextIO
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
#: One character for ten minutes of a verdict's strip.
_STRIP_MINUTES = 10
_MARKS = {"open": "█", "closed": "×", "unknown": "?", "excused": "–"}


@dataclass
class Step:
    """What a step adds to its line."""

    note: str = ""


@dataclass
class Teller:
    """Prints steps as they end; remembers how many there were."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    now: datetime | None = None
    told: int = 0

    @contextmanager
    def step(self, what: str) -> Iterator[Step]:
        """Time the body and print its line when it worked; what it raises ends the story."""
        step = Step()
        started = time.monotonic()
        yield step
        self.told += 1
        seconds = time.monotonic() - started
        clock = self.now.astimezone(SHANGHAI).strftime("%m-%d %H:%M:%S") if self.now else " " * 14
        note = f"  {step.note}" if step.note else ""
        print(f"{clock}  {seconds:7.3f} s  {what}{note}", file=self.out, flush=True)

    def verdict(self, document: dict[str, Any]) -> None:
        """Print a day's verdict with its minute strip."""
        counts = "  ".join(f"{name} {document[name]}" for name in ("open", "closed", "unknown", "excused"))
        print(f"{'':27}{document['day']}  {document['verdict']}  {counts}", file=self.out)
        print(f"{'':27}{strip(document['segments'])}", file=self.out, flush=True)


def strip(segments: list[dict[str, str]]) -> str:
    """Return the minute strip: the state at every tenth minute, an hour's mark before each six."""
    text = ""
    for segment in segments:
        start, end = (datetime.fromisoformat(segment[side]) for side in ("from", "to"))
        for minute in range(_minute(start), _minute(end)):
            if minute % _STRIP_MINUTES == 0:
                text += (f" {minute // 60:02d} " if minute % 60 == 0 else "") + _MARKS[segment["state"]]
    return text.strip()


def _minute(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute
