"""The story of item 19 to 21: the counter registers, guides and places somebody; a jobseeker does it on his phone."""

import re
from datetime import date

import pytest
from playwright.async_api import expect

from cloud.people.guidance.catalogue import save_institution, save_offer
from cloud.people.guidance.drafts import InstitutionBody, OfferBody
from cloud.people.models import Person
from cloud.people.registration.models import Profile
from tests.browser.conftest import Console, Visitor
from tests.browser.test_public import PHONE, breaks_no_rule, log_in
from tests.cloud.people.sample import id_number

pytestmark = [pytest.mark.browser, pytest.mark.broker]


async def test_the_counter_registers_guides_and_places_and_the_count_goes_from_nought_to_one(visitor: Visitor) -> None:
    page = await visitor.open("/placements")
    await expect(page.locator("#key-group-placed")).to_have_attribute("data-count", "0")
    await visitor.open("/people/new")
    await page.get_by_label("姓名").fill("示例甲")
    await page.get_by_label("身份证号", exact=False).first.fill(id_number("20200101"))
    await page.get_by_label(re.compile("^服务协议")).check()
    await page.get_by_role("button", name="下一步").click()
    await expect(page.locator("[data-message]")).to_contain_text("未满 16 周岁，依法不能办理求职登记")
    assert not await Person.all().count()
    await page.get_by_label("身份证号", exact=False).first.fill(id_number("19850607"))
    await breaks_no_rule(visitor)
    await visitor.photograph("people-new")
    await page.get_by_label(re.compile("^服务协议")).check()
    await page.get_by_role("button", name="下一步").click()
    await page.get_by_label("文化程度").select_option("初中")
    await page.get_by_label("现住街道").select_option("金山街道")
    await page.get_by_label("联系电话").fill("13800000099")
    await page.get_by_role("button", name="保存，下一步").click()
    await page.get_by_label("想做的工作 1").fill("焊工 要带证 日结")
    await page.get_by_label("临时").check()
    await page.get_by_label("能上班的时间").fill("白天")
    await page.get_by_label("有意愿", exact=True).check()
    await breaks_no_rule(visitor)
    await visitor.photograph("people-needs")
    await page.get_by_role("button", name="保存，下一步").click()
    await page.get_by_label("会做的事").fill("电焊、装配")
    await page.get_by_role("button", name="保存", exact=True).click()
    await expect(page.get_by_role("heading", name="示**")).to_be_visible()
    await expect(page.get_by_text("资料已保存")).to_be_visible()
    await _flag_guide_and_place(visitor)
    await visitor.open("/placements")
    await expect(page.locator("#key-group-placed")).to_have_attribute("data-count", "1")
    await expect(page.get_by_role("row").filter(has_text="示范物流")).to_contain_text("计数")
    await breaks_no_rule(visitor)
    await visitor.photograph("placements")
    await page.get_by_role("link", name="看证明").click()
    await expect(page.get_by_text("本人说在岗，每天八小时")).to_be_visible()
    await visitor.photograph("placement")
    await visitor.open("/people?group=long_unemployed")
    await expect(page.get_by_role("row").filter(has_text="示**")).to_contain_text("连续失业一年以上")
    await breaks_no_rule(visitor)
    await visitor.photograph("people")
    for path, name in (("/people/services", "people-services"), ("/people/sources", "people-sources"),
                       ("/placements/follow-ups", "follow-ups")):  # fmt: skip
        await visitor.open(path)
        await breaks_no_rule(visitor)
        await visitor.photograph(name)


