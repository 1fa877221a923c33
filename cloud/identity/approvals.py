"""What takes two people: one asks, another one decides, and the act is done in the transaction of the decision.

A kind is one line of KINDS. Its handler is named, not imported: kinds of other domains stand here without this domain
knowing them.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any, Final, Literal, cast
from uuid import UUID

import uuid_utils

from cloud.identity.chain import clean
from cloud.identity.models import Approval
from cloud.identity.principals import STAFF, Principal
from cloud.identity.roles import Permission
from cloud.platform.core import Core
from cloud.platform.database import after_commit, lock_names, transaction
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.problems import ProblemError

State = Literal["waiting", "approved", "refused", "expired"]
Handler = Callable[[Core, str, Mapping[str, Any]], Awaitable[None]]

#: Who asks is answered within this time, or asks again.
KEEP_WAITING: Final = timedelta(days=7)
MAX_LISTED: Final = 200
MAX_TEXT: Final = 500


@dataclass(frozen=True, slots=True)
class Kind:
    """Who may ask, who may decide, and `module:function` of what is done with (core, subject, payload)."""

    ask: Permission
    approve: Permission
    handler: str


KINDS: Final[dict[str, Kind]] = {
    # A role that may change other people's rights, or such an account switched on.
    "account.grant": Kind("account.write", "account.approve", "cloud.identity.administration:grant"),
    # The month's figures, on the wall and on paper.
    "month.publish": Kind("publication.write", "publication.approve", "cloud.ledgers.publications:publish"),
    # The second factor of somebody who has lost it.
    "account.factor": Kind("account.write", "account.approve", "cloud.identity.administration:take_factor"),
    # Words of one's own on the walls.
    "policy.publish": Kind("policy.publish", "policy.approve", "cloud.policies.register:approved"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: `title` names what it is about, `subject` is the id of that."""

    kind: str
    subject: str
    title: str
    payload: Mapping[str, Any]
    reason: str


async def ask(core: Core, question: Question, by: Principal) -> UUID:
    """Ask a second person; at most once about one thing at a time."""
    kind = KINDS[question.kind]
    _require_person(by, kind.ask)
    reason = clean(question.reason.strip(), MAX_TEXT + 1)
    if not 1 <= len(reason) <= MAX_TEXT:
        raise InvalidInputError("请写明原因", {"reason": f"1–{MAX_TEXT}"})
    now = core.now()
    async with transaction():
        await lock_names([f"approval {question.kind} {question.subject}"])
        waiting = Approval.filter(kind=question.kind, subject=question.subject, state="waiting", expires_at__gt=now)
        if await waiting.exists():
            raise ConflictError("已有同样的申请等待审批", "approval-waiting")
        row = await Approval.create(
            id=UUID(str(uuid_utils.uuid7())), kind=question.kind, subject=question.subject, title=question.title[:120],
            payload=json.dumps(question.payload, ensure_ascii=False), reason=reason, state="waiting",
            asked_by=by.label, asked_at=now, expires_at=now + KEEP_WAITING,
        )  # fmt: skip
        _tell(core)
    return row.id


async def decide(core: Core, approval_id: str, by: Principal, *, approve: bool, note: str = "") -> Approval:
    """Do what was asked, or refuse it; never by who asked."""
    if len(note) > MAX_TEXT:
        raise InvalidInputError(f"说明最多 {MAX_TEXT} 个字符", {"note": f"0–{MAX_TEXT}"})
    async with transaction():
        await lock_names([f"approval {approval_id}"])
        row = await find(approval_id)
        kind = KINDS[row.kind]
        _require_person(by, kind.approve)
        if state_of(row, core) != "waiting":
            raise ConflictError("这项申请已经有了结果", "approval-decided")
        if row.asked_by == by.label:
            raise ProblemError(403, "second-person-needed", "who asked does not decide")
        if approve:
            await handler_of(kind)(core, row.subject, json.loads(row.payload))
        row.state, row.note = ("approved" if approve else "refused"), clean(note.strip(), MAX_TEXT)
        row.decided_by, row.decided_at = by.label, core.now()
        await row.save()
        _tell(core)
    return row


async def find(approval_id: str) -> Approval:
    """Return an approval by its id."""
    try:
        row = await Approval.get_or_none(id=UUID(approval_id))
    except ValueError:
        row = None
    if row is None:
        raise NotFoundError(f"there is no approval {approval_id!r}")
    return row


async def list_approvals(core: Core, state: State | None = None) -> list[Approval]:
    """Return the newest approvals, of one state or of all."""
    rows = await Approval.all().order_by("-asked_at", "-id").limit(MAX_LISTED)
    return [row for row in rows if state is None or state_of(row, core) == state]


async def approved_by(kind: str, subject: str) -> dict[str, str]:
    """Return payload (JSON) -> who approved it, of everything of a kind that was approved about a subject."""
    rows = await Approval.filter(kind=kind, subject=subject, state="approved").order_by("-asked_at").limit(MAX_LISTED)
    return {row.payload: row.decided_by for row in rows}


async def waiting_for(by: Principal) -> list[Approval]:
    """Return the approvals that wait for this person, the newest first: none of his own."""
    rows = await Approval.filter(state="waiting").exclude(asked_by=by.label).order_by("-asked_at").limit(MAX_LISTED)
    return [row for row in rows if by.may(KINDS[row.kind].approve)]


async def waiting_about(core: Core, kind: str, subject: str) -> list[Approval]:
    """Return the approvals that wait about one thing; at most one does."""
    return await Approval.filter(kind=kind, subject=subject, state="waiting", expires_at__gt=core.now())


async def expire(core: Core) -> None:
    """Close what nobody decided in time."""
    if await Approval.filter(state="waiting", expires_at__lte=core.now()).update(state="expired"):
        core.hub.publish("approval", {})


def state_of(row: Approval, core: Core) -> State:
    """Return the state of an approval now: one that nobody decided in time has expired."""
    if row.state == "waiting" and row.expires_at <= core.now():
        return "expired"
    return cast("State", row.state)


def handler_of(kind: Kind) -> Handler:
    """Return the function that a kind names."""
    module, _, function = kind.handler.partition(":")
    return cast("Handler", getattr(import_module(module), function))


def _require_person(by: Principal, permission: Permission) -> None:
    # A token of the one who asked would be his second hand.
    if by.kind != STAFF:
        raise ProblemError(403, "person-needed", "this is asked and decided by people who are signed in")
    if not by.may(permission):
        raise ProblemError(403, "forbidden", f"{by.label} lacks {permission}")


def _tell(core: Core) -> None:
    after_commit(lambda: core.hub.publish("approval", {}))
