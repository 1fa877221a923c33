"""The desk's story: asked on a phone, answered live, made a ticket, done, rated; a complaint that nobody signs."""

import re

import pytest
from playwright.async_api import Page, expect

from cloud.identity import service as identity
from cloud.service.chatmodels import Thread
from cloud.service.models import Ticket
from tests.browser.conftest import ACCOUNT, ARTEFACTS, Console, Visitor
from tests.browser.test_public import PHONE, breaks_no_rule, log_in

pytestmark = [pytest.mark.browser, pytest.mark.broker]


async def asks(console: Console, phone: Page) -> None:
    """Log in on a phone and ask the online service."""
    await log_in(console, phone, "/my/login", PHONE)
    await phone.get_by_role("checkbox").check()
    await phone.get_by_role("button", name="登录").click()
    await phone.get_by_role("link", name="在线客服").click()
    await phone.get_by_label("您想问什么").fill("公司三个月没发工资，怎么办？<b>急</b>")
    await phone.get_by_role("button", name="发送").click()
    await expect(phone.get_by_text("最迟")).to_be_visible()


async def talks_live(visitor: Visitor, phone: Page) -> None:
    """Answer in the console with a canned answer; either side hears the other without being touched."""
    staff = visitor.page
    await visitor.open("/")
    await expect(staff.get_by_text("在线咨询待答复")).to_be_visible()
    await visitor.open("/service/threads")
    await visitor.photograph("desk-threads-list")
    await staff.get_by_role("link", name=re.compile("咨询.*等了")).click()
    await expect(staff.get_by_role("log").get_by_text("<b>急</b>")).to_be_visible()
    await breaks_no_rule(visitor)
    await staff.get_by_label("查找答复").fill("工资")
    await staff.get_by_role("button", name="被拖欠工资").click()
    await staff.get_by_role("button", name="发送").click()
    await expect(staff.get_by_role("log").get_by_text("请先保留合同")).to_be_visible()
    await expect(phone.get_by_role("log").get_by_text("请先保留合同")).to_be_visible()
    await phone.get_by_label("写答复").fill("好的，我有聊天记录")
    await phone.get_by_role("button", name="发送").click()
    await expect(staff.get_by_role("log").get_by_text("我有聊天记录")).to_be_visible()
    await fits(phone, "desk-chat-phone")
    await visitor.photograph("desk-chat", (1920, 1366, 360))


async def makes_a_ticket(visitor: Visitor, phone: Page) -> None:
    """Convert the conversation, answer the ticket, rate it on the phone."""
    staff = visitor.page
    await staff.get_by_text("转成工单").first.click()
    await staff.get_by_label("类别").select_option("rights|拖欠工资")
    await staff.get_by_role("button", name="转成工单并结束对话").click()
    await expect(staff.get_by_role("heading", name="权益维护：拖欠工资")).to_be_visible()
    await expect(staff.get_by_text("还剩")).to_be_visible()
    await expect(phone.get_by_text("您的问题已转成工单")).to_be_visible()
    await breaks_no_rule(visitor)
    await visitor.photograph("desk-ticket")
    await visitor.open("/service")
    await visitor.photograph("desk-inbox", (1920, 1366, 360))
    await breaks_no_rule(visitor)
    await staff.get_by_role("link", name="权益维护：拖欠工资").click()
    await staff.get_by_label("办理结果（当事人能看到）").fill("已联系公司，承诺三日内发放")
    await staff.get_by_role("button", name="办结").click()
    await expect(staff.locator("#messages")).to_contain_text("已办结")
    await phone.get_by_role("link", name="查看工单").click()
    await expect(phone.get_by_text("承诺三日内发放")).to_be_visible()
    await fits(phone, "desk-ticket-phone")
    await phone.get_by_role("button", name="很满意").click()
    await expect(phone.get_by_text("谢谢您的评价")).to_be_visible()


async def fits(phone: Page, name: str) -> None:
    """Keep a picture of a phone, on which nothing sticks out."""
    assert await phone.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    await phone.screenshot(path=str(ARTEFACTS / f"{name}-360.png"), full_page=True, caret="initial")


