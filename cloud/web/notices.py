"""The bell: what happened that a person of the staff should know, gathered from the domains, read up to a mark.

Notices are not stored a second time: each is a row of its domain that is still open, so that what is settled is gone.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aiohttp import web

from cloud.fairs import service as fairs
from cloud.fleet import service as fleet
from cloud.identity import service as identity
from cloud.identity.roles import Permission
from cloud.identity.service import Principal
from cloud.jobs import service as jobs
from cloud.legal import service as legal
from cloud.platform.core import Core
from cloud.platform.database import lock_names, transaction
from cloud.platform.errors import InvalidInputError
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.notify import service as notify
from cloud.platform.times import day_start, market_day
from cloud.policies import service as policies
from cloud.web.models import ReadMark
from cloud.web.shell import STRINGS, page
from cloud.web.views.notices import Notice
from firmware_profiles.ui.catalogue import Catalogue
from protocols.venue.rfc3339 import parse_time

#: Of each source; older ones wait until these are settled.
MAX_EACH: Final = 100

Gather = Callable[[Core, Principal, Catalogue], Awaitable[list[Notice]]]


@dataclass(frozen=True, slots=True)
class Source:
    """Where notices come from, and who is told."""

    permission: Permission
    gather: Gather


async def _alarms(core: Core, principal: Principal, t: Catalogue) -> list[Notice]:
    del core
    names = await _names(principal)
    return [
        Notice("alert-triangle", row.last_at, t(f"alarm.kind.{row.kind}"), names.get(row.station, row.station),
               f"/venues/{row.station}" if row.station else "/people/faces", urgent=True)
        for row in (await fleet.open_alarms(principal.stations))[:MAX_EACH]
    ]  # fmt: skip


async def _commands(core: Core, principal: Principal, t: Catalogue) -> list[Notice]:
    del core
    names = await _names(principal)
    rows = await fleet.undecided_commands(among=principal.stations)
    return [
        Notice("help-circle", row.ended_at or row.created_at, t("notice.head.command", name=row.name),
               f"{names.get(row.station, row.station)} · {row.slot}", f"/venues/{row.station}", urgent=True)
        for row in rows[:MAX_EACH]
    ]  # fmt: skip


async def _posts(core: Core, principal: Principal, t: Catalogue) -> list[Notice]:
    del core, principal
    found = await jobs.list_posts(state="in_review", limit=MAX_EACH)
    return [
        Notice("eye", parse_time(post["created_at"]), t("notice.head.post", name=post["title"]), post["firm_name"],
               f"/posts/{post['id']}")
        for post in found.items
    ]  # fmt: skip


async def _firms(core: Core, principal: Principal, t: Catalogue) -> list[Notice]:
    del core, principal
    rows, _ = await jobs.list_firms(standing="submitted", limit=MAX_EACH)
    return [
        Notice("shield-check", parse_time(row["created_at"]), t("notice.head.firm", name=row["name"]), row["uscc"],
               f"/firms/{row['id']}")
        for row in rows
    ]  # fmt: skip


async def _assessments(core: Core, principal: Principal, t: Catalogue) -> list[Notice]:
    del core, principal
    return [
        Notice("file-certificate", row.made_at, t("notice.head.assessment", name=t(f"paper.kind.{row.kind}")),
               t("paper.number", number=row.number), f"/system/legal/papers/{row.id}", urgent=True)
        for row in await legal.waiting_assessments()
    ]  # fmt: skip


async def _approvals(core: Core, principal: Principal, t: Catalogue) -> list[Notice]:
    del core
    return [
        Notice("user-check", row.asked_at, t("notice.head.approval", kind=t(f"approval.kind.{row.kind}")),
               f"{row.title} · {row.asked_by.removeprefix('staff:')}", "/system/approvals", urgent=True)
        for row in (await identity.waiting_for(principal))[:MAX_EACH]
    ]  # fmt: skip


async def _fairs(core: Core, principal: Principal, t: Catalogue) -> list[Notice]:
    """Fairs ahead that lack posts, and weeks that have no fair: told since the week before began."""
    ahead = await fairs.outlook(core)
    short = [
        Notice("speakerphone", one.told_at, t("notice.head.fair", name=one.fair.title),
               t("fair.short" if one.days_left else "fair.short_today", days=one.days_left, posts=one.tally.posts,
                 missing=one.missing),
               f"/fairs/{one.fair.id}", urgent=True)
        for one in ahead.short if principal.allows(one.fair.station or None)
    ]  # fmt: skip
    return short + [
        Notice("calendar-off", fairs.told_of_week(week), t("notice.head.week"), t("fair.week_none", week=week.name),
               "/fairs", urgent=True)
        for week in ahead.empty_weeks
    ]  # fmt: skip


async def _missing_items(core: Core, principal: Principal, t: Catalogue) -> list[Notice]:
    """Say which items that every hall must show are shown nowhere."""
    del principal
    today = market_day(core.now())
    missing = await policies.missing_items(today)
    words = "、".join(policies.required_on(today)[item].name for item in missing)
    return (
        [Notice("file-alert", day_start(today), t("notice.head.items"), words, "/policies#required")] if words else []
    )


async def _messages(core: Core, principal: Principal, t: Catalogue) -> list[Notice]:
    del t
    found = await notify.inbox(core, principal.label)
    return [Notice("message", one.created_at, one.title, one.text, one.link or "/notices") for one in found.items]


SOURCES: Final[tuple[Source, ...]] = (
    Source("station.read", _alarms),
    Source("station.read", _commands),
    Source("post.review", _posts),
    Source("firm.verify", _firms),
    Source("legal.sign", _assessments),
    Source("approval.decide", _approvals),
    Source("fair.write", _fairs),
    Source("policy.publish", _missing_items),
    Source("console.use", _messages),
)


async def notices_of(core: Core, principal: Principal, t: Catalogue) -> list[Notice]:
    """Return what a person should know, newest first."""
    sources = [source for source in SOURCES if principal.may(source.permission)]
    found = [one for source in sources for one in await source.gather(core, principal, t)]
    return sorted(found, key=lambda one: one.at, reverse=True)


async def read_to(principal: Principal) -> datetime | None:
    """Return up to when a person has read."""
    mark = await ReadMark.get_or_none(account=principal.label)
    return mark.read_to if mark else None


async def remember_read(core: Core, principal: Principal, moment: datetime) -> None:
    """Remember that a person has read what happened up to a moment; a later mark stays."""
    moment = min(moment, core.now())
    async with transaction():
        await lock_names([f"read-mark {principal.label}"])
        mark = await ReadMark.get_or_none(account=principal.label)
        if mark is None:
            await ReadMark.create(account=principal.label, read_to=moment)
        elif mark.read_to < moment:
            await ReadMark.filter(account=principal.label).update(read_to=moment)


async def notices_page(request: web.Request) -> web.Response:
    """GET /notices: the page tells by itself that it was read."""
    principal = request[PRINCIPAL]
    rows = await notices_of(request.app[CORE], principal, request.app[STRINGS])
    mark = await read_to(principal)
    return page(request, "notices.html", rows=rows, mark=mark)


async def bell_part(request: web.Request) -> web.Response:
    """GET /notices/bell: the bell with the number of notices that were not read."""
    principal = request[PRINCIPAL]
    rows = await notices_of(request.app[CORE], principal, request.app[STRINGS])
    mark = await read_to(principal)
    return page(request, "_bell.html", unread=sum(mark is None or row.at > mark for row in rows))


async def mark_read(request: web.Request) -> web.Response:
    """POST /notices/read: `to` is when the page was made."""
    form = await request.post()
    try:
        moment = datetime.fromisoformat(str(form.get("to", "")))
    except ValueError as error:
        raise InvalidInputError("时间写法不对", {"to": "ISO 8601"}) from error
    if moment.tzinfo is None:
        raise InvalidInputError("时间缺少时区", {"to": "ISO 8601"})
    await remember_read(request.app[CORE], request[PRINCIPAL], moment)
    return web.Response(status=204, headers={"HX-Trigger": "yz:read"})


async def _names(principal: Principal) -> dict[str, str]:
    return await fleet.station_names(principal.stations)
