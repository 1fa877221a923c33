"""Every ledger of the table: a period without rows, one real row, Chinese, and texts that look like formulas."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from cloud.ledgers import service
from cloud.ledgers.ledger import Column, Ledger, values_of, words_of
from cloud.ledgers.registry import LEDGERS
from cloud.platform.core import Core
from firmware_profiles.ui.catalogue import load_catalogue
from tests.cloud.ledgers.readers import sheets_of, text_of
from tests.cloud.ledgers.samples import PHONE, SAMPLES, TRICK

pytestmark = pytest.mark.db

DAY = date(2026, 3, 2)
NAMES = sorted(LEDGERS)
_MADE_UP: dict[str, Any] = {
    "text": TRICK, "int": 7, "number": 1.5, "money": 18_050, "share": 0.25, "day": DAY,
    "time": datetime(2026, 3, 2, 1, 30, tzinfo=UTC),
}  # fmt: skip


def with_row(ledger: Ledger) -> Ledger:
    """Return the ledger with one made-up row."""

    async def rows(core: Core, start: datetime, end: datetime) -> AsyncIterator[dict[str, Any]]:
        del core, start, end
        yield {column.key: _MADE_UP[column.kind] for column in ledger.columns}

    return replace(ledger, rows=rows)


def wanted(ledger: Ledger, form: service.Form, **members: Any) -> service.Wanted:
    return service.Wanted(ledger, DAY, DAY, form, **members)


def test_every_ledger_has_a_sample_and_columns_that_can_be_told_apart() -> None:
    assert set(SAMPLES) == set(LEDGERS)
    for ledger in LEDGERS.values():
        keys, titles = [one.key for one in ledger.columns], [one.title for one in ledger.columns]
        assert len(set(keys)) == len(keys)
        assert len(set(titles)) == len(titles)
        assert len(ledger.id) <= 32
        assert len(ledger.title) <= 31


@pytest.mark.parametrize("name", NAMES)
async def test_a_period_without_rows_is_a_paper_that_says_so(core: Core, name: str, tmp_path: Path) -> None:
    book = sheets_of((await service.make(core, wanted(LEDGERS[name], "xlsx"), "staff:li")).file)
    assert book[LEDGERS[name].title].rows == [tuple(one.title for one in LEDGERS[name].columns)]
    assert ("行数", "0") in book["说明"].rows
    text = text_of((await service.make(core, wanted(LEDGERS[name], "pdf"), "staff:li")).file, tmp_path)
    assert LEDGERS[name].title in text
    assert "本期没有记录" in text


@pytest.mark.parametrize("name", NAMES)
async def test_one_real_row_is_one_line_of_both_forms(core: Core, name: str, tmp_path: Path) -> None:
    await SAMPLES[name](core)
    ledger = LEDGERS[name]
    made = await service.make(core, wanted(ledger, "xlsx"), "staff:li")
    sheet = sheets_of(made.file)[ledger.title]
    # What makes an account or a judgement leaves rows in the audit chain beside the sample's own.
    assert len(sheet.rows) == 2 or (name == "audit" and len(sheet.rows) > 1)
    assert sheet.formulas == []
    paper = await service.make(core, wanted(ledger, "pdf"), "staff:li")
    assert (paper.content_sha256, paper.rows, paper.shown) == (made.content_sha256, made.rows, made.rows)
    shown = [str(cell) for row in sheet.rows for cell in row]
    assert PHONE not in shown
    if ledger.personal:
        opened = await service.make(core, wanted(ledger, "xlsx", opened=True, reason="劳动监察调取"), "staff:li")
        assert PHONE in [str(cell) for row in sheets_of(opened.file)[ledger.title].rows for cell in row]
        assert "138****0001" in shown
    assert "2026-03-02" in text_of(paper.file, tmp_path)


@pytest.mark.parametrize("name", NAMES)
async def test_a_text_like_a_formula_stays_a_text(core: Core, name: str, tmp_path: Path) -> None:
    ledger = with_row(LEDGERS[name])
    made = await service.make(core, wanted(ledger, "xlsx", opened=True, reason="测试公式"), "staff:li")
    sheet = sheets_of(made.file)[ledger.title]
    assert sheet.formulas == []
    t = load_catalogue()
    for column, cell in zip(ledger.columns, sheet.rows[1], strict=True):
        assert cell == _cell(column), column
    paper = await service.make(core, wanted(ledger, "pdf"), "staff:li")
    assert "点" in text_of(paper.file, tmp_path)
    assert values_of(ledger, {one.key: None for one in ledger.columns}, t) == [None] * len(ledger.columns)


def _cell(column: Column) -> Any:
    """Return the value that a spreadsheet shows for a made-up value of this kind: yuan, Shanghai time."""
    shown = {"money": 180.5, "time": datetime(2026, 3, 2, 9, 30), "day": datetime(2026, 3, 2)}  # noqa: DTZ001 - a cell has no zone
    return shown.get(column.kind, _MADE_UP[column.kind])


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("money", 1_234_567, "12,345.67"), ("int", 12_345, "12,345"), ("share", 0.1234, "12.3%"),
        ("time", datetime(2026, 3, 1, 23, 5, tzinfo=UTC), "2026-03-02 07:05"), ("day", DAY, "2026-03-02"),
        ("number", 1.305, "1.30"), ("text", "甲", "甲"), ("text", None, ""),
    ],
)  # fmt: skip
def test_a_value_has_words(kind: Any, value: Any, words: str) -> None:
    assert words_of(kind, value) == words
