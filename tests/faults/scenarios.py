"""The fault scenarios of quality.md, each in a city of its own: `scripts/bench faults --scenarios`.

| F | where else it is proved |
|---|---|
| F5 (rate of the drain) | `scripts/bench backlog` |
| F12 (loss of packets) | here, in a network namespace of its own: `tests/faults/lossy.py` |
| F19, F20 | `tests/edge/test_http.py` (slow pages get the newest picture; a new page the whole one at once) |
"""

import asyncio
import json
import random
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import aiomqtt

from protocols.venue.presence import KEEP_ALIVE_S, WILL_DELAY_S
from tests.bench.table import quantile
from tests.faults.city import REST_S, ROOT, Bulk, City, Setting, city
from tests.faults.lossy import lost_packets
from tests.faults.observer import Observer
from tests.faults.oracle import Findings, compare, missing, read_line, read_puts, sound
from tests.faults.program import PUT_LOG, set_offset
from tests.faults.run import beside, settle
from tests.waiting import until

#: Bytes of the end of a log that hold its last second.
TAIL_BYTES: Final = 256 * 1024
#: Death is known after 1.5 keep-alives and the will's delay, and mosquitto 2.0 looks for dead clients every 5-6 s.
BROKER_LOOKS_S: Final = 6.0
DETECTED_S: Final = 1.5 * KEEP_ALIVE_S + WILL_DELAY_S + BROKER_LOOKS_S
YEAR_S: Final = 365 * 86_400.0
NORMAL: Final = Setting(2, 100.0)
#: A core may grow by this while it cannot store.
GROWTH_MB: Final = 64
#: A line that turns narrow is learnt within this; what was on it before cannot be overtaken.
LEARNT_S: Final = 6.0
#: A fleet that lost its broker is back within this.
STORM_S: Final = 60.0
RETRIES: Final = "yizhan_ingest_store_retries_total"
FLEET_OPTIONS: Final = ("--memory", "--ramp", "30")
#: Of many recoveries this part must be within the limit: other work on the machine may hold up one; the table has all.
JUDGED: Final = 0.95
#: A limit in seconds is this much wider in the short form, which runs where other work runs.
SLACK: Final = 3.0


