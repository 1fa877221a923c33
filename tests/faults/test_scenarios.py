"""Each scenario of quality.md that belongs to the contract (F1-F22); CI plays random ones and kills beside this."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.city import ROOT
from tests.faults.lossy import NAMESPACE
from tests.faults.scenarios import SCENARIOS, play
from tests.faults.test_random_faults import seed

#: Played in a network namespace of its own.
LOSSY = "F12"

pytestmark = pytest.mark.broker


@pytest.mark.deep
@pytest.mark.parametrize("name", [name for name in SCENARIOS if name != LOSSY])
@pytest.mark.timeout(1_200)
async def test_a_scenario_meets_its_figure(name: str, tmp_path: Path) -> None:
    outcome = await play(name, tmp_path, seed(), short=False)
    print(outcome.row)
    assert outcome.failures == []
    assert outcome.findings.produced > 0


@pytest.mark.deep
@pytest.mark.timeout(600)
def test_lost_packets_lose_no_event() -> None:
    """The scenario F12 by its bench, in a network of its own."""
    if os.geteuid() != 0 or shutil.which("iptables", path=os.environ["PATH"] + ":/usr/sbin") is None:
        pytest.skip("needs root and iptables")
    bench = [sys.executable, "-m", "tests.bench", "faults", "--scenarios", LOSSY]
    done = subprocess.run([*NAMESPACE, *bench], cwd=ROOT, capture_output=True, text=True, timeout=500, check=False)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
