"""The frame of the console in a browser: find, be told, lose the line, and the legal papers at every width."""

from datetime import timedelta

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from cloud.fleet import service as fleet
from cloud.identity import service as identity
from cloud.jobs import service as jobs
from cloud.platform.database import transaction
from tests.browser import hall
from tests.browser.conftest import ACCOUNT, NOW, Console, Visitor
from tests.browser.link import CuttableLink
from tests.browser.test_accessibility import RULES

pytestmark = [pytest.mark.browser, pytest.mark.broker]

WIDTHS = (360, 768, 1366, 1920)
#: What axe looks at in CI; each takes about half a second.
PAGES = ("/search?q=物流", "/system/legal/assessments/cameras", "/system/legal/breaches", "/legal/privacy", "/offline")
MORE_PAGES = ("/notices", "/system/legal", "/system/legal/register", "/legal", "/legal/licence", "/system/settings")


async def test_a_person_finds_with_the_keyboard_and_hears_the_bell(console: Console, visitor: Visitor) -> None:
    posts = await hall.add_posts(console.core)
    page = await visitor.open("/")
    await expect(page.locator("#live")).to_have_attribute("data-state", "on")
    await page.keyboard.press("/")
    await expect(page.locator("#find")).to_be_focused()
    await page.keyboard.type("快件")
    await expect(page.locator(".find-hits")).to_contain_text("快件分拣员")
    await page.keyboard.press("ArrowDown")
    await expect(page.locator(".find-hits a").first).to_be_focused()
    await visitor.photograph("search-typed", (1366,))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="快件分拣员")).to_be_visible()
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.get_by_role("link", name="搜索", exact=True).click()
    await page.get_by_role("searchbox", name="站点、岗位").fill("谏壁")
    await expect(page.get_by_role("link", name="谏壁驿站")).to_be_visible()
    await page.set_viewport_size({"width": 1366, "height": 900})
    await visitor.open("/notices")  # reads what stands from the first day: weeks without a fair, missing public items
    await expect(page.locator("#bell .n")).to_have_count(0)
    await console.clock.leap_to(NOW + timedelta(minutes=1))
    await expect(page.locator("#live")).to_have_attribute("data-state", "on")
    async with transaction():
        await fleet.raise_alarm("outbox_filled", "market", console.core.now())
    console.core.hub.publish("alarm", {"station": "market"})
    await expect(page.locator("#bell")).to_contain_text("1 条未读通知")
    doubtful = hall.draft(posts[0]["firm"], hall.POSTS[4], requirements="年龄35岁以下")
    asked = await jobs.create_post(console.core, doubtful, by="staff:值班经理")
    await jobs.publish_post(console.core, asked["id"], by="staff:值班经理")
    await expect(page.locator("#bell")).to_contain_text("2 条未读通知")
    await page.locator("#bell").click()
    await expect(page.locator("#notices")).to_contain_text("站点存储空间不足")
    await expect(page.locator("#bell .n")).to_have_count(0)
    await visitor.photograph("notices", WIDTHS)


async def test_a_lost_line_is_said_a_write_is_not_lost_silently_and_a_page_waits(
    console: Console, visitor: Visitor
) -> None:
    posts = await hall.add_posts(console.core)
    async with CuttableLink(console.url) as link:
        visitor.url, visitor.line_is_cut = link.url, True
        await visitor.sign_in(console)
        page = await visitor.open(f"/posts/{posts[0]['id']}")
        await expect(page.locator("#live")).to_have_attribute("data-state", "on")
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await link.cut()
        await expect(page.locator("#stale")).to_be_visible()
        page.on("dialog", lambda dialog: dialog.accept())
        await page.get_by_role("button", name="关闭岗位").click()
        await expect(page.get_by_role("alert").filter(has_text="没有发出去")).to_be_visible()
        await visitor.photograph("line-lost")
        await page.goto(f"{link.url}/posts")
        await expect(page.get_by_role("heading", name="连不上云端")).to_be_visible()
        await visitor.photograph("offline")
        await link.mend()
        await page.get_by_role("link", name="再试一次").click()
        await expect(page.get_by_role("heading", name="岗位")).to_be_visible()
        assert (await jobs.get_post(posts[0]["id"]))["state"] == "published"


async def test_an_assessment_is_made_by_the_operator_and_signed_by_the_purchaser(
    console: Console, visitor: Visitor
) -> None:
    page = await visitor.open("/system/legal")
    await page.get_by_role("link", name="摄像与感知").first.click()
    await expect(page.get_by_text("还没有评估").first).to_be_visible()
    await page.get_by_role("button", name="生成并送签").click()
    await expect(page.locator("[aria-invalid]")).to_have_count(2)
    await page.get_by_label("剩余风险").fill("值守信号反映在岗情况，由运营经理按月复核。")
    await page.get_by_label("结论").fill("处理目的合法、正当、必要，措施与风险相当。")
    await page.get_by_role("button", name="生成并送签").click()
    await expect(page.get_by_text("等待采购人签署")).to_be_visible()
    await expect(page.get_by_role("button", name="签署")).to_have_count(0)
    paper = page.url.removeprefix(console.url)
    await identity.add_account(console.core, "采购人代表", "purchaser", ACCOUNT[2])
    opened = await identity.log_in(console.core, "采购人代表", ACCOUNT[2])
    await visitor.context.add_cookies([{"name": "yz_session", "value": opened.cookie, "url": console.url}])
    await visitor.open(paper)
    await page.get_by_role("button", name="签署").click()
    await expect(page.locator("article")).to_contain_text("采购人已签署")
    await visitor.photograph("assessment", WIDTHS)
    await page.emulate_media(media="print")
    await expect(page.locator(".bar")).to_be_hidden()
    await expect(page.get_by_role("heading", name="涉及的站点和设备")).to_be_visible()
    await page.emulate_media(media="screen")
    await visitor.sign_in(console)
    await visitor.open("/system/legal/breaches")
    await page.get_by_label("求职登记", exact=True).check()
    await page.locator("#f-from_at").fill("2026-03-18T09:00")
    for field in ("原因", "可能造成的危害", "已采取的补救措施"):
        await page.get_by_label(field).fill("演练")
    await page.get_by_role("button", name="统计并起草").click()
    await expect(page.get_by_role("heading", name="受影响的人")).to_be_visible()
    await visitor.photograph("breach", WIDTHS)


@pytest.mark.peer
@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.deep)])
async def test_no_page_of_the_frame_breaks_a_rule(console: Console, visitor: Visitor, theme: str) -> None:
    await hall.add_posts(console.core)
    await visitor.context.add_cookies([{"name": "yz_theme", "value": theme, "url": console.url}])
    found: list[str] = []
    for path in PAGES if theme == "light" else [*PAGES, *MORE_PAGES]:
        page = await visitor.open(path)
        result = await Axe().run(page, options=RULES)
        found += [
            f"{path} {one['id']}: {node['target']} {node['failureSummary'][:200]}"
            for one in result.response["violations"]
            for node in one["nodes"][:3]
        ]
    visitor.complaints.clear()  # axe itself writes inline styles, which the pages' policy refuses
    assert found == []
