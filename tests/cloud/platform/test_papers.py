"""The door of papers: equal in makes equal out, no text is read as typst or as a formula, everything is bounded."""

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from cloud.platform import papers
from cloud.platform.errors import InvalidInputError
from cloud.platform.papers import Field, PaperError, Sheet, Value, typeset, workbook
from tests.cloud.ledgers.readers import facts_of, sheets_of, text_of

NOW = datetime(2026, 3, 2, 1, 0, 0, 123_456, tzinfo=UTC)
TEMPLATE = "ledgers/ledger"


def document(**members: object) -> dict[str, object]:
    """Return what the template of ledgers takes."""
    facts = [["期间", "2026-03-02 至 2026-03-02"], ["内容摘要", "SHA-256 0"]]
    base = {"title": "岗位台账", "operator": "", "facts": facts, "left_out": 0}
    return {**base, "columns": [{"title": "岗位", "width": 10, "align": "left"}], "rows": [["分拣员"]], **members}


async def test_equal_data_makes_equal_bytes() -> None:
    first, second = await typeset(TEMPLATE, document(), made_at=NOW), await typeset(TEMPLATE, document(), made_at=NOW)
    assert first == second
    assert first != await typeset(TEMPLATE, document(title="企业台账"), made_at=NOW)


async def test_a_text_that_looks_like_typst_is_a_text(tmp_path: Path) -> None:
    trick = '#panic("x") *粗* $x^2$ ] #read("/platform/papers.py") \\ //'
    file = await typeset(TEMPLATE, document(rows=[[trick]]), made_at=NOW)
    text = "".join(text_of(file, tmp_path).split())
    assert '#panic("x")*粗*$x^2$]#read("/platform/papers.py")' in text
    facts = facts_of(file, tmp_path)
    assert (facts["Title"], facts["Pages"]) == ("岗位台账", "1")
    assert facts["Page size"].startswith("841.89 x 595.276")


async def test_every_page_repeats_the_head_and_counts(tmp_path: Path) -> None:
    file = await typeset(TEMPLATE, document(rows=[[f"第{n}行"] for n in range(120)], left_out=7), made_at=NOW)
    pages = int(facts_of(file, tmp_path)["Pages"])
    text = text_of(file, tmp_path)
    assert pages > 2
    assert sum(line.strip() == "岗位" for line in text.splitlines()) == pages
    assert f"第 {pages} 页，共 {pages} 页" in text
    assert "另有 7 行未列出" in text


async def test_a_picture_has_one_page() -> None:
    picture = await typeset(TEMPLATE, document(), "png", made_at=NOW, ppi=96)
    assert Image.open(io.BytesIO(picture)).size == (1123, 794)
    with pytest.raises(PaperError, match="pages"):
        await typeset(TEMPLATE, document(rows=[["行"]] * 200), "png", made_at=NOW, ppi=10)


async def test_what_cannot_be_set_says_why() -> None:
    with pytest.raises(PaperError, match="no template"):
        await typeset("ledgers/nothing", {}, made_at=NOW)
    with pytest.raises(PaperError, match=r"ledger\.typ"):
        await typeset(TEMPLATE, {}, made_at=NOW)


async def test_everything_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInputError, match="MB"):
        await typeset(TEMPLATE, document(title="长" * papers.MAX_DATA_BYTES), made_at=NOW)
    monkeypatch.setattr(papers, "MAX_ROWS", 2)
    with pytest.raises(InvalidInputError, match="2 行"):
        await workbook([Sheet("甲", [Field("数", "int")], [[1], [2], [3]])], made_at=NOW)
    monkeypatch.setattr(papers, "MAX_WAITING", 0)
    with pytest.raises(PaperError, match="太多"):
        await typeset(TEMPLATE, document(), made_at=NOW)
    monkeypatch.setattr(papers, "MAX_WAITING", 16)
    monkeypatch.setattr(papers, "TIMEOUT_S", 0.001)
    with pytest.raises(PaperError, match="超过"):
        await typeset(TEMPLATE, document(rows=[["行"]] * 50), made_at=NOW)
    await asyncio.sleep(0.5)  # the thread ends what it had begun


async def rows_of(*rows: list[Value]) -> AsyncIterator[list[Value]]:
    for row in rows:
        yield row


async def sample_book() -> bytes:
    fields = [Field("文字"), Field("钱", "money"), Field("时间", "time"), Field("日", "day"), Field("比", "share")]
    long: list[Value] = ["\x01控制" + "长" * 40_000, None, None, None, None]
    rows = rows_of(["=1+1", 12_345, NOW, NOW.date(), 0.5], long)
    return await workbook([Sheet("一" * 40, fields, rows, notes=("说明",)), Sheet("二", fields, [])], made_at=NOW)


async def test_a_workbook_holds_texts_money_and_market_time() -> None:
    file = await sample_book()
    sheets = sheets_of(file)
    first = sheets["一" * 31]
    assert first.rows[0][0] == "说明"
    assert first.rows[1] == ("文字", "钱", "时间", "日", "比")
    assert first.rows[2][:3] == ("=1+1", 123.45, datetime(2026, 3, 2, 9, 0, 0, 123_000))  # noqa: DTZ001 - a cell has no zone
    assert len(first.rows[3][0]) == papers.MAX_CELL_CHARS
    assert first.formulas == []
    assert len(sheets["二"].rows) == 1
    assert file == await sample_book()
