"""The result sheet is opened by independent tools: poppler reads the PDF, openpyxl the workbook."""

from pathlib import Path

import pytest
from PIL import Image

from cloud.fairs import arrivals, booths, plans, sheets
from cloud.fairs.drafts import BoothResults
from cloud.platform.core import Core
from tests.cloud.clocks import HandClock
from tests.cloud.fairs.sample import BY, announced_fair
from tests.cloud.ledgers.readers import pictures_of, sheets_of, text_of

pytestmark = pytest.mark.db


def close_up(text: str) -> str:
    """Return a text without the spaces that a reader of PDFs puts between Chinese and digits."""
    return "".join(text.split())


async def test_a_result_sheet_reads_the_same_in_both_forms(core: Core, clock: HandClock, tmp_path: Path) -> None:
    fair, _, _ = await announced_fair(core, 3, title="=招聘会")
    clock.forward(days=12)
    await plans.move_fair(core, str(fair.id), "open", by=BY)
    await arrivals.count_in(core, fair, 40, by=BY)
    booth = (await booths.booths_of(fair))[0].row
    results = BoothResults(resumes=31, intentions=12, hires=5)
    await booths.set_results(core, str(fair.id), str(booth.id), results, by=BY)
    fair = await plans.move_fair(core, str(fair.id), "closed", by=BY)
    document = await sheets.result_of(core, fair)
    file = await sheets.to_pdf(core, "result", document)
    text = close_up(text_of(file, tmp_path))
    for words in ("=招聘会结果表", "少于每场50个的要求，差47个", "示范物流0号有限公司", "应急预案", "分拣员2"):
        assert words in text, words
    with Image.open(pictures_of(file, tmp_path)[0]) as page:
        assert page.height > page.width
        dark = sum(page.convert("L").histogram()[:128])
    assert dark > 2_000, "the page is not blank"

    book = sheets_of(await sheets.to_xlsx(core, document))
    assert list(book) == ["汇总", "参会单位", "岗位"]
    assert book["参会单位"].rows[1] == (1, "示范物流0号有限公司", 3, 18, "否", 31, 12, 5)
    assert len(book["岗位"].rows) == 4
    assert book["汇总"].rows[0][0] == "=招聘会"
    assert [place for sheet in book.values() for place in sheet.formulas] == []


async def test_the_poster_says_what_to_do_at_the_door(core: Core, tmp_path: Path) -> None:
    fair, _, _ = await announced_fair(core, 1)
    document = await sheets.poster_of(fair, "https://jobs.example/my/fairs/x", "示范运营公司")
    text = close_up(text_of(await sheets.to_pdf(core, "poster", document), tmp_path))
    for words in ("扫码签到", "春季招聘会", "求职者免费入场", "示范运营公司"):
        assert words in text, words
