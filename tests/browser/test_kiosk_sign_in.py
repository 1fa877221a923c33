"""A jobseeker signs in at the kiosk by his card and by his phone, takes a slip, and nothing of him stays."""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from cloud.identity.public_models import PublicSession
from tests.browser.conftest import Console
from tests.browser.kiosks import open_kiosk
from tests.browser.test_public import newest_code
from tests.cloud.people.sample import id_number
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.broker]

NUMBER = id_number()
BIRTH = "19900307"


@pytest.mark.timeout(120)
async def test_a_card_and_a_phone_sign_in_and_whoever_goes_leaves_nothing(
    console: Console, browser: Browser, tmp_path: Path
) -> None:
    async with open_kiosk(console, browser, tmp_path / "edge") as kiosk:
        page = kiosk.page
        await kiosk.look_at("kiosk-ways")
        await kiosk.tap("身份证")
        await kiosk.sees("请把身份证放在读卡区")
        await kiosk.look_at("kiosk-way-card", judged=False)
        await kiosk.lay(name="李示范", number=NUMBER, birth=BIRTH)
        await kiosk.sees("第一次使用，请先看服务协议")
        await kiosk.look_at("kiosk-terms")
        await kiosk.tap("同意并登录")
        await kiosk.sees("李**，您好")
        await kiosk.sees("快件分拣员")
        await kiosk.look_at("kiosk-me")
        assert NUMBER not in await page.content()
        await kiosk.tap("快件分拣员")
        await kiosk.look_at("kiosk-post")
        await kiosk.tap("打印岗位小票")
        await kiosk.sees("正在打印")
        await until(lambda: kiosk.printer.receipts, "the slip came out")
        assert await PublicSession.filter(slot="kiosk-1").count() == 1
        await kiosk.tap("返回")
        await kiosk.tap("退出登录")
        await kiosk.sees("您的信息已从屏幕上清除")
        assert "李**" not in await page.content()

        async def gone() -> bool:
            return not await PublicSession.filter(slot="kiosk-1").exists()

        await until(gone, "the cloud has forgotten the session")
        await kiosk.tap("手机验证码")
        await kiosk.look_at("kiosk-way-phone", judged=False)
        await kiosk.type("13800000001")
        await kiosk.sees("已发到 138****0001")
        await kiosk.look_at("kiosk-way-code")
        code = await newest_code(console.core)
        await kiosk.type(f"{(int(code) + 1) % 10**6:06d}")
        await kiosk.sees("验证码不对")
        await kiosk.type(code)
        await kiosk.sees("第一次使用，请先看服务协议")
