"""今天: is the hall open, what waits, what was published; it changes by itself."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from cloud.jobs import service as jobs
from tests.browser import hall
from tests.browser.conftest import NOW, Console, Visitor
from tests.browser.link import CuttableLink

pytestmark = [pytest.mark.browser, pytest.mark.broker]


@pytest.mark.usefixtures("market")
async def test_the_page_tells_what_is_open_what_waits_and_what_was_published(
    console: Console, visitor: Visitor
) -> None:
    posts = await hall.add_posts(console.core)
    await jobs.close_post(console.core, posts[0]["id"], by="staff:值班经理")
    page = await visitor.open("/")
    row = page.locator("#day-market")
    await expect(row).to_contain_text("在线")
    await expect(row.locator("rect.open").first).to_be_visible()
    await expect(row).to_contain_text("未知 10 分")
    await expect(page.get_by_role("heading", name="3月19日 星期四")).to_be_visible()
    await expect(page.locator(".feed")).to_contain_text("快件分拣员")
    await expect(page.locator(".feed")).not_to_contain_text("外卖配送员")
    await row.get_by_text("逐段查看").click()
    await expect(row.get_by_role("table")).to_contain_text("09:00")
    await visitor.photograph("today")


async def test_a_published_post_and_a_lost_device_appear_without_a_reload(
    console: Console, visitor: Visitor, market: hall.Station
) -> None:
    page = await visitor.open("/")
    await expect(page.get_by_text("今天还没有发布岗位")).to_be_visible()
    await expect(page.locator("#live")).to_have_attribute("data-state", "on")
    await page.evaluate("window.notReloaded = true")
    await hall.add_posts(console.core)
    await expect(page.locator(".feed")).to_contain_text("快件分拣员")
    await market.send("ops", [("door-1", "door.slot.changed", NOW, {"health": "stale", "cause": "power"})])
    await expect(page.locator(".queue")).to_contain_text("设备失联")
    assert await page.evaluate("window.notReloaded")


@pytest.mark.usefixtures("market")
async def test_closed_minutes_at_nine_are_a_violation_while_the_day_still_runs(
    console: Console, visitor: Visitor
) -> None:
    async with hall.station(console.mqtt_port, "jianbi") as jianbi:
        await jianbi.come_online({}, NOW, {})
        late = NOW.replace(hour=1, minute=20, second=0)
        await jianbi.send(
            "evidence",
            [
                hall.interval("door-1", "door", "locked", late - timedelta(hours=1), late),
                hall.interval("door-1", "door", "unlocked", late, NOW),
                hall.interval("light-1", "light", "on", late, NOW),
            ],
        )
        page = await visitor.open("/")
        await expect(page.locator("#day-jianbi")).to_contain_text("违规")
        await expect(page.locator(".queue")).to_contain_text("开放时间违规")
        await expect(page.locator("#day-dingmao")).to_contain_text("从未上线")


async def test_a_lost_core_is_said_and_so_is_its_return(console: Console, visitor: Visitor) -> None:
    async with CuttableLink(console.url) as link:
        visitor.url, visitor.line_is_cut = link.url, True
        await visitor.sign_in(console)
        page = await visitor.open("/")
        await expect(page.locator("#live")).to_have_attribute("data-state", "on")
        await link.cut()
        await expect(page.locator("#live")).to_contain_text("连接中断")
        await hall.add_posts(console.core)
        await link.mend()
        await expect(page.locator("#live")).to_have_attribute("data-state", "on", timeout=15_000)
        await expect(page.locator(".feed")).to_contain_text("快件分拣员")
