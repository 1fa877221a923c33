"""A fair from its plan to its result sheet: the staff, a firm in its portal, a jobseeker's phone, the hall's screen."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from cloud.employers import service as employers
from cloud.employers.drafts import MemberDraft
from cloud.fairs import arrivals
from cloud.fairs.models import Fair, FairArrival
from tests.browser import hall
from tests.browser.conftest import ARTEFACTS, NOW, PATIENCE_MS, Console, Visitor
from tests.browser.test_public import PHONE, breaks_no_rule, log_in, newest_code
from tests.cloud.ledgers.readers import text_of

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.timeout(180)]

FIRM_PHONE = "13800000002"
#: The counter on the hall's screen.
PEOPLE = ".hall-number.people dd"
#: Two days later, 09:05 of a Saturday.
OPENING = NOW.replace(hour=1, minute=5) + timedelta(days=2)


async def plan(page: Page) -> None:
    """Plan the fair of Saturday, file its papers, announce it."""
    await page.get_by_role("link", name="新建招聘会").click()
    await page.get_by_label("名称").fill("春季招聘会")
    await page.get_by_label("地点").fill("镇江市零工市场一楼大厅")
    await page.get_by_label("开始时间").fill("2026-03-21T09:00")
    await page.get_by_label("结束时间").fill("2026-03-21T12:00")
    await page.get_by_role("button", name="保存").click()
    for name in ("组织实施办法", "应急预案", "安全保卫方案"):
        await page.get_by_label(f"{name}：文号或存放处").fill(f"档案柜 2，{name}")
        await page.locator("#papers li", has_text=name).get_by_role("button", name="登记").click()
        await expect(page.locator("#papers li", has_text=f"档案柜 2，{name}")).to_be_visible()
    await page.get_by_role("button", name="发布招聘会").click()
    await expect(page.get_by_text("已发布").first).to_be_visible()


async def ask_for_booth(console: Console, page: Page) -> None:
    """Log in as the firm's owner and ask for a booth with two of its posts."""
    await log_in(console, page, "/employer/login", FIRM_PHONE)
    await page.get_by_role("button", name="登录").click()
    await page.get_by_role("link", name="招聘会").click()
    await page.get_by_role("link", name="春季招聘会").click()
    for name in ("外卖配送员", "快递员"):
        await page.get_by_label(name).check()
    await page.get_by_role("button", name="提交申请").click()
    await expect(page.get_by_text("待安排")).to_be_visible()


async def check_in(console: Console, page: Page, code: str) -> None:
    """Scan the QR of the fair with a new phone: log in, check in."""
    await page.goto(f"{console.url}/my/fairs/{code}")
    await page.get_by_label("手机号").fill(PHONE)
    await page.get_by_role("button", name="获取验证码").click()
    await page.get_by_label("验证码").fill(await newest_code(console.core))
    await page.get_by_role("checkbox").check()
    await page.get_by_role("button", name="登录").click()
    await page.get_by_role("button", name="签到").click()
    await expect(page.get_by_role("status")).to_contain_text("签到成功")
    await page.goto(f"{console.url}/my/fairs/{code}")
    await expect(page.get_by_role("status")).to_contain_text("09:05 已签到")


async def keep(page: Page, name: str) -> None:
    """Keep a picture of the part of a page that a reader sees."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=str(ARTEFACTS / f"{name}.png"), caret="initial")


async def prepare(console: Console, visitor: Visitor) -> str:
    """Plan a fair, have a firm ask for a booth, give it one; return the fair's address."""
    page = visitor.page
    await visitor.open("/fairs")
    await expect(page.locator("#ahead")).to_contain_text("还没有招聘会")
    await plan(page)
    await visitor.photograph("fair-plan")
    place = page.url.removeprefix(console.url).partition("#")[0]
    await visitor.context.clear_cookies()
    await ask_for_booth(console, page)
    await breaks_no_rule(visitor)
    await visitor.photograph("employer-fair", (360,))
    await visitor.context.clear_cookies()
    await visitor.sign_in(console)
    await visitor.open(place)
    await page.get_by_role("button", name="安排展位").click()
    await expect(page.locator("#booths")).to_contain_text("已安排")
    return place


