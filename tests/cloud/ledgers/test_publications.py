"""A published sheet stays what it was: late facts make a correction that says what changed, and two people publish."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cloud.identity import approvals
from cloud.identity.service import Principal
from cloud.ledgers import books, publications
from cloud.ledgers.models import Publication
from cloud.ledgers.walls import wall_source
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.problems import ProblemError
from tests.cloud.identity.people import person
from tests.cloud.ledgers import market
from tests.cloud.ledgers.readers import facts_of, sheets_of, text_of
from tests.cloud.ledgers.test_figures import FIRST, PERIOD

pytestmark = pytest.mark.db


@pytest.fixture
async def li(core: Core) -> Principal:
    return await person(core, "li", "counter")


@pytest.fixture
async def wang(core: Core) -> Principal:
    return await person(core, "wang", "manager")


async def approve(core: Core, by: Principal, *, yes: bool = True) -> None:
    """Decide what waits."""
    waiting = (await approvals.list_approvals(core, "waiting"))[0]
    await approvals.decide(core, str(waiting.id), by, approve=yes)


async def published(core: Core, li: Principal, wang: Principal, why: str = "") -> Publication:
    """Ask, approve, and return what is in force."""
    await publications.ask_publication(core, PERIOD, why, li)
    await approve(core, wang)
    found = await publications.newest_of(PERIOD)
    assert found is not None
    return found


async def files(core: Core, row: Publication) -> Mapping[str, bytes]:
    """Return a version in every shape."""
    document = publications.document_of(row)
    meta = await books.meta_of(core, row, document, row.sha256)
    return {shape: await books.file_of(core, document, meta, shape) for shape in books.SHAPES}


async def test_a_late_post_changes_nothing_published_and_the_correction_shows_it(
    core: Core, li: Principal, wang: Principal, tmp_path: Path
) -> None:
    await market.fill(FIRST)
    first = await published(core, li, wang)
    before, kept = await files(core, first), (first.document, first.sha256)
    firm = await market.add_firm(99, "G54", FIRST)
    await market.add_post(firm, market.CODES[0], FIRST, headcount=40)
    again = await publications.get_publication(str(first.id))
    assert (again.document, again.sha256) == kept
    assert await files(core, again) == before
    with pytest.raises(InvalidInputError, match="原因"):
        await publications.ask_publication(core, PERIOD, " ", li)
    second = await published(core, li, wang, "企业补录岗位")
    assert (second.number, second.why) == (2, "企业补录岗位")
    old, new = (publications.document_of(row)["totals"]["vacancies"]["value"] for row in (first, second))
    assert new == old + 40
    text = text_of((await files(core, second))["pdf"], tmp_path)
    assert "更正（第 2 版）" in text
    assert f"岗位空缺 {old:,} → {new:,}" in text.replace("\n", " ")
    assert [row.number for row in await publications.versions_of(PERIOD)] == [2, 1]
    assert await files(core, await publications.get_publication(str(first.id))) == before
    with pytest.raises(ConflictError, match="没有不同"):
        await publications.ask_publication(core, PERIOD, "再来一次", li)


async def test_two_people_publish_what_was_asked_for(core: Core, li: Principal, wang: Principal) -> None:
    await market.fill(FIRST, posts=10, people=10)
    both = await person(core, "zhao", "manager")
    row = await publications.ask_publication(core, PERIOD, "", both)
    with pytest.raises(ProblemError, match="does not decide"):
        await approve(core, both)
    with pytest.raises(ConflictError, match="等待"):
        await publications.ask_publication(core, PERIOD, "", li)
    await market.add_seeker(FIRST, [market.CODES[0]])
    await approve(core, wang)
    kept = await publications.newest_of(PERIOD)
    assert kept is not None
    assert (kept.id, kept.sha256) == (row.id, row.sha256)
    assert await publications.approver_of(kept) == "staff:wang"


async def test_a_refused_sheet_makes_room_and_an_altered_one_is_not_published(
    core: Core, li: Principal, wang: Principal
) -> None:
    await publications.ask_publication(core, PERIOD, "", li)
    await approve(core, wang, yes=False)
    row = await publications.ask_publication(core, PERIOD, "", li)
    assert [one.id for one in await Publication.all()] == [row.id]
    await Publication.filter(id=row.id).update(document=row.document.replace('"month"', '"mouth"'))
    with pytest.raises(ConflictError, match="改过"):
        await approve(core, wang)
    assert await publications.newest_of(PERIOD) is None


async def test_a_month_that_is_not_over_is_not_published(core: Core, li: Principal) -> None:
    with pytest.raises(ConflictError, match="没有结束"):
        await publications.ask_publication(core, "2026-03", "", li)
    with pytest.raises(InvalidInputError, match="还没有到"):
        await publications.live_sheet(core, "2026-04")


async def test_every_shape_is_read_by_other_programs(
    core: Core, li: Principal, wang: Principal, tmp_path: Path
) -> None:
    await market.fill(FIRST)
    row = await published(core, li, wang)
    document, made = publications.document_of(row), await files(core, row)
    assert Image.open(io.BytesIO(made["wide"])).size == (1920, 1080)
    assert Image.open(io.BytesIO(made["tall"])).size == (1080, 1920)
    assert facts_of(made["pdf"], tmp_path)["Page size"].startswith("595.276 x 841.89")
    text = text_of(made["pdf"], tmp_path)
    assert row.sha256 in text
    assert document["totals"]["ratio"]["value"] in text
    book = sheets_of(made["xlsx"])
    assert list(book) == ["概况", "行业", "职业大类", "职业中类", "职业小类", "职业细类", "日均工资（职业）",
                          "日均工资（形式）", "求职人员构成"]  # fmt: skip
    shown = {line[1]: line[5] for line in book["行业"].rows[1:]}
    ratios = {one["name"]: one["ratio"] and float(one["ratio"]) for one in document["industries"]}
    assert shown == ratios
    year = await books.year_file(core, 2026, await publications.published_in(2026))
    assert "年度分析" in text_of(year, tmp_path)


async def test_an_empty_market_has_a_sheet_without_a_ratio(
    core: Core, li: Principal, wang: Principal, tmp_path: Path
) -> None:
    row = await published(core, li, wang)
    document: dict[str, Any] = publications.document_of(row)
    assert document["totals"]["ratio"] == {"value": None, "before": None}
    assert "—" in text_of((await files(core, row))["pdf"], tmp_path)
    empty = await books.year_file(core, 2025, [])
    assert "还没有发布过月报" in text_of(empty, tmp_path)


async def test_the_newest_sheet_is_a_notice_of_the_walls(core: Core, li: Principal, wang: Principal) -> None:
    source = wall_source(core)
    assert await source.items(core.now()) == []
    await market.fill(FIRST)
    row = await published(core, li, wang)
    (item,) = await source.items(core.now())
    assert item.id == f"month-{PERIOD}-1"
    assert item.data is not None
    assert item.data["title"] == "2026 年 2 月供求月报"
    best = publications.document_of(row)["top"]["occupations"]["high"][0]
    assert f"{best['name']} {best['ratio']}" in str(item.data["facts"])
