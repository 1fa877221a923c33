"""Whatever is sent, the interface answers as its document says, and never with an error of ours (S8)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cloud.platform.settings import Settings
from tests.cloud.running import UNLIMITED, Running, running_core
from tests.cloud.web.fuzzing import existing, fuzz
from tests.peers.mosquitto import Broker

pytestmark = [pytest.mark.broker]

#: S8 of the security checks.
DEEP_CASES = 50_000


@pytest.fixture
async def running(settings: Settings, broker: Broker) -> AsyncIterator[Running]:
    """Yield a core that lets everybody ask as often as he likes."""
    async with running_core(settings.model_copy(update={"mqtt_url": broker.url, **UNLIMITED})) as running:
        yield running


@pytest.mark.timeout(900)
async def test_every_answer_is_one_that_the_document_names(running: Running, tmp_path: Path) -> None:
    found = await fuzz(running, tmp_path, await existing(running), "--max-examples", "1")
    assert found.code == 0, found.text
    assert found.cases > 1_000


@pytest.mark.deep
@pytest.mark.db
@pytest.mark.timeout(3_600)
async def test_fifty_thousand_requests_meet_no_error_of_ours(running: Running, tmp_path: Path) -> None:
    known, cases, examples = await existing(running), 0, 130  # some 400 operations: enough at once
    while cases < DEEP_CASES:
        found = await fuzz(running, tmp_path, known, "--max-examples", str(examples), deterministic=False)
        assert found.code == 0, found.text
        cases, examples = cases + found.cases, examples * 2
    print(f"\nschemathesis: {cases} cases, 0 failures")
