"""A fleet of simulated stations: load, faults, and what came of every event."""

import asyncio
import json
import random
import resource
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp

from edge.errors import EdgeError
from edge.fleet.script import Script
from edge.fleet.station import STREAM, AckTimes, FleetStation, open_station
from edge.uplink import BrokerAddress

#: Stations open one after the other within this, so that a thousand do not connect in the same instant.
RAMP_S: Final = 0.01
POLL_S: Final = 0.2
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

    def names(self) -> list[str]:
        """Return the ids of the stations."""
        return [f"{self.prefix}-{number:04d}" for number in range(self.first, self.first + self.stations)]


def site_text(config: FleetConfig) -> str:
    """Return the site file that makes the core know the fleet."""
    slot = '[[stations.slots]]\nid = "probe-1"\nkind = "probe"\n'
    stations = "".join(f'[[stations]]\nid = "{name}"\nname = "{name}"\n{slot}' for name in config.names())
    return f'[site]\nid = "{config.prefix}"\nname = "{config.prefix}"\n{stations}'


async def simulate(config: FleetConfig, script: Script) -> dict[str, Any]:
    """Run the fleet and return the report."""
    times = AckTimes()
    names = config.names()
    async with AsyncExitStack() as stack:
        stations = []
        for name, foreign in zip(names, [*names[1:], names[0] if len(names) > 1 else "nowhere"], strict=True):
            opening = open_station(name, foreign, config.state / name, config.broker, times)
            stations.append(await stack.enter_async_context(opening))
            await asyncio.sleep(RAMP_S)
        began = time.monotonic()
        await _load(config, script, stations)
        recovered_s = await _wait_for_acks(stations, config.tail_s)
        report = _report(stations, times, time.monotonic() - began, recovered_s)
        stored = await _ask_core(config, stations) if config.core else None
    return {**report, **_balance(stations, stored)}


async def _load(config: FleetConfig, script: Script, stations: Sequence[FleetStation]) -> None:
    async with asyncio.TaskGroup() as group:
        for number, station in enumerate(stations, config.first):
            group.create_task(_produce(config, station), name=f"load-{station.name}")
            group.create_task(station.suffer(script.of(number)), name=f"faults-{station.name}")


async def _produce(config: FleetConfig, station: FleetStation) -> None:
    """Begin at a random moment of the first second: stations do not tick together."""
    await asyncio.sleep(random.random())  # noqa: S311 - spread
    await station.produce(config.rate, config.seconds)


async def _wait_for_acks(stations: Sequence[FleetStation], tail_s: float) -> float:
    """Return how long the fleet needed to have everything acked, at most `tail_s`."""
    began = time.monotonic()
    while (waited := time.monotonic() - began) < tail_s and not all(station.done() for station in stations):  # noqa: ASYNC110
        await asyncio.sleep(POLL_S)
    return waited


def _report(stations: Sequence[FleetStation], times: AckTimes, seconds: float, recovered_s: float) -> dict[str, Any]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    ordered = sorted(times.samples)
    return {
        "stations": len(stations),
        "seconds": round(seconds, 1),
        "tail_s": round(recovered_s, 1),
        "sent": sum(station.sent for station in stations),
        "refused": sum(station.refused for station in stations),
        "packets_touched": sum(station.active.touched for station in stations),
        "p50_ack_ms": _quantile(ordered, 0.50),
        "p99_ack_ms": _quantile(ordered, 0.99),
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_mb": round(usage.ru_maxrss / KIB_PER_MB, 1),
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
