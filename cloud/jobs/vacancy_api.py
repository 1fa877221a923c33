"""REST of a text's screening, of vacancies that look alike and of the count of a period."""

from dataclasses import asdict
from datetime import date
from typing import Any, Final
from urllib.parse import quote

from aiohttp import hdrs, web

from cloud.jobs.counting import count_vacancies, count_workbook
from cloud.jobs.duplicates import find_vacancy, say_vacancy
from cloud.jobs.gate import rewrite_text, screen_text, verdict_of
from cloud.jobs.standards import post_standard
from cloud.jobs.vacancy_shapes import (
    ExcludedShown,
    PeriodAsked,
    PostCountShown,
    RewriteShown,
    TextAsked,
    VacancySaid,
    VacancyShown,
)
from cloud.platform.http import answer
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.shapes import body_of, query_of
from cloud.platform.times import market_day

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def get_vacancy(request: web.Request) -> web.Response:
    """GET /api/v1/posts/{id}/vacancy: the earlier post that a post looks like."""
    return answer(VacancyShown.model_validate(await find_vacancy(request.match_info["id"])))


async def say(request: web.Request) -> web.Response:
    """POST /api/v1/posts/{id}/vacancy: a person's word whether the two are one vacancy."""
    asked, by = body_of(request, VacancySaid), request[PRINCIPAL].label
    said = await say_vacancy(request.app[CORE], request.match_info["id"], same=asked.same, by=by, note=asked.note)
    return answer(VacancyShown.model_validate(said))


async def get_count(request: web.Request) -> web.Response:
    """GET /api/v1/counts/posts?from=&to=: how many posts of a period count, and why others do not."""
    asked = query_of(request, PeriodAsked)
    count = await count_vacancies(asked.from_, asked.to)
    shown = {"from": str(count.start), "to": str(count.end), "published": count.published, "counted": count.counted}
    return answer(PostCountShown.model_validate(shown | {"excluded": ExcludedShown.model_validate(count.excluded)}))


async def get_count_file(request: web.Request) -> web.Response:
    """GET /api/v1/counts/posts.xlsx?from=&to=: every post of a period, whether it counts and why not."""
    asked = query_of(request, PeriodAsked)
    return file_answer(await count_workbook(request.app[CORE], asked.from_, asked.to), asked.from_, asked.to)


async def screen(request: web.Request) -> web.Response:
    """POST /api/v1/posts/screen: what the gate says of a text, and a text that passes it."""
    text = body_of(request, TextAsked).text
    standard = post_standard(market_day(request.app[CORE].now()))
    findings, rewritten = screen_text(text, standard), rewrite_text(text, standard)
    shown: dict[str, Any] = {"verdict": verdict_of(findings), "findings": [finding.to_object() for finding in findings]}
    shown |= {"rewritten": rewritten.text, "cuts": [asdict(cut) for cut in rewritten.cuts]}
    return answer(RewriteShown.model_validate(shown))


def file_answer(file: bytes, start: date, end: date) -> web.Response:
    """Return the list as a file to be kept."""
    name = quote(f"岗位计数_{start}_{end}.xlsx")
    head = {hdrs.CONTENT_DISPOSITION: f"attachment; filename*=UTF-8''{name}", hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(body=file, content_type=XLSX, headers=head)
