"""The pages of fairs through the whole application: every page renders, every step is taken by a form."""

from datetime import timedelta

import pytest

from cloud.fairs import plans
from cloud.fairs.models import Fair, FairArrival, FairBooth
from cloud.fairs.show_models import LiveShow
from cloud.platform.times import market_day
from tests.cloud.fairs.sample import BY, PAPERS, draft, firm_with_posts
from tests.cloud.running import Running
from tests.cloud.web.test_shell import sign_in

pytestmark = [pytest.mark.broker, pytest.mark.db]


async def send(running: Running, path: str, csrf: str, **form: str) -> str:
    answer = await running.call("POST", path, data={"csrf": csrf, **form}, allow_redirects=False)
    assert answer.status == 303, await answer.text()
    return answer.headers.get("Location", "")


async def see(running: Running, path: str, *words: str) -> str:
    answer = await running.call("GET", path)
    text = await answer.text()
    assert answer.status == 200, text
    for word in words:
        assert word in text, word
    return text


async def test_a_fair_is_planned_and_run_by_forms(running: Running) -> None:
    csrf = await sign_in(running, "manager")
    await see(running, "/fairs", "没有招聘会")
    await see(running, "/fairs/new?day=2026-03-14", "2026-03-14T09:00")
    day = market_day(running.core.now()) + timedelta(days=1)
    form = {"title": "周末招聘会", "venue": "一楼大厅", "starts_at": f"{day}T23:58", "ends_at": f"{day}T23:59",
            "expected_people": "1200", "booth_count": "10", "station": "", "campaign": "", "about": ""}  # fmt: skip
    bad = await running.call("POST", "/fairs", data={"csrf": csrf, **form, "ends_at": f"{day}T08:00", "title": ""})
    assert bad.status == 422
    text = await bad.text()
    assert "请填写" in text
    place = await send(running, "/fairs", csrf, **form)
    fair = await Fair.all().first()
    assert fair is not None
    await see(running, place, "公安机关安全许可文号", "还没有参会单位")
    refused = await running.call("POST", f"{place}/step", data={"csrf": csrf, "to": "announced"})
    assert (refused.status, "还缺：公安机关安全许可文号" in await refused.text()) == (409, True)
    await send(running, f"{place}/papers/permit", csrf, reference="镇公治许〔2026〕7号")
    await see(running, "/fairs?state=draft", "周末招聘会")
    await see(running, f"{place}/edit", "周末招聘会")


async def test_booths_arrivals_results_and_papers(running: Running) -> None:
    csrf, core = await sign_in(running, "manager"), running.core
    firm, posts = await firm_with_posts(core, 2)
    now = core.now()
    fair = await plans.create_fair(core, draft(starts_at=now, ends_at=now + timedelta(hours=1)), by=BY)
    place = f"/fairs/{fair.id}"
    await see(running, f"{place}/booths/new?firm={firm}", "分拣员0", "分拣员1")
    await send(running, f"{place}/booths", csrf, firm=str(firm), posts=str(posts[0]), number="")
    booth = await FairBooth.get(fair_id=fair.id)
    assert booth.number == 1
    await see(running, f"{place}/booths/{booth.id}", "示范物流0号有限公司")
    await send(running, f"{place}/booths/{booth.id}/posts", csrf, posts=str(posts[1]))
    for paper in PAPERS:
        await send(running, f"{place}/papers/{paper}", csrf, reference="档案柜 3")
    await Fair.filter(id=fair.id).update(state="announced", announced_at=now - timedelta(days=3))
    await send(running, f"{place}/step", csrf, to="open")
    await see(running, f"{place}/desk", "扫求职者手机上的签到码")
    counted = await running.call("POST", f"{place}/arrivals", data={"csrf": csrf, "way": "walk_in", "people": "5"})
    assert "已计入 5 人" in await counted.text()
    unknown = await running.call("POST", f"{place}/arrivals", data={"csrf": csrf, "way": "pass", "code": "x"})
    assert (unknown.status, "这不是有效的签到码" in await unknown.text()) == (409, True)
    assert await FairArrival.filter(fair_id=fair.id).count() == 1
    await send(running, f"{place}/booths/{booth.id}/arrived", csrf)
    wrong = {"resumes": "4", "intentions": "1", "hires": "2"}
    bad = await running.call("POST", f"{place}/booths/{booth.id}/results", data={"csrf": csrf, **wrong})
    assert "现场录用不能多于达成意向" in await bad.text()
    await send(running, f"{place}/booths/{booth.id}/results", csrf, resumes="4", intentions="2", hires="1")
    await see(running, f"{place}/hall", "手机扫码签到", "<svg")
    await see(running, place, "简历 4 · 意向 2 · 录用 1", "差 49 个")
    for name, media in (
        ("result.pdf", "application/pdf"),
        ("poster.pdf", "application/pdf"),
        ("qr.svg", "image/svg+xml"),
    ):
        answer = await running.call("GET", f"{place}/{name}")
        assert (answer.status, answer.content_type) == (200, media)


async def test_a_show_a_campaign_and_publicity(running: Running) -> None:
    csrf, core = await sign_in(running, "manager"), running.core
    _, posts = await firm_with_posts(core, 2)
    order = {"title": "春风行动", "basis": "示范人社发〔2026〕3号", "starts_on": "2026-01-20", "ends_on": "2026-03-31"}
    campaign = await send(running, "/campaigns", csrf, **order)
    number = campaign.rpartition("/")[2]
    day = core.now().date()
    form = {"title": "直播带岗第一场", "host": "小李", "platform": "抖音", "link": "", "station": "",
            "starts_at": f"{day}T19:00", "ends_at": f"{day}T20:00", "campaign": number}  # fmt: skip
    place = await send(running, "/shows", csrf, **form, **{f"minute-{posts[0]}": "5", f"minute-{posts[1]}": ""})
    await see(running, place, "分拣员0", "qr:live:")
    await see(running, f"{place}/edit", "直播带岗第一场")
    await send(running, place, csrf, **form, **{f"minute-{posts[0]}": "9", f"minute-{posts[1]}": "3"})
    show = await LiveShow.all().first()
    assert show is not None
    await see(running, f"/events/shows/{show.id}", "我想去")
    await send(running, f"{place}/step", csrf, to="live")
    await send(running, f"{place}/step", csrf, to="ended")
    await send(running, f"{place}/result", csrf, viewers="3400", viewers_source="抖音后台")
    await see(running, place, "3400", "抖音后台")
    item = {"title": "电视新闻", "medium": "tv", "published_on": str(day), "reach": "50000"}
    bad = await running.call("POST", "/publicity", data={"csrf": csrf, **item})
    assert "请写明数据来源" in await bad.text()
    form = item | {"reach_source": "电视台收视报告", "campaign": number}
    await send(running, "/publicity", csrf, **form)
    await see(running, campaign, "直播带岗第一场", "电视新闻", "53,400")
    await see(running, "/campaigns", "春风行动")
    await see(running, "/publicity", "触达 50,000 人次")
    await see(running, "/events", "近期没有活动")


async def test_what_the_public_may_not_see_is_not_there(running: Running) -> None:
    fair = await plans.create_fair(running.core, draft(), by=BY)
    for path in (f"/events/fairs/{fair.id}", "/events/shows/x", "/events/fairs/x"):
        assert (await running.call("GET", path)).status == 404
    assert (await running.call("GET", f"/my/fairs/{fair.code}", allow_redirects=False)).status in {303, 401}
