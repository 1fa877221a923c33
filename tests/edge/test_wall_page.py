"""The wall page in a real Chromium: what is published stands in the DOM, nothing is cut, the page proves itself."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

from edge.agent import Agent, AgentConfig, open_agent
from edge.uplink import parse_broker_url
from protocols.venue.content import Item, Manifest
from tests.edge.stations import STATION, WALL, data_of, manifest, signed, site
from tests.waiting import free_port, until

pytestmark = pytest.mark.browser
SIZES = [(1920, 1080), (1024, 512), (512, 256), (1080, 1920)]
LONG = "钢筋工、木工、瓦工及小工（市政道路改造项目，需持特种作业证优先）"
CUT = """[...document.querySelectorAll('.card')].filter(card =>
    card.scrollHeight > card.clientHeight || card.scrollWidth > card.clientWidth).length"""


@asynccontextmanager
async def wall(folder: Path, size: tuple[int, int]) -> AsyncIterator[tuple[Agent, Page, list[str]]]:
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is not installed: apt-get install chromium")
        pytest.skip("chromium is not installed")
    config = AgentConfig(site(WALL), STATION, folder, parse_broker_url(f"mqtt://127.0.0.1:{free_port()}"))
    async with open_agent(config) as agent, async_playwright() as playwright:
        task = asyncio.create_task(agent.run())
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = await browser.new_page(viewport={"width": size[0], "height": size[1]})
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"{agent.url}/wall/wall")
        try:
            yield agent, page, complaints
        finally:
            await browser.close()
            agent.stop()
            await task


async def show(agent: Agent, rev: int, *titles: str) -> None:
    await agent.contents.take("wall", signed(manifest(rev, *titles)), agent.recorder)


@pytest.mark.parametrize("size", SIZES)
async def test_posts_are_shown_without_anything_cut_and_proved(tmp_path: Path, size: tuple[int, int]) -> None:
    async with wall(tmp_path, size) as (agent, page, complaints):
        await page.get_by_text("暂无在招岗位").wait_for()
        titles = [f"岗位{number}" for number in range(20)] + [LONG]
        await show(agent, 1, *titles)
        await page.get_by_text(LONG).wait_for(state="attached")
        assert await page.locator(".card").count() == 21
        assert await page.evaluate(CUT) == 0
        assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        await until(lambda: agent.outbox.head("evidence").last > 0, "the page has proved what it shows")
        proof = data_of((await agent.outbox.drain("evidence", 0, 1))[0].text)
        assert (proof["level"], proof["content"]) == ("rendered", agent.feeds.picture("wall").content)
        assert complaints == []


async def test_a_new_post_is_turned_to_and_a_closed_one_is_gone(tmp_path: Path) -> None:
    async with wall(tmp_path, (1024, 512)) as (agent, page, _):
        old = [f"岗位{number}" for number in range(6)]
        await show(agent, 1, *old)
        await page.get_by_text("岗位5").wait_for(state="attached")
        await show(agent, 2, *old, "新来的")
        await page.get_by_text("新来的").wait_for(state="visible")
        await show(agent, 3, *old)
        await page.get_by_text("新来的").wait_for(state="detached")


def notices(rev: int, lasts_s: float = 3600) -> Manifest:
    """Return two posts and a policy with all that one may have, as the cloud sends them."""
    content = manifest(rev, "岗位0", "岗位1")
    data = {
        "tag": "就业政策",
        "title": "灵活就业人员社会保险补贴申领办法（2026年修订）",
        "text": "就业困难人员灵活就业并缴纳社会保险费的，可以申请补贴，标准不超过实际缴费的三分之二，最长三年；"
        "距法定退休年龄不足五年的可延长至退休。",
        "facts": [["适用人群", "就业困难人员"], ["发文机关", "市人力资源和社会保障局"], ["有效期", "至 2026-12-31"]],
        "qr": ["1011010" * 4 + "1"] * 29,
    }
    end = datetime.now(UTC) + timedelta(seconds=lasts_s)
    policy = Item(id=f"policy-{rev}", kind="notice", seconds=12, valid_to=end, data=data)
    return content.model_copy(update={"items": [*content.items, policy]})


@pytest.mark.parametrize("size", [SIZES[0], SIZES[2]])
async def test_a_policy_has_a_page_of_its_own_and_leaves_at_its_end(tmp_path: Path, size: tuple[int, int]) -> None:
    async with wall(tmp_path, size) as (agent, page, complaints):
        await agent.contents.take("wall", signed(manifest(1, "岗位0", "岗位1")), agent.recorder)
        await page.get_by_text("岗位1").wait_for(state="attached")
        await agent.contents.take("wall", signed(notices(2, 4)), agent.recorder)
        notice = page.locator(".sheet.own.shown .card.notice")
        await notice.get_by_text("灵活就业人员社会保险补贴").wait_for(state="visible")
        assert await notice.locator("svg path").count() == 1
        assert await notice.get_by_text("市人力资源和社会保障局").is_visible()
        assert await page.evaluate(CUT) == 0
        seen = await notice.locator("p").bounding_box()
        assert seen is not None
        assert seen["y"] + seen["height"] < size[1]
        await until(lambda: agent.outbox.head("evidence").last > 1, "the page has proved the policy")
        proof = data_of((await agent.outbox.drain("evidence", agent.outbox.head("evidence").last - 1, 1))[0].text)
        assert (proof["level"], proof["rev"]) == ("rendered", 2)
        await page.locator(".card.notice").wait_for(state="detached")
        assert await page.get_by_text("岗位1").is_visible()
        assert complaints == []


async def test_the_page_says_that_the_cloud_is_away(tmp_path: Path) -> None:
    async with wall(tmp_path, (1024, 512)) as (agent, page, _):
        await page.get_by_text("网络中断").wait_for(state="visible")
        agent.session.core_online = True
        await page.get_by_text("网络中断").wait_for(state="hidden")
