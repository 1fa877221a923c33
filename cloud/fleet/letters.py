"""Dead letters over REST and on their page."""

from aiohttp import web

from cloud.fleet import service
from cloud.fleet.shapes import LetterOutcome, LetterShown, LettersQuery
from cloud.identity.guard import require_visible
from cloud.ingest import deadletters
from cloud.platform.errors import NotFoundError
from cloud.platform.http import answer
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.shapes import Page, query_of
from cloud.web.shell import STRINGS, page
from cloud.web.views.control import LetterRow

#: Letters on the page; the newest say what is wrong.
SHOWN = 100
MAX_DIGITS = 18


async def list_letters(request: web.Request) -> web.Response:
    """GET /api/v1/deadletters: what could not be stored, newest first."""
    query = query_of(request, LettersQuery)
    chosen = deadletters.Chosen(query.station, query.reason, request[PRINCIPAL].stations)
    rows, following = await deadletters.page_of_letters(chosen, query.cursor, query.limit)
    items = [LetterShown.model_validate(deadletters.letter_document(row)) for row in rows]
    return answer(Page[LetterShown](items=items, next=following))


async def retry_letter(request: web.Request) -> web.Response:
    """POST /api/v1/deadletters/{id}/retry: judge a letter again after a fix."""
    outcome = await deadletters.retry(request.app[CORE], await _letter(request))
    return answer(LetterOutcome.model_validate(outcome.to_object()))


async def letters_page(request: web.Request) -> web.Response:
    """GET /deadletters."""
    return await _page(request)


async def retry_form(request: web.Request) -> web.Response:
    """POST /deadletters/{id}/retry."""
    outcome = await deadletters.retry(request.app[CORE], await _letter(request))
    t = request.app[STRINGS]
    words = t(f"letter.result.{outcome.result}", count=outcome.events, why=outcome.why)
    return await _page(request, words, bad=outcome.result != "stored")


async def _page(request: web.Request, message: str = "", *, bad: bool = False) -> web.Response:
    names = {one.id: one.name for one in await service.list_stations()}
    rows = [
        LetterRow(
            id=row.id,
            station=row.station,
            name=names.get(row.station, row.station),
            reason=row.reason,
            why=row.why,
            where=f"{row.stream} {row.from_seq}–{row.to_seq}" if row.stream else row.topic,
            preview=deadletters.preview(row),
            times=row.times,
            last_at=row.last_at,
        )
        for row in await deadletters.list_letters(limit=SHOWN, among=request[PRINCIPAL].stations)
    ]
    return page(request, "fleet/letters.html", "venues", rows=rows, message=message, message_bad=bad)


async def _letter(request: web.Request) -> int:
    """Return the number of the letter in the path, if the caller may see its station."""
    number = _number(request)
    require_visible(request, await deadletters.station_of(number), f"dead letter {number}")
    return number


def _number(request: web.Request) -> int:
    text = request.match_info["id"]
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise NotFoundError(f"there is no dead letter {text!r}")
    return int(text)
