"""Occupations for people who type: what a title suggests, and the search of the editor's field."""

from typing import Annotated, Final

from aiohttp import web
from pydantic import Field, StringConstraints

from cloud.jobs import service
from cloud.platform.http import answer
from cloud.platform.shapes import DIGITS, Asked, Page, Shape, query_of
from cloud.web.shell import page

MAX_TITLE_CHARS: Final = 60
#: Suggestions under a title, and found names in a search.
SUGGESTED: Final = 3
FOUND: Final = 20
MAX_ASKED: Final = 20
#: A suggestion less sure than this is a guess, which would only be in the way of who is typing.
_SURE: Final = 0.05


class TitleQuery(Asked):
    """A title or a wish in people's own words."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
    limit: Annotated[int, Field(ge=1, le=MAX_ASKED), DIGITS] = 5


class OccupationShown(Shape):
    """An occupation that a title may mean; `score` (0-1) says how sure, `reasons` why, in Chinese."""

    code: str
    name: str
    score: float
    reasons: list[str]


async def suggest(request: web.Request) -> web.Response:
    """GET /api/v1/occupations?title=&limit=: what a title may mean, the likeliest first."""
    query = query_of(request, TitleQuery)
    items = [
        OccupationShown(code=one.code, name=one.name, score=round(one.score, 4), reasons=list(one.reasons))
        for one in service.code_title(query.title, query.limit)
    ]
    return answer(Page[OccupationShown](items=items, next=None))


async def picker(request: web.Request) -> web.Response:
    """GET /posts/occupations?occupation_search= or ?title=: codes for the editor's field."""
    title = request.query.get("title", "").strip()[:MAX_TITLE_CHARS]
    if title:
        found = [one for one in service.code_title(title, SUGGESTED) if one.score >= _SURE]
        return page(request, "jobs/_suggestions.html", found=found)
    text = request.query.get("occupation_search", "").strip()[:MAX_TITLE_CHARS]
    return page(request, "jobs/_occupations.html", found=search(text) if text else [])


def search(text: str) -> list[tuple[str, str]]:
    """Return (code, name) of what is named so; of what people call so when no profession has the words in its name."""
    named = service.search_occupations(text, FOUND)
    return named or [(one.code, one.name) for one in service.code_title(text, SUGGESTED)]