async def open_doors(console: Console, visitor: Visitor, place: str) -> Page:
    """Come to the day of the fair and open it; return the hall's screen."""
    page = visitor.page
    await page.goto("about:blank")  # a page whose session ended meanwhile would go to the login by itself
    await console.clock.leap_to(OPENING)
    await visitor.sign_in(console)
    await visitor.open("/fairs")
    await expect(page.locator("#ahead")).to_contain_text("差 48 个")
    await breaks_no_rule(visitor)
    await visitor.photograph("fairs")
    await visitor.open(place)
    await page.get_by_role("button", name="开场").click()
    await expect(page.get_by_text("进行中").first).to_be_visible()
    screen = await visitor.context.new_page()
    await screen.set_viewport_size({"width": 1920, "height": 1080})
    await screen.goto(f"{console.url}{place}/hall")
    await expect(screen.locator("#live")).to_have_attribute("data-state", "on")
    await expect(screen.locator(PEOPLE)).to_have_text("0")
    return screen


async def come_by_phone(console: Console, browser: Browser, fair: Fair) -> None:
    """Check in on a phone of 360 px."""
    async with await browser.new_context(viewport={"width": 360, "height": 740}, locale="zh-CN") as phone:
        phone.set_default_timeout(PATIENCE_MS)
        seeker = await phone.new_page()
        await check_in(console, seeker, fair.code)
        assert await seeker.evaluate("document.documentElement.scrollWidth") <= 360
        await keep(seeker, "fair-check-in-360")
        await seeker.goto(f"{console.url}/my/pass")
        await expect(seeker.locator("svg.qr")).to_be_visible()
        await keep(seeker, "fair-pass-360")


async def scan_again(console: Console, visitor: Visitor, fair: Fair, place: str) -> None:
    """Scan the pass of who has come already, and count twelve without a name."""
    page, arrival = visitor.page, await FairArrival.get(fair_id=fair.id)
    assert arrival.person is not None
    await visitor.open(f"{place}/desk")
    await page.get_by_label("签到码").fill(arrivals.pass_of(console.core, arrival.person))
    await page.keyboard.press("Enter")
    await expect(page.locator(".message")).to_contain_text("只算一次")
    await page.get_by_label("人数").fill("12")
    await page.get_by_role("button", name="计入").click()
    await expect(page.locator(".message")).to_contain_text("已计入 12 人")
    await breaks_no_rule(visitor)
    await visitor.photograph("fair-desk")


async def enter_results(visitor: Visitor, place: str) -> None:
    """Note what came of the booth, and close the fair."""
    page = visitor.page
    await visitor.open(place)
    await page.get_by_role("button", name="到场").click()
    await page.get_by_role("link", name="登记结果").click()
    for name, count in (("收到简历", "9"), ("达成意向", "4"), ("现场录用", "2")):
        await page.get_by_label(name).fill(count)
    await page.get_by_role("button", name="保存结果").click()
    await expect(page.locator("#booths")).to_contain_text("简历 9 · 意向 4 · 录用 2")
    await page.get_by_role("button", name="结束", exact=True).click()
    await expect(page.get_by_text("已结束").first).to_be_visible()
    await breaks_no_rule(visitor)
    await visitor.photograph("fair-closed")


async def test_a_fair_from_its_plan_to_its_result_sheet(
    console: Console, visitor: Visitor, browser: Browser, tmp_path: Path
) -> None:
    posts = await hall.add_posts(console.core)
    owner = MemberDraft(name="示例甲", phone=FIRM_PHONE, role="owner")
    await employers.add_member(console.core, posts[0]["firm"], owner, by="staff:li")
    place = await prepare(console, visitor)
    screen = await open_doors(console, visitor, place)
    fair = await Fair.get(title="春季招聘会")
    await come_by_phone(console, browser, fair)
    await expect(screen.locator(PEOPLE)).to_have_text("1")
    await scan_again(console, visitor, fair, place)
    await expect(screen.locator(PEOPLE)).to_have_text("13")
    await screen.mouse.move(0, 0)
    await keep(screen, "fair-hall-1920")
    await screen.close()
    await enter_results(visitor, place)
    async with visitor.page.expect_download() as download:
        await visitor.page.get_by_role("link", name="结果表 PDF").click()
    file = (await (await download.value).path()).read_bytes()
    text = "".join(text_of(file, tmp_path).split())
    for words in ("春季招聘会结果表", "示范物流（镇江）有限公司", "差48个", "组织实施办法", "外卖配送员"):
        assert words in text, words
