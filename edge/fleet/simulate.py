"""A fleet of simulated stations: load, faults, and what came of every event."""

import asyncio
import gc
import json
import random
import resource
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp

from edge.errors import EdgeError
from edge.fleet.script import Script
from edge.fleet.station import STREAM, AckTimes, FleetStation, open_station
from edge.uplink import BrokerAddress

#: Stations connect one after the other with at least this between them.
MIN_RAMP_S: Final = 0.01
POLL_S: Final = 0.2
GOODBYES_AT_ONCE: Final = 50
#: A backlog is spread over the time before the start.
BACKLOG_OVER: Final = timedelta(hours=24)
KIB_PER_MB: Final = 1024
HTTP_TIMEOUT_S: Final = 30.0


class CoreSilent(EdgeError):  # noqa: N818
    """The core's REST interface does not tell what it has stored."""


@dataclass(frozen=True)
class FleetConfig:
    """What is simulated; `rate` is events/s of one station, `core` and `token` let the core be asked at the end."""

    stations: int
    rate: float
    seconds: float
    state: Path
    broker: BrokerAddress
    prefix: str = "sim"
    first: int = 1
    tail_s: float = 60.0
    core: str = ""
    token: str = ""
    #: Events that a station puts at a time.
    group: int = 1
    #: All have begun to connect within this.
    ramp_s: float = 0.0
    #: Keep the outboxes in memory, without a thread each.
    in_memory: bool = False
    #: Events that each station has from the last 24 h before it connects.
    backlog: int = 0

    def names(self) -> list[str]:
        """Return the ids of the stations."""
        return [f"{self.prefix}-{number:04d}" for number in range(self.first, self.first + self.stations)]


def site_text(config: FleetConfig) -> str:
    """Return the site file that makes the core know the fleet."""
    slot = '[[stations.slots]]\nid = "probe-1"\nkind = "probe"\n'
    stations = "".join(f'[[stations]]\nid = "{name}"\nname = "{name}"\n{slot}' for name in config.names())
    return f'[site]\nid = "{config.prefix}"\nname = "{config.prefix}"\n{stations}'


@dataclass(frozen=True)
class Outcome:
    """The report, and what each station says that the core must have: `FleetStation.balance`."""

    report: dict[str, Any]
    balances: dict[str, dict[str, Any]]


async def simulate(config: FleetConfig, script: Script, ready: Callable[[], Awaitable[None]] | None = None) -> Outcome:
    """Run the fleet; `ready` is awaited between the preparation and the first connection."""
    times = AckTimes()
    names = config.names()
    async with AsyncExitStack() as stack:
        stations = []
        for name in names:
            opening = open_station(name, config.state / name, times, in_memory=config.in_memory)
            stations.append(await stack.enter_async_context(opening))
        for station in stations if config.backlog else ():
            await station.fill(config.backlog, BACKLOG_OVER)
        gc.freeze()  # a thousand stations are a million objects that never become garbage
        if ready is not None:
            await ready()
        began, spent = time.monotonic(), time.process_time()
        await _run(config, script, stations)
        recovered_s = await _wait_for_acks(stations, config.tail_s)
        report = _report(stations, times, began, recovered_s) | {"cpu_s": round(time.process_time() - spent, 1)}
        stored = await _ask_core(config, stations) if config.core else None
        balances = {station.name: await station.balance() for station in stations}
        await _disconnect(stations)
    return Outcome({**report, **_balance(stations, stored)}, balances)


async def _run(config: FleetConfig, script: Script, stations: Sequence[FleetStation]) -> None:
    async with asyncio.TaskGroup() as group:
        names = [station.name for station in stations]
        for number, station in enumerate(stations):
            foreign = names[(number + 1) % len(names)] if len(names) > 1 else "nowhere"
            station.connect(config.broker, foreign)
            group.create_task(_produce(config, station), name=f"load-{station.name}")
            faults = script.of(config.first + number)
            group.create_task(station.suffer(faults), name=f"faults-{station.name}")
            await asyncio.sleep(max(MIN_RAMP_S, config.ramp_s / len(stations)))


async def _disconnect(stations: Sequence[FleetStation]) -> None:
    """Say goodbye, some at a time."""
    for start in range(0, len(stations), GOODBYES_AT_ONCE):
        await asyncio.gather(*(station.disconnect() for station in stations[start : start + GOODBYES_AT_ONCE]))


async def _produce(config: FleetConfig, station: FleetStation) -> None:
    """Begin at a random moment of the first period: stations do not tick together."""
    await asyncio.sleep(random.uniform(0, max(1.0, config.group / config.rate)))  # noqa: S311 - spread
    await station.produce(config.rate, config.seconds, config.group)


async def _wait_for_acks(stations: Sequence[FleetStation], tail_s: float) -> float:
    """Return how long the fleet needed to have everything acked, at most `tail_s`."""
    began = time.monotonic()
    while (waited := time.monotonic() - began) < tail_s and not all(station.done() for station in stations):  # noqa: ASYNC110
        await asyncio.sleep(POLL_S)
    return waited


def _report(stations: Sequence[FleetStation], times: AckTimes, began: float, recovered_s: float) -> dict[str, Any]:
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ordered = sorted(times.samples)
    drained = [station.drained_at for station in stations if station.drained_at is not None]
    return {
        "stations": len(stations),
        "connects": sum(station.connects for station in stations),
        "seconds": round(time.monotonic() - began, 1),
        "backlog": sum(station.backlog for station in stations),
        "backlog_s": round(max(drained) - began, 2) if len(drained) == len(stations) else None,
        "tail_s": round(recovered_s, 1),
        "sent": sum(station.sent for station in stations),
        "refused": sum(station.refused for station in stations),
        "packets_touched": sum(station.active.touched for station in stations),
        "p50_ack_ms": _quantile(ordered, 0.50),
        "p99_ack_ms": _quantile(ordered, 0.99),
        "peak_mb": round(peak_kib / KIB_PER_MB, 1),
    }


def _balance(stations: Sequence[FleetStation], stored: dict[str, int] | None) -> dict[str, Any]:
    """Return acked, lost and duplicated: by the core's own count when it was asked, else by its acks."""
    last = {station.name: station.outbox.head(STREAM).last for station in stations}
    acked = {station.name: station.acked for station in stations}
    if stored is None:
        return {"acked": sum(acked.values()), "lost": sum(last.values()) - sum(acked.values()), "duplicated": None}
    return {
        "acked": sum(acked.values()),
        "lost": sum(max(0, last[name] - stored[name]) for name in last),
        "duplicated": sum(max(0, stored[name] - last[name]) for name in last),
    }


async def _ask_core(config: FleetConfig, stations: Sequence[FleetStation]) -> dict[str, int]:
    """Return how many events the core has stored of each station's current store."""
    headers = {"Authorization": f"Bearer {config.token}"}
    timeout = aiohttp.ClientTimeout(total=HTTP_TIMEOUT_S)
    stored = {}
    try:
        async with aiohttp.ClientSession(headers=headers, timeout=timeout, raise_for_status=True) as http:
            for station in stations:
                async with http.get(f"{config.core}/api/v1/stations/{station.name}") as answer:
                    document = json.loads(await answer.text())
                same = document["store"] == station.outbox.store
                stored[station.name] = int(document["streams"][STREAM]["count"]) if same else 0
    except (aiohttp.ClientError, TimeoutError, KeyError, ValueError) as error:
        raise CoreSilent(f"{config.core} does not say what it has stored: {error!r}") from error
    return stored


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    if not ordered:
        return None
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)
