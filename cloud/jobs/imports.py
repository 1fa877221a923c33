"""Series of posts from a spreadsheet: looked at whole, decided by a person, brought in so that nothing is half there.

A file is first only judged (`checking` -> `checked`). Then somebody chooses: `all` brings in every row or, if one of
them does not fit, none; `good` brings in the rows that fit, each with its history and its news in one transaction.
A row that is known by its key is passed over, so the same file twice imports nothing twice. The work is a regular job:
whoever dies in the middle leaves it to the next, which goes on where the rows say.
"""

import asyncio
import base64
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from itertools import islice
from typing import Any, Final, Literal
from uuid import UUID

import uuid_utils

from cloud.jobs.contacts import POST_PHONE, contact_columns
from cloud.jobs.duplicates import note_vacancies
from cloud.jobs.firms import why_not_publishing
from cloud.jobs.forms import PLACES
from cloud.jobs.models import Firm, Post, PostChange, PostImport, PostImportRow
from cloud.jobs.posts import PUBLISHED, columns_of, screen_post
from cloud.jobs.sheets import PLACE, CellError, Judged, judge
from cloud.jobs.workbooks import read_rows
from cloud.jobs.workbooks import report as write_report
from cloud.platform import scheduler
from cloud.platform.core import Core
from cloud.platform.database import after_commit, lock_names
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.keyring import place
from cloud.platform.spreadsheets import text_of
from cloud.platform.times import market_day
from protocols.venue.timestamps import format_time

Mode = Literal["all", "good"]
State = Literal["checking", "checked", "importing", "done", "failed", "cancelled"]
RUNNING: Final = frozenset({"checking", "importing"})
JOB: Final = "post-imports"
#: Key of keyring.SEALED.
FILE: Final = "post_import.file"
#: Rows of one transaction, and between two looks at the progress.
CHUNK: Final = 250
#: Imports that wait or run at once, of everybody.
MAX_WAITING: Final = 20
MAX_PAGE: Final = 200
LOCK: Final = "post-imports"


async def begin(core: Core, name: str, data: bytes, *, by: str, publish: bool = True) -> str:
    """Keep a file that `check_file` let through and have it judged; returns the import's id."""
    async with core.outbox.transaction():
        if await PostImport.filter(state__in=["checking", "importing"]).count() >= MAX_WAITING:
            raise ConflictError("正在处理的导入太多，请稍后再试", "too-many-imports")
        key = UUID(str(uuid_utils.uuid7()))
        sealed = core.keyring.seal(base64.b64encode(data).decode(), place(FILE, key))
        digest = hashlib.sha256(data).hexdigest()
        values: dict[str, Any] = {"name": name[:120], "file": sealed, "sha256": digest, "publish": publish, "by": by}
        await PostImport.create(id=key, state="checking", created_at=core.now(), **values)
        after_commit(_wake)
    return str(key)


async def decide(core: Core, import_id: str, mode: Mode, *, by: str) -> None:
    """Bring in what a check found good; ConflictError for `all` when a row does not fit."""
    async with core.outbox.transaction():
        job = await _locked(import_id)
        if job.state != "checked":
            raise ConflictError(f"导入状态为 {job.state}，不能开始", "import-state")
        if mode == "all" and job.bad:
            raise ConflictError(f"有 {job.bad} 行不合格，不能整体导入", "bad-rows")
        await PostImport.filter(id=job.id).update(state="importing", mode=mode, done=0, by=by)
        after_commit(_wake)


async def cancel(core: Core, import_id: str) -> None:
    """Give up a file that was only judged; its content is forgotten."""
    async with core.outbox.transaction():
        job = await _locked(import_id)
        if job.state not in {"checking", "checked"}:
            raise ConflictError(f"导入状态为 {job.state}，不能取消", "import-state")
        await PostImport.filter(id=job.id).update(state="cancelled", file="", ended_at=core.now())


async def get_import(import_id: str) -> dict[str, Any]:
    """Return how far an import is; NotFoundError when there is none."""
    return _document(await _found(import_id))


async def list_imports(limit: int = 20) -> list[dict[str, Any]]:
    """Return the newest imports."""
    return [_document(row) for row in await PostImport.all().order_by("-id").limit(limit)]


