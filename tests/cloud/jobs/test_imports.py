"""Series import: nothing half there, every row reported, the same file twice nothing twice, a death in the middle."""

import io
import zipfile
from dataclasses import replace
from typing import Any
from uuid import UUID

import openpyxl
import pytest

from cloud.jobs import imports, workbooks
from cloud.jobs import service as jobs
from cloud.jobs.import_api import EXAMPLE
from cloud.jobs.models import Post, PostChange, PostImport, PostImportRow
from cloud.jobs.sheets import COLUMNS, HEADS, MAX_ROWS
from cloud.jobs.workbooks import MAX_UNPACKED_BYTES, check_file, read_rows, safe_text, template
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.models import DomainEvent
from tests.cloud.jobs.books import SPOILS, book, code_of, good_row, spoiled
from tests.cloud.jobs.drafts import FIRM

pytestmark = pytest.mark.db


async def firm(core: Core, number: int = 1, *, verified: bool = True) -> str:
    values = FIRM | {"uscc": code_of(number), "name": f"示范企业{number}"}
    return str((await jobs.create_firm(core, jobs.FirmDraft.model_validate(values), verified=verified))["id"])


async def judged(core: Core, data: bytes, **options: Any) -> dict[str, Any]:
    check_file(data)
    key = await imports.begin(core, "岗位.xlsx", data, by="staff:li", **options)
    await imports.work(core)
    return await imports.get_import(key)


async def brought_in(core: Core, job: dict[str, Any], mode: imports.Mode) -> dict[str, Any]:
    await imports.decide(core, job["id"], mode, by="staff:li")
    await imports.work(core)
    return await imports.get_import(job["id"])


async def errors_of(import_id: str) -> list[tuple[int, str, str]]:
    rows, _ = await imports.list_rows(import_id, state="bad", limit=200)
    return [(row["row"], one["column"], one["code"]) for row in rows for one in row["errors"]]


async def test_every_way_to_spoil_a_row_is_named_by_row_column_and_code(core: Core) -> None:
    await firm(core)
    rows = [spoiled(good_row(number), spoil) for number, spoil in enumerate(SPOILS)]
    job = await judged(core, book([*rows, good_row(99)]))
    assert (job["state"], job["total"], job["good"], job["bad"]) == ("checked", len(SPOILS) + 1, 1, len(SPOILS))
    found = await errors_of(job["id"])
    missing = [
        (number + 2, column, code)
        for number, (_, _, column, code) in enumerate(SPOILS)
        if (number + 2, column, code) not in found
    ]
    assert missing == []
    assert len({code for _, _, code in found}) >= 10


async def test_good_rows_are_brought_in_live_with_history_and_news_and_the_bad_ones_leave_nothing(core: Core) -> None:
    await firm(core)
    job = await judged(core, book([good_row(1), spoiled(good_row(2), SPOILS[0]), good_row(3)]))
    with pytest.raises(ConflictError) as caught:
        await imports.decide(core, job["id"], "all", by="staff:li")
    assert caught.value.name == "bad-rows"
    done = await brought_in(core, job, "good")
    assert (done["state"], done["imported"], done["done"]) == ("done", 2, 3)
    posts = await Post.all()
    assert {post.state for post in posts} == {"published"}
    assert await PostChange.all().count() == 2
    assert {event.topic for event in await DomainEvent.filter(key__in=[str(post.id) for post in posts])} == {
        "post.published"
    }
    assert all(post.contact_phone == "0511-****00" and post.contact_phone_sealed for post in posts)


async def test_the_same_file_twice_brings_nothing_twice(core: Core) -> None:
    await firm(core)
    data = book([good_row(1), good_row(2), good_row(1)])
    job = await judged(core, data)
    assert await errors_of(job["id"]) == [(4, "自编号", "twice")]
    await brought_in(core, job, "good")
    again = await judged(core, data)
    assert (again["good"], again["known"]) == (0, 3)
    assert await Post.all().count() == 2


async def test_all_or_nothing_is_one_transaction(core: Core) -> None:
    firm_id = await firm(core)
    job = await judged(core, book([good_row(number) for number in range(5)]))
    await jobs.set_standing(UUID(firm_id), "lapsed", None)
    failed = await brought_in(core, job, "all")
    assert (failed["state"], failed["imported"]) == ("failed", 0)
    assert "没有导入任何岗位" in failed["problem"]
    assert not await Post.all().count()


async def test_a_firm_that_may_not_publish_is_said_at_its_code_but_drafts_are_taken(core: Core) -> None:
    await firm(core, verified=False)
    data = book([good_row(1)])
    job = await judged(core, data)
    assert await errors_of(job["id"]) == [(2, "统一社会信用代码", "firm-not-verified")]
    drafts = await judged(core, data, publish=False)
    await brought_in(core, drafts, "all")
    assert (await Post.get()).state == "draft"


