"""A run of random faults over a city: plan, blows, presence, commands, the tail, the comparison, one table."""

import asyncio
import json
import random
import shutil
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.bench.table import machine, quantile
from tests.faults.city import SLOT, City, Setting, city
from tests.faults.inflict import Tools, inflict
from tests.faults.observer import Observer
from tests.faults.oracle import (
    BEFORE_ALL,
    Blow,
    Findings,
    blame,
    compare,
    missing,
    read_effects,
    read_line,
    read_puts,
    recorded_by,
    sound,
)
from tests.faults.plan import Fault, make_plan

#: Strikes are asked for at random within these, s; each ends within its expiry.
COMMAND_GAP_S: Final = (1.0, 4.0)
COMMAND_EXPIRY_S: Final = 15
COMMAND_TIMEOUT_S: Final = 5.0
#: The core looks at timers every so often, and says the end of one after its commit.
COMMAND_GRACE_S: Final = 5.0
#: `hold_s` of a strike is this and a millionth more for each one before it: its name.
HOLD_S: Final = 0.05
STATES_WITHIN_S: Final = 3.0
#: After the agents were stopped and started without a probe, everything must be there within this.
SETTLE_S: Final = 60.0
ENDS: Final = frozenset({"done", "failed", "rejected", "expired", "timed_out", "indeterminate"})
LOOKS_AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True)
class Wish:
    """What a run is to be."""

    folder: Path
    seed: int
    faults: int = 1_000
    stations: int = 8
    rate: float = 10.0
    left_alone_s: float = 30.0
    tail_s: float = 60.0


@dataclass
class Result:
    """What a run has shown."""

    wish: Wish
    findings: Findings
    rows: list[list[str]]
    notes: list[str]
    failures: list[str]


