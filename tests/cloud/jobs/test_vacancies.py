"""One vacancy counts once: near-duplicates are asked about, reposts never count, the list says why."""

import io
from typing import Any

import pytest
from openpyxl import load_workbook

from cloud.jobs.likeness import ALIKE, Vacancy, likeness
from tests.cloud.jobs.test_posts import new_firm, new_post
from tests.cloud.running import Running

_TEXT = "负责仓库内快件分拣、扫描、装笼，能适应夜班，手脚麻利，男女不限，包中餐"
_PERIOD = {"from": "2026-01-01", "to": "2026-12-31"}


def vacancy(**members: Any) -> Vacancy:
    """Return a vacancy, changed in some members."""
    values = {
        "firm": "f",
        "occupation": "4-02-07-09",
        "district": "润州区",
        "address": "工业园区1号",
        "pay": (18_000, 22_000, "day"),
        "texts": ("快件分拣员", _TEXT, "08:30-17:30"),
    }
    return Vacancy(**{**values, **members})


@pytest.mark.parametrize(
    "members",
    [
        {"texts": ("分拣员", _TEXT, "08:30-17:30")},
        {"texts": ("急招！快件分拣员", _TEXT + "，随时上岗", "08:30-17:30")},
        {"texts": ("快件分拣员", "负责快件分拣、扫描和装笼，能上夜班，手脚麻利，男女不限，包中餐", "8:30-17:30")},
        {"address": "工业园区１号"},
        {"address": "润州工业园区1号"},
    ],
)
def test_small_changes_are_alike(members: dict[str, Any]) -> None:
    assert likeness(vacancy(), vacancy(**members)) >= ALIKE


@pytest.mark.parametrize(
    "members",
    [
        {"firm": "g"},
        {"occupation": "4-02-05-01"},
        {"district": "京口区"},
        {"address": "工业园区2号"},
        {"pay": (18_000, 23_000, "day")},
        {"pay": (18_000, 22_000, "hour")},
        {"texts": ("食堂帮厨", "洗菜切配，打扫食堂卫生，有健康证", "05:00-13:00")},
    ],
)
def test_another_firm_place_pay_or_work_is_another_vacancy(members: dict[str, Any]) -> None:
    assert likeness(vacancy(), vacancy(**members)) < ALIKE
    assert likeness(vacancy(**members), vacancy()) == likeness(vacancy(), vacancy(**members))


@pytest.mark.db
@pytest.mark.broker
async def test_the_same_vacancy_posted_three_times_counts_once(running: Running) -> None:
    firm = await new_firm(running)
    texts = [_TEXT, _TEXT + "，急招", _TEXT.replace("包中餐", "管中饭")]
    ids = [await new_post(running, firm, requirements=text) for text in texts]
    for post_id in ids:
        assert (await running.post(f"/api/v1/posts/{post_id}/publish"))["state"] == "published"
    assert await counted(running) == (1, {"repost": 0, "same": 0, "asked": 2})
    asked = await running.get(f"/api/v1/posts/{ids[1]}/vacancy")
    assert (asked["earlier"], asked["said"], asked["earlier_title"]) == (ids[0], "asked", "快件分拣员")
    for post_id in ids[1:]:
        said = await running.post(f"/api/v1/posts/{post_id}/vacancy", {"same": True, "note": "电话核实"})
        assert (said["earlier"], said["said"], said["note"]) == (ids[0], "same", "电话核实")
        assert said["by"]
    assert await counted(running) == (1, {"repost": 0, "same": 2, "asked": 0})
    await running.post(f"/api/v1/posts/{ids[1]}/vacancy", {"same": False, "note": "另一条线"})
    assert await counted(running) == (2, {"repost": 0, "same": 1, "asked": 0})


@pytest.mark.db
@pytest.mark.broker
async def test_two_shifts_that_differ_in_place_or_pay_are_two_and_a_repost_is_none(running: Running) -> None:
    firm = await new_firm(running)
    night = {"min_fen": 20_000, "max_fen": 24_000, "unit": "day", "method": "日结"}
    other = {"district": "丹徒区", "address": "工业园区1号"}
    posts: list[dict[str, Any]] = [
        {},
        {"pay": night},
        {"place": other},
        {"source": "就在江苏 https://example.org/1"},
        {},
    ]
    ids = [await new_post(running, firm, **members) for members in posts]
    for post_id in ids:
        await running.post(f"/api/v1/posts/{post_id}/publish")
    for post_id in ids[:4]:
        assert (await running.call("GET", f"/api/v1/posts/{post_id}/vacancy")).status == 404
    assert await counted(running) == (3, {"repost": 1, "same": 1, "asked": 0})
    await running.post(f"/api/v1/posts/{ids[0]}/vacancy", {"same": True}, 404)
    rows = await sheet(running)
    assert [row[7] for row in rows] == ["是", "是", "是", "否", "否"]
    assert [row[8] for row in rows[3:]] == ["转载岗位，不重复计数", "与先前发布的岗位是同一岗位"]
    assert (rows[4][9], rows[4][10], rows[4][11]) == ("文字完全相同", ids[0], ids[4])
    assert "就在江苏" in rows[3][9]


@pytest.mark.db
@pytest.mark.broker
async def test_a_period_is_days_in_order(running: Running) -> None:
    for query in ("from=2026-03-02&to=2026-03-01", "from=2026-03-02", "from=2026-01-01&to=2027-03-01"):
        assert (await running.call("GET", f"/api/v1/counts/posts?{query}")).status == 422


async def counted(running: Running) -> tuple[int, dict[str, int]]:
    """Return (how many posts of the year count, how many do not by reason)."""
    count = await running.get(f"/api/v1/counts/posts?from={_PERIOD['from']}&to={_PERIOD['to']}")
    assert count["published"] == count["counted"] + sum(count["excluded"].values())
    return count["counted"], count["excluded"]


async def sheet(running: Running) -> list[list[Any]]:
    """Return the rows of the list of the year, without its head."""
    answer = await running.call("GET", f"/api/v1/counts/posts.xlsx?from={_PERIOD['from']}&to={_PERIOD['to']}")
    assert answer.status == 200
    book = load_workbook(io.BytesIO(await answer.read()), read_only=True)
    rows = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    book.close()
    head = next(number for number, row in enumerate(rows) if "是否计数" in row)
    return rows[head + 1 :]
