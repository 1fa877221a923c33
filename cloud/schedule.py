"""Every regular job of the core: what it is called, when it runs, what it does."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from cloud.identity import public
from cloud.identity import service as identity
from cloud.people import service as people
from cloud.platform import idempotency, outbox
from cloud.platform.core import Core
from cloud.platform.rotation import seal_plain
from cloud.platform.scheduler import Job

HOURLY: Final = timedelta(hours=1)


async def _forget_events(core: Core) -> str:
    return f"{await outbox.forget_read(core.now())} deleted"


async def _seal(core: Core) -> str:
    return f"{await seal_plain(core)} sealed"


#: Name -> when and what; the name is shown by `job.{name}` of the catalogue.
JOBS: Final[Mapping[str, Job]] = {
    "domain-events": Job(HOURLY, _forget_events),
    "answered-writes": Job(HOURLY, idempotency.forget_old),
    "plain-fields": Job(HOURLY, _seal),
    "sessions": Job(HOURLY, identity.forget_ended_sessions),
    "public-sessions": Job(HOURLY, public.forget_ended),
    "codes": Job(HOURLY, public.forget_old_codes),
    "erasures": Job(HOURLY, people.retry_followers),
}
