"""Emergency notices in a real Chromium: every page of the station shows and proves them, and returns by itself."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright

from edge.agent import Agent, AgentConfig, open_agent
from edge.http.names import NOTICE_KEY_FILE
from edge.notices.desk import Wish
from edge.uplink import parse_broker_url
from firmware_profiles.ui.notices import notice_templates
from tests.edge.stations import STATION, WALL, data_of, manifest, signed, site, types_in
from tests.waiting import free_port, until

pytestmark = pytest.mark.browser
KIOSK = """
[[stations.slots]]
id = "kiosk-1"
kind = "kiosk"
"""
#: What is shown where: (path, width, height).
SCREENS = {
    "wall": ("wall/wall", 1920, 1080),
    "small wall": ("wall/wall", 512, 256),
    "kiosk": ("kiosk/kiosk-1", 1080, 1920),
    "phone": ("kiosk/kiosk-1", 360, 740),
}
#: Of a wall 2 m high: letters of 8 m / 250 = 32 mm and more are read at 8 m, that is 1/62 of its height.
LEGIBLE = 1 / 62
MEASURE = """() => { const say = document.querySelector('.emergency .say');
    return {cut: say.scrollHeight > say.clientHeight || say.scrollWidth > say.clientWidth,
            text: parseFloat(getComputedStyle(say.querySelector('p')).fontSize),
            title: parseFloat(getComputedStyle(say.querySelector('h2')).fontSize)}; }"""


def wish(kind: str = "fire", **changes: Any) -> Wish:
    template = notice_templates()[kind]
    values: dict[str, Any] = {
        "kind": kind,
        "title": template.title,
        "text": template.text,
        "minutes": 30,
        "drill": False,
    }
    return Wish(**(values | changes))


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Agent]:
    config = AgentConfig(site(WALL, KIOSK), STATION, folder, parse_broker_url(f"mqtt://127.0.0.1:{free_port()}"))
    async with open_agent(config) as agent:
        task = asyncio.create_task(agent.run())
        try:
            yield agent
        finally:
            agent.stop()
            await task


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is not installed: apt-get install chromium")
        pytest.skip("chromium is not installed")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            await browser.close()


async def opened(browser: Browser, agent: Agent, name: str) -> Page:
    path, width, height = SCREENS[name]
    page = await browser.new_page(viewport={"width": width, "height": height})
    await page.goto(f"{agent.url}/{path}")
    return page


async def test_nothing_is_cut_and_everything_is_legible(tmp_path: Path, chromium: Browser) -> None:
    async with running(tmp_path) as agent:
        pages = {name: await opened(chromium, agent, name) for name in SCREENS}
        for kind in reversed(notice_templates()):  # each more urgent than the one before: it covers that
            notice = await agent.notices.raise_here(wish(kind, drill=kind == "failure"), "hall:pin")
            await until(lambda: not agent.notices.status()[0]["waiting"], f"every screen has shown {kind}")
            for name, page in pages.items():
                await page.locator(f"#emergency[data-notice='{notice.id}']").wait_for(state="visible")
                found = await page.evaluate(MEASURE)
                assert not found["cut"], (kind, name)
                assert found["title"] >= found["text"] >= SCREENS[name][2] * LEGIBLE, (kind, name, found)
                assert await page.get_by_text("演练", exact=True).is_visible() == (kind == "failure")
                if folder := os.environ.get("YIZHAN_SCREENSHOTS"):
                    await page.screenshot(path=f"{folder}/notice-{kind}-{name.replace(' ', '-')}.png")


async def test_pages_prove_it_return_to_what_they_showed_and_the_record_says_all(
    tmp_path: Path, chromium: Browser
) -> None:
    async with running(tmp_path) as agent:
        wall, kiosk = await opened(chromium, agent, "wall"), await opened(chromium, agent, "kiosk")
        await wall.get_by_text("暂无在招岗位").wait_for()
        notice = await agent.notices.raise_here(wish(drill=True), "hall:pin")
        await until(lambda: agent.notices.status()[0]["shown"] == ["kiosk-1", "wall"], "both have answered")
        again = await wall.reload()
        assert again is not None
        await wall.locator("#emergency").wait_for(state="visible")
        await agent.notices.lift_here(notice.id, "hall:pin")
        for page in (wall, kiosk):
            await page.locator("#emergency").wait_for(state="hidden")
        rows = await agent.outbox.drain("evidence", 0, 100)
        told = [one for one in await types_in(agent.outbox, "evidence") if ".notice." in one]
        assert sorted(told) == [
            "agent.notice.ended", "agent.notice.raised", "kiosk.notice.shown", "wall.notice.shown",
        ]  # fmt: skip
        data = {
            row.text.split('"type":"')[1].split('"')[0]: data_of(row.text) for row in rows if ".notice." in row.text
        }
        assert data["cn.yizhan.agent.notice.raised.v1"]["drill"] is True
        shown = data["cn.yizhan.wall.notice.shown.v1"]
        assert (shown["content"], shown["width"], shown["via"]) == (notice.content_hash, 1920, "page")


async def test_a_page_whose_agent_died_keeps_the_notice_and_returns_at_its_end(
    tmp_path: Path, chromium: Browser
) -> None:
    async with running(tmp_path) as agent:
        wall = await opened(chromium, agent, "wall")
        held = await agent.notices.raise_here(wish(), "hall:pin")
        await until(lambda: agent.notices.status()[0]["shown"] == ["wall"], "the wall has answered")
        agent.notices.in_force()[0].left_s = 2.0
        agent.notices.version += 1
        agent.feeds.changed("wall")
        await wall.wait_for_function("id => document.querySelector('#emergency').dataset.notice === id", arg=held.id)
    assert await wall.locator("#emergency").is_visible()
    await wall.locator("#emergency").wait_for(state="hidden", timeout=8_000)


async def test_a_page_that_shows_other_words_is_not_believed(tmp_path: Path, chromium: Browser) -> None:
    async with running(tmp_path) as agent:
        wall = await opened(chromium, agent, "wall")
        await wall.evaluate("document.querySelector('.emergency h2').remove()")  # a page that cannot paint the title
        await agent.notices.raise_here(wish(), "hall:pin")
        await asyncio.sleep(1.5)
        assert agent.notices.status()[0]["waiting"] == ["kiosk-1", "wall"]


async def test_staff_raise_and_lift_with_the_command_while_no_broker_exists(tmp_path: Path, chromium: Browser) -> None:
    async with running(tmp_path) as agent:
        assert (tmp_path / NOTICE_KEY_FILE).stat().st_mode & 0o777 == 0o600
        wall = await opened(chromium, agent, "wall")
        assert await command("raise", "fire", "--drill", "--state", str(tmp_path)) == 0
        await wall.get_by_text("发生火情").wait_for(state="visible")
        notice = agent.notices.current
        assert notice is not None
        assert (notice.by, notice.drill) == ("hall:command", True)
        assert await command("list", "--state", str(tmp_path)) == 0
        assert await command("lift", notice.id, "--state", str(tmp_path)) == 0
        await wall.locator("#emergency").wait_for(state="hidden")
        assert await command("lift", notice.id, "--state", str(tmp_path)) == 1
        assert await command("raise", "fire", "--title", "火" * 30, "--state", str(tmp_path)) == 2
    assert await command("raise", "fire", "--state", str(tmp_path)) == 3
    assert await command("raise", "fire", "--state", str(tmp_path / "nowhere")) == 2


async def command(*words: str) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "yizhan.py", "edge", "notice", *words, stderr=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    return await process.wait()


async def test_what_a_notice_covers_proves_nothing(tmp_path: Path, chromium: Browser) -> None:
    async with running(tmp_path) as agent:
        notice = await agent.notices.raise_here(wish(), "hall:pin")
        await opened(chromium, agent, "wall")
        await until(lambda: agent.notices.status()[0]["shown"] == ["wall"], "the wall shows it")
        await agent.contents.take("wall", signed(manifest(1, "分拣员")), agent.recorder)
        await asyncio.sleep(2.5)  # a beat of the page
        assert "wall.display.proved" not in await types_in(agent.outbox, "evidence")
        await agent.notices.lift_here(notice.id, "hall:pin")
        await until(lambda: _is_proved(agent), "the wall proves what it shows again")


async def _is_proved(agent: Agent) -> bool:
    return "wall.display.proved" in await types_in(agent.outbox, "evidence")


#: Counts the sizes that a page tries; each one is a layout.
COUNT = """() => { window.tried = 0;
    const say = document.querySelector('.emergency .say');
    const found = Object.getOwnPropertyDescriptor(Element.prototype, 'scrollHeight');
    Object.defineProperty(say, 'scrollHeight', {get() { window.tried += 1; return found.get.call(say); }}); }"""


async def test_a_template_is_sized_before_it_is_shown_and_other_words_once(tmp_path: Path, chromium: Browser) -> None:
    async with running(tmp_path) as agent:
        wall = await opened(chromium, agent, "wall")
        await wall.wait_for_function("document.querySelector('.emergency .until').textContent !== ''")
        await wall.evaluate(COUNT)
        tried = []
        words = {"title": "临时通知", "text": "东侧电梯停用，请走楼梯。" * 9}
        for changes in ({}, words, words):
            notice = await agent.notices.raise_here(wish("fire", **changes), "hall:pin")
            await until(lambda: agent.notices.status()[0]["shown"] == ["wall"], "the wall has answered")
            assert not (await wall.evaluate(MEASURE))["cut"]
            tried.append(await wall.evaluate("window.tried"))
            await agent.notices.lift_here(notice.id, "hall:pin")
            await wall.locator("#emergency").wait_for(state="hidden")
        sized = tried[1] - tried[0]
        assert tried[0] == 1, "MEASURE itself"
        assert (sized > 2, tried[2] - tried[1]) == (True, 1)
