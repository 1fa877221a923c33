"""The public's pages on a phone: a jobseeker registers, reads, withdraws and goes; an owner lets another user in."""

import json

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from cloud.employers import service as employers
from cloud.employers.drafts import MemberDraft
from cloud.jobs import service as jobs
from cloud.people.models import Person
from cloud.platform.core import Core
from cloud.platform.notify.contents import open_content
from cloud.platform.notify.models import Notification
from tests.browser.conftest import Console, Visitor
from tests.browser.test_accessibility import RULES
from tests.cloud.jobs.drafts import FIRM

pytestmark = [pytest.mark.browser, pytest.mark.broker]

PHONE = "13800000001"


async def newest_code(core: Core) -> str:
    """Return the code that the newest message carries."""
    row = await Notification.filter(template="login-code").order_by("-id").first()
    content = open_content(core, row) if row else None
    assert content is not None
    return str(content.values["code"])


async def breaks_no_rule(visitor: Visitor) -> None:
    """Judge the page that is open with axe."""
    found = await Axe().run(visitor.page, options=RULES)
    assert [(one["id"], one["nodes"][0]["failureSummary"]) for one in found.response["violations"]] == []
    visitor.complaints.clear()  # axe itself writes inline styles, which the pages' policy refuses


async def log_in(console: Console, page: Page, path: str, phone: str) -> None:
    await page.goto(f"{console.url}{path}")
    await page.get_by_label("手机号").fill(phone)
    await page.get_by_role("button", name="获取验证码").click()
    await page.get_by_label("验证码").fill(await newest_code(console.core))


async def test_a_jobseeker_registers_reads_withdraws_and_goes(console: Console, visitor: Visitor) -> None:
    await visitor.context.clear_cookies()
    page = await visitor.open("/my")
    await expect(page.get_by_role("heading", name="求职者登录")).to_be_visible()
    await breaks_no_rule(visitor)
    await visitor.photograph("my-login")
    await page.get_by_label("手机号").fill("123")
    await page.get_by_role("button", name="获取验证码").click()
    await expect(page.get_by_role("alert")).to_contain_text("11 位手机号")
    await log_in(console, page, "/my/login", PHONE)
    code = await page.get_by_label("验证码").input_value()
    await page.get_by_label("验证码").fill(f"{(int(code) + 1) % 10**6:06d}")
    await page.get_by_role("checkbox").check()
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("alert")).to_contain_text("验证码不对")
    await visitor.photograph("my-code")
    await page.get_by_label("验证码").fill(code)
    await page.get_by_role("checkbox").check()
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_text("138****0001")).to_be_visible()
    await page.get_by_role("button", name="同意").first.click()
    await expect(page.get_by_role("status")).to_contain_text("已记下")
    await breaks_no_rule(visitor)
    await visitor.photograph("my-data")
    await page.get_by_role("button", name="撤回").click()
    await expect(page.get_by_role("status")).to_contain_text("已撤回")
    await page.get_by_role("link", name="查看", exact=True).click()
    await expect(page.get_by_text(PHONE)).to_be_visible()
    await visitor.photograph("my-copy")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="下载文件").click()
    path = await (await download.value).path()
    assert json.loads(path.read_text("utf-8"))["packages"]["people"]["person"]["phone"] == PHONE
    await visitor.open("/my/erase")
    await visitor.photograph("my-erase")
    await page.get_by_role("checkbox").check()
    await page.get_by_role("button", name="注销账号").click()
    await expect(page.get_by_role("heading", name="账号已注销")).to_be_visible()
    await visitor.photograph("my-gone")
    assert not await Person.all().count()
    await visitor.open("/my")
    await expect(page.get_by_role("heading", name="求职者登录")).to_be_visible()


async def test_an_owner_lets_another_user_in_and_out(console: Console, visitor: Visitor) -> None:
    core = console.core
    firm = await jobs.create_firm(core, jobs.FirmDraft.model_validate(FIRM), verified=True)
    owner = MemberDraft(name="示例甲", phone=PHONE, role="owner")
    await employers.add_member(core, firm["id"], owner, by="staff:li")
    await visitor.context.clear_cookies()
    page = visitor.page
    await log_in(console, page, "/employer/login", PHONE)
    await breaks_no_rule(visitor)
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("heading", name=FIRM["name"])).to_be_visible()
    await page.get_by_label("姓名").fill("示例乙")
    await page.get_by_label("手机号").fill("12")
    await page.get_by_role("button", name="添加").click()
    await expect(page.get_by_text("请填写 11 位手机号")).to_be_visible()
    await page.get_by_label("手机号").fill("13800000002")
    await page.get_by_label("角色").select_option("招聘")
    await page.get_by_role("button", name="添加").click()
    await expect(page.get_by_text("138****0002")).to_be_visible()
    await breaks_no_rule(visitor)
    await visitor.photograph("employer-firm")
    await page.get_by_role("button", name="移除").click()
    await expect(page.get_by_text("138****0002")).to_have_count(0)
