"""Each scenario of quality.md that belongs to the contract, short in CI and in full with --deep (F1-F22)."""

from pathlib import Path

import pytest

from tests.faults.scenarios import SCENARIOS, play
from tests.faults.test_random_faults import seed

#: Seconds are cheap in these; the others run with --deep only.
IN_CI = ("F3", "F6", "F7", "F18")

pytestmark = pytest.mark.broker


@pytest.mark.parametrize("name", IN_CI)
@pytest.mark.timeout(180)
async def test_a_short_scenario_loses_nothing_and_doubles_nothing(name: str, tmp_path: Path) -> None:
    outcome = await play(name, tmp_path, seed(), short=True)
    print(outcome.row)
    assert outcome.failures == []
    assert outcome.findings.produced > 0


@pytest.mark.deep
@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.timeout(1_200)
async def test_a_scenario_meets_its_figure(name: str, tmp_path: Path) -> None:
    outcome = await play(name, tmp_path, seed(), short=False)
    print(outcome.row)
    assert outcome.failures == []
    assert outcome.findings.produced > 0
