"""The demo's only way to talk to the core: its REST interface."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import uuid_utils

from provisioning.demo.processes import StepFailed

TIMEOUT_S: Final = 15.0


@dataclass(frozen=True)
class Answer:
    """Status and JSON body of one call."""

    status: int
    body: dict[str, Any]


@dataclass(frozen=True)
class Rest:
    """One session with a bearer token."""

    session: aiohttp.ClientSession
    base: str

    async def get(self, path: str) -> dict[str, Any]:
        """Return a document; anything but 200 fails the step."""
        answer = await self._call("GET", path, None)
        if answer.status != 200:  # noqa: PLR2004 - OK
            raise StepFailed(f"GET {path} answered {answer.status}: {answer.body}")
        return answer.body

    async def post(self, path: str, body: Mapping[str, object] | None = None) -> Answer:
        """Return the answer to a write, whatever it is."""
        return await self._call("POST", path, body or {})

    async def created(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """Return what a write created; anything but 201 fails the step."""
        answer = await self.post(path, body)
        if answer.status != 201:  # noqa: PLR2004 - Created
            raise StepFailed(f"POST {path} answered {answer.status}: {answer.body}")
        return answer.body

    async def put(self, path: str, body: Mapping[str, object]) -> None:
        """Write a document; anything but 200 fails the step."""
        answer = await self._call("PUT", path, body)
        if answer.status != 200:  # noqa: PLR2004 - OK
            raise StepFailed(f"PUT {path} answered {answer.status}: {answer.body}")

    async def done(self, path: str) -> None:
        """Ask for a change of state; anything but 200 fails the step."""
        answer = await self.post(path)
        if answer.status != 200:  # noqa: PLR2004 - OK
            raise StepFailed(f"POST {path} answered {answer.status}: {answer.body}")

    async def _call(self, method: str, path: str, body: Mapping[str, object] | None) -> Answer:
        headers = {"Idempotency-Key": str(uuid_utils.uuid7())} if method == "POST" else {}
        async with self.session.request(method, self.base + path, json=body, headers=headers) as answer:
            return Answer(answer.status, await answer.json(content_type=None))

    async def ready(self) -> bool:
        """Return whether the core says it can work."""
        try:
            async with self.session.get(f"{self.base}/readyz") as answer:
                return answer.status == 200  # noqa: PLR2004 - OK
        except aiohttp.ClientError:
            return False


@asynccontextmanager
async def rest(base: str, token: str) -> AsyncIterator[Rest]:
    """Yield a session with the core at `base`."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
        yield Rest(session, base)
