"""岗位计数: how many posts of a period count, each with why not, as a page and as a file; the word on a likeness."""

from contextlib import suppress
from datetime import date
from typing import Final

from aiohttp import web

from cloud.jobs.counting import count_vacancies, count_workbook, newest_counted
from cloud.jobs.duplicates import say_vacancy
from cloud.jobs.vacancy_api import file_answer
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.web.formats import local
from cloud.web.shell import STRINGS, page

#: Posts that the page shows; the file has all of them.
MAX_SHOWN: Final = 200


async def count_page(request: web.Request) -> web.Response:
    """GET /posts/count?from=&to=: without days the year so far."""
    today = local(request.app[CORE].now()).date()
    message, status = "", 200
    try:
        start, end = _period(request, today)
        count = await count_vacancies(start, end)
    except InvalidInputError:
        message, status = request.app[STRINGS]("count.wrong"), 422
        start, end = today.replace(month=1, day=1), today
        count = await count_vacancies(start, end)
    rows = await newest_counted(start, end, MAX_SHOWN)
    return page(request, "jobs/count.html", "posts", status, count=count, rows=rows, message=message, message_bad=True)


async def count_file(request: web.Request) -> web.Response:
    """GET /posts/count.xlsx?from=&to=: the whole list."""
    start, end = _period(request, local(request.app[CORE].now()).date())
    return file_answer(await count_workbook(request.app[CORE], start, end), start, end)


async def say(request: web.Request) -> web.Response:
    """POST /posts/{id}/vacancy: a person says whether a post is the vacancy of an earlier one."""
    form, post_id = await request.post(), request.match_info["id"]
    note, said = str(form.get("note", "")).strip()[:500], str(form.get("said", ""))
    if said not in {"same", "other"}:
        raise InvalidInputError("said: same or other", {"said": "same, other"})
    with suppress(ConflictError):  # somebody has said the same meanwhile: the page shows it
        await say_vacancy(request.app[CORE], post_id, same=said == "same", by=request[PRINCIPAL].label, note=note)
    return web.Response(status=303, headers={"Location": f"/posts/{post_id}"})


def _period(request: web.Request, today: date) -> tuple[date, date]:
    try:
        start = date.fromisoformat(request.query.get("from") or str(today.replace(month=1, day=1)))
        end = date.fromisoformat(request.query.get("to") or str(today))
    except ValueError as error:
        raise InvalidInputError("from, to: days such as 2026-03-02", {"from": "2026-03-02"}) from error
    return start, end
