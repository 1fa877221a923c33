"""岗位: write one, be told what the law forbids, publish it, close it; and the firms they belong to."""

import pytest
from playwright.async_api import Page, expect

from cloud.jobs import service as jobs
from cloud.jobs.drafts import FirmDraft
from tests.browser import hall
from tests.browser.conftest import Console, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.broker]


async def fill(page: Page, **fields: str) -> None:
    """Type into fields of the editor by their names."""
    for name, value in fields.items():
        field = page.locator(f"#post-form [name={name}]")
        await (field.select_option(value) if name in {"firm", "form", "pay_unit"} else field.fill(value))


async def test_a_post_is_written_refused_corrected_published_and_closed(console: Console, visitor: Visitor) -> None:
    firm = await jobs.create_firm(console.core, FirmDraft.model_validate(hall.FIRM), verified=True)
    page = await visitor.open("/posts/new")
    await fill(page, firm=firm["id"], title="快件分拣员", headcount="6", requirements="限男性，入职交押金200元")
    await expect(page.locator("#screening")).to_contain_text("限制性别")
    await expect(page.locator("#screening mark").first).to_have_text("限男性")
    await page.locator("#post-form").get_by_role("button", name="保存草稿").first.click()
    await expect(page.get_by_role("alert").filter(has_text="需要修改")).to_be_visible()
    await expect(page.locator("#e-pay_min")).to_have_text("请写数字")
    await expect(page.locator("#e-occupation")).to_contain_text("请从列表中选择职业")
    await visitor.photograph("post-form")
    await page.locator("#f-occupation").press_sequentially("快件处理")
    await page.locator("#occupations button").first.click()
    await fill(
        page, pay_min="180", pay_max="220.5", pay_unit="day", pay_method="日结", form="temporary", hours="08:30-17:30",
        district="润州区", address="工业园区1号", valid_from="2026-03-01", valid_to="2026-03-31",
        contact_name="示范联系人", contact_phone="0511-80000000",
    )  # fmt: skip
    await page.locator("#post-form").get_by_role("button", name="保存草稿").first.click()
    await expect(page.get_by_role("status").filter(has_text="已保存为草稿")).to_be_visible()
    await page.get_by_role("button", name="发布").click()
    await expect(page.get_by_role("alert").filter(has_text="法律禁止")).to_be_visible()
    findings = page.get_by_role("region", name="合规筛查")
    await expect(findings).to_contain_text("就业促进法")
    await expect(findings.locator("mark").first).to_be_visible()
    await visitor.photograph("post-blocked")
    await page.get_by_role("link", name="修改").click()
    await fill(page, requirements="能搬运20公斤以内包裹，男女不限")
    await page.locator("#post-form").get_by_role("button", name="保存草稿").first.click()
    await page.get_by_role("button", name="发布").click()
    await expect(page.get_by_text("已发布，岗位正在上屏")).to_be_visible()
    await expect(page.locator(".money")).to_have_text("180–220.50")
    await visitor.photograph("post-published")
    page.on("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="关闭岗位").click()
    await expect(page.get_by_text("岗位已关闭")).to_be_visible()
    await expect(page.get_by_role("region", name="岗位信息")).to_contain_text("已关闭")
    post_id = page.url.rpartition("/")[2].partition("?")[0]
    async with page.expect_response(lambda answer: answer.url.endswith(post_id)):
        console.core.hub.publish("post", {"id": post_id, "state": "closed"})
    await expect(page.get_by_text("岗位已关闭")).to_be_visible()  # news refresh the post, not what was just said


async def test_the_list_filters_searches_and_updates_itself(console: Console, visitor: Visitor) -> None:
    posts = await hall.add_posts(console.core)
    await jobs.create_post(
        console.core, hall.draft(posts[0]["firm"], hall.POSTS[1], title="夜班保洁员"), by="staff:值班经理"
    )
    page = await visitor.open("/posts")
    await expect(page.locator("#post-body tr")).to_have_count(6)
    await visitor.photograph("posts")
    await page.get_by_role("link", name="草稿 1").click()
    await expect(page.locator("#post-body tr")).to_have_count(1)
    await visitor.open("/posts")
    await expect(page.locator("#live")).to_have_attribute("data-state", "on")
    await page.get_by_role("searchbox", name="搜索岗位").press_sequentially("保洁")
    await expect(page.locator("#post-body tr")).to_have_count(2)
    await jobs.close_post(console.core, posts[1]["id"], by="staff:值班经理")
    await expect(page.locator("#post-body")).to_contain_text("已关闭")
    await expect(page.locator("#post-body tr")).to_have_count(2)
    await expect(page.get_by_role("searchbox", name="搜索岗位")).to_have_value("保洁")


async def test_a_long_list_is_continued(console: Console, visitor: Visitor) -> None:
    firm = await jobs.create_firm(console.core, FirmDraft.model_validate(hall.FIRM), verified=True)
    for number in range(35):
        await jobs.create_post(
            console.core, hall.draft(firm["id"], hall.POSTS[0], title=f"配送员{number}"), by="staff:值班经理"
        )
    page = await visitor.open("/posts")
    await expect(page.locator("#post-body tr")).to_have_count(30)
    await page.get_by_role("link", name="下一页").click()
    await expect(page.locator("#post-body tr")).to_have_count(5)
    await expect(page.locator("#post-body")).to_contain_text("配送员0")
    await page.get_by_role("link", name="回到第一页").click()
    await expect(page.locator("#post-body")).to_contain_text("配送员34")


async def test_a_firm_is_registered_with_a_right_code_and_verified(visitor: Visitor) -> None:
    page = await visitor.open("/firms")
    for name, value in (
        ("uscc", "91321100MA0000001X"),
        ("name", "示范物流（镇江）有限公司"),
        ("contact_name", "示范联系人"),
    ):
        await page.locator(f"[name={name}]").fill(value)
    await page.get_by_role("button", name="登记").click()
    await expect(page.locator("#e-uscc")).to_contain_text("校验位")
    await expect(page.locator("#e-contact_phone")).to_have_text("请填写")
    await page.locator("[name=uscc]").fill("91321100MA0000001P")
    await page.locator("[name=contact_phone]").fill("0511-80000000")
    await page.get_by_role("button", name="登记").click()
    await page.get_by_role("button", name="核验通过").click()
    await expect(page.locator("#messages")).to_contain_text("缺少营业执照")
    for name in ("营业执照", "经办人身份证", "单位委托证明", "招聘简章"):
        await page.get_by_role("checkbox", name=name).check()
    await page.get_by_role("button", name="核验通过").click()
    await expect(page.get_by_role("status").filter(has_text="核验通过")).to_be_visible()
    await visitor.photograph("firm-case")
    await page.get_by_role("link", name="企业", exact=True).first.click()
    await expect(page.locator("td").get_by_text("已核验")).to_be_visible()
    await visitor.photograph("firms")
