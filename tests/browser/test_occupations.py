"""The editor offers the occupation of what is typed, one click takes it."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Console, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.broker]

TYPED = {"焊工 要带证 日结": "焊工", "外卖骑手": "网约配送员", "阿姨做饭": "家政服务员", "打螺丝": "电子设备装接工"}


async def test_a_colloquial_title_brings_its_occupation_and_one_click_takes_it(
    console: Console, visitor: Visitor
) -> None:
    assert console
    page = await visitor.open("/posts/new")
    offered = page.locator(".picker-suggested button")
    for title, name in TYPED.items():
        await page.locator("#f-title").fill(title)
        await expect(offered.first).to_contain_text(name)
    await expect(offered.first).to_have_attribute("title", "就是俗称“打螺丝”")
    await visitor.photograph("post-occupation-suggested")
    await offered.first.click()
    await expect(page.locator("#f-occupation")).to_have_value("电子设备装接工 6-25-04-07")
    await expect(page.locator("[name=occupation]")).to_have_value("6-25-04-07")
    await page.locator("#f-occupation").fill("骑手")  # no profession is named so
    await expect(page.locator("#occupations button").first).to_contain_text("网约配送员")
