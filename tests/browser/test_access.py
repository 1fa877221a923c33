"""Getting in, staying out: login, logout, roles, forged forms; and reaching everything with the keyboard."""

import aiohttp
import pytest
from playwright.async_api import Browser, expect

from cloud.identity import service as identity
from cloud.identity.models import StaffSession
from tests.browser.conftest import ACCOUNT, Console, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.broker]


async def test_a_stranger_logs_in_and_goes_where_he_wanted(console: Console, visitor: Visitor) -> None:
    await visitor.context.clear_cookies()
    page = await visitor.open("/posts?state=draft")
    await page.get_by_label("账号").fill(ACCOUNT[0])
    await page.get_by_label("密码").fill("wrong")
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("alert")).to_contain_text("账号或密码不对")
    await visitor.photograph("login")
    await page.get_by_label("密码").fill(ACCOUNT[2])
    await page.get_by_role("button", name="登录").click()
    await expect(page).to_have_url(f"{console.url}/posts?state=draft")
    await page.get_by_role("button", name="退出登录").click()
    await expect(page.get_by_role("heading", name="工作人员登录")).to_be_visible()
    await visitor.open("/")
    await expect(page.get_by_role("heading", name="工作人员登录")).to_be_visible()


async def test_a_session_that_ends_leads_to_the_login_not_into_the_page(console: Console, visitor: Visitor) -> None:
    page = await visitor.open("/posts")
    await expect(page.locator("#live")).to_have_attribute("data-state", "on")
    await StaffSession.all().delete()
    console.core.hub.publish("post", {"id": "x", "state": "closed"})
    await expect(page.get_by_role("heading", name="工作人员登录")).to_be_visible()
    await expect(page).to_have_url(f"{console.url}/login?next=%2Fposts")


async def test_a_role_starts_where_it_may_and_sees_no_other_area(console: Console, visitor: Visitor) -> None:
    await identity.add_account(console.core, "财务", "finance", ACCOUNT[2])
    await visitor.context.clear_cookies()
    page = await visitor.open("/login")
    await page.get_by_label("账号").fill("财务")
    await page.get_by_label("密码").fill(ACCOUNT[2])
    await page.get_by_role("button", name="登录").click()
    await expect(page).to_have_url(f"{console.url}/posts")
    await expect(page.get_by_role("navigation", name="主导航")).not_to_contain_text("场馆")


async def test_a_form_without_the_token_of_the_session_changes_nothing(console: Console) -> None:
    opened = await identity.log_in(console.core, ACCOUNT[0], ACCOUNT[2])
    cookies = {"yz_session": opened.cookie}
    async with aiohttp.ClientSession(cookies=cookies, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        async with session.post(f"{console.url}/posts", data={"title": "x"}) as refused:
            assert refused.status == 403
            assert "页面已过期" in await refused.text()
        data = {"title": "x", "csrf": opened.principal.csrf}
        async with session.post(f"{console.url}/posts", data=data) as judged:
            assert judged.status == 422


async def test_a_role_that_only_reads_is_offered_nothing_else(console: Console, browser: Browser) -> None:
    await identity.add_account(console.core, "采购人代表", "purchaser", ACCOUNT[2])
    opened = await identity.log_in(console.core, "采购人代表", ACCOUNT[2])
    async with await browser.new_context(locale="zh-CN") as context:
        await context.add_cookies([{"name": "yz_session", "value": opened.cookie, "url": console.url}])
        page = await context.new_page()
        await page.goto(f"{console.url}/posts")
        await expect(page.get_by_role("heading", name="岗位")).to_be_visible()
        await expect(page.get_by_role("link", name="新建岗位")).to_have_count(0)
        answer = await page.goto(f"{console.url}/posts/new")
        assert answer is not None
        assert answer.status == 403
        await expect(page.get_by_role("heading", name="没有权限")).to_be_visible()


async def test_the_keyboard_reaches_the_content_and_the_theme_is_kept(visitor: Visitor) -> None:
    page = await visitor.open("/")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    await page.get_by_role("button", name="切换明暗").click()
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await visitor.photograph("today-dark")


async def test_every_page_forbids_inline_code(console: Console) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{console.url}/login") as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
