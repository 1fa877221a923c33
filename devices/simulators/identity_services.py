"""The reference services that tell who somebody is: WeChat's code2Session, and a real-name check. For tests and demos.

Codes, names and faults are a table that whoever runs it fills; nothing is known beyond it.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web
from pydantic import ValidationError

from protocols.realname import CHECK_PATH, SIGNATURE_HEADER, Answer, Question, signature

EXCHANGE_PATH: Final = "/sns/jscode2session"
#: WeChat's numbers: a code that is not (or no longer) good, a wrong app or secret, a busy system.
BAD_CODE: Final = 40029
BAD_SECRET: Final = 40125
BUSY: Final = -1
MAX_BODY_BYTES: Final = 8_192


@dataclass
class World:
    """What the services know: codes of WeChat (each good once), names by ID number, tickets of who is present."""

    appid: str = "wx-reference"
    secret: str = "reference-secret-of-the-app"  # noqa: S105 - the simulator's own
    codes: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    tickets: set[str] = field(default_factory=set)
    away: bool = False
    forged: bool = False
    asked: int = 0


def build_app(world: World) -> web.Application:
    """Return both services as one application."""

    async def exchange(request: web.Request) -> web.Response:
        world.asked += 1
        return web.Response(text=json.dumps(_session(world, dict(request.query))), content_type="text/plain")

    async def check(request: web.Request) -> web.Response:
        world.asked += 1
        body = await request.read()
        if world.away:
            raise web.HTTPServiceUnavailable
        if request.headers.get(SIGNATURE_HEADER) != signature(world.secret.encode(), body):
            raise web.HTTPUnauthorized
        return _judged(world, body)

    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app.add_routes([web.get(EXCHANGE_PATH, exchange), web.post(CHECK_PATH, check)])
    return app


@asynccontextmanager
async def identity_services(world: World) -> AsyncIterator[str]:
    """Serve on a free port of the loopback address and yield the URL."""
    runner = web.AppRunner(build_app(world), access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _session(world: World, asked: dict[str, str]) -> dict[str, object]:
    if world.away:
        return {"errcode": BUSY, "errmsg": "system error"}
    if (asked.get("appid"), asked.get("secret")) != (world.appid, world.secret):
        return {"errcode": BAD_SECRET, "errmsg": "invalid appsecret"}
    openid = world.codes.pop(asked.get("js_code", ""), None)
    if openid is None:
        return {"errcode": BAD_CODE, "errmsg": "invalid code"}
    return {"openid": openid, "session_key": "not-for-you"}


def _judged(world: World, body: bytes) -> web.Response:
    try:
        question = Question.model_validate_json(body)
    except ValidationError as error:
        raise web.HTTPBadRequest(text="not in form") from error
    match = world.names.get(question.id_number) == question.name
    answer = Answer(
        request=question.request,
        result="match" if match else "mismatch",
        present=match and question.ticket in world.tickets,
        reference=f"ref-{world.asked}",
    )
    text = answer.model_dump_json().encode()
    key = b"somebody else" if world.forged else world.secret.encode()
    return web.Response(body=text, content_type="application/json", headers={SIGNATURE_HEADER: signature(key, text)})
