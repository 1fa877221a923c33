"""WeChat first, SMS when it certainly did not arrive; what is unclear at WeChat stays unclear and goes nowhere else."""

import dataclasses
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from cloud.platform.notify.channels import Contact
from cloud.platform.notify.models import Delivery
from cloud.platform.notify.service import inbox
from cloud.platform.notify.wechat import SEND_PATH, TOKEN_PATH, WechatAccount, WechatChannel
from tests.cloud.platform.notify.desk import ANN, Desk

pytestmark = pytest.mark.db


@dataclass
class Wechat:
    """The two addresses of WeChat that we call; `answers` are given in turn, then 0."""

    answers: list[int | str] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    tokens: int = 0
    secret: str = "the mini program's"  # noqa: S105 - the test's own

    def app(self) -> web.Application:
        """Return the application."""
        app = web.Application()
        app.router.add_post(TOKEN_PATH, self._token)
        app.router.add_post(SEND_PATH, self._send)
        return app

    async def _token(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body["secret"] != self.secret:
            return web.json_response({"errcode": 40125, "errmsg": "invalid appsecret"})
        self.tokens += 1
        return web.json_response({"access_token": f"T{self.tokens}", "expires_in": 7200})

    async def _send(self, request: web.Request) -> web.Response:
        answer = self.answers.pop(0) if self.answers else 0
        body = await request.json()
        if request.query["access_token"] != f"T{self.tokens}":
            return web.json_response({"errcode": 40001, "errmsg": "invalid credential"})
        if answer == "cut":
            self.messages.append(body)
            assert request.transport is not None
            request.transport.abort()
        if answer == 0:
            self.messages.append(body)
        return web.json_response({"errcode": answer, "errmsg": "said so", "msgid": 7})


@pytest.fixture
async def wechat(desk: Desk) -> AsyncIterator[Wechat]:
    """Put WeChat beside the gateway; Ann follows the market there."""
    wechat = Wechat()
    runner = web.AppRunner(wechat.app(), access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    settings = desk.core.settings.model_copy(update={"notify_wechat_app_id": "wx1"})
    desk.core = dataclasses.replace(desk.core, settings=settings)
    desk.book.entries[ANN] = Contact(phone="13800000001", wechat_openid="open-ann")
    async with aiohttp.ClientSession() as session:
        account = WechatAccount(f"http://{host}:{port}", "wx1", wechat.secret)
        desk.channels["wechat"] = WechatChannel(session, account)
        desk.another_worker()
        yield wechat
    await runner.cleanup()


async def test_who_follows_the_market_hears_by_wechat_and_not_by_sms(desk: Desk, wechat: Wechat) -> None:
    await desk.tell()
    await desk.tell(key="k2")
    await desk.turn(3, minutes=1)
    assert desk.gateway.store.shown() == []
    assert [(row.channel, row.state, row.provider_id) for row in await desk.rows()] == [("wechat", "sent", "7")] * 2
    message = wechat.messages[0]
    assert (message["touser"], message["template_id"]) == ("open-ann", "yz-wx-pay")
    assert message["data"]["amount2"] == {"value": "320.00"}
    assert wechat.tokens == 1, "one token serves until it ends"


async def test_who_does_not_follow_hears_by_sms_in_the_same_delivery(desk: Desk, wechat: Wechat) -> None:
    desk.book.entries[ANN] = Contact(phone="13800000001")
    await desk.tell()
    await desk.turn(3, seconds=1)
    assert wechat.messages == []
    row = await desk.one()
    assert (row.channel, row.state, len(desk.gateway.store.shown())) == ("sms", "sent", 1)


async def test_what_wechat_refuses_goes_by_sms(desk: Desk, wechat: Wechat) -> None:
    wechat.answers = [43101]
    await desk.tell()
    await desk.turn(3, seconds=1)
    assert [(row.channel, row.state) for row in await desk.rows()] == [("sms", "sent"), ("wechat", "failed")]
    assert (await desk.rows(channel="wechat"))[0].error == "wechat-43101: said so"


async def test_what_is_unclear_at_wechat_is_unknown_and_goes_nowhere_else(desk: Desk, wechat: Wechat) -> None:
    wechat.answers = ["cut"]
    await desk.tell()
    await desk.turn(5, minutes=10)
    row = await desk.one()
    assert (row.channel, row.state, row.error.split(":")[0]) == ("wechat", "unknown", "no answer")
    assert (len(wechat.messages), desk.gateway.store.shown()) == (1, [])
    assert row.repeatable


async def test_a_worker_killed_while_it_told_wechat_leaves_an_unknown(desk: Desk, wechat: Wechat) -> None:
    await desk.tell()
    (claimed,) = await desk.worker._claim("wechat", 1)
    dead = desk.worker._process.rpartition("/")[0] + "/0"
    await Delivery.filter(id=claimed.row.id).update(claimed_by=dead)
    desk.another_worker()
    await desk.turn(3, minutes=1)
    row = await desk.one()
    assert (row.state, row.error) == ("unknown", "the worker ended while it was sending")
    assert (wechat.messages, desk.gateway.store.shown()) == ([], [])


async def test_a_token_that_ended_early_is_renewed_and_nothing_is_lost(desk: Desk, wechat: Wechat) -> None:
    await desk.tell()
    await desk.turn(minutes=1)
    wechat.tokens = 5  # somebody else took a new one
    await desk.tell(key="k2")
    await desk.turn(3, minutes=1)
    assert [row.state for row in await desk.rows()] == ["sent", "sent"]
    assert len(wechat.messages) == 2


async def test_wechat_that_is_busy_is_tried_again(desk: Desk, wechat: Wechat) -> None:
    wechat.answers = [-1, 45009]
    await desk.tell()
    await desk.turn(4, minutes=1)
    assert ((await desk.one()).state, len(wechat.messages)) == ("sent", 1)


async def test_a_wrong_secret_keeps_messages_waiting(desk: Desk, wechat: Wechat) -> None:
    wechat.secret = "another"  # noqa: S105 - the test's own
    await desk.tell()
    await desk.turn()
    row = await desk.one()
    assert (row.state, row.error.split(":")[0]) == ("queued", "no token")
    assert len((await inbox(desk.core, ANN)).items) == 1