@dataclass
class Scene:
    """One scenario under way."""

    city: City
    observer: Observer
    chance: random.Random
    #: How often its fault is repeated.
    times: int
    recoveries_s: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    #: Stream and ids that are expected to be missing: shed by the disk budget, and declared.
    shed: set[str] = field(default_factory=set)

    async def pause(self, low_s: float = 0.3, high_s: float = 1.5) -> None:
        """Wait for a random time."""
        await asyncio.sleep(self.chance.uniform(low_s, high_s))

    async def resumed(self, station: str, since_s: float, timeout_s: float = 60.0) -> float:
        """Wait until something put after `since_s` is acked and return the seconds it took."""

        def acked() -> bool:
            store, seq = first_put(self.city.home(station) / PUT_LOG, since_s)
            return bool(store) and self.observer.acked.get((station, store), 0) >= seq

        await until(acked, f"{station} goes on", timeout_s)
        self.recoveries_s.append(time.monotonic() - since_s)
        return self.recoveries_s[-1]

    async def all_resumed(self, since_s: float) -> None:
        """Wait until every station goes on; the slowest counts."""
        before = len(self.recoveries_s)
        for station in self.city.stations:
            await self.resumed(station, since_s)
        self.recoveries_s[before:] = [max(self.recoveries_s[before:])]

    def check(self, *, ok: bool, what: str) -> None:
        """Note a failure unless `ok`."""
        if not ok:
            self.failures.append(what)


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is played, how often in full and in short, and the greatest recovery, s (0: none is asked)."""

    title: str
    play: Callable[[Scene], Awaitable[None]]
    times: int
    short: int
    within_s: float = 0.0
    setting: Setting = NORMAL


@dataclass
class Outcome:
    """What a scenario has shown."""

    name: str
    scenario: Scenario
    seed: int
    findings: Findings
    recoveries_s: list[float]
    notes: list[str]
    failures: list[str]

    @property
    def row(self) -> list[str]:
        """Return a row of the table."""
        took = self.recoveries_s
        return [
            f"{self.name} {self.scenario.title}", str(self.seed), f"{self.findings.produced:,}",
            str(len(self.findings.lost)), str(len(self.findings.doubled)),
            f"{quantile(took, 0.5):.1f}" if took else "", f"{max(took):.1f}" if took else "",
            "; ".join(self.notes + [f"FAILED: {one}" for one in self.failures]),
        ]  # fmt: skip


HEADER: Final = ["scenario", "seed", "events", "lost", "dup", "recovery p50 s", "max s", "noted"]


async def play(name: str, folder: Path, seed: int, *, short: bool) -> Outcome:
    """Play one scenario and compare both sides at its end."""
    scenario = SCENARIOS[name]
    folder.mkdir(parents=True, exist_ok=True)
    async with city(folder, scenario.setting) as place:
        observer = Observer(place.broker_port, folder / "acks.log")
        scene = Scene(place, observer, random.Random(seed), scenario.short if short else scenario.times)
        async with beside(observer.run(), place.keep_up()):
            await until(lambda: len(observer.acked) >= len(place.stations), "every station is acked", 30)
            await scenario.play(scene)
            recorded, _ = await settle(place, scene.shed)
            place.down.update(["broker", "core", *place.stations])
            for one in (*place.stations, "core"):
                place.stop(one)
        rows = await place.rows()
        return _judge(name, seed, scene, recorded, rows, slack=SLACK if short else 1.0)


def _judge(  # noqa: PLR0913 - what a scenario leaves behind
    name: str, seed: int, scene: Scene, recorded: dict[str, set[str]], rows: Path, *, slack: float
) -> Outcome:
    place, scenario = scene.city, SCENARIOS[name]
    total = Findings()
    for station in place.stations:
        total.add(compare(rows, station, recorded[station] - scene.shed, place.home(station), []))
        scene.check(ok=sound(place.state(station) / "outbox.db") == "ok", what=f"the outbox of {station} is damaged")
    scene.check(ok=sound(rows) == "ok", what="the core's database is damaged")
    for what, ids in (
        ("lost", total.lost), ("stored twice", total.doubled), ("changed", total.changed),
        ("invented", total.invented), ("out of order", total.out_of_order),
    ):  # fmt: skip
        scene.check(ok=not ids, what=f"{len(ids)} events {what}")
    limit_s, worst_s = scenario.within_s * slack, quantile(scene.recoveries_s or [0.0], JUDGED)
    scene.check(ok=not limit_s or worst_s <= limit_s, what=f"recovered after {worst_s:.1f} s, not {limit_s:g} s")
    by_itself = [f"{one.name} ({one.code})" for one in place.ended if not one.disk_was_full]
    scene.check(ok=not by_itself, what=f"ended by themselves: {by_itself}")
    return Outcome(name, scenario, seed, total, scene.recoveries_s, scene.notes, scene.failures)


def first_put(log: Path, since_s: float) -> tuple[str, int]:
    """Return store and seq of the first evidence put after a monotonic time, ("", 0) if there is none yet."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - TAIL_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
    for line in lines[1:]:
        words = line.split(" ")
        if len(words) == 6 and words[2] == "evidence" and float(words[0]) > since_s:
            return words[1], int(words[3])
    return "", 0


def _has_put(log: Path, since_s: float) -> bool:
    return bool(first_put(log, since_s)[0])


def _has_heard(observer: Observer, before: int) -> bool:
    return observer.heard > before


def memory_mb(pid: int | None) -> float:
    """Return what a process has used at most, MB."""
    text = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith("VmHWM"))


