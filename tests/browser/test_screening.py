"""The editor's gate: marked while typing, rewritten by one button, taken back; and what of a period counts."""

import io

import pytest
from openpyxl import load_workbook
from playwright.async_api import expect

from cloud.jobs import service as jobs
from tests.browser import hall
from tests.browser.conftest import Console, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.broker]

_UNLAWFUL = "仓库分拣，只要男的，日结200元，入职交押金300元，四十五岁以下"


async def test_what_is_typed_is_marked_rewritten_and_brought_back(visitor: Visitor) -> None:
    page = await visitor.open("/posts/new")
    field = page.locator("#f-requirements")
    await field.press_sequentially(_UNLAWFUL)
    panel = page.locator("#screening")
    await expect(panel.locator(".marked mark.block")).to_have_text(["只要男的", "押金"])
    await expect(panel.locator(".marked mark.review")).to_have_text(["四十五岁以下"])
    await expect(panel).to_contain_text("妇女权益保障法（2022）第四十三条")
    await expect(panel).to_contain_text("劳动合同法第九条")
    await visitor.photograph("screening-found")
    await page.get_by_role("button", name="一键改写").click()
    await expect(field).to_have_value("仓库分拣，日结200元")
    await expect(panel).to_contain_text("未发现问题")
    await visitor.photograph("screening-rewritten")
    await page.get_by_role("button", name="恢复原文").click()
    await expect(field).to_have_value(_UNLAWFUL)
    await expect(panel.locator(".marked mark.block").first).to_have_text("只要男的")
    await expect(page.get_by_role("button", name="恢复原文")).to_be_hidden()


async def test_a_likeness_is_answered_by_a_person_and_the_list_says_so(console: Console, visitor: Visitor) -> None:
    posts = await hall.add_posts(console.core)
    first = hall.draft(posts[0]["firm"], hall.POSTS[0])
    twin = await jobs.create_post(
        console.core, first.model_copy(update={"requirements": first.requirements + "，急招"}), by="staff:值班经理"
    )
    await jobs.publish_post(console.core, twin["id"], by="staff:值班经理")
    page = await visitor.open(f"/posts/{twin['id']}")
    panel = page.get_by_role("region", name="是否同一岗位")
    await expect(panel).to_contain_text("待确认")
    await visitor.photograph("vacancy-asked")
    await panel.get_by_label("说明").fill("电话核实，同一空缺")
    await panel.get_by_role("button", name="是同一岗位").click()
    await expect(panel).to_contain_text("同一岗位，不计数")
    await visitor.open("/posts/count")
    row = page.locator("#count-body tr").first
    await expect(row).to_contain_text("不计数")
    await expect(row).to_contain_text("电话核实，同一空缺")
    await visitor.photograph("post-count")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="下载清单").click()
    file = await (await download.value).path()
    book = load_workbook(io.BytesIO(file.read_bytes()))
    texts = [str(cell) for line in book.worksheets[0].iter_rows(values_only=True) for cell in line if cell]
    assert "与先前发布的岗位是同一岗位" in texts
