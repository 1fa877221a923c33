"""QR codes that lead to registration: made per place, counted per day, so that a station sees what its sign brings."""

import secrets
import string
from datetime import date, datetime, timedelta
from typing import Any, Final

from tortoise.expressions import F
from tortoise.functions import Sum

from cloud.identity import audit
from cloud.people.registration.drafts import SourceBody
from cloud.people.registration.models import Profile, RegistrationScan, RegistrationSource
from cloud.platform.core import Core
from cloud.platform.database import lock_names
from cloud.platform.errors import ConflictError, NotFoundError
from cloud.platform.times import MARKET_TIME, market_day
from protocols.venue.timestamps import format_time

MAX_SOURCES: Final = 500
#: Letters and digits that nobody takes for each other.
_ALPHABET: Final = sorted({*string.digits, *string.ascii_lowercase} - {*"01ilo"})
_LENGTH: Final = 8


async def make_source(core: Core, body: SourceBody, by: str) -> dict[str, Any]:
    """Return a new code."""
    async with core.outbox.transaction():
        if await RegistrationSource.all().count() >= MAX_SOURCES:
            raise ConflictError(f"最多 {MAX_SOURCES} 个登记码", "too-many")
        code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
        row = await RegistrationSource.create(
            id=code, station=body.station, label=body.label, made_by=by, made_at=core.now()
        )
        await audit.record(core, by, "source.make", f"source:{code}", details={"station": body.station})
    return _document(row, 0, 0)


async def end_source(core: Core, code: str, by: str) -> None:
    """Take a code out of use; who scans it still gets to registration, without a source."""
    async with core.outbox.transaction():
        if not await RegistrationSource.filter(id=code, ended_at=None).update(ended_at=core.now()):
            raise NotFoundError("there is no such code in use")
        await audit.record(core, by, "source.end", f"source:{code}")


async def find_source(code: str) -> RegistrationSource | None:
    """Return a code in use."""
    return await RegistrationSource.get_or_none(id=code, ended_at=None)


async def note_scan(core: Core, code: str) -> RegistrationSource | None:
    """Count a scan and return its code; nothing of an unknown one."""
    row = await find_source(code)
    if row is None:
        return None
    day = market_day(core.now())
    async with core.outbox.transaction():
        await lock_names([f"scan:{code}"])
        counted = await RegistrationScan.filter(code_id=code, day=day).update(scans=F("scans") + 1)
        if not counted:
            await RegistrationScan.create(code_id=code, day=day, scans=1)
    return row


async def list_sources(start: date, end: date) -> list[dict[str, Any]]:
    """Return every code with its scans and registrations from `start` to `end`, both days among them."""
    first, last = bounds(start, end)
    scans = await RegistrationScan.filter(day__gte=start, day__lte=end).group_by("code_id").annotate(
        total=Sum("scans")
    ).values("code_id", "total")  # fmt: skip
    scanned = {row["code_id"]: int(row["total"]) for row in scans}
    registered: dict[str, int] = {}
    for row in (
        await Profile.filter(registered_at__gte=first, registered_at__lt=last).exclude(source="").values("source")
    ):
        registered[row["source"]] = registered.get(row["source"], 0) + 1
    rows = await RegistrationSource.all().order_by("-made_at").limit(MAX_SOURCES)
    return [_document(row, scanned.get(row.id, 0), registered.get(row.id, 0)) for row in rows]


def bounds(start: date, end: date) -> tuple[datetime, datetime]:
    """Return the moments between which a period of market days lies, the second not among them."""
    first = datetime.combine(start, datetime.min.time(), MARKET_TIME)
    return first, datetime.combine(end + timedelta(days=1), datetime.min.time(), MARKET_TIME)


def _document(row: RegistrationSource, scans: int, registrations: int) -> dict[str, Any]:
    return {
        "code": row.id,
        "label": row.label,
        "station": row.station,
        "made_by": row.made_by,
        "made_at": format_time(row.made_at),
        "ended_at": format_time(row.ended_at) if row.ended_at else None,
        "scans": scans,
        "registrations": registrations,
    }
