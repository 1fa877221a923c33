"""Looking ahead: fairs that lack posts some days before, weeks that have no fair; and what was held, for the score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from cloud.fairs.law import Rules, rules_on
from cloud.fairs.models import Fair, FairWarning
from cloud.fairs.plans import fairs_between, move_fair
from cloud.fairs.tally import Tally
from cloud.fairs.weeks import Held, Week, monday_of, warn_day, weeks_of, whole_weeks
from cloud.platform.core import Core
from cloud.platform.database import lock_names, transaction
from cloud.platform.times import day_start, market_day

#: Fairs that were open on their day.
HELD: Final = frozenset({"open", "closed"})
#: Fairs that are still to come.
COMING: Final = frozenset({"draft", "announced"})
_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Short:
    """A fair ahead that lacks posts: `days_before` is the day of the rule it falls under, `told_at` when that came."""

    fair: Fair
    tally: Tally
    missing: int
    days_left: int
    days_before: int
    told_at: datetime


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is ahead: short fairs, and the weeks from this one on with those that have no fair or none with enough."""

    rules: Rules
    short: Sequence[Short]
    weeks: Sequence[Week]

    @property
    def empty_weeks(self) -> list[Week]:
        """Return the weeks without a fair."""
        return [week for week in self.weeks if week.best is None]


async def outlook(core: Core) -> Outlook:
    """Return what is ahead, as it is at this moment."""
    today = market_day(core.now())
    rules = rules_on(today)
    monday = monday_of(today)
    last = max(monday + rules.weeks_ahead * _WEEK - timedelta(days=1), today + timedelta(days=max(rules.warn_days)))
    fairs = await fairs_between(monday, last)
    told = await _told([fair.id for fair, _ in fairs])
    short = [one for fair, tally in fairs if (one := _short(fair, tally, rules, today, told))]
    alive = [Held(market_day(fair.starts_at), tally.posts) for fair, tally in fairs if fair.state in HELD | COMING]
    mondays = [monday + n * _WEEK for n in range(rules.weeks_ahead)]
    return Outlook(rules, short, weeks_of(mondays, alive))


async def watch(core: Core) -> str:
    """Write a warning for each fair that lacks posts on a day of the rule, and close what was left open (a job)."""
    ahead, wrote = await outlook(core), 0
    for one in ahead.short:
        wrote += await _warn(core, one)
    closed = await _close_forgotten(core)
    if wrote or closed:
        core.hub.publish("fair-watch", {})
    weeks = "、".join(week.name for week in ahead.empty_weeks) or "无"
    return f"新提醒 {wrote} 条，岗位不足 {len(ahead.short)} 场，没有招聘会的周：{weeks}，自动结束 {closed} 场"


async def warnings_of(fair: Fair) -> list[FairWarning]:
    """Return what was warned of before a fair, oldest first."""
    return await FairWarning.filter(fair_id=fair.id).order_by("id")


@dataclass(frozen=True, slots=True)
class PeriodFairs:
    """Fairs held in a period, and its whole Monday-Sunday weeks without one or without one that has enough posts."""

    fairs: Sequence[Held]
    without: Sequence[str]
    too_few: Sequence[str]

    def to_object(self) -> list[dict[str, object]]:
        """Return the member `fairs` of the facts that the score is made of (domain, §5)."""
        return [{"date": fair.date.isoformat(), "posts": fair.posts} for fair in self.fairs]


async def fairs_of_period(first: date, last: date) -> PeriodFairs:
    """Return what the score asks of fairs (C1.1); both days belong to the period."""
    held = [
        Held(market_day(fair.starts_at), tally.posts)
        for fair, tally in await fairs_between(first, last)
        if fair.state in HELD
    ]
    weeks = weeks_of(whole_weeks(first, last), held)
    enough = {week.monday: rules_on(week.monday).posts_per_fair for week in weeks}
    return PeriodFairs(
        fairs=held,
        without=[week.name for week in weeks if week.best is None],
        too_few=[week.name for week in weeks if week.best is not None and week.best < enough[week.monday]],
    )


def _short(
    fair: Fair, tally: Tally, rules: Rules, today: date, told: Mapping[tuple[UUID, date, int], datetime]
) -> Short | None:
    day = market_day(fair.starts_at)
    days_left = (day - today).days
    under = warn_day(days_left, rules.warn_days)
    missing = rules.posts_per_fair - tally.posts
    if fair.state not in COMING or under is None or missing <= 0:
        return None
    since = day_start(day - timedelta(days=under))
    told_at = told.get((fair.id, day, under), since)
    return Short(fair, tally, missing, days_left, under, told_at)


async def _told(fairs: Sequence[UUID]) -> dict[tuple[UUID, date, int], datetime]:
    rows = await FairWarning.filter(fair_id__in=fairs) if fairs else ()
    return {(UUID(str(row.fair_id)), row.day, row.days_before): row.at for row in rows}


async def _warn(core: Core, one: Short) -> bool:
    """Write a warning unless there is one of the same day; return whether it is new."""
    day = market_day(one.fair.starts_at)
    async with transaction():
        await lock_names([f"fair-warning {one.fair.id}"])
        key: dict[str, Any] = {"fair_id": one.fair.id, "day": day, "days_before": one.days_before}
        if await FairWarning.filter(**key).exists():
            return False
        await FairWarning.create(**key, posts=one.tally.posts, missing=one.missing, at=core.now())
    return True


async def _close_forgotten(core: Core) -> int:
    """Close the fairs of days before today that nobody closed."""
    midnight = day_start(market_day(core.now()))
    left = await Fair.filter(state="open", ends_at__lt=midnight)
    for fair in left:
        await move_fair(core, str(fair.id), "closed", by="system", reason="次日自动结束")
    return len(left)
