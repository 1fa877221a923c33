"""What happens to firms and their posts by the day: reminders, checks that are due, lapses, posts to be confirmed.

Every step is done once and may be done late: a job that did not run for a week makes up for it.
"""

from datetime import date, timedelta

from cloud.employers.bans import end_bans
from cloud.employers.cases import adopt_all, move_round
from cloud.employers.lookup import recheck_on
from cloud.employers.models import FirmCase
from cloud.employers.telling import tell_firm
from cloud.jobs import service as jobs
from cloud.platform.core import Core
from cloud.platform.database import lock_names
from cloud.platform.times import market_day

#: Firms and posts of one run; the next one goes on.
MAX_EACH = 2_000
#: Firms of one transaction: who asks for a page waits while it lasts.
ADOPTED_AT_ONCE = 50
SYSTEM = "system"


async def check_firms(core: Core) -> str:
    """Remind, let rounds become due and lapse, end bans; the job `firm-checks`."""
    adopted = await _adopt(core)
    due = await _fall_due(core)
    lapsed = await _lapse(core)
    reminded = await _remind(core)
    ended = await end_bans(core)
    return f"提醒 {reminded}，到期 {due}，失效 {lapsed}，黑名单期满 {ended}，补登期限 {adopted}"


async def ask_posts(core: Core) -> str:
    """Ask firms whether they still seek, and take down what nobody confirmed; the job `post-freshness`."""
    await jobs.adopt_posts(core)
    asked, closed = 0, 0
    for post in await jobs.unconfirmed_posts(core, MAX_EACH):
        async with core.outbox.transaction():
            if not await jobs.mark_asked(core, post["id"]):
                continue
            values = {"post": post["title"][:100], "until": post["until"]}
            await tell_firm(core, post["firm"], "post-confirm", values, f"post-confirm:{post['id']}:{post['until']}")
            asked += 1
    for post_id in await jobs.unanswered_posts(core, MAX_EACH):
        closed += await jobs.close_if_open(core, post_id, by=SYSTEM, note="到期未确认是否仍在招聘")
    return f"询问 {asked}，下架 {closed}"


async def _adopt(core: Core) -> int:
    """Give firms that were verified before rounds were kept a day for their next check."""
    count, firms = 0, await jobs.undated_firms(MAX_EACH)
    for start in range(0, len(firms), ADOPTED_AT_ONCE):
        part = firms[start : start + ADOPTED_AT_ONCE]
        async with core.outbox.transaction():
            await lock_names(f"firm:{firm}" for firm in part)
            count += await adopt_all(core, part)
    return count


async def _fall_due(core: Core) -> int:
    today, count = market_day(core.now()), 0
    for row in await FirmCase.filter(state="verified", check_due__lt=today).limit(MAX_EACH):
        async with core.outbox.transaction():
            if not await _still(row, "verified"):
                continue
            await move_round(core, row, "due", by=SYSTEM)
            last = _due(row) + timedelta(days=recheck_on(today).grace_days)
            await tell_firm(core, row.firm, "firm-due", {"until": last.isoformat()}, f"firm-due:{row.id}")
            count += 1
    return count


async def _lapse(core: Core) -> int:
    today, count = market_day(core.now()), 0
    last = today - timedelta(days=recheck_on(today).grace_days)
    for row in await FirmCase.filter(state="due", check_due__lt=last).limit(MAX_EACH):
        async with core.outbox.transaction():
            if await _still(row, "due"):
                await move_round(core, row, "lapsed", by=SYSTEM, ended_at=core.now())
                await tell_firm(core, row.firm, "firm-lapsed", {}, f"firm-lapsed:{row.id}")
                count += 1
    return count


async def _remind(core: Core) -> int:
    """Remind each firm once for every step of the table that it has passed; of several passed at once only the last."""
    today, count = market_day(core.now()), 0
    steps = sorted(recheck_on(today).remind_days)
    soon = today + timedelta(days=max(steps, default=0))
    for row in await FirmCase.filter(state="verified", check_due__gte=today, check_due__lte=soon).limit(MAX_EACH):
        due = _due(row)
        left = (due - today).days
        step = next(step for step in steps if left <= step)
        async with core.outbox.transaction():
            values = {"until": due.isoformat()}
            count += bool(await tell_firm(core, row.firm, "firm-reminder", values, f"firm-reminder:{row.id}:{step}"))
    return count


def _due(row: FirmCase) -> date:
    if row.check_due is None:
        raise TypeError("a verified round has a day for the next check")
    return row.check_due


async def _still(row: FirmCase, state: str) -> bool:
    """Return whether a round is where it was when the list was read; nobody moves it meanwhile."""
    await lock_names([f"firm:{row.firm}"])
    await row.refresh_from_db(fields=["state"])
    return row.state == state