async def test_asked_answered_live_made_a_ticket_done_and_rated(console: Console, visitor: Visitor) -> None:
    browser, staff = visitor.context.browser, visitor.page
    assert browser is not None
    async with await browser.new_context(viewport={"width": 360, "height": 740}, locale="zh-CN") as context:
        phone = await context.new_page()
        await asks(console, phone)
        await talks_live(visitor, phone)
        await makes_a_ticket(visitor, phone)
    ticket = await Ticket.get(thread=(await Thread.get(channel="phone")).id)
    assert (ticket.state, ticket.rating, ticket.first_owner) == ("closed", 5, f"staff:{ACCOUNT[0]}")
    await visitor.open("/service/surveys")
    await visitor.photograph("desk-surveys")
    await staff.get_by_role("link", name=re.compile("服务后评价")).click()
    await expect(staff.get_by_text("1 份答复，1 份满意或很满意")).to_be_visible()
    await expect(staff.get_by_text("样本不足")).to_be_visible()
    await expect(staff.get_by_text("95% 置信区间 20.7% 至 100.0%")).to_be_visible()
    await breaks_no_rule(visitor)
    await visitor.photograph("desk-survey")
    async with staff.expect_download() as download:
        await staff.get_by_role("link", name="下载 XLSX").click()
    assert (await download.value).suggested_filename.endswith(".xlsx")


async def test_a_complaint_without_a_name_is_looked_up_by_its_number(console: Console, visitor: Visitor) -> None:
    core, page = console.core, visitor.page
    await identity.add_account(core, "窗口小李", "counter", ACCOUNT[2])
    await visitor.context.clear_cookies()
    await visitor.open("/rights")
    await breaks_no_rule(visitor)
    await visitor.photograph("desk-rights")
    await page.get_by_role("link", name="我要投诉").click()
    await page.get_by_role("button", name="提交").click()
    await expect(page.get_by_text("请写明内容")).to_be_visible()
    await page.get_by_label("什么事").select_option("complaint|服务态度")
    await page.get_by_label("发生了什么").fill("今天上午在窗口被骂")
    await page.get_by_label("涉及谁").select_option("staff")
    await page.get_by_label("姓名、窗口、单位或设备").fill("窗口小李")
    await breaks_no_rule(visitor)
    await visitor.photograph("desk-complain")
    await page.get_by_role("button", name="提交").click()
    await expect(page.get_by_role("heading", name="已受理")).to_be_visible()
    receipt = await page.locator("[data-receipt]").inner_text()
    await visitor.photograph("desk-receipt")

    opened = await identity.log_in(core, "窗口小李", ACCOUNT[2])
    await visitor.context.add_cookies([{"name": "yz_session", "value": opened.cookie, "url": visitor.url}])
    await visitor.open("/service?view=all")
    await expect(page.get_by_text("还没有工单")).to_be_visible()
    ticket = await Ticket.get(about_staff="staff:窗口小李")
    await visitor.open(f"/service/tickets/{ticket.id}")
    await expect(page.get_by_text("骂")).to_have_count(0)

    await visitor.context.clear_cookies()
    await visitor.sign_in(console)
    await visitor.open(f"/service/tickets/{ticket.id}")
    await page.get_by_label("办理结果（当事人能看到）").fill("已批评教育并道歉")
    await page.get_by_role("button", name="办结").click()
    await expect(page.locator("#messages")).to_contain_text("已办结")
    await visitor.context.clear_cookies()
    await visitor.open("/complain/find")
    await page.get_by_label("查询码").fill(receipt.lower().replace("-", " "))
    await page.get_by_role("button", name="查询").click()
    await expect(page.get_by_text("已批评教育并道歉")).to_be_visible()
    await breaks_no_rule(visitor)
    await visitor.photograph("desk-found")
    await page.get_by_role("button", name="一般").click()
    await expect(page.get_by_text("已归档")).to_be_visible()
