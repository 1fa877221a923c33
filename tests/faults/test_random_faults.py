"""Random faults over a city of real processes: nothing lost, nothing twice, presence right (F1-F7, F13, F16, F17)."""

import os
import time
from pathlib import Path

import pytest

from tests.faults.plan import KINDS, make_plan
from tests.faults.run import Wish, run_faults


def seed() -> int:
    number = int(os.environ.get("YIZHAN_TEST_FAULT_SEED", time.time_ns() % 1_000_000))
    print(f"seed {number} (YIZHAN_TEST_FAULT_SEED repeats it)")
    return number


@pytest.mark.broker
@pytest.mark.timeout(150)
async def test_twelve_faults_of_twelve_kinds_over_four_stations_change_nothing(tmp_path: Path) -> None:
    wish = Wish(tmp_path, seed(), faults=12, stations=4, rate=20.0, left_alone_s=12.0, tail_s=5.0)
    result = await run_faults(wish)
    assert result.failures == []
    assert {row[0] for row in result.rows} > {kind.name for kind in KINDS[:12]}
    assert result.findings.produced > 800, "the agents recorded too little: the run proves nothing"


@pytest.mark.broker
@pytest.mark.deep
@pytest.mark.timeout(900)
async def test_a_hundred_faults_over_eight_stations_change_nothing(tmp_path: Path) -> None:
    result = await run_faults(Wish(tmp_path, seed(), faults=100))
    assert result.failures == []
    assert result.findings.produced > 8_000


@pytest.mark.parametrize("faults", [1, 2, 12, 19, 100])
def test_every_size_of_plan_has_all_of_its_faults(faults: int) -> None:
    for number in range(50):
        plan = make_plan(number, faults, 4, 15.0)
        assert [one.number for one in plan] == list(range(faults))
        assert len({one.kind for one in plan}) == min(faults, len(KINDS))


def test_a_plan_follows_from_its_seed_and_leaves_the_sampled_alone() -> None:
    plan = make_plan(7, 1_000, 8, 30.0)
    assert [(one.kind.name, one.station, one.gap_s) for one in plan] == [
        (one.kind.name, one.station, one.gap_s) for one in make_plan(7, 1_000, 8, 30.0)
    ]
    names = [one.kind.name for one in plan]
    assert len(names) == 1_000
    assert set(names) == {kind.name for kind in KINDS}
    assert names.count("broker data deleted") >= 20
    assert names.count("edge state wiped") == names.count("edge state an old copy") == 2
    assert sum(one.gap_s for one in plan) < 35 * 60
    sampled = [one for one in plan if one.sampled]
    assert len(sampled) == 60
    now, moments = 0.0, []
    for one in plan:
        now += one.gap_s
        moments.append(now)
    for one in sampled:
        hit_again = [
            other.number
            for other, moment in zip(plan, moments, strict=True)
            if moments[one.number] < moment < moments[one.number] + one.lasts_s + 30.0
            and (other.kind.target != "station" or other.station == one.station)
        ]
        assert hit_again == [], f"fault {one.number} is not left alone"