async def _kill_edge(scene: Scene) -> None:
    """F1: the agent is recording again as soon as its events are acked again, and not before."""
    for _ in range(scene.times):
        await scene.pause()
        at_s = time.monotonic()
        scene.city.restart(scene.city.stations[0])
        await until(partial(_has_put, scene.city.home("st-01") / PUT_LOG, at_s), "it records", 60)
        scene.recoveries_s.append(time.monotonic() - at_s)


async def _kill_core(scene: Scene) -> None:
    for _ in range(scene.times):
        await scene.pause()
        at_s = time.monotonic()
        scene.city.restart("core")
        await scene.resumed("st-01", at_s)


async def _kill_broker_after_puback(scene: Scene) -> None:
    """F3: a batch that has been overheard was confirmed to its sender at the same moment."""
    for _ in range(scene.times):
        await scene.pause()
        await until(partial(_has_heard, scene.observer, scene.observer.heard), "a batch passes", 30)
        at_s = time.monotonic()
        scene.city.restart("broker")
        await scene.all_resumed(at_s)


async def _kill_all(scene: Scene) -> None:
    for _ in range(scene.times):
        await scene.pause(1.0, 3.0)
        at_s = time.monotonic()
        names = ["broker", "core", *scene.city.stations]
        scene.chance.shuffle(names)
        scene.city.kill(*names)
        for name in names:
            scene.city.start(name)
        await scene.all_resumed(at_s)


async def _outage(scene: Scene) -> None:
    """F5, scaled: what a queued event costs on disk, and that all of it arrives."""
    scene.city.down.add("broker")
    scene.city.kill("broker")
    began = time.monotonic()
    await asyncio.sleep(scene.times)
    at_s = time.monotonic()
    scene.city.down.discard("broker")
    outbox = scene.city.state("st-01") / "outbox.db"
    with closing(sqlite3.connect(f"file:{outbox}?mode=ro", uri=True)) as database:
        pages, free, size, count, chars = database.execute(
            "SELECT page_count, freelist_count, page_size, (SELECT count(*) FROM evidence),"
            " (SELECT sum(length(text)) FROM evidence)"
            " FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
        ).fetchone()
    overhead = ((pages - free) * size - chars) / count
    scene.notes.append(f"{count:,} events queued in {at_s - began:.0f} s, {overhead:.0f} bytes each beside the event")
    scene.check(ok=overhead <= 150, what=f"{overhead:.0f} bytes of disk an event, not 150")
    await scene.all_resumed(at_s)


async def _buffer_full(scene: Scene) -> None:
    """F6: telemetry is shed, in the order of its age, and every missing event is declared."""
    for name in scene.city.stations:
        scene.city.cables[name].fall_silent(scene.times)
    await asyncio.sleep(scene.times)
    await scene.all_resumed(time.monotonic())

    def declared(station: str) -> set[int]:
        with closing(sqlite3.connect(f"file:{scene.city.database}?mode=ro", uri=True)) as core:
            rows = core.execute(
                "SELECT lost FROM stream_mark WHERE station = ? AND stream = 'telemetry'", (station,)
            ).fetchall()
        return {seq for (text,) in rows for first, last in json.loads(text) for seq in range(first, last + 1)}

    for name in scene.city.stations:
        puts = read_puts(scene.city.home(name))
        bulk = {one: put.seq for one, put in puts.items() if put.stream == "telemetry"}

        def explained(name: str = name, bulk: dict[str, int] = bulk) -> bool:
            lost = declared(name)
            return not missing(scene.city.database, name, {one for one, seq in bulk.items() if seq not in lost})

        await until(explained, "all telemetry of before is stored or declared", 60)
        lost = declared(name)
        scene.shed |= {one for one, put in puts.items() if put.stream == "telemetry" and put.seq in lost}
        scene.notes.append(f"{name} shed {len(lost):,}")
        scene.check(ok=bool(lost), what=f"{name} shed nothing: the buffer was not full")


