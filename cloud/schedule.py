"""Every regular job of the core: what it is called, when it runs, what it does."""

import logging
from collections.abc import Mapping
from datetime import time, timedelta
from typing import Final

from cloud.employers import service as employers
from cloud.fairs import service as fairs
from cloud.fleet.repair_watch import watch_repairs
from cloud.identity import auditlog, public
from cloud.identity import service as identity
from cloud.jobs import service as jobs
from cloud.people import service as people
from cloud.platform import idempotency, outbox
from cloud.platform.core import Core
from cloud.platform.rotation import erase_retired, seal_plain
from cloud.platform.scheduler import Job
from cloud.policies import service as policies
from cloud.retention import delete_expired
from cloud.service import queue
from cloud.service import service as desk
from cloud.service.campaigns import close_past
from cloud.service.talks import watch_threads

HOURLY: Final = timedelta(hours=1)
MINUTELY: Final = timedelta(minutes=1)
QUARTER: Final = timedelta(minutes=15)
NIGHT: Final = time(3, 40)

_LOG = logging.getLogger(__name__)


async def _forget_events(core: Core) -> str:
    return f"删除 {await outbox.forget_read(core.now())} 条"


async def _seal(core: Core) -> str:
    return f"加密 {await seal_plain(core)} 项"


async def _close_surveys(core: Core) -> str:
    return f"结束 {await close_past(core)} 个"


async def _erase_keys(core: Core) -> str:
    return f"销毁 {len(await erase_retired(core))} 个"


async def _look_at_audit(core: Core) -> str:
    """Fail when the chain was tampered with; else what to compare a backup with is in the log and in the job's row."""
    report = await auditlog.verify(core)
    if report.finding is not None:
        raise auditlog.TamperedError(f"audit row {report.finding.number}: {report.finding.what}")
    text = f"{report.rows} 行完整，{report.number}:{report.hash}"
    _LOG.info("the audit chain is whole: %s", text)
    return text


#: Name -> when and what; the name is shown by `task.name.{name}` of the catalogue; a run's own words are for its page.
JOBS: Final[Mapping[str, Job]] = {
    "domain-events": Job(HOURLY, _forget_events),
    "answered-writes": Job(HOURLY, idempotency.forget_old),
    "plain-fields": Job(HOURLY, _seal),
    "post-validity": Job(QUARTER, jobs.close_expired),
    "post-imports": Job(MINUTELY, jobs.import_posts),
    "post-freshness": Job(HOURLY, employers.ask_posts),
    "firm-checks": Job(HOURLY, employers.check_firms),
    "retention": Job(NIGHT, delete_expired),
    "retired-keys": Job(NIGHT, _erase_keys),
    "audit-chain": Job(NIGHT, _look_at_audit),
    "sessions": Job(HOURLY, identity.forget_ended_sessions),
    "public-sessions": Job(HOURLY, public.forget_ended),
    "codes": Job(HOURLY, public.forget_old_codes),
    "erasures": Job(HOURLY, people.retry_followers),
    "faces": Job(HOURLY, people.keep_up_faces),
    "placement-follow-ups": Job(NIGHT, people.make_follow_ups),
    "queue-days": Job(HOURLY, queue.end_days),
    "fair-watch": Job(HOURLY, fairs.watch),
    "repairs": Job(MINUTELY, watch_repairs),
    "tickets": Job(MINUTELY, desk.watch_tickets),
    "threads": Job(MINUTELY, watch_threads),
    "surveys": Job(NIGHT, _close_surveys),
    "policies": Job(HOURLY, policies.end_expired),
}
