"""The reference SMS gateway: takes each message id once, judges signature, template and rate, returns reports.

It sends nothing into the world: its handsets are a table. `Faults` are what a real gateway does on a bad day.
"""

import asyncio
import contextlib
import hashlib
import json
import logging
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from devices.simulators.service import socket_server
from devices.simulators.sms_store import SmsStore
from firmware_profiles.ui.messages import Templates
from protocols.errors import SignatureRefused
from protocols.sms import (
    MAX_SKEW_S,
    MESSAGES_PATH,
    Request,
    SmsMessage,
    SmsState,
    SmsStatus,
    authorization,
    segments,
    verify,
)

#: A message is below 2 KB.
MAX_BODY_BYTES: Final = 16 * 1024
MAX_LINE_BYTES: Final = 8_192
#: What one short message costs.
COST_FEN: Final = 5
#: Messages of one account in one second.
ACCOUNT_PER_S: Final = 200
REPORT_LOOK_S: Final = 0.1
REPORT_TIMEOUT_S: Final = 5.0
REPORTS_AT_ONCE: Final = 100
REPORT_RETRY_S: Final = (1.0, 2.0, 5.0, 15.0, 30.0)
#: A handset of this ending is switched off: its messages fail.
ABSENT_ENDING: Final = "0000"

_LOG = logging.getLogger(__name__)


class Faults(BaseModel):
    """What goes wrong now; set over the control socket."""

    model_config = ConfigDict(extra="forbid")

    #: Connections are cut before anything is read.
    down: bool = False
    slow_s: Annotated[float, Field(ge=0, le=60)] = 0.0
    #: Answered instead of taking the message.
    error: Literal[0, 429, 500, 502, 503] = 0
    #: So many next messages are taken, and their connection is cut instead of an answer.
    drop_answers: Annotated[int, Field(ge=0)] = 0
    reports: Literal["now", "late", "duplicate", "forged", "none"] = "now"
    late_s: Annotated[float, Field(ge=0, le=86_400)] = 5.0


@dataclass
class Account:
    """Who may send, with which templates, and where reports go (empty: nowhere)."""

    key_id: str
    secret: bytes = field(repr=False)
    sign: str
    templates: Templates
    report_url: str = ""