@dataclass
class Run:
    """A run under way; what must outlive an interruption is a line of `progress.jsonl`."""

    wish: Wish
    plan: list[Fault]
    progress: list[dict[str, Any]] = field(default_factory=list)
    hit_at: dict[str, float] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def log(self) -> Path:
        """Return the file of the progress."""
        return self.wish.folder / "progress.jsonl"

    def note(self, entry: dict[str, Any]) -> None:
        """Keep a line of progress."""
        self.progress.append(entry)
        with self.log.open("a") as log:
            log.write(json.dumps(entry) + "\n")

    def noted(self, kind: str) -> list[dict[str, Any]]:
        """Return the lines of one kind."""
        return [entry for entry in self.progress if entry["note"] == kind]

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Have something go on beside the faults."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish_spawned(self) -> None:
        """Wait for everything that goes on."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def drop_spawned(self) -> None:
        """End everything that goes on."""
        for task in self._tasks:
            task.cancel()


async def run_faults(wish: Wish) -> Result:
    """Run from where `wish.folder` was left to the end; returns what was found."""
    wish.folder.mkdir(parents=True, exist_ok=True)
    run = _resume(wish)
    done = len(run.noted("blow"))
    print(
        f"seed {wish.seed}, {wish.faults} faults, {wish.stations} stations, from fault {done} in {wish.folder}",
        flush=True,
    )
    async with city(wish.folder, Setting(wish.stations, wish.rate)) as place:
        observer = Observer(place.broker_port, wish.folder / "acks.log")
        async with beside(observer.run(), place.keep_up(), _command(run, place)) as tasks:
            tools = Tools(place, observer, run.spawn, run.note)
            try:
                await _strike_all(run, tools, done)
                await run.finish_spawned()
                run.note({"note": "tail", "at_s": time.monotonic()})
                await asyncio.sleep(wish.tail_s)
            finally:
                run.drop_spawned()
            tasks[2].cancel()
            gone = {one for entry in run.noted("disk") for one in entry["unacked"]}
            recorded, behind_s = await settle(place, gone)
            commands = await _ends_of_commands(run, place)
            stores = await _closed_stores(place)
            place.down.update(["broker", "core", *place.stations])
            for name in (*place.stations, "core"):
                place.stop(name)
        return _judge(run, place, Seen(recorded, behind_s, commands, stores))


def _resume(wish: Wish) -> Run:
    settings = {name: getattr(wish, name) for name in ("seed", "faults", "stations", "rate", "left_alone_s", "tail_s")}
    kept = wish.folder / "wish.json"
    if kept.exists() and json.loads(kept.read_text()) != settings:
        raise SystemExit(f"{wish.folder} holds another run: {kept.read_text()}")
    kept.write_text(json.dumps(settings))
    run = Run(wish, make_plan(wish.seed, wish.faults, wish.stations, wish.left_alone_s))
    if run.log.exists():
        run.progress = [json.loads(line) for line in run.log.read_text().splitlines() if line.endswith("}")]
    return run


@asynccontextmanager
async def beside(*works: Coroutine[Any, Any, None]) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Have works go on during the body; one that fails fails the body at its end."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield tasks
        for task in tasks:
            if task.done() and not task.cancelled():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _strike_all(run: Run, tools: Tools, done: int) -> None:
    for fault in run.plan[done:]:
        await asyncio.sleep(fault.gap_s)
        await inflict(tools, fault)
        at_s = time.monotonic()
        hit = [tools.city.stations[fault.station]] if fault.kind.target == "station" else list(tools.city.stations)
        run.hit_at.update(dict.fromkeys(hit, at_s))
        run.note(
            {"note": "blow", "number": fault.number, "kind": fault.kind.name, "at_s": at_s, "stations": hit,
             "held_down": fault.stays_down}
        )  # fmt: skip
        if fault.sampled:
            run.spawn(_look_at_presence(run, tools.city, fault, hit, at_s))
        if fault.number % 50 == 49:
            print(f"{fault.number + 1} faults", flush=True)


async def _look_at_presence(run: Run, place: City, fault: Fault, hit: list[str], at_s: float) -> None:
    """Look at the presence of who was hit, after it was left alone; who was hit again meanwhile is not looked at."""
    await asyncio.sleep(fault.lasts_s + run.wish.left_alone_s)
    states: dict[str, str] = {}
    deadline = time.monotonic() + STATES_WITHIN_S
    while not states and time.monotonic() < deadline:
        states = await place.states()
    wrong = {}
    alone = [name for name in hit if run.hit_at[name] == at_s]
    for name in alone:
        # A station that died before it was back at a broker that had died has left no will: it is stale then (W14).
        right = {"offline", "stale"} if name in place.down else {"online"}
        if states.get(name) not in right:
            wrong[name] = f"{states.get(name)} instead of {' or '.join(sorted(right))}"
    run.note({"note": "presence", "number": fault.number, "kind": fault.kind.name, "looked_at": alone, "wrong": wrong})
    if fault.stays_down:
        place.down.difference_update(hit)


async def _command(run: Run, place: City) -> None:
    """Ask for strikes, for ever."""
    chance = random.Random(run.wish.seed)
    number = len(run.noted("command"))
    while True:
        await asyncio.sleep(chance.uniform(*COMMAND_GAP_S))
        number += 1
        hold_s = round(HOLD_S + number * 1e-6, 6)
        order = {
            "name": "strike",
            "args": {"hold_s": hold_s},
            "expires_s": COMMAND_EXPIRY_S,
            "timeout_s": COMMAND_TIMEOUT_S,
        }
        station = chance.choice(place.stations)
        status, answer = await place.rest("POST", f"/api/v1/stations/{station}/slots/{SLOT}/commands", order)
        run.note({"note": "command", "token": repr(hold_s), "status": status, "id": answer.get("id")})


async def settle(place: City, gone: set[str]) -> tuple[dict[str, set[str]], float]:
    """Stop the agents and start them without a probe; return what was recorded, and how long the core missed of it."""
    names = set(place.stations)
    place.down.update(names)
    for name in place.stations:
        place.stop(name)
    recorded = {name: recorded_by(place.home(name), place.state(name) / "outbox.db") for name in place.stations}
    wanted = dict(recorded)
    place.produce = False
    started = time.monotonic()
    place.down.difference_update(names)
    while time.monotonic() < started + SETTLE_S:
        rows = await place.rows()
        for name in place.stations:
            if wanted[name]:
                wanted[name] = missing(rows, name, wanted[name])
        if not any(ids - gone for ids in wanted.values()):
            break
        await asyncio.sleep(0.5)
    return recorded, time.monotonic() - started


async def _ends_of_commands(run: Run, place: City) -> Counter[str]:
    """Return how the commands ended that the core had taken; one without an end is `open`.

    The last ones were sent a moment ago: they have until both of their timers have run out.
    """
    ids = [entry["id"] for entry in run.noted("command") if entry["status"] == 202]
    ends: dict[str, str] = {}
    until_s = time.monotonic() + COMMAND_EXPIRY_S + COMMAND_TIMEOUT_S + COMMAND_GRACE_S
    while len(ends) < len(ids) and time.monotonic() < until_s:
        waiting = [one for one in ids if one not in ends]
        for start in range(0, len(waiting), LOOKS_AT_ONCE):
            chunk = waiting[start : start + LOOKS_AT_ONCE]
            answers = await asyncio.gather(*(place.rest("GET", f"/api/v1/commands/{one}") for one in chunk))
            ends |= {
                one: doc["state"] for one, (_, doc) in zip(chunk, answers, strict=True) if doc.get("state") in ENDS
            }
        await asyncio.sleep(0.5)
    return Counter(ends.get(one, "open") for one in ids)


async def _closed_stores(place: City) -> dict[str, set[str]]:
    found = {}
    for name in place.stations:
        _, document = await place.rest("GET", f"/api/v1/stations/{name}")
        found[name] = {past["store"] for past in document.get("past_stores", [])}
    return found


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen while the city still ran: what was recorded, and seconds until the core had that."""

    recorded: dict[str, set[str]]
    behind_s: float
    commands: Counter[str]
    #: Station -> stores that the core shows as closed.
    closed: dict[str, set[str]]


