"""GET /api/v1/kpi/opening/{station}/{day}."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from cloud.fleet.models import Station
from cloud.kpi.api import get_opening
from cloud.platform.core import Core
from cloud.platform.http import answer_problems
from cloud.platform.keys import CORE
from tests.cloud.kpi.reports import STATION, record_open_day

pytestmark = pytest.mark.db

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def client(core: Core) -> AsyncIterator[Client]:
    await Station.create(id=STATION, site="demo", name="谏壁驿站", kind="station")
    app = web.Application(middlewares=[answer_problems])
    app[CORE] = core
    app.router.add_get("/api/v1/kpi/opening/{station}/{day}", get_opening)
    async with TestClient(TestServer(app)) as opened:
        yield opened


async def get(client: Client, path: str) -> tuple[int, dict[str, Any]]:
    async with client.get(f"/api/v1/kpi/opening/{path}") as response:
        return response.status, await response.json(content_type=None)


async def test_the_answer_is_that_of_the_command_with_its_origin(client: Client) -> None:
    await record_open_day()

    status, body = await get(client, f"{STATION}/2026-03-02")

    assert status == 200
    assert body == {
        "day": "2026-03-02",
        "required": 480,
        "open": 480,
        "closed": 0,
        "unknown": 0,
        "excused": 0,
        "verdict": "compliant",
        "segments": [{"from": "2026-03-02T09:00:00+08:00", "to": "2026-03-02T17:00:00+08:00", "state": "open"}],
        "rule_version": "v1",
        "input_sha256": body["input_sha256"],
        "computed_at": "2026-03-02T10:00:00.000Z",
    }


@pytest.mark.parametrize(
    ("path", "status", "name"),
    [
        ("st-09/2026-03-02", 404, "not-found"),
        (f"{STATION}/yesterday", 422, "invalid-input"),
        (f"{STATION}/2028-03-02", 422, "calendar-missing"),
    ],
)
async def test_what_cannot_be_answered_is_a_problem_document(client: Client, path: str, status: int, name: str) -> None:
    got, body = await get(client, path)

    assert (got, body["type"]) == (status, f"urn:yizhan:problem:{name}")