class SmsGateway:
    """One account at a gateway; `faults` may be changed at any time."""

    def __init__(self, account: Account, store: SmsStore) -> None:
        self.faults = Faults()
        self.store = store
        self._account = account
        self._approved = {
            one.sms.id: one for one in account.templates.values() if one.sms is not None and one.sms.state == "approved"
        }
        self._recent: deque[float] = deque(maxlen=ACCOUNT_PER_S)
        self.refused: dict[str, int] = {}

    def app(self) -> web.Application:
        """Return the application."""
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_post(MESSAGES_PATH, self._post)
        app.router.add_get(f"{MESSAGES_PATH}/{{id}}", self._get)
        return app

    async def _post(self, request: web.Request) -> web.StreamResponse:
        body = await self._admitted(request)
        try:
            message = SmsMessage.model_validate_json(body)
        except ValidationError as error:
            raise self._no(422, "malformed", error.errors()[0]["msg"]) from error
        canonical = json.dumps(message.model_dump(), sort_keys=True)
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        known = self.store.find(message.id)
        if known is not None:
            if known[0] != digest:
                raise self._no(409, "id-reused", "this id was used for another message")
            return self._taken(request, known[1])
        text = self._judge(message)
        cost = COST_FEN * segments(text)
        status = SmsStatus(id=message.id, state="accepted", receipt=f"R{secrets.token_hex(8)}", cost_fen=cost)
        self.store.accept(message, digest, status, text, time.time())
        return self._taken(request, status)

    async def _get(self, request: web.Request) -> web.StreamResponse:
        await self._admitted(request)
        known = self.store.find(request.match_info["id"])
        if known is None:
            raise self._no(404, "unknown-id", "no message has this id")
        return _json(known[1].model_dump())

    async def _admitted(self, request: web.Request) -> bytes:
        """Return the body of a request that is signed and came on a good day."""
        if self.faults.down:
            raise _cut(request)
        await asyncio.sleep(self.faults.slow_s)
        if self.faults.error:
            raise self._no(self.faults.error, "busy", "try again later")
        try:
            body, now_s = await request.read(), time.time()
        except ConnectionError:
            raise _cut(request) from None  # who asked has gone
        signed = Request(request.method, request.path, body)
        header = request.headers.get("Authorization", "")
        try:
            by = verify(header, signed, {self._account.key_id: self._account.secret}, now_s)
        except SignatureRefused as error:
            raise self._no(401, f"signature-{error.code}", str(error)) from error
        if not self.store.fresh_nonce(by.nonce, now_s, 2 * MAX_SKEW_S):
            raise self._no(401, "signature-replayed", "this nonce was used before")
        return body

    def _judge(self, message: SmsMessage) -> str:
        """Return the text of a message that this account may send now."""
        template = self._approved.get(message.template)
        if template is None:
            raise self._no(422, "template", f"{message.template} is no approved template of this account")
        if message.sign != self._account.sign:
            raise self._no(422, "sign", f"【{message.sign}】 is not this account's signature")
        if message.params.keys() != template.values:
            raise self._no(422, "params", f"{message.template} takes {', '.join(sorted(template.values))}")
        self._check_rates(message.phone)
        return f"【{message.sign}】{template.text.format(**message.params)}"

    def _check_rates(self, phone: str) -> None:
        now_s = time.time()
        wait_s = self.store.over_limit(phone, now_s)
        if wait_s > 0:
            raise self._no(429, "rate-phone", "too many messages to this phone", {"Retry-After": f"{wait_s:.0f}"})
        if len(self._recent) == ACCOUNT_PER_S and now_s - self._recent[0] < 1:
            raise self._no(429, "rate-account", "too many messages of this account", {"Retry-After": "1"})
        self._recent.append(now_s)

    def _taken(self, request: web.Request, status: SmsStatus) -> web.Response:
        if self.faults.drop_answers:
            self.faults.drop_answers -= 1
            raise _cut(request)
        return _json(status.model_dump())

    def _no(self, status: int, code: str, text: str, headers: dict[str, str] | None = None) -> web.HTTPException:
        self.refused[code] = self.refused.get(code, 0) + 1
        body = json.dumps({"code": code, "text": text}, ensure_ascii=False)
        kinds: dict[int, type[web.HTTPException]] = {
            401: web.HTTPUnauthorized, 404: web.HTTPNotFound, 409: web.HTTPConflict, 422: web.HTTPUnprocessableEntity,
            429: web.HTTPTooManyRequests, 500: web.HTTPInternalServerError, 502: web.HTTPBadGateway,
            503: web.HTTPServiceUnavailable,
        }  # fmt: skip
        return kinds[status](text=body, content_type="application/json", headers=headers)

    async def report(self) -> None:
        """Tell the account what became of its messages, for ever."""
        timeout = aiohttp.ClientTimeout(total=REPORT_TIMEOUT_S)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                await asyncio.sleep(REPORT_LOOK_S)
                wait_s = self.faults.late_s if self.faults.reports == "late" else 0.0
                for message_id, phone, tries in self.store.due_reports(time.time() - wait_s, REPORTS_AT_ONCE):
                    await self._report_one(session, message_id, phone, tries)

    async def _report_one(self, session: aiohttp.ClientSession, message_id: str, phone: str, tries: int) -> None:
        absent = phone.endswith(ABSENT_ENDING)
        state: SmsState = "failed" if absent else "delivered"
        self.store.finish(message_id, state, "absent" if absent else "")
        how = self.faults.reports
        known = self.store.find(message_id)
        if how == "none" or not self._account.report_url or known is None:
            self.store.reported(message_id)
            return
        status = known[1]
        if how == "forged":
            lie = status.model_copy(update={"state": "failed", "code": "forged"})
            await self._tell(session, lie, b"not the secret of this account")
        taken = await self._tell(session, status, self._account.secret)
        if how == "duplicate":
            taken = await self._tell(session, status, self._account.secret) and taken
        if taken:
            self.store.reported(message_id)
        else:
            pause_s = REPORT_RETRY_S[min(tries, len(REPORT_RETRY_S) - 1)]
            self.store.report_later(message_id, time.time() + pause_s)

    async def _tell(self, session: aiohttp.ClientSession, status: SmsStatus, secret: bytes) -> bool:
        url = self._account.report_url
        body = status.model_dump_json().encode()
        request = Request("POST", urlsplit(url).path, body)
        header = authorization(request, self._account.key_id, secret, int(time.time()), secrets.token_hex(16))
        headers = {"Authorization": header, "Content-Type": "application/json"}
        try:
            async with session.post(url, data=body, headers=headers) as answer:
                return answer.ok
        except (aiohttp.ClientError, TimeoutError):
            return False


@asynccontextmanager
async def serving(gateway: SmsGateway, host: str, port: int) -> AsyncIterator[str]:
    """Serve a gateway and its reports; yields its URL."""
    runner = web.AppRunner(gateway.app(), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    reports = asyncio.create_task(gateway.report(), name="sms-reports")
    try:
        await web.TCPSite(runner, host, port).start()
        address = runner.addresses[0]
        yield f"http://{address[0]}:{address[1]}"
    finally:
        reports.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reports
        await runner.cleanup()


@asynccontextmanager
async def controlling(gateway: SmsGateway, where: str) -> AsyncIterator[str]:
    """Serve the control socket: a line `{"set": {fault: value}}` or `{"get": true}`, answered with everything."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(json.dumps(_control(gateway, line), ensure_ascii=False).encode() + b"\n")
            await writer.drain()

    async with socket_server(where, serve) as address:
        yield address


def _control(gateway: SmsGateway, line: bytes) -> dict[str, Any]:
    try:
        match json.loads(line):
            case {"set": dict(values), **rest} if not rest:
                gateway.faults = Faults.model_validate(gateway.faults.model_dump() | values)
            case {"get": True, **rest} if not rest:
                pass
            case _:
                return {"ok": False, "error": 'write {"set": {…}} or {"get": true}'}
    except (ValueError, RecursionError) as error:
        return {"ok": False, "error": str(error)}
    return {
        "ok": True, "faults": gateway.faults.model_dump(), "taken": gateway.store.count(),
        "handsets": len(gateway.store.shown()), "refused": gateway.refused,
    }  # fmt: skip


def _json(body: dict[str, Any]) -> web.Response:
    return web.Response(text=json.dumps(body, ensure_ascii=False), content_type="application/json")


def _cut(request: web.Request) -> web.HTTPException:
    """Cut the connection; what is raised reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.HTTPServiceUnavailable()
