"""A policy on its way: written, approved by a second person, painted by a real wall, read on a phone, gone in time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from cloud.identity import service as identity
from edge.agent import Agent, AgentConfig, open_agent
from edge.uplink import parse_broker_url
from provisioning.signing import content_key, public_text
from provisioning.site import parse_site
from tests.browser.conftest import NOW, PATIENCE_MS, Console, Visitor
from tests.browser.test_public import breaks_no_rule
from tests.edge.stations import WALL

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.timeout(180)]

SECOND = ("副经理", "manager", "correct horse battery")
TITLE = "灵活就业社保补贴"


@asynccontextmanager
async def wall_of(console: Console, folder: Path) -> AsyncIterator[Agent]:
    """Run the agent of the market, with its wall alone, at the console's broker and clock."""
    folder.mkdir()
    trust = f'[trust]\ncontent_keys = {{ "content-1" = "{public_text(content_key(console.core.secret))}" }}\n'
    text = f'[site]\nid = "demo"\nname = "示范"\n{trust}[[stations]]\nid = "market"\nname = "镇江市零工市场"\n{WALL}'
    broker = parse_broker_url(f"mqtt://127.0.0.1:{console.mqtt_port}")
    config = AgentConfig(parse_site(text), "market", folder, broker, clock_url=console.clock.url)
    async with open_agent(config) as agent:
        task = asyncio.create_task(agent.run())
        try:
            yield agent
        finally:
            agent.stop()
            await task


async def write(page: Page) -> None:
    """Write a policy that ends today."""
    await page.get_by_role("link", name="新建内容").click()
    await page.get_by_label("标题").fill(TITLE)
    await page.get_by_label("大屏文字").fill("就业困难人员灵活就业并缴纳社会保险费的，可以申请补贴。")
    await page.get_by_label("全文").fill(
        "一、对象：就业困难人员。\n二、标准：不超过缴费的三分之二。\n三、办理：到窗口。"
    )
    await page.get_by_label("发文机关").fill("市人力资源和社会保障局")
    await page.get_by_label("文号").fill("示范人社〔2026〕1号")
    await page.get_by_label("结束日期").fill(NOW.date().isoformat())
    await page.get_by_role("button", name="保存草稿").click()
    await page.get_by_label("发布理由").fill("市局要求上屏")
    await page.get_by_role("button", name="申请发布").click()
    await expect(page.get_by_text("等待另一人审批")).to_be_visible()


async def approve(console: Console, browser: Browser) -> None:
    """Approve as the second person."""
    await identity.add_account(console.core, *SECOND)
    opened = await identity.log_in(console.core, SECOND[0], SECOND[2])
    async with await browser.new_context(locale="zh-CN") as context:
        context.set_default_timeout(PATIENCE_MS)
        await context.add_cookies([{"name": "yz_session", "value": opened.cookie, "url": console.url}])
        page = await context.new_page()
        await page.goto(f"{console.url}/system/approvals")
        await expect(page.get_by_text("政策公告上屏")).to_be_visible()
        await page.get_by_role("button", name="同意").click()
        await expect(page.get_by_text("没有等待审批的事项")).to_be_visible()


async def test_a_policy_from_its_draft_to_its_end(
    console: Console, visitor: Visitor, browser: Browser, tmp_path: Path
) -> None:
    page = visitor.page
    async with wall_of(console, tmp_path / "agent") as agent:
        wall = await browser.new_page(viewport={"width": 1024, "height": 512})
        await wall.goto(f"{agent.url}/wall/wall")
        await visitor.open("/policies")
        await breaks_no_rule(visitor)
        await visitor.photograph("policies")
        await write(page)
        await expect(wall.locator(".card.notice")).to_have_count(0)
        await approve(console, browser)
        await expect(wall.locator(".card.notice h2")).to_have_text(TITLE)
        await expect(page.locator("#policy")).to_contain_text("已绘制")
        await breaks_no_rule(visitor)
        await visitor.photograph("policy")
        place = page.url
        await visitor.open("/news")
        await page.get_by_role("link", name=TITLE).click()
        await expect(page.get_by_text("二、标准")).to_be_visible()
        await breaks_no_rule(visitor)
        await visitor.photograph("news-one", (360,))
        await console.clock.leap_to(NOW.replace(hour=16, minute=1) + timedelta(hours=1))  # 01:01 of the next day
        await expect(wall.locator(".card.notice")).to_have_count(0)
        await visitor.sign_in(console)
        await page.goto(place)
        await expect(page.locator(".page-head")).to_contain_text("已撤下")
        await expect(page.locator("#policy")).to_contain_text("已绘制")
        await expect(page.get_by_role("row", name=TITLE)).to_have_count(0)
        await wall.close()
