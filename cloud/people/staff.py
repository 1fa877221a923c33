"""What handlers of the staff have in common: who writes from where, and which period is meant."""

from datetime import date

from aiohttp import web

from cloud.fleet import service as fleet
from cloud.identity.principals import Principal
from cloud.people.registration.origin import Origin
from cloud.people.registration.shapes import PeriodQuery
from cloud.platform.core import Core
from cloud.platform.errors import InvalidInputError
from cloud.platform.keys import PRINCIPAL
from cloud.platform.times import market_day


async def station_of(principal: Principal, asked: str = "") -> str:
    """Return the station that somebody of the staff works at: the one he names, else his only one, else none."""
    if not asked:
        return next(iter(principal.stations)) if principal.stations and len(principal.stations) == 1 else ""
    if not principal.allows(asked) or asked not in await fleet.station_names([asked]):
        raise InvalidInputError("没有这个驿站", {"station": "没有这个驿站"})
    return asked


def origin_of_staff(request: web.Request) -> Origin:
    """Return who of the staff writes into a record."""
    principal = request[PRINCIPAL]
    only = next(iter(principal.stations)) if principal.stations and len(principal.stations) == 1 else ""
    return Origin(principal.label, "counter", only)


def period_of(core: Core, query: PeriodQuery) -> tuple[date, date]:
    """Return the period of a query: the calendar year of its last day unless it says when it begins."""
    until = query.until or market_day(core.now())
    since = query.since or date(until.year, 1, 1)
    if since > until:
        raise InvalidInputError("开始日期晚于结束日期", {"since": "开始日期晚于结束日期"})
    return since, until
