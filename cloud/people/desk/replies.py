"""What the console's pages of people have in common: reading forms, saying what is wrong."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.problems import ProblemError

#: Renders the page again with what was wrong, and the answer's status.
Again = Callable[[str, int], Awaitable[web.Response]]


async def fields_of(request: web.Request) -> dict[str, str]:
    """Return the texts of a form."""
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


async def many_of(request: web.Request) -> dict[str, list[str]]:
    """Return what was ticked, by the name of the boxes."""
    found: dict[str, list[str]] = {}
    for name, value in (await request.post()).items():
        if isinstance(value, str):
            found.setdefault(name, []).append(value)
    return found


def words_of(error: InvalidInputError) -> str:
    """Return what is wrong without the names of fields, which people do not know."""
    return "；".join(dict.fromkeys(error.fields.values())) or str(error)


async def tried(step: Callable[[], Awaitable[web.Response]], again: Again) -> web.Response:
    """Do a step of a form; what people can put right is said on the page, and nothing of the step is kept."""
    try:
        return await step()
    except InvalidInputError as error:
        return await again(words_of(error), 422)
    except ConflictError as error:
        return await again(str(error), 409)
    except ProblemError as error:
        return await again(error.detail, error.status)