async def _core_disk_full(scene: Scene) -> None:
    disk = scene.city.disks["core"]
    at_s = time.monotonic()
    disk.fill(scene.city.pid("core"))
    try:

        async def degraded() -> bool:
            return (await scene.city.rest("GET", "/readyz"))[0] == 503

        await until(degraded, "the core says that it cannot store", 30)
        scene.notes.append(f"not ready after {time.monotonic() - at_s:.1f} s")
        scene.check(ok=time.monotonic() - at_s <= 5.0, what="it took more than 5 s to say so")
        acked = dict(scene.observer.acked)
        await asyncio.sleep(scene.times)
        scene.check(ok=acked == scene.observer.acked, what="something was acked that could not be stored")
    finally:
        disk.free(scene.city.pid("core"))
    await scene.all_resumed(time.monotonic())
    await until(scene.city.ready, "the core is ready again", 30)


async def _writes_fail(scene: Scene) -> None:
    """F8: every twentieth write or sync of the core's files fails."""
    before = await scene.city.metric(RETRIES)
    scene.city.break_writes(0.05)
    try:
        await asyncio.sleep(scene.times)
        failed = await scene.city.metric(RETRIES) - before
    finally:
        scene.city.break_writes(0.0)
    scene.notes.append(f"{failed:.0f} transactions failed and were tried again")
    scene.check(ok=failed > 0, what="no transaction failed")
    await scene.all_resumed(time.monotonic())
    await until(scene.city.ready, "the core is ready again", 30)


async def _lossy(scene: Scene) -> None:
    """F12: a part of all packets that reach or leave the broker and the cables is lost."""
    for percent in (5, 20):
        began = time.monotonic()
        with lost_packets(percent / 100):
            await asyncio.sleep(scene.times)
            await scene.all_resumed(time.monotonic())
        took = _times_to_ack(scene, began, time.monotonic())
        p99 = quantile(took, 0.99)
        scene.notes.append(f"{percent} %: evidence acked after {quantile(took, 0.5):.2f} / {p99:.2f} s (p50/p99)")
        limit_s = 2.0 if percent == 5 else 60.0
        scene.check(ok=p99 <= limit_s, what=f"at {percent} % evidence took {p99:.1f} s (p99), not {limit_s:g} s")


def _times_to_ack(scene: Scene, after_s: float, before_s: float) -> list[float]:
    """Return how long each event of evidence that was put in a stretch of time waited for its ack, s."""
    took = []
    for name in scene.city.stations:
        line = read_line(scene.city.home(name), scene.city.folder / "acks.log", name)
        for at_s, store, seq in line.puts:
            if after_s < at_s < before_s:
                acked = next((ack for ack, other, upto in line.acks if other == store and upto >= seq), None)
                took.append((acked or time.monotonic()) - at_s)
    return took


async def _postgres_down(scene: Scene) -> None:
    """F9: the same process goes on as soon as the server does."""
    server, core = scene.city.postgres, scene.city.pid("core")
    assert server is not None
    before = memory_mb(core)
    await asyncio.to_thread(server.stop)
    try:
        await asyncio.sleep(scene.times)
    finally:
        await asyncio.to_thread(server.start)
    await scene.all_resumed(time.monotonic())
    grown = memory_mb(core) - before
    scene.notes.append(f"the core grew by {grown:.0f} MB")
    scene.check(ok=grown < GROWTH_MB, what=f"the core grew by {grown:.0f} MB")
    scene.check(ok=scene.city.pid("core") == core, what="the core was started again")


