"""A firm's users: added by the staff, by an owner or by registering a firm; logged in by phone code.

Who acts for a firm that is not verified sees its verification and nothing else: `firm_of` is for all other pages.
"""

from typing import Any, Final
from uuid import UUID

import uuid_utils

from cloud.employers.drafts import MemberDraft, Registration
from cloud.employers.models import FirmMember
from cloud.employers.telling import recipient_of
from cloud.identity import audit, public
from cloud.identity.public import FIRM_ROLES, Opened, Proofs, Visitor
from cloud.jobs import service as jobs
from cloud.platform.core import Core
from cloud.platform.database import lock_names
from cloud.platform.errors import ConflictError, NotFoundError
from cloud.platform.keyring import place
from cloud.platform.masks import mask_phone
from cloud.platform.notify import ledger
from cloud.platform.problems import ProblemError
from protocols.venue.timestamps import format_time

#: Users of one firm.
MAX_MEMBERS: Final = 50


async def add_member(core: Core, firm: str, draft: MemberDraft, *, by: str) -> dict[str, Any]:
    """Let somebody act for a firm; ConflictError when he does already."""
    firm_id = UUID((await jobs.get_firm(firm))["id"])
    blind = core.keyring.blind("phone", draft.phone)
    async with core.outbox.transaction():
        await lock_names([f"firm:{firm_id}"])
        if await FirmMember.exists(firm=firm_id, phone_blind=blind):
            raise ConflictError("这个手机号已经是本企业的用户", "member-exists")
        if await FirmMember.filter(firm=firm_id).count() >= MAX_MEMBERS:
            raise ConflictError(f"一家企业最多 {MAX_MEMBERS} 个用户", "too-many-members")
        member = UUID(str(uuid_utils.uuid7()))
        row = await FirmMember.create(
            id=member,
            firm=firm_id,
            role=draft.role,
            name=core.keyring.seal(draft.name, place("firm_member.name", member)),
            phone=core.keyring.seal(draft.phone, place("firm_member.phone", member)),
            phone_blind=blind,
            added_by=by,
            created_at=core.now(),
        )
        details = {"firm": str(firm_id), "role": draft.role}
        await audit.record(core, by, "member.add", f"member:{member}", details=details)
    return _document(core, row)


async def remove_member(core: Core, firm: UUID, member: str, *, by: str) -> None:
    """End somebody's right to act for a firm, and his sessions; the last owner stays."""
    async with core.outbox.transaction():
        await lock_names([f"firm:{firm}"])
        row = await _member(firm, member)
        if row.role == "owner" and await FirmMember.filter(firm=firm, role="owner").count() == 1:
            raise ConflictError("企业至少保留一位负责人", "last-owner")
        await public.end_sessions_of(row.id)
        await row.delete()
        await audit.record(core, by, "member.remove", f"member:{row.id}", details={"firm": str(firm)})


async def list_members(core: Core, firm: UUID) -> list[dict[str, Any]]:
    """Return who acts for a firm, phones masked."""
    return [_document(core, row) for row in await FirmMember.filter(firm=firm).order_by("id")]


async def knows_phone(core: Core, phone: str) -> bool:
    """Return whether anybody who acts for a firm has this phone."""
    return await FirmMember.exists(phone_blind=core.keyring.blind("phone", phone))


async def log_in(core: Core, phone: str, code: str) -> Opened | ProblemError:
    """Open a session for the firm used last, a verified one first; a wrong code and an unknown phone are returned."""
    async with core.outbox.transaction():
        verdict = await public.check(core, phone, "employer", code)
        if verdict != "right":
            await audit.record(core, "public", "employer.login", "code", details={"verdict": verdict}, result="refused")
            return ProblemError(403, f"code-{verdict}", public.CODE_WORDS[verdict])
        rows = await _memberships(core, phone)
        for row in rows:
            if (await jobs.get_firm(str(row.firm)))["verified"]:
                return await _open(core, row)
        if rows:
            return await _open(core, rows[0])
        await audit.record(core, "public", "employer.login", "member", result="refused")
        return ProblemError(403, "no-firm", "这个手机号没有企业账号：请先登记企业，或请负责人、窗口人员添加")


