"""The SMS gateway away and the worker killed: every message is delivered once, or shown as failed or unknown."""

from pathlib import Path

import pytest

from tests.faults.messages import Plan, run

pytestmark = pytest.mark.db


@pytest.mark.timeout(300)
async def test_kills_and_a_gateway_that_is_away_double_and_lose_nothing(tmp_path: Path, database_url: str) -> None:
    account = await run(tmp_path, database_url, Plan(kills=3, outage_s=3.0))
    assert account.right, account
    assert account.states["failed"] == 0, account


@pytest.mark.deep
@pytest.mark.timeout(1_800)
async def test_twenty_kills_and_ten_minutes_without_a_gateway(tmp_path: Path, database_url: str) -> None:
    account = await run(tmp_path, database_url, Plan(kills=20, outage_s=600.0))
    assert account.right, account
    assert account.states["failed"] == 0, account
