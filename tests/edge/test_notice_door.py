"""The door of emergency notices: the PIN on loopback and LAN, the page behind it, and who is turned away."""

import asyncio
import base64
import hashlib
import io
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from PIL import Image
from playwright.async_api import Browser, FilePayload, Page, expect

from edge.agent import Agent, AgentConfig, open_agent
from edge.http.notices import notice_first
from edge.queue import pin as pins
from edge.uplink import parse_broker_url
from protocols.venue.queue import Pin
from tests.edge.stations import STATION, WALL, signed, site
from tests.edge.test_notice_pages import KIOSK, chromium
from tests.edge.test_queue import board, manifest
from tests.pictures import photograph
from tests.waiting import free_port, until

__all__ = ["chromium"]
PIN = "20260319"
WISH = {"kind": "fire", "title": "发生火情", "text": "", "minutes": 5}


@asynccontextmanager
async def hall(folder: Path, *, with_pin: bool = True) -> AsyncIterator[Agent]:
    """Run an agent without any broker, with a LAN page and, if asked, a PIN from the cloud's last board."""
    broker = parse_broker_url(f"mqtt://127.0.0.1:{free_port()}")
    config = AgentConfig(site(WALL, KIOSK), STATION, folder, broker, lan="127.0.0.1:0")
    async with open_agent(config) as agent:
        task = asyncio.create_task(agent.run())
        if with_pin:
            salt = b"salt-of-the-test"
            found = hashlib.scrypt(PIN.encode(), salt=salt, n=pins.N, r=pins.R, p=pins.P, dklen=32)
            pin = Pin(salt=base64.b64encode(salt).decode(), hash=base64.b64encode(found).decode())
            day = (datetime.now(UTC) + timedelta(hours=8)).date().isoformat()
            await agent.contents.take("queue", signed(manifest(1, board(day, pin=pin.to_object()))), agent.recorder)
            await until(lambda: agent.door.pin() is not None, "the PIN has come")
        try:
            yield agent
        finally:
            agent.stop()
            await task


async def test_the_pin_opens_it_on_both_addresses(tmp_path: Path) -> None:
    async with hall(tmp_path) as agent:
        for url in (agent.url, agent.lan_url):
            async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
                for path, body in (("raise", WISH), ("lift", {"id": "x"})):
                    assert (await http.post(f"{url}/notice/{path}", json=body)).status == 401
                assert (await http.get(f"{url}/notice/state")).status == 401
                assert (await http.post(f"{url}/notice/enter", json={"pin": "000000"})).status == 403
                assert (await http.post(f"{url}/notice/enter", json={"pin": PIN})).status == 204
                assert (await http.post(f"{url}/notice/raise", data="kind=fire")).status == 415
                answer = await http.post(f"{url}/notice/raise", json=WISH)
                assert answer.status == 201
                made = await answer.json()
                assert made["by"] == "hall:pin"
                state = await (await http.get(f"{url}/notice/state")).json()
                assert [one["id"] for one in state["notices"]] == [made["id"]]
                assert (await http.post(f"{url}/notice/raise", json={**WISH, "minutes": 0})).status == 409
                assert (await http.post(f"{url}/notice/lift", json={"id": made["id"]})).status == 204
                assert (await http.post(f"{url}/notice/lift", json={"id": made["id"]})).status == 409


async def test_without_a_pin_and_after_too_many_wrong_ones_it_stays_shut(tmp_path: Path) -> None:
    async with hall(tmp_path, with_pin=False) as agent, aiohttp.ClientSession() as http:
        assert (await http.post(f"{agent.url}/notice/enter", json={"pin": PIN})).status == 404
    (tmp_path / "b").mkdir()
    async with hall(tmp_path / "b") as agent, aiohttp.ClientSession() as http:
        for _ in range(pins.MAX_TRIES):
            assert (await http.post(f"{agent.url}/notice/enter", json={"pin": "000000"})).status == 403
        assert (await http.post(f"{agent.url}/notice/enter", json={"pin": PIN})).status == 429
        wrong = {"Authorization": "Bearer wrong"}
        assert (await http.post(f"{agent.url}/notice/raise", json=WISH, headers=wrong)).status == 401


