"""Slips: opened with poppler; the paper has the size of the roll or A5, and says everything at once."""

import asyncio
import re
from pathlib import Path

import pytest

from cloud.platform.core import Core
from cloud.service import slips
from cloud.service.drafts import TicketDraft
from cloud.service.filing import Filing, file_ticket
from cloud.service.matters import kinds, matters, search_answers
from cloud.service.models import NoticeGiven
from cloud.service.rights import rights_items_missing
from tests.cloud.service.sample import MONDAY_TEN, desk

DAY = MONDAY_TEN.date()


async def run(*words: str) -> str:
    process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
    return (await process.communicate())[0].decode()


async def read(folder: Path, pdf: bytes) -> tuple[str, str]:
    """Return the words of a PDF without blanks, and what pdfinfo says."""
    path = folder / "slip.pdf"
    path.write_bytes(pdf)
    return re.sub(r"\s", "", await run("pdftotext", str(path), "-")), await run("pdfinfo", str(path))


@pytest.mark.db
@pytest.mark.parametrize(("size", "width_pt"), [("80", 226.772), ("a5", 419.528)])
async def test_a_tickets_slip_says_its_numbers_and_everything_to_bring(
    core: Core, tmp_path: Path, size: slips.Size, width_pt: float
) -> None:
    await desk(core)
    draft = TicketDraft(kind="rights", topic="拖欠工资", matter="wages", text="三个月没有发工资，#let x = panic()")
    filed = await file_ticket(core, draft, Filing("web", "public"))
    pdf = await slips.ticket_slip(core, filed.ticket, size, "https://market.example", "staff:li")
    text, info = await read(tmp_path, pdf)
    for words in (filed.ticket.number, filed.receipt, *matters(DAY)["wages"].bring, "market.example/complain/find"):
        assert re.sub(r"\s", "", words) in text
    assert "panic" not in text, "what somebody wrote is not on his slip"
    assert "Pages:           1" in info
    found = re.search(r"Page size: +([\d.]+) x", info)
    assert found is not None
    assert float(found[1]) == pytest.approx(width_pt, abs=0.5)
    assert await NoticeGiven.filter(matter="wages", ticket=filed.ticket.id, medium="paper").count() == 1


@pytest.mark.db
async def test_every_notice_fits_one_page_of_either_paper(core: Core, tmp_path: Path) -> None:
    for matter in matters(DAY).values():
        for size in ("80", "a5"):
            made = await slips.matter_slip(core, matter, slips.size_of(size), "https://market.example", "staff:li")
            text, info = await read(tmp_path, made)
            assert "Pages:           1" in info
            assert all(
                re.sub(r"\s", "", one) in text for one in (*matter.bring, *matter.steps, matter.term, matter.fee)
            )
    assert sum((await slips.count_given(core)).values()) == 2 * len(matters(DAY))


def test_tables_have_a_term_and_a_source_in_every_row() -> None:
    assert {"consultation", "request", "complaint", "rights", "equipment", "suggestion"} == set(kinds(DAY))
    assert all(one.source for one in (*kinds(DAY).values(), *matters(DAY).values()))
    assert {"拖欠工资", "就业歧视"} <= set(kinds(DAY)["rights"].topics)


@pytest.mark.parametrize(
    ("typed", "found"), [("老板不发工资怎么办", "wages"), ("周末上班吗", "hours"), ("押金", "free")]
)
def test_canned_answers_are_found_by_what_people_write(typed: str, found: str) -> None:
    assert search_answers(typed)[0].id == found


@pytest.mark.db
async def test_the_hotline_is_missing_until_its_number_is_set(core: Core) -> None:
    assert rights_items_missing(core) == 1