async def _slow_database(scene: Scene) -> None:
    """F10: another writer holds the lock for 500 ms at a time: that is what every commit takes longer."""
    before = memory_mb(scene.city.pid("core"))
    at_s = time.monotonic()
    while time.monotonic() < at_s + scene.times:
        await asyncio.to_thread(_hold_lock, scene.city.database, 0.5)
        await asyncio.sleep(0.02)
    grown = memory_mb(scene.city.pid("core")) - before
    scene.notes.append(f"the core grew by {grown:.0f} MB")
    scene.check(ok=grown < GROWTH_MB, what=f"the core grew by {grown:.0f} MB")
    await scene.all_resumed(time.monotonic())


async def _locked_database(scene: Scene) -> None:
    locked = asyncio.create_task(asyncio.to_thread(_hold_lock, scene.city.database, scene.times))
    answers = []
    while not locked.done():
        answers.append((await scene.city.rest("GET", "/api/v1/stations"))[0])
        await asyncio.sleep(0.2)
    await locked
    at_s = time.monotonic()
    errors, late = sum(1 for status in answers if status >= 500), answers.count(0)
    scene.notes.append(f"{len(answers)} reads meanwhile, {late} of them took over {REST_S:g} s, {errors} answered 5xx")
    scene.check(ok=not errors, what=f"{errors} of {len(answers)} reads answered 5xx")
    await scene.all_resumed(at_s)
    waited_s = await scene.city.metric("yizhan_ingest_commit_seconds_sum")  # SQLite waits inside the commit
    scene.check(ok=waited_s > scene.times / 2, what="the wait does not show in the metrics")


def _hold_lock(path: Path, seconds: float) -> None:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN EXCLUSIVE")
        time.sleep(seconds)
        other.execute("ROLLBACK")


async def _silent_cut(scene: Scene) -> None:
    for _ in range(scene.times):
        at_s = time.monotonic()
        scene.city.cables["st-01"].fall_silent(DETECTED_S + 6)

        async def offline() -> bool:
            return (await scene.city.states()).get("st-01") == "offline"

        await until(offline, "the station is shown offline", 30)
        took = time.monotonic() - at_s
        scene.notes.append(f"offline after {took:.1f} s")
        scene.check(ok=took <= DETECTED_S, what=f"offline only after {took:.1f} s")
        await asyncio.sleep(max(0.0, DETECTED_S + 6 - took))
        await scene.resumed("st-01", time.monotonic())


async def _flapping(scene: Scene) -> None:
    cable = scene.city.cables["st-01"]
    descriptors = Path(f"/proc/{scene.city.pid('broker')}/fd")
    before, began = len(list(descriptors.iterdir())), time.monotonic()
    accepted = cable.accepted
    for _ in range(scene.times):
        cable.refuse(2.0)
        await asyncio.sleep(4.0)
    rate = (cable.accepted - accepted) / (time.monotonic() - began)
    await scene.resumed("st-01", time.monotonic())
    left = len(list(descriptors.iterdir())) - before
    scene.notes.append(f"{rate:.2f} connects/s, {left} sockets more at the broker")
    scene.check(ok=rate <= 1.0, what=f"{rate:.2f} connects a second")
    scene.check(ok=left <= 1, what=f"{left} sockets are left at the broker")


async def _narrow(scene: Scene) -> None:
    """F15: evidence on a line of 128 kbit/s that bulk telemetry would fill several times over."""
    began = time.monotonic()
    for name in scene.city.stations:
        scene.city.cables[name].slow_down(scene.times, bytes_per_s=16_000.0)
    await asyncio.sleep(scene.times)
    took = _times_to_ack(scene, began + LEARNT_S, began + scene.times - 3)
    p99 = quantile(took, 0.99)
    scene.notes.append(f"evidence acked after {quantile(took, 0.5):.2f} / {p99:.2f} s (p50/p99)")
    scene.check(ok=p99 <= 2.0, what=f"evidence took {p99:.1f} s (p99), not 2 s")
    await scene.all_resumed(time.monotonic())


