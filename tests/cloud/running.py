"""The whole application in the test's own process, with an HTTP client that may do everything.

With YIZHAN_TEST_INGEST_WORKERS=2 a second application beside it stores events too (W27).
"""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from cloud.app import build_app
from cloud.fleet.service import Liveness, apply_site
from cloud.identity.service import create_token
from cloud.platform.core import Core
from cloud.platform.keys import BROKER_ANSWERS, CORE, LIVENESS
from cloud.platform.settings import ROLES, Role, Settings
from provisioning.site import parse_site
from tests.waiting import until

#: Processes that store events beside the one under test.
OTHERS = int(os.environ.get("YIZHAN_TEST_INGEST_WORKERS", "1")) - 1

#: Settings that let everybody ask as often as he likes.
UNLIMITED = {"rate_per_s": 1e5, "rate_burst": 100_000, "rate_stranger_per_s": 1e5, "rate_stranger_burst": 100_000}

SITE = """
[site]
id = "demo"
name = "示范"
[[stations]]
id = "st-01"
name = "谏壁驿站"
[[stations.slots]]
id = "wall"
kind = "wall"
device = { id = "dev-7", serial = "S-7", profile = "sim-wall", address = "sim:" }
[[stations.slots]]
id = "door-1"
kind = "door"
"""


@dataclass
class Running:
    """A running core."""

    core: Core
    liveness: Liveness
    client: Any

    async def call(self, method: str, path: str, **options: Any) -> ClientResponse:
        """Send a request with the admin's token."""
        response: ClientResponse = await self.client.request(method, path, **options)
        return response

    async def get(self, path: str) -> dict[str, Any]:
        """Return a JSON document."""
        response = await self.call("GET", path)
        assert response.status == 200, await response.text()
        body: dict[str, Any] = await response.json()
        return body

    async def post(self, path: str, body: object = None, status: int = 200) -> dict[str, Any]:
        """Send a write and return its answer."""
        response = await self.call("POST", path, json={} if body is None else body)
        assert response.status == status, await response.text()
        answer: dict[str, Any] = await response.json(content_type=None)
        return answer

    async def apply(self, text: str = SITE) -> None:
        """Bring a site file into the core and wait until its reader knows every station."""
        site = parse_site(text)
        await apply_site(self.core, site)
        await until(lambda: all(self.liveness.knows(one.id) for one in site.stations), "the tree is known")


@asynccontextmanager
async def running_core(
    settings: Settings, roles: Sequence[Role] = ROLES, others: int | None = None
) -> AsyncIterator[Running]:
    """Run the application and connect to its broker; `others` more processes store events beside it."""
    app = build_app(settings, roles)
    client: TestClient[web.Request, web.Application] = TestClient(TestServer(app))
    async with client, AsyncExitStack() as stack:
        token = await create_token(app[CORE], "admin")
        client.session.headers["Authorization"] = f"Bearer {token}"
        await until(app[BROKER_ANSWERS], "the broker answers")
        running = Running(app[CORE], app[LIVENESS], client)
        for _ in range((OTHERS if others is None else others) if "ingest" in roles else 0):
            await stack.enter_async_context(running_worker(settings))
        yield running


@asynccontextmanager
async def running_worker(settings: Settings) -> AsyncIterator[web.Application]:
    """Run one more process that stores events, in this process."""
    app = build_app(settings, ["ingest"])
    started, stop = asyncio.Event(), asyncio.Event()

    # In a task of its own, so that its database does not become that of the test's statements.
    async def work() -> None:
        runner = web.AppRunner(app)
        await runner.setup()
        started.set()
        await stop.wait()
        await runner.cleanup()

    async with asyncio.TaskGroup() as group:
        group.create_task(work(), name="other-worker")
        await started.wait()
        await until(app[BROKER_ANSWERS], "the broker answers the other process")
        try:
            yield app
        finally:
            stop.set()