async def list_rows(
    import_id: str, *, state: str = "", cursor: int | None = None, limit: int = 50
) -> tuple[list[dict[str, Any]], int | None]:
    """Return (rows by their number, cursor of what follows)."""
    found = PostImportRow.filter(job_id=(await _found(import_id)).id)
    if state:
        found = found.filter(state=state)
    if cursor is not None:
        found = found.filter(row__gt=cursor)
    rows = await found.order_by("row").limit(limit + 1)
    shown = [
        {
            "row": row.row,
            "state": row.state,
            "errors": json.loads(row.errors),
            "post": str(row.post) if row.post else None,
        }
        for row in rows[:limit]
    ]
    return shown, shown[-1]["row"] if len(rows) > limit else None


async def report_of(core: Core, import_id: str) -> bytes:
    """Return the file as it was sent, errors beside the cells; ConflictError when it is forgotten or not judged yet."""
    job = await _found(import_id)
    if not job.file or job.state == "checking":
        raise ConflictError("还没有核对完，或者文件已删除", "import-state")
    found: dict[int, list[dict[str, str]]] = {}
    words: dict[int, str] = {}
    for row in await PostImportRow.filter(job_id=job.id):
        found[row.row] = json.loads(row.errors)
        words[row.row] = _WORDS[row.state]
    data = _open(core, job)
    return await asyncio.to_thread(lambda: write_report(read_rows(data), found, words))


async def work(core: Core) -> str:
    """Do what waits, one import after the other; the job `post-imports`."""
    told = []
    for job in await PostImport.filter(state__in=["checking", "importing"]).order_by("id"):
        try:
            await (_check(core, job) if job.state == "checking" else _bring_in(core, job))
        except InvalidInputError as error:
            values = {"state": "failed", "problem": str(error)[:300], "ended_at": core.now()}
            await PostImport.filter(id=job.id).update(**values)
        ended = await PostImport.get(id=job.id).only("id", "state", "total", "bad", "imported")
        told.append(f"{ended.state} {ended.total} 行，不合格 {ended.bad}，导入 {ended.imported}")
    return "；".join(told)


async def forget_imports(core: Core, before: datetime) -> int:
    """Delete imports that ended before a moment with their rows; the posts stay."""
    del core
    found = await PostImport.filter(created_at__lt=before).limit(MAX_PAGE).values_list("id", flat=True)
    await PostImportRow.filter(job_id__in=list(found)).delete()
    return await PostImport.filter(id__in=list(found)).delete()


async def _check(core: Core, job: PostImport) -> None:
    """Judge every row anew; who began before and died left nothing that counts."""
    rows = await _read(core, job)
    await PostImportRow.filter(job_id=job.id).delete()
    counts = {"done": 0, "good": 0, "bad": 0, "known": 0}
    await PostImport.filter(id=job.id).update(total=len(rows), **counts)
    first: dict[str, int] = {}
    async for judged in _judged(core, job, rows):
        known = await _known({one.key for one in judged})
        lines = []
        for one in judged:
            errors = list(one.errors)
            state = "known" if one.key in known else "bad" if errors else "good"
            if state == "good" and first.setdefault(one.key, one.row) != one.row:
                errors, state = [CellError("number", "twice", f"与第 {first[one.key]} 行相同")], "bad"
            counts[state] += 1
            said = json.dumps([error.to_object() for error in errors] if state == "bad" else [], ensure_ascii=False)
            lines.append(PostImportRow(job_id=job.id, row=one.row, state=state, errors=said))
        counts["done"] += len(judged)
        async with core.outbox.transaction():
            await PostImportRow.bulk_create(lines)
            await PostImport.filter(id=job.id, state="checking").update(**counts)
        if (await PostImport.get(id=job.id).only("id", "state")).state != "checking":
            return
    await PostImport.filter(id=job.id, state="checking").update(state="checked")