async def _flag_guide_and_place(visitor: Visitor) -> None:
    """Add a flag, a talk of guidance, a placement and a proof by telephone on the page that is open."""
    page = visitor.page
    groups = page.get_by_role("region", name="群体")
    await groups.get_by_text("添加群体").click()
    await groups.get_by_label("群体").select_option("连续失业一年以上人员")
    await groups.get_by_label("证明材料").select_option("失业登记证明或就业创业证")
    await groups.get_by_label("材料编号").fill("SY-2026-0117")
    await groups.get_by_label("开始日期").fill("2026-01-01")
    await groups.get_by_role("button", name="确认并保存").click()
    await expect(groups).to_contain_text("有效")
    guidance = page.get_by_role("region", name="职业指导")
    await guidance.get_by_text("写指导记录").click()
    await guidance.get_by_label("谈了什么").fill("做过十年装配，想转焊工")
    await guidance.get_by_role("button", name="保存记录").click()
    await expect(guidance).to_contain_text("想转焊工")
    placed = page.get_by_role("region", name="实现就业")
    await placed.get_by_text("记录上岗").click()
    await placed.get_by_label("用人单位").fill("示范物流有限公司")
    await placed.get_by_label("上岗日期").fill("2026-03-16")
    await placed.get_by_role("button", name="保存", exact=True).click()
    await expect(placed).to_contain_text("没有证明，不计数")
    await placed.get_by_text("添加证明").click()
    await placed.get_by_label("对方怎么答的").fill("本人说在岗，每天八小时")
    await placed.get_by_role("button", name="保存电话回访").click()
    await expect(placed).to_contain_text("已证明")
    await expect(placed).to_contain_text("运营方录入")
    await page.get_by_text("显示姓名和号码").first.click()
    await page.get_by_label("查看原因").fill("核对身份")
    await page.get_by_role("button", name="显示姓名和号码").click()
    await expect(page.get_by_text(id_number("19850607"))).to_be_visible()
    await page.reload()
    await breaks_no_rule(visitor)
    await visitor.photograph("person")


async def test_a_jobseeker_completes_his_profile_on_a_small_phone(console: Console, visitor: Visitor) -> None:
    first = date(2026, 1, 1)
    school = await save_institution(console.core, InstitutionBody(name="示范技工学校", valid_from=first), "staff:li")
    offer = OfferBody(
        kind="training", title="叉车司机", institution=school["id"], valid_from=first, valid_to=date(2026, 12, 31)
    )
    await save_offer(console.core, offer, "staff:li")
    await visitor.context.clear_cookies()
    page = visitor.page
    await page.set_viewport_size({"width": 360, "height": 740})
    await log_in(console, page, "/my/login?next=/my/register", PHONE)
    await page.get_by_role("checkbox").check()
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("heading", name="您哪年哪月出生")).to_be_visible()
    await page.locator("[name=born]").fill("2015-01-01")
    await page.get_by_role("button", name="下一步").click()
    await expect(page.get_by_role("heading", name="谢谢您来")).to_be_visible()
    await breaks_no_rule(visitor)
    await visitor.photograph("my-young", (360,))
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.get_by_role("link", name="重新填出生日期").click()
    await _answer_all(visitor)
    await expect(page.get_by_role("heading", name="登记好了")).to_be_visible()
    await expect(page.get_by_role("note")).to_contain_text("您还没满 18 周岁")
    await breaks_no_rule(visitor)
    await visitor.photograph("my-told", (360,))
    row = await Profile.get()
    assert (row.completeness, row.channel) == (85, "phone"), "all but the card"
    assert row.registered_at is not None
    await visitor.open("/my/training")
    await page.get_by_role("button", name="我想学").click()
    await expect(page.get_by_role("status")).to_contain_text("已收到")
    await expect(page.get_by_text("叉车司机")).to_be_visible()
    await visitor.photograph("my-services", (360,))


async def _answer_all(visitor: Visitor) -> None:
    """Answer every question, the first one with the birth date of a minor."""
    page = visitor.page
    await page.locator("[name=born]").fill("2009-01-01")
    await _next(visitor)
    await page.get_by_label("第 1 种").fill("端盘子")
    await _next(visitor)
    await page.get_by_label("临时：干几天").check()
    await _next(visitor)
    await page.get_by_role("button", name="哪里都行").click()
    await page.locator("[name=hours]").fill("周末")
    await _next(visitor)
    await page.get_by_role("button", name="没有最低要求").click()
    await page.get_by_label("润州区").check()
    await _next(visitor)
    await page.get_by_label("金山街道").check()
    await breaks_no_rule(visitor)
    await visitor.photograph("my-question", (360,))
    await page.set_viewport_size({"width": 360, "height": 740})
    await _next(visitor)
    await page.get_by_label("高中").check()
    await _next(visitor)
    await page.get_by_role("button", name="没有").click()
    await page.locator("[name=trainings]").fill("叉车")
    await _next(visitor)
    await page.get_by_role("button", name="没有").click()


async def _next(visitor: Visitor) -> None:
    """Go on to the next question; nothing of this one sticks out."""
    wide = await visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, await visitor.page.title()
    await visitor.page.get_by_role("button", name="下一步").click()