async def test_who_dies_in_the_middle_leaves_the_rest_to_the_next(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "CHUNK", 4)
    await firm(core)
    job = await judged(core, book([good_row(number) for number in range(10)]))
    await imports.decide(core, job["id"], "good", by="staff:li")
    store, calls = imports._store, 0

    async def dying(*args: Any, **options: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise RuntimeError("the process ends here")
        await store(*args, **options)

    monkeypatch.setattr(imports, "_store", dying)
    with pytest.raises(RuntimeError):
        await imports.work(core)
    assert await Post.all().count() == 4
    monkeypatch.setattr(imports, "_store", store)
    await imports.work(core)
    done = await imports.get_import(job["id"])
    assert (done["state"], done["imported"], await Post.all().count()) == ("done", 10, 10)


async def test_a_check_that_died_begins_anew(core: Core) -> None:
    await firm(core)
    job = await judged(core, book([good_row(1)]))
    await PostImport.filter(id=job["id"]).update(state="checking", done=1)
    await imports.work(core)
    assert (await imports.get_import(job["id"]))["done"] == 1
    assert await PostImportRow.all().count() == 1


async def test_the_report_has_the_errors_beside_the_cells(core: Core) -> None:
    await firm(core)
    job = await judged(core, book([good_row(1), spoiled(good_row(2), ("title", "=1+1" * 20, "", ""))]))
    found = openpyxl.load_workbook(io.BytesIO(await imports.report_of(core, job["id"])))
    sheet, listed = found["岗位"], found["问题清单"]
    assert [cell.value for cell in sheet[1]][: len(HEADS)] == list(HEADS)
    assert (sheet.cell(2, len(HEADS) + 1).value, sheet.cell(3, len(HEADS) + 1).value) == ("合格", "不合格")
    place = HEADS.index("岗位名称") + 1
    assert str(sheet.cell(3, place).value).startswith("'=1+1")
    comment = sheet.cell(3, place).comment
    assert comment is not None
    assert "最多 60 个字" in comment.text
    assert [[cell.value for cell in row] for row in listed.iter_rows(min_row=2)] == [
        [3, "岗位名称", "too_long", "内容太长，最多 60 个字"]
    ]


async def test_a_cancelled_file_is_forgotten(core: Core) -> None:
    job = await judged(core, book([good_row(1)]))
    await imports.cancel(core, job["id"])
    assert (await PostImport.get()).file == ""
    for act in (imports.report_of(core, job["id"]), imports.decide(core, job["id"], "good", by="staff:li")):
        with pytest.raises(ConflictError):
            await act


async def test_another_head_is_refused_with_what_differs(core: Core) -> None:
    job = await judged(core, book([good_row(1)], ["代码", *HEADS[1:]]))
    assert (job["state"], "统一社会信用代码" in job["problem"]) == ("failed", True)


def test_the_template_can_be_filled_as_its_example_says() -> None:
    made = template(EXAMPLE)
    check_file(made)
    found = openpyxl.load_workbook(io.BytesIO(made))
    sheet = found["岗位"]
    assert [str(cell.value).rstrip("*") for cell in sheet[1]] == list(HEADS)
    lists = [rule.formula1 for rule in sheet.data_validations.dataValidation if rule.type == "list"]
    assert len(lists) == sum(bool(column.choices) for column in COLUMNS)
    assert found["职业代码"].max_row > 1_600
    assert list(read_rows(made)) == []
    assert next(cell.value for cell in found["示例"][2]) == EXAMPLE["uscc"]


def spoil_zip(data: bytes, name: str, body: bytes) -> bytes:
    """Return a file with one more part."""
    kept = io.BytesIO(data)
    with zipfile.ZipFile(kept, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, body)
    return kept.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"uscc,title\n",
        b"PK\x03\x04 broken",
        spoil_zip(book([]), "xl/bomb.xml", b" " * (MAX_UNPACKED_BYTES + 1)),
        spoil_zip(book([]), "xl/a.xml", b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'),
        spoil_zip(book([]), "xl/b.xml", "<x/>".encode("utf-16")),
    ],
    ids=["empty", "csv", "broken", "bomb", "entities", "utf-16"],
)
def test_what_is_no_spreadsheet_or_means_harm_is_refused_before_it_is_opened(data: bytes) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_file(data)
    assert set(caught.value.fields) == {"file"}


def test_more_rows_than_one_file_may_have_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert workbooks.LAYOUT.max_rows == MAX_ROWS == 20_000
    monkeypatch.setattr(workbooks, "LAYOUT", replace(workbooks.LAYOUT, max_rows=20))
    assert len(list(read_rows(book(good_row(number) for number in range(20))))) == 20
    with pytest.raises(InvalidInputError, match="20 行"):
        list(read_rows(book(good_row(number) for number in range(21))))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a"])
def test_no_cell_becomes_a_formula(text: str) -> None:
    assert safe_text(text) == f"'{text}"