async def _bring_in(core: Core, job: PostImport) -> None:
    """Bring in the rows that were good and are not in yet: each chunk, or all of them, in one transaction."""
    good = {one.row for one in await PostImportRow.filter(job_id=job.id, state="good").only("id", "row")}
    rows = [one for one in await _read(core, job) if one[0] in good]
    if job.mode == "all":
        async with core.outbox.transaction():
            async for judged in _judged(core, job, rows):
                await _store(core, job, judged, strict=True)
            await _end(core, job)
        return
    async for judged in _judged(core, job, rows):
        async with core.outbox.transaction():
            await _store(core, job, judged, strict=False)
    async with core.outbox.transaction():
        await _end(core, job)


async def _end(core: Core, job: PostImport) -> None:
    imported = await PostImportRow.filter(job_id=job.id, state="in").count()
    bad = await PostImportRow.filter(job_id=job.id, state="bad").count()
    ended = {"state": "done", "done": job.total, "imported": imported, "bad": bad, "ended_at": core.now()}
    await PostImport.filter(id=job.id).update(**ended)


async def _store(core: Core, job: PostImport, judged: Sequence[Judged], *, strict: bool) -> None:
    """Store a chunk of posts with their history, news and rows; a row that does not fit any more stops a strict one."""
    await lock_names([LOCK])
    known = await _known({one.key for one in judged})
    posts: list[Post] = []
    for one in judged:
        if one.draft is None:
            if strict:
                raise InvalidInputError(f"第 {one.row} 行在导入时已不合格：{one.errors[0].text}；没有导入任何岗位")
            said = json.dumps([error.to_object() for error in one.errors], ensure_ascii=False)
            await PostImportRow.filter(job_id=job.id, row=one.row).update(state="bad", errors=said)
        elif one.key in known:
            await PostImportRow.filter(job_id=job.id, row=one.row).update(state="known")
        else:
            posts.append(_post(core, one))
    now = core.now()
    await Post.bulk_create(posts)
    note = f"批量导入 {job.name}"[:200]
    changes = [PostChange(post_id=post.id, state=post.state, by=job.by, note=note, at=now) for post in posts]
    await PostChange.bulk_create(changes)
    published = [post for post in posts if post.state == "published"]
    await note_vacancies(published, now)
    up = [str(post.id) for post in published]
    await core.outbox.emit_many(PUBLISHED, up, now)
    await _mark_in(job, {one.key: one.row for one in judged}, posts)
    done = job.done = job.done + len(judged)
    await PostImport.filter(id=job.id).update(done=done, imported=job.imported + len(posts))
    job.imported += len(posts)
    if up:
        after_commit(partial(core.hub.publish, "post", {"id": up[0], "state": "published"}))


async def _mark_in(job: PostImport, row_of: Mapping[str, int], posts: Sequence[Post]) -> None:
    """Write into the rows of posts which those became; anew, because a statement per row would take longer."""
    by_row = {row_of[str(post.import_key)]: UUID(str(post.id)) for post in posts}
    await PostImportRow.filter(job_id=job.id, row__in=list(by_row)).delete()
    lines = [PostImportRow(job_id=job.id, row=row, state="in", post=post) for row, post in by_row.items()]
    await PostImportRow.bulk_create(lines)


def _post(core: Core, one: Judged) -> Post:
    draft = one.draft
    if draft is None:
        raise TypeError("only a row that fits becomes a post")
    now, key = core.now(), UUID(str(uuid_utils.uuid7()))
    values = columns_of(draft) | contact_columns(core, POST_PHONE, key, draft.contact)
    post = Post(id=key, firm_id=UUID(draft.firm), created_at=now, import_key=one.key, state="draft", **values)
    if (screening := one.screening) is not None:
        post.screening = json.dumps(screening, ensure_ascii=False)
        post.state = "published" if screening["verdict"] == "ok" else "in_review"
        post.published_at = post.confirmed_at = now if post.state == "published" else None
    return post


async def _judged(core: Core, job: PostImport, rows: Sequence[tuple[int, list[object]]]) -> AsyncIterator[list[Judged]]:
    """Yield chunks of judged rows; the work is done beside the loop, which goes on answering meanwhile."""
    firms, refused = await _firms(core, rows, publish=job.publish)
    left = iter(rows)
    while chunk := list(islice(left, CHUNK)):
        yield await asyncio.to_thread(_judge_chunk, core, job.publish, chunk, firms, refused)