def _judge(run: Run, place: City, seen: Seen) -> Result:
    disks: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for entry in run.noted("disk"):
        disks[entry["station"]].append(entry)
    blows = [
        Blow(entry["number"], entry["kind"], entry["at_s"], tuple(entry["stations"]), entry["held_down"])
        for entry in run.noted("blow")
    ]
    total = Findings()
    table = _Table()
    failures = []
    for name in place.stations:
        home, outbox = place.home(name), place.state(name) / "outbox.db"
        found = compare(place.database, name, seen.recorded[name], home, disks[name])
        total.add(found)
        table.take(home, [blow for blow in blows if name in blow.stations], found)
        if sound(outbox) != "ok":
            failures.append(f"{name}: the outbox is damaged")
    table.recoveries(place, blows)
    if sound(place.database) != "ok":
        failures.append("the core's database is damaged")
    failures += _failures(run, place, total, seen, disks)
    return Result(run.wish, total, table.rows(blows), _notes(run, place, total, seen), failures)


@dataclass
class _Table:
    """Figures by kind of fault."""

    events: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    gone: Counter[str] = field(default_factory=Counter)
    doubled: Counter[str] = field(default_factory=Counter)
    recovery_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    never: Counter[str] = field(default_factory=Counter)

    def take(self, home: Path, blows: list[Blow], found: Findings) -> None:
        puts = read_puts(home)
        self.events += blame(puts, blows, puts)
        self.lost += blame(puts, blows, found.lost)
        self.gone += blame(puts, blows, found.gone_with_disk)
        self.doubled += blame(puts, blows, found.doubled)

    def recoveries(self, place: City, blows: list[Blow]) -> None:
        """Take recoveries; from a fault of everybody, that of the last station."""
        lines = {name: read_line(place.home(name), place.folder / "acks.log", name) for name in place.stations}
        for blow in blows:
            if blow.held_down:
                continue
            took = [lines[name].recovery(blow) for name in blow.stations]
            known = [one for one in took if one is not None]
            if len(known) == len(took):
                self.recovery_s[blow.kind].append(max(known))
            else:
                self.never[blow.kind] += 1

    def rows(self, blows: list[Blow]) -> list[list[str]]:
        counts = Counter(blow.kind for blow in blows)
        return [self._row(kind, counts[kind]) for kind in (BEFORE_ALL, *counts) if counts[kind] or self.events[kind]]

    def _row(self, kind: str, count: int) -> list[str]:
        took = self.recovery_s[kind]
        figures = [f"{quantile(took, 0.5):.1f}", f"{max(took):.1f}"] if took else ["", ""]
        never = f" ({self.never[kind]} never)" if self.never[kind] else ""
        return [
            kind, str(count or ""), f"{self.events[kind]:,}", str(self.lost[kind]), str(self.gone[kind]),
            str(self.doubled[kind]), figures[0], figures[1] + never,
        ]  # fmt: skip


