"""Policies from draft to end: a wording that goes to a wall needs a second person; each version is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final, Literal
from uuid import UUID

import uuid_utils
from tortoise.expressions import Q

from cloud.identity import service as identity
from cloud.identity.service import Principal
from cloud.platform.core import Core
from cloud.platform.database import after_commit, lock_names
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.inputs import id_of
from cloud.platform.times import market_day
from cloud.policies.drafts import PolicyDraft, content_of, draft_of, hash_of
from cloud.policies.models import Policy, PolicyVersion
from cloud.policies.required import required_on

State = Literal["draft", "published", "ended"]
#: State -> what it may become; a published one that is changed is published again as its next version.
TRANSITIONS: Final[Mapping[State, frozenset[State]]] = {
    "draft": frozenset({"published"}),
    "published": frozenset({"published", "ended"}),
    "ended": frozenset({"published"}),
}
#: Domain event: walls must be built anew.
CHANGED: Final = "policy.changed"
#: The kind of question that a second person decides (cloud/identity/approvals.py).
APPROVAL: Final = "policy.publish"
MAX_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Live:
    """A version in force."""

    id: UUID
    version: int
    text: PolicyDraft
    sha256: str


async def save_policy(core: Core, draft: PolicyDraft, *, by: str, policy_id: str = "") -> Policy:
    """Store a draft, or change one; what is in force stays until the change is published."""
    if draft.kind == "public_item" and draft.item not in required_on(draft.valid_from):
        raise InvalidInputError("没有这个公示事项", {"item": "没有这个公示事项"})
    values: dict[str, Any] = {"kind": draft.kind, "item": draft.item, "title": draft.title, "draft": content_of(draft)}
    async with core.outbox.transaction():
        if policy_id:
            row = await _hold(policy_id)
            await row.update_from_dict(values).save()
        else:
            values |= {"state": "draft", "created_by": by, "created_at": core.now()}
            row = await Policy.create(id=UUID(str(uuid_utils.uuid7())), **values)
        _tell(core)
    return row


async def publish_policy(core: Core, policy_id: str, by: Principal, *, reason: str) -> Policy:
    """Put the draft in force, or ask a second person when it goes to a wall; `waiting_for` tells which it was."""
    async with core.outbox.transaction():
        row = await _hold(policy_id)
        draft = _publishable(core, row)
        if "wall" not in draft.channels:
            return await _put_live(core, row, by.label)
        digest = hash_of(row.draft)
        question = identity.Question(APPROVAL, policy_id, draft.title, {"sha256": digest, "by": by.label}, reason)
        await identity.ask(core, question, by)
        _tell(core)
    return row


async def approved(core: Core, subject: str, payload: Mapping[str, Any]) -> None:
    """Put in force what a second person approved: exactly that wording (handler of APPROVAL)."""
    async with core.outbox.transaction():
        row = await _hold(subject)
        if hash_of(row.draft) != payload["sha256"]:
            raise ConflictError("申请之后内容又改过，请重新申请发布", "policy-altered")
        _publishable(core, row)
        await _put_live(core, row, payload["by"])


async def end_policy(core: Core, policy_id: str, note: str) -> Policy:
    """Take down what is in force."""
    async with core.outbox.transaction():
        row = await _hold(policy_id)
        if row.state != "published":
            raise ConflictError("没有在发布中", "policy-state")
        await _end(core, row, note)
    return row


async def end_expired(core: Core) -> str:
    """End what is past its last day (a job); walls and pages have let go of it at midnight by themselves."""
    today = market_day(core.now())
    rows = await Policy.filter(state="published", live_to__lt=today)
    for found in rows:
        async with core.outbox.transaction():
            row = await _hold(str(found.id))
            if row.state == "published" and row.live_to is not None and row.live_to < today:
                await _end(core, row, "有效期已过")
    return f"到期 {len(rows)} 条"


async def get_policy(policy_id: str) -> Policy:
    """Return one policy; NotFoundError when there is none."""
    row = await Policy.get_or_none(id=id_of(policy_id, "没有这条内容"))
    if row is None:
        raise NotFoundError("没有这条内容")
    return row


async def list_policies(
    *, state: str = "", kind: str = "", cursor: str | None = None, limit: int = 30
) -> tuple[Sequence[Policy], str | None]:
    """Return (policies newest first, cursor of what follows)."""
    found = Policy.all().order_by("-id")
    if state:
        found = found.filter(state=state)
    if kind:
        found = found.filter(kind=kind)
    if cursor:
        found = found.filter(id__lt=id_of(cursor, "没有这条内容"))
    rows = await found.limit(limit + 1)
    return rows[:limit], str(rows[limit - 1].id) if len(rows) > limit else None


async def versions_of(policy: Policy) -> list[PolicyVersion]:
    """Return every wording that was published, newest first."""
    return await PolicyVersion.filter(policy_id=policy.id).order_by("-version")


async def is_waiting(core: Core, policy: Policy) -> bool:
    """Return whether a second person is asked to publish it."""
    return bool(await identity.waiting_about(core, APPROVAL, str(policy.id)))


async def live_on(channel: str, day: date, limit: int) -> list[Live]:
    """Return what is in force on a channel on a day, the newest first."""
    up = Q(live_to__isnull=True) | Q(live_to__gte=day)
    found = Policy.filter(up, state="published", live_from__lte=day, **{f"live_{channel}": True})
    return await _versions_in_force(await found.order_by("-published_at", "-id").limit(limit))


async def live_one(policy_id: str, day: date) -> Live | None:
    """Return the version of a policy that the public may read on a day."""
    row = await Policy.get_or_none(
        id=id_of(policy_id, "没有这条内容"), state="published", live_phone=True, live_from__lte=day
    )
    if row is None or (row.live_to is not None and row.live_to < day):
        return None
    return (await _versions_in_force([row]))[0]


async def _versions_in_force(rows: Sequence[Policy]) -> list[Live]:
    wanted = {row.id: row.live_version for row in rows}
    versions = await PolicyVersion.filter(policy_id__in=list(wanted))
    found = {one.policy_id: one for one in versions if wanted[UUID(str(one.policy_id))] == one.version}
    return [
        Live(row.id, found[row.id].version, draft_of(found[row.id].content), found[row.id].sha256)
        for row in rows
        if row.id in found
    ]


def _publishable(core: Core, row: Policy) -> PolicyDraft:
    draft = draft_of(row.draft)
    if draft.valid_to is not None and draft.valid_to < market_day(core.now()):
        raise InvalidInputError("有效期已过", {"valid_to": "有效期已过"})
    return draft


async def _put_live(core: Core, row: Policy, by: str) -> Policy:
    draft, now = draft_of(row.draft), core.now()
    last = await PolicyVersion.filter(policy_id=row.id).order_by("-version").first()
    version = last.version + 1 if last else 1
    await PolicyVersion.create(
        policy_id=row.id, version=version, content=row.draft, sha256=hash_of(row.draft), by=by, at=now
    )
    row.state, row.live_version, row.published_at, row.ended_at, row.end_note = "published", version, now, None, ""
    row.live_from, row.live_to = draft.valid_from, draft.valid_to
    row.live_wall, row.live_kiosk, row.live_phone = (name in draft.channels for name in ("wall", "kiosk", "phone"))
    await row.save()
    await _changed(core, row)
    return row


async def _end(core: Core, row: Policy, note: str) -> None:
    row.state, row.ended_at, row.end_note = "ended", core.now(), note
    await row.save()
    await _changed(core, row)


async def _changed(core: Core, row: Policy) -> None:
    await core.outbox.emit(CHANGED, str(row.id), {"id": str(row.id)}, core.now())
    _tell(core)


def _tell(core: Core) -> None:
    after_commit(partial(core.hub.publish, "policy", {}))


async def _hold(policy_id: str) -> Policy:
    key = id_of(policy_id, "没有这条内容")
    await lock_names([f"policy {key}"])
    row = await Policy.select_for_update().get_or_none(id=key)
    if row is None:
        raise NotFoundError("没有这条内容")
    return row
