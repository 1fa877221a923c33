"""场馆: which devices are there, is the data complete, what does the wall really show, was the hall open."""

import pytest
from playwright.async_api import expect

from cloud.fleet.models import Slot
from cloud.jobs import service as jobs
from tests.browser import hall
from tests.browser.conftest import NOW, Console, Visitor
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.broker]


async def prove_wall(market: hall.Station, posts: int = len(hall.POSTS)) -> None:
    """Have the market's wall prove the manifest that is newest now."""
    wall = None

    async def complete() -> bool:
        nonlocal wall
        wall = (await jobs.shown_walls("market")).get("wall")
        return wall is not None and len(wall.content.items) == posts

    await until(complete, "the wall's manifest holds every post")
    assert wall is not None
    proof = {"level": "rendered", "by": "pixels", "content": wall.hash, "rev": wall.rev, "frames": 1204}
    await market.send("evidence", [("wall", "wall.display.proved", NOW, proof)])


async def has_fault(name: str) -> bool:
    """Return whether the market's wall is known to have a fault."""
    return await Slot.filter(station_id="market", name="wall", cause=name).exists()


async def test_the_tree_tells_the_state_of_each_station(visitor: Visitor, market: hall.Station) -> None:
    page = await visitor.open("/venues")
    row = page.get_by_role("row").filter(has_text="镇江市零工市场")
    await expect(row).to_contain_text("在线")
    await expect(row).to_contain_text("/ 5")
    await expect(page.get_by_role("row").filter(has_text="丁卯驿站")).to_contain_text("从未上线")
    assert market.id == "market"
    await visitor.photograph("venues")


async def test_a_station_shows_devices_data_wall_and_calendar(
    console: Console, visitor: Visitor, market: hall.Station
) -> None:
    await hall.add_posts(console.core)
    await prove_wall(market)
    page = await visitor.open("/venues/market")
    slots = page.get_by_role("region", name="设备位")
    await expect(slots.get_by_role("row").filter(has_text="hlk-ld2410")).to_contain_text("移动目标 184 cm")
    await expect(slots.get_by_role("row").filter(has_text="door-1")).to_contain_text("正常")
    data = page.get_by_role("region", name="数据完整性")
    await expect(data).to_contain_text("无缺口")
    wall = page.get_by_role("region", name="大屏：显示证明")
    await expect(wall).to_contain_text("已渲染")
    await expect(wall).to_contain_text("最新内容")
    await expect(wall).to_contain_text("快件分拣员")
    await expect(wall).to_contain_text("像素核对")
    calendar = page.get_by_role("region", name="开放日历")
    await expect(calendar.locator("[aria-current=date]")).to_contain_text("进行")
    await visitor.photograph("venue")
    await calendar.get_by_role("link", name="1 存疑", exact=True).click()
    await expect(page.get_by_role("region", name="开放日历")).to_contain_text("3月1日 星期日")
    black = {"health": "stale", "cause": "driver", "text": "the picture is black", "fault": "black"}
    await market.send("ops", [("wall", "wall.slot.changed", NOW, black)])
    await until(lambda: has_fault("black"), "the wall is known to be black")
    page = await visitor.open("/venues/market")
    for region in ("大屏：显示证明", "设备位"):
        await expect(page.get_by_role("region", name=region)).to_contain_text("黑屏")
    await expect(page.get_by_role("region", name="大屏：显示证明")).to_contain_text("现在有故障")
    await visitor.photograph("venue-black-wall")


async def test_a_year_without_a_table_of_holidays_is_named(visitor: Visitor) -> None:
    page = await visitor.open("/venues/market?month=2019-03")
    await expect(page.get_by_role("region", name="开放日历")).to_contain_text("缺少 2019 年的节假日表")


async def test_live_values_move_without_a_reload(visitor: Visitor, market: hall.Station) -> None:
    page = await visitor.open("/venues/market")
    row = page.locator("#slot-hall-1")
    await expect(row).to_contain_text("移动目标 184 cm")
    await expect(page.locator("#live")).to_have_attribute("data-state", "on")
    await market.show("hall-1", NOW, {"state": "both", "moving_cm": 96, "static_cm": 240})
    await expect(row).to_contain_text("移动目标 96 cm")


async def test_how_many_are_inside_stands_beside_how_many_may_be(visitor: Visitor, market: hall.Station) -> None:
    shown = {"state": "both", "moving_cm": 96, "hall_people": 121, "hall_limit": 120}
    await market.show("hall-1", NOW, shown)
    page = await visitor.open("/venues/market")
    head = page.locator("#station > header")
    await expect(head).to_contain_text("在场人数 121 / 120")
    await expect(head).to_contain_text("人数超过上限")
    await expect(page.locator("#slot-hall-1")).not_to_contain_text("hall_")
    await visitor.photograph("venue-too-many")


async def test_a_gap_and_a_refused_setting_are_shown(visitor: Visitor, market: hall.Station) -> None:
    market.seq["evidence"] += 4
    await market.send("evidence", [hall.interval("door-1", "door", "unlocked", NOW, NOW)])
    at = "2026-03-19T06:32:00.000Z"
    refused = {"wall": {"values": {"brightness": 60}, "at": at, "rejected": {"colour": "unknown_field"}}}
    await market.report(refused, NOW)
    page = await visitor.open("/venues/market")
    await expect(page.get_by_role("region", name="数据完整性").get_by_text("5–8")).to_be_visible()
    await expect(page.get_by_role("region", name="参数：期望与实际")).to_contain_text("没有这个参数")


async def test_a_station_that_does_not_exist_is_an_error_page(visitor: Visitor) -> None:
    page = await visitor.open("/venues/nowhere")
    await expect(page.get_by_role("heading", name="没有这个页面")).to_be_visible()
    await visitor.photograph("error")