@pytest.mark.browser
async def test_staff_raise_one_on_the_page_and_see_which_screens_show_it(tmp_path: Path, chromium: Browser) -> None:
    async with hall(tmp_path) as agent:
        wall = await chromium.new_page(viewport={"width": 960, "height": 540})
        await wall.goto(f"{agent.url}/wall/wall")
        page = await chromium.new_page(viewport={"width": 390, "height": 800})
        await page.goto(f"{agent.lan_url}/notice")
        await page.get_by_label("输入本站密码").fill(PIN)
        await page.get_by_role("button", name="进入").click()
        await expect(page.get_by_text("没有正在显示的应急通知")).to_be_visible()
        await page.get_by_role("button", name="走失儿童").click()
        await page.get_by_label("内容").fill("五岁男童，红色上衣，请联系服务台。")
        await page.get_by_label("这是演练").check()
        await _photograph(page, "check")
        await page.get_by_role("button", name="发布演练").click()
        await expect(wall.get_by_text("五岁男童，红色上衣")).to_be_visible()
        await expect(page.get_by_text("✓ wall 已显示")).to_be_visible()
        await expect(page.get_by_text("… kiosk-1 还没有显示")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await _photograph(page, "state")
        await page.get_by_role("button", name="解除").click()
        await expect(wall.locator("#emergency")).to_be_hidden()


@pytest.mark.browser
async def test_staff_take_a_live_picture_with_a_phone_for_a_command_that_waits(
    tmp_path: Path, chromium: Browser
) -> None:
    async with hall(tmp_path) as agent:
        page = await chromium.new_page(viewport={"width": 390, "height": 800})
        # A phone in the hall's network has no camera for pages without TLS, but an app of its own.
        await page.add_init_script("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
        await page.goto(f"{agent.lan_url}/face")
        await page.get_by_label("输入本站密码").fill(PIN)
        await page.get_by_role("button", name="进入").click()
        await expect(page.get_by_text("没有终端在等照片")).to_be_visible()
        shooting = asyncio.create_task(_shoot(page))
        async with agent.pictures.wanted("0195f3c2-2222-7000-8000-000000000001", "face-1", "staff-li") as picture:
            shown = Image.open(io.BytesIO(picture.data))
            assert (picture.name, shown.size, b"Exif" in picture.data) == ("李", (720, 720), False)
            kept = picture.data
        await shooting
        assert set(kept) == {0}
        await expect(page.get_by_text("staff-li 登记成功")).to_be_visible()
        await _photograph(page, "face-done")


async def _shoot(page: Page) -> None:
    await expect(page.get_by_text("人员编号 staff-li")).to_be_visible()
    await page.get_by_label("终端上显示的姓名").fill("李")
    await expect(page.locator("#phone")).to_be_disabled()
    await page.get_by_label("本人已单独同意").check()
    await _photograph(page, "face-wish")
    taken: FilePayload = {"name": "face.jpg", "mimeType": "image/jpeg", "buffer": photograph(900)}
    await page.locator("#phone").set_input_files(taken)


async def _photograph(page: object, name: str) -> None:
    if folder := os.environ.get("YIZHAN_SCREENSHOTS"):
        await page.screenshot(path=f"{folder}/door-{name}.png", full_page=True)  # type: ignore[attr-defined]


async def test_a_new_notice_goes_alone_and_the_rest_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.http.notices.REST_AFTER_S", 0.01)
    notices, changed = iter([b"none ", b"", b"fire ", b""]), asyncio.Event()
    newest = notice_first(lambda: next(notices), lambda: b"rest", changed)
    assert [newest(), newest()] == [b"none rest", b"rest"]
    assert (newest(), changed.is_set()) == (b"fire ", False)
    await asyncio.wait_for(changed.wait(), 5)
    assert newest() == b"rest"
