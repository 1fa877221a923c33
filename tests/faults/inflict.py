"""How each kind of fault is done to a city."""

import asyncio
import json
import random
import shutil
import signal
import sqlite3
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from protocols.venue.vocabulary import STREAMS
from tests.faults.city import BROKER_DATA, City
from tests.faults.observer import Observer
from tests.faults.plan import Fault
from tests.faults.program import set_offset

JUMP_S: Final = 7_200.0
#: Bytes within which a cable is cut: a station sends a few kilobytes a second.
CUT_WITHIN: Final = 4_000
CORE_CUT_WITHIN: Final = 20_000
DELAY_S: Final = 0.4
#: 128 kbit/s.
SLOW_BYTES_PER_S: Final = 16_000.0
REPEATED: Final = 3
SHUFFLED: Final = 6
#: What an old copy of a state directory is called.
COPY: Final = "copy"


@dataclass(frozen=True, slots=True)
class Tools:
    """What a fault is made with; `spawn` runs what ends it, `note` keeps what the oracle must know."""

    city: City
    observer: Observer
    spawn: Callable[[Coroutine[Any, Any, None]], object]
    note: Callable[[dict[str, Any]], None]


async def inflict(tools: Tools, fault: Fault) -> None:
    """Do a fault; returns at once, also from one that lasts."""
    await _DOING[fault.kind.name](tools, fault)


def _station(tools: Tools, fault: Fault) -> str:
    return tools.city.stations[fault.station]


async def _kill_edge(tools: Tools, fault: Fault) -> None:
    name, city = _station(tools, fault), tools.city
    if fault.stays_down:
        city.down.add(name)
    city.kill(name)
    if fault.copy:
        copy = city.home(name) / COPY
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(city.state(name), copy)
    if not fault.stays_down:
        city.start(name)


async def _kill_core(tools: Tools, _fault: Fault) -> None:
    tools.city.restart("core")


async def _kill_broker(tools: Tools, fault: Fault) -> None:
    """Kill the broker; half of the time it has just written its memory, which then is an old one at the next kill."""
    process = tools.city.processes.get("broker")
    if fault.size < 0.5 and process is not None:
        process.send_signal(signal.SIGUSR1)
        await asyncio.sleep(0.05)
    tools.city.restart("broker")


async def _delete_broker_data(tools: Tools, _fault: Fault) -> None:
    tools.city.kill("broker")
    for file in tools.city.state("broker").glob(f"{BROKER_DATA}*"):
        file.unlink()
    tools.city.start("broker")


async def _kill_all(tools: Tools, _fault: Fault) -> None:
    names = ["broker", "core", *(one for one in tools.city.stations if one not in tools.city.down)]
    for name in names:
        tools.city.kill(name)
    for name in names:
        tools.city.start(name)


async def _cut(tools: Tools, fault: Fault) -> None:
    tools.city.cables[_station(tools, fault)].cut(int(fault.size * CUT_WITHIN))


async def _cut_core(tools: Tools, fault: Fault) -> None:
    tools.city.cables["core"].cut(int(fault.size * CORE_CUT_WITHIN))


async def _silence(tools: Tools, fault: Fault) -> None:
    tools.city.cables[_station(tools, fault)].fall_silent(fault.lasts_s)


async def _silence_core(tools: Tools, fault: Fault) -> None:
    tools.city.cables["core"].fall_silent(fault.lasts_s)


async def _slow(tools: Tools, fault: Fault) -> None:
    slower = {"delay_s": DELAY_S} if fault.number % 2 else {"bytes_per_s": SLOW_BYTES_PER_S}
    tools.city.cables[_station(tools, fault)].slow_down(fault.lasts_s, **slower)


async def _double(tools: Tools, fault: Fault) -> None:
    name = _station(tools, fault)
    tools.city.cables[name].double(REPEATED)
    await tools.observer.publish_again(list(tools.observer.batches.get(name, ()))[-REPEATED:])


