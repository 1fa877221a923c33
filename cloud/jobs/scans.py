"""扫码就业: where a QR stood is kept as `qr:<kind>:<id>`, and opened pages are counted by it, without a word of who.

A printed address carries `?s=<kind>:<id>`. Whoever goes on from there to register or to apply brings the same text
along in a cookie (`source_in`), for the package that keeps the registration.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from aiohttp import web
from tortoise.expressions import F

from cloud.jobs.models import ScanCount
from cloud.platform.core import Core
from cloud.platform.database import lock_names, transaction
from cloud.platform.times import market_day

#: What a QR may stand on.
KINDS: Final = ("station", "wall", "flyer", "fair", "share")
COOKIE: Final = "yz_source"
#: A registration that follows a scan comes within a day.
COOKIE_S: Final = 24 * 3600
#: Different places that are counted on one day; what goes beyond them is made up by somebody.
MAX_PLACES: Final = 5_000
_SOURCE: Final = re.compile(rf"({'|'.join(KINDS)}):([A-Za-z0-9._-]{{1,40}})", re.ASCII)


def parse_source(text: str) -> tuple[str, str] | None:
    """Return (kind, id) of `wall:market`, None of anything else."""
    found = _SOURCE.fullmatch(text)
    return (found[1], found[2]) if found else None


def source_in(cookies: Mapping[str, str]) -> str:
    """Return `qr:<kind>:<id>` of whoever came by a QR within a day, else nothing."""
    found = parse_source(cookies.get(COOKIE, "").removeprefix("qr:"))
    return f"qr:{found[0]}:{found[1]}" if found else ""


def is_scanned(source: str) -> bool:
    """Return whether a kept source is a QR's `qr:<kind>:<id>`."""
    return source.startswith("qr:") and parse_source(source.removeprefix("qr:")) is not None


async def count_scan(core: Core, text: str, post: str | None) -> bool:
    """Count that a page was opened by a QR; False when the text names no place."""
    found = parse_source(text)
    if found is None:
        return False
    day = market_day(core.now())
    where: dict[str, Any] = {"day": day, "kind": found[0], "place": found[1], "post": UUID(post) if post else None}
    async with transaction():
        if await ScanCount.filter(**where).update(count=F("count") + 1):
            return True
        await lock_names([f"scans {day}"])
        if await ScanCount.filter(day=day).count() >= MAX_PLACES:
            return False
        if not await ScanCount.filter(**where).update(count=F("count") + 1):
            await ScanCount.create(**where, count=1)
    return True


async def scans_of(start: date, end: date, post: str | None = None) -> list[dict[str, Any]]:
    """Return what was counted in [start, end], by kind and place, the most first."""
    found = ScanCount.filter(day__gte=start, day__lte=end)
    if post:
        found = found.filter(post=UUID(post))
    sums: dict[tuple[str, str], int] = {}
    for row in await found:
        sums[row.kind, row.place] = sums.get((row.kind, row.place), 0) + row.count
    order = sorted(sums.items(), key=lambda one: (-one[1], one[0]))
    return [{"kind": kind, "place": place, "count": count} for (kind, place), count in order]


def keep_source(response: web.StreamResponse, text: str, *, secure: bool) -> None:
    """Give the browser the source to bring along."""
    if parse_source(text):
        response.set_cookie(
            COOKIE, f"qr:{text}", max_age=COOKIE_S, httponly=True, samesite="Lax", secure=secure, path="/"
        )
