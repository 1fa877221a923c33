"""The disk budget (W9): telemetry goes first, then ops; evidence that nobody has acked never does."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from edge.outbox import rows
from protocols.venue.vocabulary import Stream

#: The agent says so when this part of the budget is used, and again only after it fell below the second.
ALARM_PART: Final = 0.80
CLEAR_PART: Final = 0.70
#: Thinning goes down to this, so that it happens in steps and each step declares one gap.
THINNED_PART: Final = 0.97
#: Rows deleted per look at the file's size.
CHUNK_ROWS: Final = 256
#: The least valuable first.
THINNED: Final[tuple[Stream, ...]] = ("telemetry", "ops")

#: Makes the text of an event of the station itself: (name, data, stream).
Declare = Callable[[str, Mapping[str, object], Stream], str]


@dataclass(frozen=True, slots=True)
class Budget:
    """How large the store may become, and who words what it must say about itself."""

    limit_bytes: int
    declare: Declare

    def enforce(self, connection: sqlite3.Connection) -> bool:
        """Thin until the store fits; returns whether it is full of evidence all the same."""
        used = used_bytes(connection)
        if used > self.limit_bytes:
            self._thin(connection)
            used = used_bytes(connection)
        self._alarm(connection, used / self.limit_bytes)
        return used > self.limit_bytes

    def gap(self, connection: sqlite3.Connection, stream: Stream, gone: tuple[int, int], times: "Times") -> None:
        """Declare a loss in `evidence` (W7, D15)."""
        data = {
            "stream": stream,
            "ranges": [list(gone)],
            "reason": "disk_budget",
            "first_time": times[0],
            "last_time": times[1],
        }
        rows.put(connection, "evidence", [self.declare("gap.declared", data, "evidence")])

    def _thin(self, connection: sqlite3.Connection) -> None:
        goal = int(self.limit_bytes * THINNED_PART)
        acked = connection.execute("SELECT upto FROM stream WHERE name = 'evidence'").fetchone()[0]
        self._delete_oldest(connection, "evidence", acked, goal)  # the cloud has it: no loss, nothing to declare
        for stream in THINNED:
            last = connection.execute("SELECT last FROM stream WHERE name = ?", (stream,)).fetchone()[0]
            times, gone = self._delete_oldest(connection, stream, last, goal)
            if gone is not None:
                self.gap(connection, stream, gone, times)

    def _delete_oldest(
        self, connection: sqlite3.Connection, stream: Stream, upto: int, goal: int
    ) -> tuple["Times", tuple[int, int] | None]:
        """Delete rows up to `upto`, oldest first, until the store has shrunk to `goal`."""
        first, last = 0, 0
        times: Times = (None, None)
        while used_bytes(connection) > goal:
            chunk = rows.read(connection, stream, last, upto, CHUNK_ROWS)
            if not chunk:
                break
            first = first or chunk[0].seq
            last = chunk[-1].seq
            times = (times[0] or _time(connection, chunk[0].text), _time(connection, chunk[-1].text))
            rows.delete_to(connection, stream, last)
        return times, (first, last) if first else None

    def _alarm(self, connection: sqlite3.Connection, part: float) -> None:
        raised = rows.meta(connection, "alarm") == "1"
        if not raised and part >= ALARM_PART:
            self._say(connection, "alarm", part)
        elif raised and part < CLEAR_PART:
            self._say(connection, "normal", part)

    def _say(self, connection: sqlite3.Connection, state: str, part: float) -> None:
        data = {"state": state, "used_percent": min(100, round(part * 100)), "limit_bytes": self.limit_bytes}
        # Not in `ops`: thinned with them it would be told to nobody.
        rows.put(connection, "evidence", [self.declare("outbox.filled", data, "evidence")])
        rows.set_meta(connection, "alarm", "1" if state == "alarm" else "0")


Times = tuple[str | None, str | None]


def used_bytes(connection: sqlite3.Connection) -> int:
    """Return the bytes of the file that hold something."""
    count, free, size = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (count - free) * size


def _time(connection: sqlite3.Connection, text: str) -> str:
    return str(connection.execute("SELECT json_extract(?, '$.time')", (text,)).fetchone()[0])
