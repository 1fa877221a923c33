"""Notices about leaked personal data (PIPL 57): how many people are affected, and a draft that a person edits."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import uuid_utils

from cloud.identity import audit
from cloud.identity import service as identity
from cloud.identity.service import Principal
from cloud.jobs import service as jobs
from cloud.legal.models import BreachNotice
from cloud.legal.notice_text import Incident, notice_text
from cloud.legal.papers import as_uuid
from cloud.legal.register import record_kinds
from cloud.people import service as people
from cloud.platform.core import Core
from cloud.platform.database import transaction
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError

#: 网络数据安全管理条例 10: a risk to safety is reported within 24 hours.
REPORT_WITHIN: Final = timedelta(hours=24)
MAX_TEXT_CHARS: Final = 20_000
MAX_LISTED: Final = 200


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person enters; `actor` is the account that is suspected, empty when there is none."""

    kinds: tuple[str, ...]
    found_at: datetime
    from_at: datetime
    to_at: datetime
    cause: str
    harm: str
    measures: str
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Affected:
    """People of one kind of record, None: this core cannot count them; `seen` were opened in that time (audit)."""

    kind: str
    held: int | None
    seen: int | None = None


Count = Callable[[datetime], Awaitable[int]]


async def _staff(until: datetime) -> int:
    return sum(account.created_at <= until for account in await identity.list_accounts())


#: Kind of record -> how many people were in it at a moment; a package with people adds its line.
HELD: Final[Mapping[str, Count]] = {
    "staff": _staff,
    "firms": jobs.count_firms,
    "posts": jobs.count_firms,
    "seekers": people.count_persons,
}
#: Kind of record -> beginning of the subjects that its audit rows name.
SUBJECTS: Final[Mapping[str, str]] = {"seekers": "person:", "firms": "firm:", "posts": "post:", "staff": "account:"}


async def affected_by(draft: Draft) -> list[Affected]:
    """Return how many people each kind of record concerns."""
    found = []
    for kind in draft.kinds:
        held = await HELD[kind](draft.to_at) if kind in HELD else None
        seen = None
        if kind in SUBJECTS:
            seen = await audit.subjects_between(draft.from_at, draft.to_at, SUBJECTS[kind], draft.actor)
        found.append(Affected(kind, held, seen))
    return found


async def make(core: Core, draft: Draft, by: Principal) -> BreachNotice:
    """Keep a draft with its numbers and a first wording."""
    _check(draft, core.now())
    affected = await affected_by(draft)
    names = {kind.id: kind.name for kind in record_kinds()}
    incident = Incident(
        operator=core.settings.operator_name,
        contact=core.settings.operator_contact or core.settings.complaint_phone,
        kinds=[(names[one.kind], _fields(one.kind), one.held, one.seen) for one in affected],
        found_at=draft.found_at,
        from_at=draft.from_at,
        to_at=draft.to_at,
        cause=draft.cause,
        harm=draft.harm,
        measures=draft.measures,
    )
    async with transaction():
        row = await BreachNotice.create(
            id=UUID(str(uuid_utils.uuid7())),
            found_at=draft.found_at,
            from_at=draft.from_at,
            to_at=draft.to_at,
            kinds=json.dumps(draft.kinds),
            affected=json.dumps([[one.kind, one.held, one.seen] for one in affected]),
            cause=draft.cause,
            harm=draft.harm,
            measures=draft.measures,
            text=notice_text(incident),
            made_by=by.label,
            made_at=core.now(),
        )
        await audit.record(core, by.label, "breach.draft", f"breach:{row.id}", details={"kinds": len(draft.kinds)})
    return row


async def edit(core: Core, notice: str, by: Principal, *, text: str, version: int) -> BreachNotice:
    """Keep a new wording; ConflictError when somebody else was quicker or the notice is closed."""
    if not 1 <= len(text.strip()) <= MAX_TEXT_CHARS:
        raise InvalidInputError("请写正文", {"text": f"1–{MAX_TEXT_CHARS} 字"})
    async with transaction():
        row = await _open(notice)
        if row.version != version:
            raise ConflictError("内容已被别人改动，请返回看最新的再改", "stale-version")
        row.text, row.version = text.strip(), row.version + 1
        row.edited_by, row.edited_at = by.label, core.now()
        await row.save(update_fields=["text", "version", "edited_by", "edited_at"])
        await audit.record(core, by.label, "breach.edit", f"breach:{row.id}", details={"version": row.version})
    return row


async def close(core: Core, notice: str, by: Principal, outcome: str) -> BreachNotice:
    """Close a notice: it went out, or a person says why it need not."""
    if not outcome.strip():
        raise InvalidInputError("请写明通知了谁，或者为什么不需要通知", {"outcome": "必填"})
    async with transaction():
        row = await _open(notice)
        row.outcome, row.closed_at = outcome.strip()[:MAX_TEXT_CHARS], core.now()
        await row.save(update_fields=["outcome", "closed_at"])
        await audit.record(core, by.label, "breach.close", f"breach:{row.id}")
    return row


async def get(notice: str) -> BreachNotice:
    """Return one notice."""
    row = await BreachNotice.get_or_none(id=as_uuid(notice))
    if row is None:
        raise NotFoundError("没有这份通知")
    return row


async def notices() -> list[BreachNotice]:
    """Return the notices, newest first."""
    return await BreachNotice.all().order_by("-id").limit(MAX_LISTED)


def affected_of(row: BreachNotice) -> list[Affected]:
    """Return the numbers of a notice."""
    return [Affected(*values) for values in json.loads(row.affected)]


async def _open(notice: str) -> BreachNotice:
    row = await BreachNotice.select_for_update().get_or_none(id=as_uuid(notice))
    if row is None:
        raise NotFoundError("没有这份通知")
    if row.closed_at is not None:
        raise ConflictError("这份通知已经办结", "closed-notice")
    return row


def _check(draft: Draft, now: datetime) -> None:
    known = {kind.id for kind in record_kinds()}
    wrong = {}
    if not draft.kinds or not set(draft.kinds) <= known:
        wrong["kinds"] = "请至少选择一类记录"
    if not draft.from_at < draft.to_at:
        wrong["to_at"] = "结束时间须晚于开始时间"
    if draft.found_at > now:
        wrong["found_at"] = "发现时间不能在将来"
    wrong |= {name: "请填写" for name in ("cause", "harm", "measures") if not getattr(draft, name).strip()}
    if wrong:
        raise InvalidInputError("；".join(wrong.values()), wrong)


def _fields(kind: str) -> str:
    return next(one.fields for one in record_kinds() if one.id == kind)
