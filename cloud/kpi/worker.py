"""Judges every day once it is over, and again when its facts change, however late they come."""

import asyncio
import logging
from datetime import date, datetime, timedelta
from typing import Final

from cloud.fleet import service as fleet
from cloud.kpi.models import OpeningDue, OpeningVerdict
from cloud.kpi.times import mark_due
from cloud.kpi.verdicts import opening
from cloud.platform.core import Core
from cloud.platform.database import FAILURES, transaction
from cloud.platform.errors import CloudError
from protocols.rules.errors import MissingTable
from protocols.rules.opening import RULE_VERSION, SHANGHAI, day_start

#: Hub topic: {"station", "day", "verdict"}, whenever a day was judged again.
OPENING_TOPIC: Final = "opening"
#: Days judged per round, and the pause between rounds.
BATCH: Final = 100
POLL_S: Final = 1.0
#: Days looked back for a missing verdict: the core may have been down over a long weekend.
CLOSED_DAYS: Final = 7
RETRY_S: Final = 5.0

_RETRIED: Final[tuple[type[Exception], ...]] = (CloudError, *FAILURES)

_LOG = logging.getLogger(__name__)


async def keep_verdicts(core: Core) -> None:
    """Judge what is due, for ever; a database that fails is tried again and logged once."""
    failing = False
    closed: date | None = None
    while True:
        try:
            today = core.now().astimezone(SHANGHAI).date()
            if closed != today:
                await close_days(core.now())
                closed = today
            judged = await judge_due(core)
        except _RETRIED as error:
            _LOG.log(logging.DEBUG if failing else logging.ERROR, "opening verdicts cannot be kept: %r", error)
            failing = True
            await asyncio.sleep(RETRY_S)
            continue
        if failing:
            _LOG.info("opening verdicts are kept again")
            failing = False
        if judged < BATCH:
            await asyncio.sleep(POLL_S)


async def close_days(now: datetime) -> None:
    """Have the days that are over and have no verdict judged: a station that said nothing gets one too."""
    today = now.astimezone(SHANGHAI).date()
    days = [today - timedelta(days=ago) for ago in range(1, CLOSED_DAYS + 1)]
    rows = OpeningVerdict.filter(day__in=days, rule_version=RULE_VERSION)
    judged = {(row.station, row.day) async for row in rows.only("station", "day")}
    for station in await fleet.list_stations():
        for day in days:
            if (station.id, day) not in judged:
                await mark_due([(station.id, day_start(day), day_start(day))], now)


async def judge_due(core: Core) -> int:
    """Judge the days that are due, at most BATCH; returns how many were."""
    due = await OpeningDue.all().order_by("since", "id").limit(BATCH)
    for row in due:
        await _judge(core, row)
    return len(due)


async def _judge(core: Core, due: OpeningDue) -> None:
    try:
        async with transaction():
            # Taken away first: facts that arrive from here on make a new row and a new round.
            await OpeningDue.filter(station=due.station, day=due.day).delete()
            found = await opening(due.station, due.day, core.now())
    except MissingTable as error:
        _LOG.warning("%s on %s is not judged: %s", due.station, due.day, error)
        await OpeningDue.filter(id=due.id).delete()
        return
    core.hub.publish(
        OPENING_TOPIC,
        {"station": due.station, "day": due.day.isoformat(), "verdict": found.result["verdict"]},
    )