async def _doubled(scene: Scene) -> None:
    for name in scene.city.stations:
        scene.city.cables[name].double(10**6)
    await asyncio.sleep(scene.times)
    repeated = await scene.city.metric("yizhan_ingest_events_repeated_total")
    scene.notes.append(f"{repeated:,.0f} repeated events")
    scene.check(ok=repeated > 100, what="nothing was delivered twice")


async def _reordered(scene: Scene) -> None:
    for name in scene.city.stations:
        scene.city.cables[name].overtake(10**6)
    await asyncio.sleep(scene.times)
    swapped = sum(cable.overtaken for cable in scene.city.cables.values())
    scene.notes.append(f"{swapped} batches overtaken")
    scene.check(ok=swapped >= 5, what="nothing was reordered")
    for cable in scene.city.cables.values():
        cable.overtake(0)
    await scene.all_resumed(time.monotonic())


POISON: Final[tuple[bytes, ...]] = (
    b"{", b"[" + b"1," * 400_000 + b"1]", b'[{"id": 1}]', b'["\xff\xfe"]', b"", b"null", b"[[[[]]]]", b"\x00" * 64,
)  # fmt: skip


async def _poison(scene: Scene) -> None:
    """F18: nobody says which events these are, so each different one is a dead letter and nothing else."""
    before = scene.city.pid("core")
    sent = {one + b" " * number if one and len(one) < 1000 else one for one in POISON for number in range(scene.times)}
    async with aiomqtt.Client("127.0.0.1", scene.city.broker_port, protocol=aiomqtt.ProtocolVersion.V5) as client:
        for payload in sorted(sent):
            await client.publish("yz/1/st-01/up/evidence", payload, 1)
            await scene.pause(0.0, 0.05)
    await scene.all_resumed(time.monotonic())

    async def letters() -> int:
        _, document = await scene.city.rest("GET", "/api/v1/stations/st-01")
        return int(document["dead_letters"]["total"])

    await until(lambda: _equals(letters(), len(sent)), f"there are {len(sent)} dead letters", 20)
    scene.notes.append(f"{len(sent)} poisonous messages, as many dead letters")
    scene.check(ok=scene.city.pid("core") == before, what="the core was started again")


async def _equals(value: Awaitable[int], expected: int) -> bool:
    return await value == expected


async def _clock_jumps(scene: Scene) -> None:
    for jump_s in (YEAR_S, -YEAR_S, -10_800.0, 1.0, 0.0) * scene.times:
        for name in (*scene.city.stations, "core"):
            if scene.chance.random() < 0.7:
                set_offset(scene.city.home(name), jump_s)
        await scene.pause(21.0, 26.0)  # two samples of the probe at least: an interval needs them
    for name in scene.city.stations:  # a stop in order closes the intervals of the jumps
        await asyncio.to_thread(scene.city.stop, name)
    await scene.all_resumed(time.monotonic())
    with closing(sqlite3.connect(f"file:{scene.city.database}?mode=ro", uri=True)) as core:
        texts = [text for (text,) in core.execute("SELECT text FROM event WHERE text LIKE '%signal.interval%'")]
    intervals = [json.loads(text)["data"] for text in texts]
    negative = [one for one in intervals if one["to"] < one["from"]]
    scene.notes.append(f"{len(intervals)} intervals")
    scene.check(ok=bool(intervals), what="there is no interval to look at")
    scene.check(ok=not negative, what=f"{len(negative)} intervals end before they begin, such as {negative[:1]}")


