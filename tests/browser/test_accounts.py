"""The own account and those of others, with a real browser: second factor, one-time password, two people."""

import pyotp
import pytest
from playwright.async_api import expect

from cloud.identity import service as identity
from tests.browser.conftest import ACCOUNT, Console, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.broker]


async def test_a_person_enrols_and_the_next_login_asks_for_the_code(console: Console, visitor: Visitor) -> None:
    page = await visitor.open("/")
    await page.locator("a.who").click()
    await page.locator("#factor-password").fill(ACCOUNT[2])
    await page.get_by_role("button", name="启用两步验证").click()
    await expect(page.get_by_role("img", name="两步验证二维码")).to_be_visible()
    await visitor.photograph("me-enrol")
    secret = (await page.locator(".qr-row .secret").inner_text()).strip()
    await page.get_by_label("6 位数字").fill(pyotp.TOTP(secret).at(console.core.now()))
    await page.get_by_role("button", name="确认启用").click()
    await expect(page.locator(".codes li")).to_have_count(10)
    recovery = await page.locator(".codes li").first.inner_text()
    await visitor.photograph("me-codes")
    await page.get_by_role("button", name="退出登录").click()
    await page.get_by_label("账号").fill(ACCOUNT[0])
    await page.get_by_label("密码").fill(ACCOUNT[2])
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("heading", name="两步验证")).to_be_visible()
    await visitor.photograph("login-code")
    await page.get_by_label("验证码").fill(recovery.lower())
    await page.get_by_role("button", name="登录").click()
    await expect(page).to_have_url(f"{console.url}/")


async def test_one_asks_for_a_manager_and_another_one_agrees(console: Console, visitor: Visitor) -> None:
    await identity.add_account(console.core, "管理员", "admin", ACCOUNT[2])
    asking = await identity.log_in(console.core, "管理员", ACCOUNT[2])
    await visitor.context.add_cookies([{"name": "yz_session", "url": console.url, "value": asking.cookie}])
    page = await visitor.open("/system/accounts")
    await page.get_by_label("账号必填").fill("夜班经理")
    await page.get_by_label("角色").select_option("manager")
    await page.get_by_label("原因").fill("夜班值守")
    await page.get_by_role("button", name="添加账号").click()
    await expect(page.locator(".once .secret")).to_be_visible()
    await visitor.photograph("accounts")
    await visitor.open("/system/approvals")
    await expect(page.get_by_role("button", name="同意")).to_have_count(0)
    deciding = await identity.log_in(console.core, ACCOUNT[0], ACCOUNT[2])
    await visitor.context.add_cookies([{"name": "yz_session", "url": console.url, "value": deciding.cookie}])
    await visitor.open("/system/approvals")
    await page.get_by_role("button", name="同意").click()
    await expect(page.locator("#approvals")).to_contain_text("已同意")
    await visitor.photograph("approvals")
