"""kill -9 of edge, core and broker in turn at random moments: nothing is lost, nothing is stored twice (F1-F4)."""

import asyncio
import os
import random
import time
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from tests.faults.rig import Rig, digest, rig
from tests.waiting import until

TARGETS = ("edge", "cloud", "broker")


@pytest.mark.broker
@pytest.mark.timeout(240)
async def test_twelve_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    await survive(tmp_path, kills=12, seconds=45.0)


@pytest.mark.broker
@pytest.mark.deep
@pytest.mark.timeout(600)
async def test_sixty_kills_in_five_minutes_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    await survive(tmp_path, kills=60, seconds=300.0)


async def survive(folder: Path, *, kills: int, seconds: float) -> None:
    seed = int(os.environ.get("YIZHAN_TEST_FAULT_SEED", time.time_ns() % 1_000_000))
    print(f"seed {seed} (YIZHAN_TEST_FAULT_SEED repeats it)")
    moments = sorted(random.Random(seed).uniform(0, seconds) for _ in range(kills))
    async with rig(folder) as venue:
        await until(venue.caught_up, "the first events are acknowledged", 30)
        started = time.monotonic()
        for number, moment in enumerate(moments):
            await asyncio.sleep(max(0.0, started + moment - time.monotonic()))
            target = TARGETS[number % len(TARGETS)]
            venue.kill(target)
            venue.start(target)
        await asyncio.sleep(max(0.0, started + seconds - time.monotonic()))
        await check_nothing_lost_or_doubled(venue, seconds)


async def check_nothing_lost_or_doubled(venue: Rig, seconds: float) -> None:
    await until(venue.ready, "the core is ready again", 30)
    venue.kill("edge")  # nothing new may arrive while both sides are compared
    produced = venue.produced()
    venue.start("edge")
    last = max(produced)

    async def arrived() -> bool:
        return bool((await venue.get("/api/v1/stations/st-01"))["streams"]["evidence"]["upto"] >= last)

    await until(arrived, f"everything up to {last} is acknowledged", 60)
    stored = [item for item in await venue.events() if item["seq"] <= last]
    times_stored = Counter(item["seq"] for item in stored)
    assert {seq: n for seq, n in times_stored.items() if n > 1} == {}
    assert {item["seq"]: digest(item["event"]) for item in stored} == produced
    ids = Counter(item["event"]["id"] for item in stored)
    assert [one for one, n in ids.items() if n > 1] == []
    assert sorted(produced) == list(range(1, last + 1))
    samples = check_each_start_counted_without_a_hole([item["event"] for item in stored])
    assert samples > 25 * seconds, "the probe ran at less than half its rate: the run proves too little"


def check_each_start_counted_without_a_hole(events: list[dict[str, object]]) -> int:
    """Return the number of samples; `n` counts from 1 at each start of the probe (D25)."""
    runs: dict[object, list[int]] = defaultdict(list)
    for event in events:
        data = event["data"]
        if event["type"] == "cn.yizhan.probe.sample.taken.v1" and isinstance(data, dict):
            runs[event["epoch"]].append(int(data["n"]))
    for epoch, counted in runs.items():
        assert counted == list(range(1, len(counted) + 1)), f"a hole in the run of epoch {epoch}"
    return sum(map(len, runs.values()))