HEADER: Final = ["fault", "count", "events", "lost", "gone with its disk", "dup", "recovery p50 s", "max s"]


def _failures(run: Run, place: City, total: Findings, seen: Seen, disks: dict[str, list[dict[str, Any]]]) -> list[str]:
    found = [
        f"{len(ids)} events {what}, such as {ids[:3]}"
        for what, ids in (
            ("lost", total.lost), ("stored twice", total.doubled), ("changed", total.changed),
            ("stored that nobody recorded", total.invented), ("out of order", total.out_of_order),
        )
        if ids
    ]  # fmt: skip
    silent = [
        f"{station}: store {store} has gone and the core does not say so"
        for station, entries in disks.items()
        for entry in entries
        for store in entry["stores"]
        if store not in seen.closed[station]
    ]
    twice = {token: count for token, count in read_effects(map(place.home, place.stations)).items() if count > 1}
    found += silent + ([f"commands that took effect more than once: {twice}"] if twice else [])
    if seen.commands["open"]:
        found.append(f"{seen.commands['open']} commands never ended")
    found += [f"presence after fault {one['number']} ({one['kind']}): {one['wrong']}"
              for one in run.noted("presence") if one["wrong"]]  # fmt: skip
    found += [f"{one.name} ended by itself with {one.code}" for one in place.ended if not one.disk_was_full]
    return found


def _notes(run: Run, place: City, total: Findings, seen: Seen) -> list[str]:
    looked = [one for one in run.noted("presence") if one["looked_at"]]
    blows = run.noted("blow")
    effects = sum(read_effects(map(place.home, place.stations)).values())
    full = sum(1 for one in place.ended if one.disk_was_full)
    minutes = (blows[-1]["at_s"] - blows[0]["at_s"]) / 60
    ends = ", ".join(f"{count} {state}" for state, count in sorted(seen.commands.items()))
    wrong = sum(1 for one in looked if one["wrong"])
    parts = (
        f"Seed {run.wish.seed}; {len(blows)} faults in {minutes:.1f} min over {run.wish.stations} stations at",
        f"{run.wish.rate:g} events/s each; tail {run.wish.tail_s:g} s.",
        f"Produced {total.produced:,}, lost {len(total.lost)}, stored twice {len(total.doubled)};",
        f"{len(total.gone_with_disk)} were only on a disk that was taken away. After the tail the agents were stopped;",
        f"everything was there {seen.behind_s:.1f} s after they were started again without a probe.",
        f"Commands taken {sum(seen.commands.values())} ({ends}), effects {effects}.",
        f"Presence was looked at after {len(looked)} sampled faults left alone for {run.wish.left_alone_s:g} s:",
        f"{wrong} times wrong.",
        f"Processes that ended by themselves on a full disk: {full}.",
        "An event belongs to the last fault its station had suffered; a recovery lasts until something recorded after",
        "the fault is acked, at every station hit, other faults meanwhile included.",
    )
    return [" ".join(parts)]


def keep_free_of(folder: Path) -> None:
    """Remove a run that nobody needs any more."""
    shutil.rmtree(folder, ignore_errors=True)


def describe() -> str:
    """Return a line about the machine."""
    return machine()
