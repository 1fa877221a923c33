"""Rows of the ledger of opening hours: the newest verdict of every day and station, from what the devices showed."""

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, Final

from cloud.kpi.models import OpeningVerdict
from cloud.platform.core import Core
from cloud.platform.paging import each
from cloud.platform.times import market_day
from protocols.rules.opening import RULE_VERSION

_STATES: Final = ("open", "closed", "unknown", "excused")


async def opening_rows(core: Core, start: datetime, end: datetime) -> AsyncIterator[dict[str, Any]]:
    """Yield the verdicts of the days of a time, in the order in which those days were first judged.

    A day that was judged again stands where its newest verdict does.
    """
    del core
    first, last = market_day(start), market_day(end - timedelta(microseconds=1))
    found = OpeningVerdict.filter(day__gte=first, day__lte=last, rule_version=RULE_VERSION)
    newest = {
        (row["station"], row["day"]): row["id"] for row in await found.order_by("id").values("id", "station", "day")
    }
    async for row in each(found):
        if newest[row.station, row.day] == row.id:
            result: dict[str, Any] = json.loads(row.result)
            yield {
                "day": row.day,
                "station": row.station,
                "required": result["required"],
                **{state: result[state] for state in _STATES},
                "verdict": result["verdict"],
                "computed_at": row.computed_at,
                "input_sha256": row.input_sha256,
            }
