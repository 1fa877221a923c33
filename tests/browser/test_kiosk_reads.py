"""What the kiosk's page shows when somebody lays a card on the reader or holds a code before the scanner."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.browser.test_queue import photograph
from tests.edge.kiosks import Kiosk, kiosk
from tests.edge.test_queue import board
from tests.edge.test_visitors import CHILD, NAME, NUMBER
from tests.peers.mosquitto import mosquitto

pytestmark = [pytest.mark.browser, pytest.mark.broker]

POST = "https://jobs.example/p/0195f3c2-3333-7000-8000-000000000001?s=wall:market"


@pytest.fixture
async def station(tmp_path: Path) -> AsyncIterator[Kiosk]:
    async with mosquitto(tmp_path) as broker, kiosk(tmp_path, broker) as one:
        yield one


@pytest.fixture
async def page(station: Kiosk, browser: Browser) -> AsyncIterator[Page]:
    async with await browser.new_context(viewport={"width": 1080, "height": 1920}, locale="zh-CN") as context:
        found = await context.new_page()
        complaints: list[str] = []
        found.on("pageerror", lambda error: complaints.append(str(error)))
        await found.goto(f"{station.agent.url}/kiosk/kiosk-1")
        await found.get_by_text("请选择要办的事").wait_for()
        yield found
        assert complaints == []


async def test_a_card_greets_gives_a_number_and_finds_it_again(station: Kiosk, page: Page) -> None:
    await station.lay(name=NAME, number=NUMBER)
    await page.get_by_text("您好，李**，已读到您的身份证").wait_for()
    await photograph(page, "kiosk-card", 1920, 1080)
    await photograph(page, "kiosk-card", 1080, 1920)
    assert NUMBER not in await page.content()
    await page.get_by_role("button", name="社保咨询").click()
    await page.get_by_role("button", name="老人").click()
    await page.get_by_text("B001").wait_for()
    await page.get_by_text("您的号码").wait_for()
    await page.get_by_role("button", name="知道了").click()
    await station.lay(name=NAME, number=NUMBER)
    await page.get_by_text("您今天已经取过号").wait_for()
    await page.get_by_text("B001").wait_for()
    await photograph(page, "kiosk-known", 1080, 1920)
    await station.lay(name=NAME, number=CHILD, birth="20150101")
    await page.get_by_text("未满 16 周岁不能求职登记，请到窗口咨询").wait_for()
    assert await page.locator(".hello").is_hidden()
    await photograph(page, "kiosk-under-age", 1080, 1920)
    await station.reader.change({"card": "none"})
    await station.lay(fault="read", birth="", number="")
    await page.get_by_text("没有读到，请把身份证拿开，再放一次").wait_for()


async def test_a_code_greets_by_its_kind_and_with_one_service_gives_a_number_at_once(
    browser: Browser, tmp_path: Path
) -> None:
    services = [{**one, "open": one["letter"] == "A"} for one in board("2026-03-02")["services"]]
    rules = {**board("2026-03-02")["rules"], "priorities": []}
    async with (
        mosquitto(tmp_path) as broker,
        kiosk(tmp_path, broker, services=services, rules=rules) as station,
        await browser.new_context(viewport={"width": 1080, "height": 1920}, locale="zh-CN") as context,
    ):
        page = await context.new_page()
        await page.goto(f"{station.agent.url}/kiosk/kiosk-1")
        await page.get_by_text("请选择要办的事").wait_for()
        await station.scanner.change({"scan": "6901234567892"})
        await page.get_by_text("这不是本市场的码").wait_for()
        await station.scanner.change({"scan": POST})
        await page.get_by_text("A001").wait_for()
        told = await station.told(2)
        assert told[1]["ref"] == "0195f3c2-3333-7000-8000-000000000001"
        assert told[1]["source"] == "wall:market"
