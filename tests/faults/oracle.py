"""What was produced against what is stored, event by event, and who is to blame for a difference."""

import bisect
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.inflict import rows_on
from tests.faults.program import EFFECT_LOG, PUT_LOG, digest

#: The outbox itself writes these, so nobody writes them down.
GAP_DECLARED = "cn.yizhan.agent.gap.declared.v1"
#: What the outbox itself puts into `evidence`, past the agent's own log of puts.
OF_THE_OUTBOX = frozenset({GAP_DECLARED, "cn.yizhan.agent.outbox.filled.v1"})
BEFORE_ALL = "before the first fault"


@dataclass(frozen=True, slots=True)
class Put:
    """One event whose put() returned."""

    at_s: float
    store: str
    stream: str
    seq: int
    digest: str


@dataclass(frozen=True, slots=True)
class Blow:
    """A fault as it was done: to these stations, at this monotonic time."""

    number: int
    kind: str
    at_s: float
    stations: tuple[str, ...]
    #: Its recovery says nothing: the agent was held down.
    held_down: bool = False


@dataclass
class Findings:
    """What the comparison of one station or of all has found; lists hold event ids."""

    produced: int = 0
    stored: int = 0
    lost: list[str] = field(default_factory=list)
    #: Only on a disk that the run has taken away.
    gone_with_disk: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)

    def add(self, other: "Findings") -> None:
        """Take in another station's."""
        self.produced += other.produced
        self.stored += other.stored
        for name in ("lost", "gone_with_disk", "doubled", "changed", "invented", "out_of_order"):
            getattr(self, name).extend(getattr(other, name))

    @property
    def clean(self) -> bool:
        """Whether both sides hold the same, once."""
        return not (self.lost or self.doubled or self.changed or self.invented or self.out_of_order)


def read_puts(home: Path) -> dict[str, Put]:
    """Return the events that an agent has written down, by id; a line that a kill cut short does not count."""
    path = home / PUT_LOG
    puts = {}
    for line in path.read_text().splitlines() if path.exists() else ():
        words = line.split(" ")
        if len(words) == 6:
            at_s, store, stream, seq, event_id, sha = words
            puts[event_id] = Put(float(at_s), store, stream, int(seq), sha)
    return puts


def read_effects(homes: Iterable[Path]) -> Counter[str]:
    """Return how often each strike took effect, by its name."""
    found: Counter[str] = Counter()
    for home in homes:
        path = home / EFFECT_LOG
        lines = path.read_text().splitlines() if path.exists() else []
        found.update(line.split(" ")[1] for line in lines)
    return found


def missing(database: Path, station: str, wanted: set[str]) -> set[str]:
    """Return which ids the core has not stored."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as core:
        return wanted - {event["id"] for _, event in _stored(core, station)}


def _stored(core: sqlite3.Connection, station: str) -> Iterable[tuple[tuple[str, str], dict[str, Any]]]:
    marks = core.execute("SELECT id, store, stream FROM stream_mark WHERE station = ?", (station,)).fetchall()
    for number, store, stream in marks:
        span = (number << 40, (number + 1) << 40)
        for (text,) in core.execute("SELECT text FROM event WHERE id >= ? AND id < ? ORDER BY id", span):
            yield (store, stream), json.loads(text)


def recorded_by(home: Path, outbox: Path) -> set[str]:
    """Return the ids of what a stopped agent has recorded: written down, or stored when it was killed before that."""
    return read_puts(home).keys() | {row["id"] for row in rows_on(outbox)}


def compare(database: Path, station: str, recorded: set[str], home: Path, disks: list[dict[str, Any]]) -> Findings:
    """Compare what one station has recorded until the end with the core; `disks` were taken away from it."""
    puts = read_puts(home)
    wanted = recorded | {one for disk in disks for one in disk["held"]}
    known = wanted | puts.keys() | {row["id"] for row in rows_on(home / "disk" / "outbox.db")}
    expected_gone = {one for disk in disks for one in disk["unacked"]}
    found = Findings(produced=len(wanted))
    times: Counter[str] = Counter()
    counted: dict[tuple[str, int], int] = defaultdict(int)
    with closing(sqlite3.connect(database)) as core:
        for (store, stream), event in _stored(core, station):
            event_id = event["id"]
            times[event_id] += 1
            put = puts.get(event_id)
            if put is not None and put.digest != digest(event):
                found.changed.append(event_id)
            if event_id not in known and stream == "evidence" and event["type"] not in OF_THE_OUTBOX:
                found.invented.append(event_id)
            if event["type"] == "cn.yizhan.probe.sample.taken.v1":
                run = (store, event["epoch"])
                if 1 < event["data"]["n"] <= counted[run]:  # a driver that is started again counts from 1
                    found.out_of_order.append(event_id)
                counted[run] = event["data"]["n"]
    found.stored = sum(times.values())
    found.doubled = [one for one, count in times.items() if count > 1]
    absent = wanted - times.keys()
    found.gone_with_disk = sorted(absent & expected_gone)
    found.lost = sorted(absent - expected_gone)
    return found


def sound(database: Path) -> str:
    """Return what SQLite finds of a file: `ok`."""
    with closing(sqlite3.connect(database)) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])


def blame(puts: dict[str, Put], blows: list[Blow], ids: Iterable[str]) -> Counter[str]:
    """Count events by the last fault that their station had suffered when they were put."""
    times = [blow.at_s for blow in blows]
    counts: Counter[str] = Counter()
    for one in ids:
        put = puts.get(one)
        place = bisect.bisect_right(times, put.at_s) if put is not None else 0
        counts[blows[place - 1].kind if place else BEFORE_ALL] += 1
    return counts


@dataclass(frozen=True, slots=True)
class Line:
    """What happened at one station, in order of time: puts (time, store, seq) and acks (time, store, upto)."""

    puts: list[tuple[float, str, int]]
    acks: list[tuple[float, str, int]]

    def recovery(self, blow: Blow) -> float | None:
        """Return the seconds until something recorded after a fault was acked, None if that never happened."""
        start = bisect.bisect_right(self.puts, (blow.at_s, "", 0))
        old = {store for _, store, _ in self.puts[:start]} if blow.kind == "edge state an old copy" else set()
        first: dict[str, int] = {}
        place = start
        for at_s, store, upto in self.acks[bisect.bisect_right(self.acks, (blow.at_s, "", 0)) :]:
            while place < len(self.puts) and self.puts[place][0] <= at_s:
                _, put_store, seq = self.puts[place]
                first.setdefault(put_store, seq)
                place += 1
            if store not in old and first.get(store, upto + 1) <= upto:
                return at_s - blow.at_s
        return None


def read_line(home: Path, acks: Path, station: str) -> Line:
    """Return what was written down of one station's evidence."""
    puts = sorted((put.at_s, put.store, put.seq) for put in read_puts(home).values() if put.stream == "evidence")
    words = [line.split(" ") for line in acks.read_text().splitlines()] if acks.exists() else []
    return Line(puts, [(float(at), store, int(upto)) for at, name, store, upto in words if name == station])
