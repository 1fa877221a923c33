"""A write that carries an Idempotency-Key and is sent twice is done once and answered alike."""

import hashlib
from datetime import timedelta
from typing import Final

from aiohttp import web

from cloud.platform.core import Core
from cloud.platform.http import Handler
from cloud.platform.keys import CORE
from cloud.platform.models import AnsweredWrite
from cloud.platform.problems import ProblemError

HEADER: Final = "Idempotency-Key"
MAX_KEY_LENGTH: Final = 128
#: Answers are kept this long.
KEEP: Final = timedelta(days=2)
#: Answers above this are not kept; none of ours is.
MAX_ANSWER_BYTES: Final = 64 * 1024
_SERVER_ERROR: Final = 500


class Idempotency:
    """Keys whose first request is still running in this process."""

    def __init__(self) -> None:
        self._running: set[tuple[str, str]] = set()

    async def answer(self, request: web.Request, caller: str, handler: Handler) -> web.StreamResponse:
        """Answer from memory when this write was answered before, else let `handler` do it and remember."""
        key = request.headers.get(HEADER)
        if key is None:
            return await handler(request)
        if not 1 <= len(key) <= MAX_KEY_LENGTH:
            raise ProblemError(400, "bad-request", f"{HEADER} has 1-{MAX_KEY_LENGTH} characters")
        digest = hashlib.sha256(f"{request.method} {request.path}\n".encode() + await request.read()).hexdigest()
        if (caller, key) in self._running:
            raise ProblemError(409, "idempotency-key-in-use", "the first request with this key is still running")
        self._running.add((caller, key))
        try:
            known = await AnsweredWrite.get_or_none(caller=caller, key=key)
            if known is None:
                return await self._first(request, handler, caller=caller, key=key, digest=digest)
        finally:
            self._running.discard((caller, key))
        if known.request_sha256 != digest:
            raise ProblemError(422, "idempotency-key-reused", "this key came with another request before")
        return web.Response(status=known.status, text=known.body, content_type="application/json")

    async def _first(
        self, request: web.Request, handler: Handler, *, caller: str, key: str, digest: str
    ) -> web.StreamResponse:
        response = await handler(request)
        body = response.text if isinstance(response, web.Response) else None
        if response.status < _SERVER_ERROR and body is not None and len(body) <= MAX_ANSWER_BYTES:
            await AnsweredWrite.create(caller=caller, key=key, request_sha256=digest, status=response.status, body=body,
                                       at=request.app[CORE].now())  # fmt: skip
        return response


async def forget_old(core: Core) -> None:
    """Delete answers that nobody asks for any more."""
    await AnsweredWrite.filter(at__lt=core.now() - KEEP).delete()
