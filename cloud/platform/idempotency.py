"""Every write of the REST interface is one transaction; one that carries an Idempotency-Key is done once.

What a handler changes, what the audit notes and the answer that is kept become true together. A handler that raises
changes nothing; one that returns has its effect kept, whatever status it answers with.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from typing import Final

from aiohttp import hdrs, web

from cloud.platform.core import Core
from cloud.platform.database import lock_names, transaction
from cloud.platform.http import Handler
from cloud.platform.keyring import PREFIX, place
from cloud.platform.keys import CORE
from cloud.platform.models import AnsweredWrite
from cloud.platform.problems import ProblemError

HEADER: Final = "Idempotency-Key"
KEY_PATTERN: Final = r"^[!-~]{1,128}$"
_KEY: Final = re.compile(KEY_PATTERN.removesuffix("$"), re.ASCII)
#: Answers are kept this long.
KEEP: Final = timedelta(days=2)
#: Answers above this are not kept; none of ours is.
MAX_ANSWER_BYTES: Final = 64 * 1024
#: What of an answer's head is part of the answer.
KEPT_HEADERS: Final = (hdrs.CONTENT_TYPE, hdrs.LOCATION, hdrs.ETAG)
_SERVER_ERROR: Final = 500


class Idempotency:
    """Keys whose first request is still running in this process."""

    def __init__(self) -> None:
        self._running: set[tuple[str, str]] = set()

    async def answer(self, request: web.Request, caller: str, handler: Handler) -> web.StreamResponse:
        """Let `handler` do a write, or answer it as it was answered before."""
        key = _key(request)
        # Before the transaction: a slow sender must not hold its lock.
        body = await request.read()
        with self._alone(caller, key) if key else nullcontext():
            async with transaction():
                if not key:
                    return await handler(request)
                digest = hashlib.sha256(f"{request.method} {request.path}\n".encode() + body).hexdigest()
                # Another process may be at it; its answer is then waited for.
                await lock_names([f"answer {caller} {key}"])
                known = await AnsweredWrite.get_or_none(caller=caller, key=key)
                if known is None:
                    return await _first(request, handler, caller=caller, key=key, digest=digest)
        if known.request_sha256 != digest:
            raise ProblemError(422, "idempotency-key-reused", "this key came with another request before")
        return web.Response(status=known.status, text=_body(request.app[CORE], known), headers=_headers(known))

    @contextmanager
    def _alone(self, caller: str, key: str) -> Iterator[None]:
        if (caller, key) in self._running:
            raise ProblemError(409, "idempotency-key-in-use", "the first request with this key is still running")
        self._running.add((caller, key))
        try:
            yield
        finally:
            self._running.discard((caller, key))


def _key(request: web.Request) -> str:
    key = request.headers.get(HEADER)
    if key is not None and not _KEY.fullmatch(key):
        raise ProblemError(400, "bad-request", f"{HEADER}: 1-128 printable characters of ASCII, no space")
    return key or ""


async def _first(request: web.Request, handler: Handler, *, caller: str, key: str, digest: str) -> web.StreamResponse:
    response = await handler(request)
    body = _text_of(response)
    if response.status < _SERVER_ERROR and body is not None and len(body) <= MAX_ANSWER_BYTES:
        headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        await AnsweredWrite.create(
            caller=caller,
            key=key,
            request_sha256=digest,
            status=response.status,
            headers=json.dumps(headers, ensure_ascii=False),
            # It may show what is sealed where it comes from.
            body=request.app[CORE].keyring.seal(body, _place(caller, key)),
            at=request.app[CORE].now(),
        )
    return response


def _text_of(response: web.StreamResponse) -> str | None:
    """Return the body of an answer that can be kept; a file is made again, its writes are those of a new request."""
    if not isinstance(response, web.Response):
        return None
    try:
        return response.text
    except UnicodeDecodeError:
        return None


def _place(caller: str, key: str) -> str:
    return place("answer", f"{caller} {key}")


def _body(core: Core, known: AnsweredWrite) -> str:
    # Written before answers were sealed: those are plain.
    sealed = known.body.startswith(PREFIX)
    return core.keyring.open(known.body, _place(known.caller, known.key)) if sealed else known.body


def _headers(known: AnsweredWrite) -> Mapping[str, str]:
    kept: dict[str, str] = json.loads(known.headers)
    # Written before heads were kept: those were all successes.
    return kept or {hdrs.CONTENT_TYPE: "application/json; charset=utf-8"}


async def forget_old(core: Core) -> None:
    """Delete answers that nobody asks for any more."""
    await AnsweredWrite.filter(at__lt=core.now() - KEEP).delete()


async def forget_answers(caller: str) -> int:
    """Delete the answers that one caller got; return how many."""
    return await AnsweredWrite.filter(caller=caller).delete()
