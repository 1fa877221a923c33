"""A whole working day of a market with its stations, as the pictures of the README show it."""

from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from cloud.jobs import service as jobs
from tests.browser import hall
from tests.browser.conftest import ARTEFACTS, NOW, Console, Visitor
from tests.browser.test_venues import prove_wall

pytestmark = [pytest.mark.browser, pytest.mark.broker]

#: Day of March -> (opened, closed) as hours and minutes; days that are not named went by the book.
ODD_DAYS: dict[str, dict[int, tuple[tuple[int, int], tuple[int, int]]]] = {
    "market": {5: ((9, 21), (17, 2)), 11: ((8, 58), (16, 30)), 14: ((11, 5), (17, 3))},
    "jianbi": {17: ((9, 18), (17, 3))},
    "dingmao": {},
}
DARK_DAY = 14


async def past_days(station: hall.Station) -> None:
    """Send what the door and a second device showed on the days before today."""
    events = []
    for day in range(1, NOW.day):
        midnight = NOW.replace(day=day, hour=0, minute=0, second=0) - timedelta(hours=8)
        (open_h, open_m), (close_h, close_m) = ODD_DAYS[station.id].get(day, ((8, 56), (17, 4)))
        opened, closed = (
            midnight + timedelta(hours=open_h, minutes=open_m),
            midnight + timedelta(hours=close_h, minutes=close_m),
        )
        second = ("light-1", "light", "on") if station.id != "dingmao" else ("kiosk-1", "kiosk", "usable")
        events += [
            hall.interval("door-1", "door", "unlocked", opened, closed),
            hall.interval(*second, opened, closed),
        ]
        if day != DARK_DAY:  # that morning nothing was reported: nobody knows
            events.append(hall.interval("door-1", "door", "locked", midnight + timedelta(hours=6), opened))
            events.append(hall.interval("door-1", "door", "locked", closed, midnight + timedelta(hours=20)))
    await station.send("evidence", events)


async def late_station(station: hall.Station) -> None:
    """Open at 09:20."""
    opened = NOW.replace(hour=1, minute=20, second=0)
    await station.come_online({"door-1": ("door", "dev-door-2", "sim-door")}, NOW, {})
    await past_days(station)
    await station.send(
        "evidence",
        [
            hall.interval("door-1", "door", "locked", opened - timedelta(hours=2), opened),
            hall.interval("door-1", "door", "unlocked", opened, NOW),
            hall.interval("light-1", "light", "on", opened, NOW),
        ],
    )


async def lost_station(station: hall.Station) -> None:
    """Be there until 13:05, then lose the line."""
    lost = NOW.replace(hour=5, minute=5, second=0)
    await station.come_online({"door-1": ("door", "dev-door-3", "sim-door")}, NOW, {})
    await past_days(station)
    start = NOW.replace(hour=0, minute=55, second=0)
    await station.send(
        "evidence",
        [
            hall.interval("door-1", "door", "unlocked", start, lost),
            hall.interval("kiosk-1", "kiosk", "usable", start, lost),
        ],
    )
    await station.say_goodbye(NOW)


async def picture(page: Page, name: str) -> None:
    """Keep a picture for the README."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    await page.mouse.move(0, 0)
    await page.screenshot(path=str(ARTEFACTS / f"readme-{name}.png"), full_page=True)


async def test_a_working_day_with_a_late_and_a_lost_station(
    console: Console, visitor: Visitor, market: hall.Station
) -> None:
    await past_days(market)
    posts = await hall.add_posts(console.core)
    firm = posts[0]["firm"]
    doubtful = hall.draft(firm, hall.POSTS[3], title="直播带货助理", requirements="高薪诚聘，形象气质佳，有经验优先")
    unlawful = hall.draft(firm, hall.POSTS[4], title="夜班分拣员", requirements="限男性，入职交押金200元")
    for one in (doubtful, unlawful):
        post = await jobs.create_post(console.core, one, by="staff:值班经理")
        await jobs.publish_post(console.core, post["id"], by="staff:值班经理")
    await jobs.create_post(console.core, hall.draft(firm, hall.POSTS[1], title="夜班保洁员"), by="staff:值班经理")
    await jobs.close_post(console.core, posts[0]["id"], by="staff:值班经理")
    await market.show("door-1", NOW, {"door": "unlocked"})
    await market.show("light-1", NOW, {"light": "on"})
    await market.show("kiosk-1", NOW, {"kiosk": "usable", "reason": ""})
    await market.show("wall", NOW, {"wall": "on", "frames": 1204, "beat_age_s": 0.4})
    async with (
        hall.station(console.mqtt_port, "jianbi") as jianbi,
        hall.station(console.mqtt_port, "dingmao") as dingmao,
    ):
        await late_station(jianbi)
        await lost_station(dingmao)
        await prove_wall(market, len(hall.POSTS) - 1)
        page = await visitor.open("/")
        await expect(page.locator("#live")).to_have_attribute("data-state", "on")
        for text in ("岗位待审核", "岗位被拦截", "站点离线", "开放时间违规"):
            await expect(page.locator(".queue")).to_contain_text(text)
        await expect(page.locator("#day-jianbi")).to_contain_text("违规")
        await expect(page.locator("#day-dingmao")).to_contain_text("离线")
        recent = page.get_by_role("region", name="近 14 天")
        await expect(recent.get_by_role("row").filter(has_text="镇江市零工市场")).to_contain_text("违规 2")
        await expect(recent.get_by_role("row").filter(has_text="谏壁驿站")).to_contain_text("违规 1")
        await expect(recent.get_by_role("row").filter(has_text="丁卯驿站").locator(".compliant")).to_have_count(14)
        await picture(page, "today")
        await visitor.photograph("working-day")
        await visitor.open("/venues/market")
        for day, word in ((5, "违规"), (11, "违规"), (14, "存疑"), (18, "合规")):
            await expect(page.locator(f"a.cell[href*='2026-03-{day:02}']")).to_contain_text(word)
        await expect(page.get_by_role("region", name="大屏：显示证明")).to_contain_text("最新内容")
        await expect(page.locator("#live")).to_have_attribute("data-state", "on")
        await picture(page, "venue")
        await visitor.open("/posts")
        await expect(page.locator("#live")).to_have_attribute("data-state", "on")
        await picture(page, "posts")
        await page.get_by_role("link", name="直播带货助理").click()
        await expect(page.get_by_role("region", name="合规筛查").locator("mark").first).to_be_visible()
        await page.get_by_label("理由").fill("已电话核实，薪酬写明，无外貌要求")
        await page.get_by_role("button", name="通过并发布").click()
        await expect(page.get_by_text("已发布，岗位正在上屏")).to_be_visible()
        await expect(page.get_by_role("region", name="变更记录")).to_contain_text("已电话核实")