def _judge_chunk(
    core: Core,
    publish: bool,  # noqa: FBT001 - handed to a thread by place
    chunk: Sequence[tuple[int, list[object]]],
    firms: Mapping[str, str],
    refused: Mapping[str, CellError],
) -> list[Judged]:
    now = core.now()
    today = market_day(now)
    return [_judge_row(judge(number, cells, firms), publish, refused, today, now) for number, cells in chunk]


def _judge_row(
    one: Judged,
    publish: bool,  # noqa: FBT001 - as above
    refused: Mapping[str, CellError],
    today: date,
    now: datetime,
) -> Judged:
    """Add to a row what only the market's rules say of it."""
    errors = [*one.errors, *([refused[one.uscc]] if one.uscc in refused else [])]
    screening = None
    if one.draft is not None and publish:
        if one.draft.valid_to < today:
            errors.append(CellError("valid_to", "over", "有效期已过"))
        screening = screen_post(one.draft, now)
        errors += _screened(screening)
    errors.sort(key=lambda error: PLACE[error.field])
    return replace(one, draft=None if errors else one.draft, errors=tuple(errors), screening=screening)


def _screened(screening: Mapping[str, Any]) -> Iterator[CellError]:
    """Yield what the law forbids in a row; what a person must judge is no error, the post waits for him."""
    if screening["verdict"] != "block":
        return
    for one in screening["findings"]:
        if one["severity"] == "block":
            field = PLACES.get(one.get("field", ""), one.get("field", ""))
            text = f"“{one['text']}”：{one['law']}" if one.get("text") else one["law"]
            yield CellError(field if field in PLACE else "requirements", str(one["rule"]), text[:300])


async def _firms(
    core: Core, rows: Sequence[tuple[int, list[object]]], *, publish: bool
) -> tuple[dict[str, str], dict[str, CellError]]:
    """Return code -> id of the firms that rows name, and code -> why one of them may not publish."""
    codes = sorted({text_of(cells[0]).upper() for _, cells in rows if text_of(cells[0])})
    today = market_day(core.now())
    firms: dict[str, str] = {}
    refused: dict[str, CellError] = {}
    for start in range(0, len(codes), CHUNK):
        short = [code for code in codes[start : start + CHUNK] if len(code) <= 18]  # noqa: PLR2004 - the column's width
        for firm in await Firm.filter(uscc__in=short):
            firms[firm.uscc] = str(firm.id)
            if publish and (why := why_not_publishing(firm, today)):
                refused[firm.uscc] = CellError("uscc", *why)
    return firms, refused


async def _known(keys: set[str]) -> set[str]:
    return {str(one) for one in await Post.filter(import_key__in=list(keys)).values_list("import_key", flat=True)}


async def _read(core: Core, job: PostImport) -> list[tuple[int, list[object]]]:
    data = _open(core, job)
    return await asyncio.to_thread(lambda: list(read_rows(data)))


def _open(core: Core, job: PostImport) -> bytes:
    return base64.b64decode(core.keyring.open(job.file, place(FILE, job.id)))


async def _wake() -> None:
    # Before the job has ever run there is no row to ask; it runs by itself then.
    with contextlib.suppress(NotFoundError):
        await scheduler.ask(JOB)


async def _found(import_id: str) -> PostImport:
    try:
        row = await PostImport.get_or_none(id=UUID(import_id))
    except ValueError:
        row = None
    if row is None:
        raise NotFoundError(f"there is no import {import_id!r}")
    return row


async def _locked(import_id: str) -> PostImport:
    row = await PostImport.select_for_update().get_or_none(id=(await _found(import_id)).id)
    if row is None:
        raise NotFoundError(f"there is no import {import_id!r}")
    return row


_WORDS: Final[Mapping[str, str]] = {"good": "合格", "bad": "不合格", "known": "已有，跳过", "in": "已导入"}


def _document(row: PostImport) -> dict[str, Any]:
    counts = {name: getattr(row, name) for name in ("total", "done", "good", "bad", "known", "imported")}
    return {
        "id": str(row.id),
        "state": row.state,
        "name": row.name,
        "mode": row.mode,
        "publish": row.publish,
        **counts,
        "problem": row.problem,
        "by": row.by,
        "created_at": format_time(row.created_at),
        "ended_at": format_time(row.ended_at) if row.ended_at else None,
    }
