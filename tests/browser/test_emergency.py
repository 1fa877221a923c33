"""The pages of emergency notices: raised in two steps, followed screen by screen, lifted; and what a drill says."""

import pytest
from playwright.async_api import expect

from cloud.emergency.models import EmergencyNotice
from tests.browser import hall
from tests.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.broker]


async def test_a_drill_is_raised_followed_and_lifted(visitor: Visitor, market: hall.Station) -> None:
    page = await visitor.open("/emergencies")
    await expect(page.get_by_text("还没有发布过应急通知")).to_be_visible()
    await page.get_by_role("link", name="火情").click()
    await visitor.photograph("emergency-raise")
    await page.get_by_label("这是演练").check()
    await page.get_by_role("button", name="立即发布").click()
    await expect(page.get_by_role("heading", name="发生火情 立即撤离")).to_be_visible()
    row = await EmergencyNotice.all().first()
    assert row is not None
    assert (row.drill, row.title) == (True, "发生火情 立即撤离")
    shown = {"notice": str(row.id), "content": "ab" * 32, "drill": True, "via": "page", "width": 1920, "height": 1080}
    await market.send("evidence", [("wall", "wall.notice.shown", row.raised_at, shown)])
    await expect(page.get_by_text("已显示", exact=True)).to_be_visible()
    await visitor.photograph("emergency-status")
    await page.get_by_role("button", name="解除").click()
    await expect(page.get_by_text("已解除")).to_be_visible()
    await page.goto(page.url.rpartition("/")[0])
    await expect(page.get_by_role("cell", name="【演练】 发生火情 立即撤离")).to_be_visible()
    await visitor.photograph("emergency-list")
