"""A firm from its phone to the QR of its posts: papers handed in, checked at a desk, posts from a spreadsheet."""

from pathlib import Path

import pytest
from playwright.async_api import Page, ViewportSize, expect

from cloud.jobs.models import Post
from cloud.platform.times import market_day
from tests.browser.conftest import Console, Visitor
from tests.browser.test_public import breaks_no_rule, newest_code
from tests.cloud.employers.sample import DETAILS, picture
from tests.cloud.jobs.books import SPOILS, book, good_row, spoiled
from tests.cloud.people.sample import NAME, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.broker]

FIRM = "示范物流（镇江）有限公司"
PHONE_SIZE: ViewportSize = {"width": 360, "height": 780}
DESK_SIZE: ViewportSize = {"width": 1366, "height": 900}


async def register(console: Console, page: Page) -> None:
    """Register the firm of row 1 of the spreadsheets by phone code."""
    await page.goto(f"{console.url}/employer/register")
    await page.get_by_label("手机号").fill(PHONE)
    await page.get_by_role("button", name="获取验证码").click()
    await page.get_by_label("验证码").fill(await newest_code(console.core))
    await page.get_by_label("单位名称").fill(FIRM)
    await page.get_by_label("统一社会信用代码").fill("91321100MA0000001X")
    await page.get_by_label("您的姓名").fill(NAME)
    await page.get_by_role("button", name="登记").click()
    await expect(page.get_by_text("校验位")).to_be_visible()
    await page.get_by_label("统一社会信用代码").fill(good_row(1)["uscc"])
    await page.get_by_label("验证码").fill(await newest_code(console.core))
    await page.get_by_role("button", name="登记").click()
    await expect(page.get_by_role("heading", name="企业核验")).to_be_visible()


async def hand_in(page: Page, folder: Path) -> None:
    """Fill, photograph and hand in the papers."""
    await page.get_by_role("button", name="提交", exact=True).click()
    await expect(page.get_by_role("alert").first).to_contain_text("材料不齐")
    await expect(page.locator("#e-operator_id")).to_contain_text("身份证号")
    await page.get_by_label("所属行业").select_option(DETAILS["industry"])
    await page.get_by_label("人员规模").select_option(DETAILS["size"])
    for name in ("address", "operator_name", "operator_id"):
        await page.locator(f"#f-{name}").fill(DETAILS[name])
    await page.get_by_role("button", name="保存").click()
    await expect(page.get_by_role("status").filter(has_text="已保存")).to_be_visible()
    photo = folder / "photo.jpg"
    photo.write_bytes(picture("ivory", (1200, 800)))
    for kind in ("licence", "id_card", "authorisation", "notice"):
        paper = page.locator(f"#{kind}.upload")
        await paper.locator("input[type=file]").set_input_files(photo)
        await paper.locator("button").click()
        await expect(page.locator(f"#{kind}.upload img")).to_be_visible()
    await expect(page.locator("#f-operator_id")).to_have_value("1101**********" + DETAILS["operator_id"][-4:])
    await page.get_by_role("button", name="提交", exact=True).click()
    await expect(page.get_by_text("材料已提交，正在核验")).to_be_visible()


async def refuse_then_verify(visitor: Visitor) -> None:
    """Refuse the papers at the desk, see the reason on the phone, hand in again, verify."""
    page = visitor.page
    await page.set_viewport_size(DESK_SIZE)
    await visitor.open("/")
    await page.locator(".queue").get_by_text("企业待核验").click()
    await page.get_by_role("link", name=FIRM).click()
    await expect(page.get_by_alt_text("营业执照")).to_be_visible()
    await breaks_no_rule(visitor)
    await visitor.photograph("firm-submitted")
    case = page.url
    await page.get_by_role("checkbox", name="委托证明没有盖公章").check()
    await page.get_by_role("button", name="退回材料").click()
    await expect(page.get_by_role("status").filter(has_text="已退回")).to_be_visible()
    await visitor.open("/employer/papers")
    await expect(page.get_by_text("委托证明没有盖公章")).to_be_visible()
    await page.get_by_role("button", name="提交", exact=True).click()
    await expect(page.get_by_text("材料已提交，正在核验")).to_be_visible()
    await page.goto(case)
    await page.get_by_role("button", name="核验通过").click()
    await expect(page.get_by_role("status").filter(has_text="核验通过")).to_be_visible()


async def import_posts(visitor: Visitor, sheet: Path) -> None:
    """Have a file judged, read what is wrong, bring in what is right."""
    page = visitor.page
    await visitor.open("/posts/imports")
    await visitor.photograph("imports")
    await page.get_by_label("文件").set_input_files(sheet)
    await page.get_by_role("button", name="上传并核对").click()
    await expect(page.get_by_role("heading", name="核对完成")).to_be_visible(timeout=60_000)
    errors = page.get_by_role("region", name="不合格的行")
    await expect(errors).to_contain_text("就业促进法")
    await expect(errors).to_contain_text("最低薪酬")
    await breaks_no_rule(visitor)
    await visitor.photograph("import-checked")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="下载核对报告").click()
    assert (await (await download.value).path()).stat().st_size > 1_000
    await page.get_by_role("button", name="导入合格的 5 行").click()
    await expect(page.get_by_role("heading", name="已完成")).to_be_visible(timeout=60_000)
    assert await Post.filter(state="published").count() == 5


async def look_at(visitor: Visitor, post: Post) -> None:
    """See the QR of a post at the desk, and its page and the list on a phone."""
    page = visitor.page
    await visitor.open(f"/posts/{post.id}/qr?s=flyer:0302")
    await expect(page.get_by_role("img", name="二维码")).to_be_visible()
    await visitor.photograph("post-qr")
    await page.set_viewport_size(PHONE_SIZE)
    await visitor.open(f"/p/{post.id}?s=flyer:0302")
    await expect(page.locator(".post-pay")).to_contain_text("200–260")
    await breaks_no_rule(visitor)
    await visitor.photograph("public-post", (360,))
    await page.get_by_role("link", name="全部岗位").click()
    await page.get_by_label("找什么活").fill(post.title)
    await page.get_by_role("button", name="找岗位").click()
    await expect(page.get_by_role("link", name=post.title)).to_be_visible()
    await breaks_no_rule(visitor)
    await visitor.photograph("public-list", (360,))


@pytest.mark.timeout(180)
async def test_a_firm_comes_in_by_phone_and_its_posts_by_spreadsheet(
    console: Console, visitor: Visitor, tmp_path: Path
) -> None:
    page = visitor.page
    await page.set_viewport_size(PHONE_SIZE)
    await register(console, page)
    await breaks_no_rule(visitor)
    await visitor.photograph("employer-papers", (360,))
    await hand_in(page, tmp_path)
    await visitor.photograph("employer-submitted", (360,))
    await refuse_then_verify(visitor)
    today = market_day(console.core.now())
    rows = [good_row(number) | {"valid_from": today.isoformat()} for number in range(6)]
    sheet = tmp_path / "岗位.xlsx"
    sheet.write_bytes(book([*rows[:5], spoiled(rows[5], SPOILS[5]), spoiled(good_row(7), SPOILS[10])]))
    await import_posts(visitor, sheet)
    post = await Post.filter(state="published").first()
    assert post is not None
    await look_at(visitor, post)
    await visitor.open("/employer/posts")
    await expect(page.get_by_role("button", name="仍在招人").first).to_be_visible()
    await visitor.photograph("employer-posts", (360,))