async def _storm(scene: Scene) -> None:
    """F21: a fleet of simulated stations loses its broker and comes back."""
    place, stations = scene.city, scene.times
    site = place.folder / "fleet.toml"
    fleet = ["fleet", "simulate", "--stations", str(stations), "--rate", "0.2", "--minutes", "10"]
    place.run(*fleet, "--site-out", str(site))
    place.run("site", "apply", str(site))
    command = [sys.executable, str(ROOT / "yizhan.py"), *fleet, "--mqtt", f"mqtt://127.0.0.1:{place.broker_port}"]
    log = (place.folder / "fleet.log").open("wb")
    process = await asyncio.create_subprocess_exec(*command, *FLEET_OPTIONS, stdout=log, stderr=log, cwd=ROOT)
    try:
        await until(partial(_heard_since, place.database, "sim-%", "", stations), "the fleet is there", 300)
        for _ in range(2):
            killed, at_s = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"), time.monotonic()
            place.restart("broker")
            await until(partial(_heard_since, place.database, "sim-%", killed, stations), "the fleet is back", 120)
            took = time.monotonic() - at_s
            scene.notes.append(f"{stations} stations back after {took:.0f} s")
            scene.check(ok=took <= STORM_S, what=f"back only after {took:.0f} s")
        at_s = time.monotonic()
    finally:
        process.kill()
        await process.wait()
        log.close()
    await scene.all_resumed(at_s)


def _heard_since(database: Path, names: str, since: str, wanted: int) -> bool:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as core:
        query = "SELECT count(*) FROM presence WHERE station LIKE ? AND last_heard > ?"
        return bool(core.execute(query, (names, since)).fetchone()[0] >= wanted)


_TELEMETRY: Final = Bulk("telemetry", rate=400.0)
#: More than 128 kbit/s: about 100 kB a second.
_BULK: Final = Bulk("telemetry", rate=200.0)

_ON_POSTGRES: Final = Setting(2, 100.0, postgres=True)

SCENARIOS: Final[dict[str, Scenario]] = {
    "F1": Scenario("kill -9 edge", _kill_edge, 50, 3, within_s=3.0),
    "F2": Scenario("kill -9 core", _kill_core, 50, 3, within_s=5.0, setting=Setting(2, 200.0)),
    "F3": Scenario("kill -9 broker after PUBACK", _kill_broker_after_puback, 20, 2),
    "F4": Scenario("all killed within 100 ms", _kill_all, 10, 1),
    "F5": Scenario("outage with a backlog (s)", _outage, 60, 5, setting=Setting(2, 1_500.0)),
    "F6": Scenario("buffer full (s)", _buffer_full, 40, 20, setting=Setting(2, 20.0, bulk=_TELEMETRY, outbox_mb=2)),
    "F7": Scenario("no space for the core's database (s)", _core_disk_full, 20, 3),
    "F8": Scenario("5 % of the core's writes fail (s)", _writes_fail, 30, 8, setting=Setting(2, 100.0, brittle=True)),
    "F9": Scenario(
        "PostgreSQL stopped -m immediate (s)",
        _postgres_down,
        60,
        6,
        within_s=5.0,
        setting=Setting(2, 100.0, postgres=True),
    ),
    "F10": Scenario("every commit 500 ms slower (s)", _slow_database, 30, 5, setting=Setting(2, 300.0)),
    "F11": Scenario("database locked (s)", _locked_database, 25, 8),
    "F12": Scenario("5 and 20 % of packets lost (s each)", _lossy, 30, 8, setting=Setting(2, 20.0)),
    "F13": Scenario("silent cut", _silent_cut, 3, 1),
    "F14": Scenario("flapping link, 2 s up, 2 s down", _flapping, 100, 4),
    "F15": Scenario("128 kbit/s (s)", _narrow, 60, 20, setting=Setting(2, 2.0, bulk=_BULK)),
    "F16": Scenario("each batch three times, DUP (s)", _doubled, 30, 5),
    "F17": Scenario("each batch overtaken (s)", _reordered, 30, 6),
    "F18": Scenario("poison", _poison, 20, 2),
    "F21": Scenario("reconnect storm (stations)", _storm, 1_000, 40, setting=Setting(2, 20.0)),
    "F22": Scenario("clock jumps: 1 y, -1 y, -3 h, 1 s", _clock_jumps, 2, 1, setting=Setting(2, 20.0)),
}
