"""REST of the opening hours."""

from datetime import date

from aiohttp import web

from cloud.fleet import service as fleet
from cloud.kpi.document import read_day
from cloud.kpi.errors import InputError
from cloud.kpi.service import opening
from cloud.kpi.shapes import OpeningShown
from cloud.platform.errors import InvalidInputError
from cloud.platform.http import answer
from cloud.platform.keys import CORE
from cloud.platform.problems import ProblemError
from protocols.rules.errors import MissingTable


async def get_opening(request: web.Request) -> web.Response:
    """GET /api/v1/kpi/opening/{station}/{day}: the verdict of a day as it stands now."""
    station, day = request.match_info["station"], _day(request.match_info["day"])
    await fleet.require_station(station)
    try:
        found = await opening(station, day, request.app[CORE].now())
    except MissingTable as error:
        raise ProblemError(422, "calendar-missing", str(error), members={"year": error.year}) from error
    return answer(OpeningShown.model_validate(found.to_object()))


def _day(text: str) -> date:
    try:
        return read_day(text, "day")
    except InputError as error:
        raise InvalidInputError(str(error), {"day": error.text}) from error