async def register(core: Core, asked: Registration) -> Opened | ProblemError:
    """Store a firm with its first owner and open his session; a wrong code and a firm that is known are returned."""
    async with core.outbox.transaction():
        verdict = await public.check(core, asked.phone, "employer", asked.code)
        if verdict != "right":
            await audit.record(
                core, "public", "employer.register", "code", details={"verdict": verdict}, result="refused"
            )
            return ProblemError(403, f"code-{verdict}", public.CODE_WORDS[verdict])
        contact = jobs.Contact(name=asked.name, phone=asked.phone)
        draft = jobs.FirmDraft(uscc=asked.uscc, name=asked.firm, contact=contact)
        try:
            firm = await jobs.create_firm(core, draft)
        except ConflictError:
            text = "这家企业已登记：请该企业的负责人添加您，或到窗口办理"
            return ProblemError(409, "firm-exists", text)
        owner = MemberDraft(name=asked.name, phone=asked.phone, role="owner")
        member = await add_member(core, firm["id"], owner, by="public")
        return await _open(core, await FirmMember.get(id=UUID(member["id"])))


async def own_firm(visitor: Visitor) -> dict[str, Any]:
    """Return the firm that a session acts for, whatever it stands as."""
    return await jobs.get_firm(str(visitor.firm))


async def firm_of(visitor: Visitor) -> dict[str, Any]:
    """Return the firm that a session acts for; a 403 problem once it is not verified any more."""
    firm = await jobs.get_firm(str(visitor.firm))
    if not firm["verified"]:
        raise ProblemError(403, "firm-not-verified", "企业核验已失效，请联系窗口")
    return firm


async def firms_of(visitor: Visitor) -> list[dict[str, Any]]:
    """Return every firm that the user of a session may act for."""
    me = await _member(visitor.firm, visitor.name)
    found = []
    for row in await FirmMember.filter(phone_blind=me.phone_blind).order_by("id"):
        firm = await jobs.get_firm(str(row.firm))
        current = row.firm == visitor.firm
        found.append({"id": firm["id"], "name": firm["name"], "role": row.role, "current": current})
    return found


async def switch_firm(core: Core, visitor: Visitor, firm: str) -> Opened:
    """Open a session for another firm of the same user and end this one."""
    async with core.outbox.transaction():
        me = await _member(visitor.firm, visitor.name)
        row = await FirmMember.get_or_none(firm=_uuid(firm), phone_blind=me.phone_blind)
        if row is None:
            raise NotFoundError("there is no such firm of yours")
        await public.end_session(visitor)
        return await _open(core, row, visitor.proofs)


async def export_member(core: Core, phone: str) -> list[dict[str, Any]]:
    """Return for which firms a phone acts."""
    return [
        {
            "firm": str(row.firm),
            "role": row.role,
            "name": core.keyring.open(row.name, place("firm_member.name", row.id)),
            "phone": core.keyring.open(row.phone, place("firm_member.phone", row.id)),
            "since": format_time(row.created_at),
        }
        for row in await _memberships(core, phone)
    ]


async def erase_member(core: Core, phone: str) -> int:
    """Delete a phone's memberships with their sessions; return how many."""
    rows = await _memberships(core, phone)
    for row in rows:
        await public.end_sessions_of(row.id)
        await ledger.erase(recipient_of(row.id))
        await row.delete()
    return len(rows)


async def _open(core: Core, row: FirmMember, proofs: Proofs | None = None) -> Opened:
    await FirmMember.filter(id=row.id).update(last_login=core.now())
    role = next(role for role in FIRM_ROLES if role == row.role)
    proofs = proofs or Proofs(phone_at=core.now())
    subject = public.Subject("employer", row.id, firm=row.firm, role=role)
    opened = await public.open_session(core, subject, proofs)
    await audit.record(
        core, opened.visitor.label, "employer.login", f"member:{row.id}", details={"firm": str(row.firm)}
    )
    return opened


async def _memberships(core: Core, phone: str) -> list[FirmMember]:
    """Return a phone's memberships, the one used last first."""
    rows = await FirmMember.filter(phone_blind=core.keyring.blind("phone", phone)).order_by("id")
    return sorted(rows, key=lambda row: row.last_login or row.created_at, reverse=True)


async def _member(firm: UUID | None, member: str) -> FirmMember:
    row = await FirmMember.get_or_none(id=_uuid(member), firm=firm)
    if row is None:
        raise NotFoundError("there is no such user of this firm")
    return row


def _document(core: Core, row: FirmMember) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": core.keyring.open(row.name, place("firm_member.name", row.id)),
        "phone": mask_phone(core.keyring.open(row.phone, place("firm_member.phone", row.id))),
        "role": row.role,
        "since": format_time(row.created_at),
        "last_login": format_time(row.last_login) if row.last_login else None,
    }


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFoundError("there is no such user or firm") from error
