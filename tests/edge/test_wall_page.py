"""The wall page in a real Chromium: what is published stands in the DOM, nothing is cut, the page proves itself."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

from edge.agent import Agent, AgentConfig, open_agent
from edge.uplink import parse_broker_url
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


async def test_the_page_says_that_the_cloud_is_away(tmp_path: Path) -> None:
    async with wall(tmp_path, (1024, 512)) as (agent, page, _):
        await page.get_by_text("网络中断").wait_for(state="visible")
        agent.session.core_online = True
        await page.get_by_text("网络中断").wait_for(state="hidden")
