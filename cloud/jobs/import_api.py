"""REST of series of posts: send a spreadsheet, read what was found, decide, take the report."""

import asyncio
from typing import Annotated, Final, Literal
from urllib.parse import unquote

from aiohttp import hdrs, web
from pydantic import Field

from cloud.jobs import imports
from cloud.jobs.workbooks import XLSX, check_file, template
from cloud.platform.http import answer
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.problems import ProblemError
from cloud.platform.shapes import DIGITS, Asked, Page, Shape, Time, UuidText, body_of, query_of

#: What a client may call its file.
NAME_HEADER: Final = "X-File-Name"
#: What the template shows.
EXAMPLE: Final = {
    "uscc": "91321100MA0000001P", "title": "快件分拣员", "occupation": "4-02-07-09", "headcount": "6",
    "requirements": "能搬运20公斤以内包裹，男女不限", "skills": "分拣", "district": "润州区", "address": "工业园区1号",
    "hours": "08:30-17:30，做六休一", "pay_min": "180", "pay_max": "220", "pay_unit": "日", "pay_method": "日结",
    "form": "临时", "term_days": "30", "valid_from": "2026-03-01", "valid_to": "2026-06-30", "contact_name": "王经理",
    "contact_phone": "0511-80000000", "repost": "否", "number": "FJ-001",
}  # fmt: skip


class ImportShown(Shape):
    """A spreadsheet on its way in; `done` of `total` rows are looked at in this state."""

    id: UuidText
    state: Literal["checking", "checked", "importing", "done", "failed", "cancelled"]
    name: str
    mode: str
    publish: bool
    total: int
    done: int
    good: int
    bad: int
    known: int
    imported: int
    problem: str
    by: str
    created_at: Time
    ended_at: Time | None


class CellErrorShown(Shape):
    """What is wrong with one cell."""

    column: str
    code: str
    text: str


class RowShown(Shape):
    """What became of a row: it is good, bad, known from before, or in as a post."""

    row: int
    state: Literal["good", "bad", "known", "in"]
    errors: list[CellErrorShown]
    post: UuidText | None


class RowsQuery(Asked):
    """Rows of a state by their number; `cursor` is the row before."""

    state: Literal["", "good", "bad", "known", "in"] = ""
    cursor: Annotated[int, Field(ge=0, le=1_000_000), DIGITS] | None = None
    limit: Annotated[int, Field(ge=1, le=imports.MAX_PAGE), DIGITS] = 50


class ImportDecision(Asked):
    """`all`: every row or none; `good`: the rows that fit."""

    mode: Literal["all", "good"]


async def check_sent(request: web.Request) -> None:
    """Look at the file before the write's transaction: that takes time and must not hold the database."""
    if request.content_type != XLSX:
        raise ProblemError(415, "wrong-content-type", f"send {XLSX}")
    await asyncio.to_thread(check_file, await request.read())


async def create_import(request: web.Request) -> web.Response:
    """POST /api/v1/post-imports: take a spreadsheet; its rows are judged in the background."""
    name = unquote(request.headers.get(NAME_HEADER, ""))[:120] or "posts.xlsx"
    by = request[PRINCIPAL].label
    key = await imports.begin(request.app[CORE], name, await request.read(), by=by)
    headers = {"Location": f"/api/v1/post-imports/{key}"}
    return answer(ImportShown.model_validate(await imports.get_import(key)), 202, headers)


async def get_import(request: web.Request) -> web.Response:
    """GET /api/v1/post-imports/{id}: how far it is."""
    return answer(ImportShown.model_validate(await imports.get_import(request.match_info["id"])))


async def list_rows(request: web.Request) -> web.Response:
    """GET /api/v1/post-imports/{id}/rows: what became of each row, errors by column."""
    query = query_of(request, RowsQuery)
    rows, following = await imports.list_rows(
        request.match_info["id"], state=query.state, cursor=query.cursor, limit=query.limit
    )
    return answer(Page[RowShown](items=[RowShown.model_validate(row) for row in rows], next=following))


async def decide(request: web.Request) -> web.Response:
    """POST /api/v1/post-imports/{id}/decision: bring in all rows or the good ones."""
    import_id, mode = request.match_info["id"], body_of(request, ImportDecision).mode
    await imports.decide(request.app[CORE], import_id, mode, by=request[PRINCIPAL].label)
    return answer(ImportShown.model_validate(await imports.get_import(import_id)), 202)


async def cancel(request: web.Request) -> web.Response:
    """POST /api/v1/post-imports/{id}/cancel: give up a file that was only judged."""
    import_id = request.match_info["id"]
    await imports.cancel(request.app[CORE], import_id)
    return answer(ImportShown.model_validate(await imports.get_import(import_id)))


async def get_report(request: web.Request) -> web.Response:
    """GET /api/v1/post-imports/{id}/report: the file as it was sent, errors beside the cells."""
    body = await imports.report_of(request.app[CORE], request.match_info["id"])
    return workbook_response(body, "import-report.xlsx")


async def get_template(request: web.Request) -> web.Response:
    """GET /api/v1/post-imports/template: an empty spreadsheet to fill, with lists and an example."""
    del request
    return workbook_response(await asyncio.to_thread(template, EXAMPLE), "posts.xlsx")


def workbook_response(body: bytes, name: str) -> web.Response:
    """Return a spreadsheet as a download."""
    headers = {hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"', hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(body=body, content_type=XLSX, headers=headers)