async def _reorder(tools: Tools, fault: Fault) -> None:
    name = _station(tools, fault)
    tools.city.cables[name].overtake(REPEATED)
    batches = list(tools.observer.batches.get(name, ()))[-SHUFFLED:]
    random.Random(fault.number).shuffle(batches)
    await tools.observer.publish_again(batches)


async def _jump(tools: Tools, fault: Fault) -> None:
    name = "core" if fault.kind.target == "core" else _station(tools, fault)
    set_offset(tools.city.home(name), JUMP_S * (-1, 0, 1)[int(fault.size * 3)])


async def _fill(tools: Tools, fault: Fault) -> None:
    name = "core" if fault.kind.target == "core" else _station(tools, fault)
    disk = tools.city.disks[name]
    disk.fill(tools.city.pid(name))

    async def free() -> None:
        try:
            await asyncio.sleep(fault.lasts_s)
        finally:
            disk.free(tools.city.pid(name))

    tools.spawn(free())


async def _wipe(tools: Tools, fault: Fault) -> None:
    name, city = _station(tools, fault), tools.city
    city.kill(name)
    city.disks[name].free(None)  # it is another disk now
    tools.note(_lost_disk(fault, name, city.state(name), None))
    _empty(city.state(name))
    city.start(name)


async def _put_back(tools: Tools, fault: Fault) -> None:
    name, city = _station(tools, fault), tools.city
    city.kill(name)
    city.disks[name].free(None)
    copy = city.home(name) / COPY
    tools.note(_lost_disk(fault, name, city.state(name), copy))
    _empty(city.state(name))
    if copy.exists():
        shutil.copytree(copy, city.state(name), dirs_exist_ok=True)
    city.start(name)


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _lost_disk(fault: Fault, station: str, disk: Path, copy: Path | None) -> dict[str, Any]:
    """Return what was only on a disk that is gone: events that nobody had acked and that the copy does not hold."""
    held = rows_on(disk / "outbox.db")
    kept = {row["id"] for row in rows_on(copy / "outbox.db")} if copy is not None and copy.exists() else set()
    gone = [row["id"] for row in held if not row["acked"] and row["id"] not in kept]
    return {
        "note": "disk",
        "number": fault.number,
        "station": station,
        "at_s": time.monotonic(),
        "stores": sorted({row["store"] for row in held}),
        "unacked": gone,
        "held": [row["id"] for row in held],
    }


def rows_on(outbox: Path) -> list[dict[str, Any]]:
    """Return what an outbox of a stopped agent holds."""
    if not outbox.exists():
        return []
    with closing(sqlite3.connect(outbox)) as database:
        (store,) = database.execute("SELECT value FROM meta WHERE key = 'store'").fetchone()
        upto = dict(database.execute("SELECT name, upto FROM stream"))
        return [
            {"store": store, "stream": stream, "seq": seq, "acked": seq <= upto[stream], "id": event["id"]}
            for stream in STREAMS
            for seq, text in database.execute(f"SELECT seq, text FROM {stream}")  # noqa: S608 - a constant
            for event in (json.loads(text),)
        ]


_DOING: Final[dict[str, Callable[[Tools, Fault], Awaitable[None]]]] = {
    "edge killed": _kill_edge,
    "core killed": _kill_core,
    "broker killed": _kill_broker,
    "broker data deleted": _delete_broker_data,
    "all killed within 100 ms": _kill_all,
    "link cut at a byte": _cut,
    "core's link cut at a byte": _cut_core,
    "link silent": _silence,
    "core's link silent": _silence_core,
    "link slow": _slow,
    "duplicate delivery": _double,
    "reordered delivery": _reorder,
    "edge clock jumps 2 h": _jump,
    "core clock jumps 2 h": _jump,
    "edge disk full": _fill,
    "core disk full": _fill,
    "edge state wiped": _wipe,
    "edge state an old copy": _put_back,
}
