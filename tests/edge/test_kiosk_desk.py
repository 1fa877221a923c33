"""Who is signed in at a kiosk, against a core that answers, refuses or is away; tokens; nothing but the named acts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

import edge.kiosk.desk
from edge.errors import KioskRefused
from edge.kiosk.cli import keep_token, write_token
from edge.kiosk.cloud import MAX_ANSWER_BYTES, TOKENS, KioskCloud
from edge.kiosk.desk import KioskDesk
from edge.visitors import Visitors
from protocols.rules.presented import Card
from tests.edge.test_queue import desk
from tests.waiting import free_port, until

CARD = Card("resident", "李示范", "male", date(1990, 3, 7), "999999199003070012", date(2020, 1, 1), None)
TOKEN = "yzk_" + "t" * 43
SELF = {"person": {"name": "李**", "phone": None}, "consents": []}


@dataclass
class Core:
    """The kiosk routes of a core; `said` is what it was asked, `status` what it says instead of yes."""

    url: str
    said: list[tuple[str, str, Any]] = field(default_factory=list)
    status: int = 200
    body: bytes = b""

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one request."""
        assert request.headers["Yizhan-Kiosk"] == TOKEN
        sent = await request.json() if request.can_read_body else None
        self.said.append((request.method, request.path, sent))
        if self.status != 200:
            return web.Response(status=self.status, body=self.body, headers={"Location": "/elsewhere"})
        if self.body:
            return web.Response(body=self.body)
        opened = "/sessions/" in request.path
        return web.json_response({"person": "0195", "token": "yzv_secret"} if opened else SELF)


@dataclass
class Place:
    """A desk with its core and its visitors."""

    core: Core
    desk: KioskDesk
    visitors: Visitors

    async def lay(self) -> str:
        """Lay the card on the reader; return the read."""
        await self.visitors.present("reader-1", CARD, "kiosk-1")
        visit = self.visitors.shown("kiosk-1")
        assert visit is not None
        return visit.read


@asynccontextmanager
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    app = web.Application()
    core = Core("")
    app.router.add_route("*", "/{path:.*}", core.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    core.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    write_token(tmp_path, "kiosk-1", TOKEN)
    async with desk(tmp_path) as one:
        found = Visitors(one.records, one.queue)
        cloud = KioskCloud(core.url, tmp_path)
        try:
            yield Place(core, KioskDesk(["kiosk-1"], cloud, found), found)
        finally:
            await cloud.close()
            await runner.cleanup()


async def test_a_card_signs_in_once_and_is_forgotten_and_the_page_sees_no_secret(tmp_path: Path) -> None:
    async with place(tmp_path) as one:
        read = await one.lay()
        await one.desk.by_card("kiosk-1", read, ["terms"])
        assert one.core.said[0] == (
            "POST", "/api/v1/kiosk/sessions/card",
            {"name": "李示范", "id_number": CARD.number, "address": "", "consents": ["terms"]},
        )  # fmt: skip
        shown = one.desk.document("kiosk-1")
        assert (shown["signed"], shown["name"], shown["online"]) == (True, "李**", True)
        assert "yzv_secret" not in str(shown) + repr(one.desk.session("kiosk-1"))
        visit = one.visitors.shown("kiosk-1")
        assert visit is not None
        assert visit.card is None
        with pytest.raises(KioskRefused, match="card_gone"):
            await one.desk.by_card("kiosk-1", read, [])
        await one.desk.end("kiosk-1")
        assert one.core.said[-1][:2] == ("DELETE", "/api/v1/kiosk/session")
        assert one.visitors.shown("kiosk-1") is None


async def test_a_minute_without_a_touch_ends_it_here_and_at_the_cloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge.kiosk.desk, "IDLE_S", 0.15)
    monkeypatch.setattr(edge.kiosk.desk, "SWEEP_S", 0.02)
    async with place(tmp_path) as one:
        task = asyncio.create_task(one.desk.run(), name="desk")
        await one.desk.by_card("kiosk-1", await one.lay(), [])
        await until(lambda: one.core.said[-1][:2] == ("DELETE", "/api/v1/kiosk/session"), "the cloud is told")
        assert one.desk.document("kiosk-1") == {"signed": False, "cloud": True}
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_without_the_cloud_a_card_signs_in_without_a_name_and_a_code_does_not(tmp_path: Path) -> None:
    async with place(tmp_path) as one:
        one.desk.cloud.base = f"http://127.0.0.1:{free_port()}"
        await one.desk.by_card("kiosk-1", await one.lay(), [])
        shown = one.desk.document("kiosk-1")
        assert (shown["signed"], shown["name"], shown["online"]) == (True, "", False)
        with pytest.raises(KioskRefused, match="away"):
            await one.desk.agree_to_face("kiosk-1")
        with pytest.raises(KioskRefused, match="away"):
            await one.desk.by_code("kiosk-1", "13800000001", "123456", [])
        assert one.desk.session("kiosk-1") is None  # whoever was there has gone


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (409, b'{"type": "urn:yizhan:problem:consent-needed", "detail": "\xe8\xaf\xb7"}', "consent_needed"),
        (302, b"", "refused"),
        (403, b"[]", "away"),
        (503, b"{}", "away"),
        (200, b"no json", "away"),
        (200, b'"' + b"x" * MAX_ANSWER_BYTES + b'"', "away"),
    ],
)
async def test_what_the_core_says_is_a_reason_whatever_it_is(
    status: int, body: bytes, reason: str, tmp_path: Path
) -> None:
    async with place(tmp_path) as one:
        one.core.status, one.core.body = status, body
        with pytest.raises(KioskRefused) as refused:
            await one.desk.cloud.send_code("kiosk-1", "13800000001")
        assert refused.value.reason == reason
        assert len(one.core.said) == 1  # a redirect is not followed


async def test_a_token_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    async with place(tmp_path) as one:
        (tmp_path / TOKENS / "kiosk-1").chmod(0o644)
        assert not one.desk.cloud.has_token("kiosk-1")
        with pytest.raises(KioskRefused, match="not_set_up"):
            await one.desk.cloud.send_code("kiosk-1", "13800000001")
        assert one.core.said == []


def test_a_token_is_kept_from_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for text, slot, code in ((TOKEN, "kiosk-1", 0), ("yzv_no", "kiosk-1", 2), (TOKEN, "../x", 2)):
        monkeypatch.setattr("sys.stdin.read", lambda _size, text=text: f"{text}\n")
        assert keep_token([slot, "--state", str(tmp_path)]) == code
    path = tmp_path / TOKENS / "kiosk-1"
    assert (path.read_text(), path.stat().st_mode & 0o777) == (TOKEN, 0o600)
