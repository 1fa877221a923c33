"""Rounds of verification (核验): written by the firm or at the counter, decided by the staff, checked again in time.

Every act is one transaction that also brings the firm's standing up to date (cloud/jobs/firms.py) and leaves a line
of history.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final, cast
from uuid import UUID

import uuid_utils

from cloud.employers.drafts import CaseDraft, Refusal
from cloud.employers.lookup import divisions, papers_on, recheck_on, refusals
from cloud.employers.models import FirmBan, FirmCase, FirmChange, FirmPaper
from cloud.employers.states import COUNTS, EDITABLE, KEEPS_POSTS, OPEN, TRANSITIONS, State, standing_of
from cloud.employers.telling import tell_firm
from cloud.identity import audit
from cloud.jobs import service as jobs
from cloud.platform.core import Core
from cloud.platform.database import lock_names
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.keyring import place
from cloud.platform.masks import STARS, mask_id_number
from cloud.platform.times import market_day
from protocols.rules.id_number import WORKING_AGE, BadIdNumber, age_on, parse_id_number
from protocols.venue.timestamps import format_time

#: Keys of keyring.SEALED.
OPERATOR_NAME: Final = "firm_case.operator_name"
OPERATOR_ID: Final = "firm_case.operator_id"
_MONTHS: Final = 12


async def get_case(core: Core, firm: UUID) -> dict[str, Any]:
    """Return a firm's standing, the round that is open, the one that counts, blacklist and history."""
    found = await jobs.find_firm(str(firm))
    rows = await FirmCase.filter(firm=firm).order_by("-number").prefetch_related("papers")
    ban = await ban_in_force(core, firm)
    waiting = next((row for row in rows if row.state in OPEN), None)
    counting = next((row for row in rows if row.state in COUNTS), None)
    history = await FirmChange.filter(firm=firm).order_by("-id").limit(200)
    return {
        "firm": found["id"],
        "standing": found["standing"],
        "check_due": found["check_due"],
        "open": _document(core, waiting) if waiting else None,
        "counting": _document(core, counting) if counting else None,
        "ban": _ban(ban) if ban else None,
        "history": [{"act": row.act, "by": row.by, "note": row.note, "at": format_time(row.at)} for row in history],
    }


async def save_details(core: Core, firm: UUID, draft: CaseDraft, *, by: str) -> None:
    """Write industry, size, address and operator into the open round, which is begun when there is none."""
    async with core.outbox.transaction():
        row = await open_round(core, firm, by=by)
        _editable(row)
        values: dict[str, Any] = {"industry": draft.industry, "size": draft.size, "address": draft.address}
        sealed = core.keyring.seal(draft.operator_name, place(OPERATOR_NAME, row.id))
        values |= {"operator_name": sealed} | _id_columns(core, row, draft.operator_id)
        await FirmCase.filter(id=row.id).update(**values)
        await _note(core, firm, "details", by)


async def submit(core: Core, firm: UUID, *, by: str) -> None:
    """Hand the open round in; InvalidInputError names everything that is missing."""
    async with core.outbox.transaction():
        row = await open_round(core, firm, by=by)
        missing = await missing_of(core, row)
        if missing:
            raise InvalidInputError("材料不齐：" + "；".join(missing.values()), missing)
        await _move(core, row, "submitted", by=by, submitted_at=core.now(), submitted_by=by)


async def take_back(core: Core, firm: UUID, *, by: str) -> None:
    """Let the firm write again in a round that nobody has decided."""
    async with core.outbox.transaction():
        await _move(core, await _waiting(firm), "draft", by=by)


async def verify(core: Core, firm: UUID, *, by: str, seen: Collection[str] | None = None) -> None:
    """Verify a firm until its next check. `seen` names papers whose originals the caller saw; None: all of them.

    A paper that is neither here as a picture nor seen is named in the InvalidInputError.
    """
    today = market_day(core.now())
    async with core.outbox.transaction():
        row = await open_round(core, firm, by=by)
        if await ban_in_force(core, firm):
            raise ConflictError("企业在黑名单上，移出后才能核验", "firm-blacklisted")
        await _note_seen(core, row, by, seen)
        missing = await missing_papers(core, row)
        if missing:
            raise InvalidInputError("材料不齐：" + "；".join(missing.values()), missing)
        for old in await FirmCase.filter(firm=firm, state__in=list(COUNTS)):
            await _move(core, old, "superseded", by=by, ended_at=core.now())
        due = months_after(today, recheck_on(today).months)
        decided = {"decided_at": core.now(), "decided_by": by, "check_due": due, "reasons": "[]"}
        await _move(core, row, "verified", by=by, note=f"有效至 {due}", **decided)
        await audit.record(core, by, "firm.verify", f"firm:{firm}", details={"round": row.number})
        await tell_firm(core, firm, "firm-verified", {"until": str(due)}, f"firm-verified:{row.id}")


async def refuse(core: Core, firm: UUID, reasons: Collection[Refusal], *, by: str) -> None:
    """Refuse the round that was handed in; the firm reads the reasons and may mend and hand in again."""
    words = [{"code": one.code, "text": one.text or refusals()[one.code]} for one in reasons]
    said = "；".join(one["text"] for one in words)
    async with core.outbox.transaction():
        row = await _waiting(firm)
        decided = {"decided_at": core.now(), "decided_by": by, "reasons": json.dumps(words, ensure_ascii=False)}
        await _move(core, row, "refused", by=by, note=said[:500], **decided)
        await audit.record(core, by, "firm.refuse", f"firm:{firm}", reason=said)
        key = f"firm-refused:{row.id}:{core.now():%s}"
        await tell_firm(core, firm, "firm-refused", {"why": said[:100]}, key)


async def revoke(core: Core, firm: UUID, *, by: str, note: str) -> None:
    """Withdraw a verification that should not have been given; the firm's posts come down."""
    async with core.outbox.transaction():
        await lock_names([f"firm:{firm}"])
        await adopt(core, firm)
        for row in await FirmCase.filter(firm=firm, state__in=["verified", "due"]):
            await _move(core, row, "revoked", by=by, note=note, ended_at=core.now())
            await audit.record(core, by, "firm.revoke", f"firm:{firm}", reason=note)


async def open_round(core: Core, firm: UUID, *, by: str) -> FirmCase:
    """Return the round that is open; begin the next one, with what the one before said, when there is none."""
    await lock_names([f"firm:{firm}"])
    await adopt(core, firm)
    rows = await FirmCase.filter(firm=firm).order_by("-number")
    found = next((row for row in rows if row.state in OPEN), None)
    if found is not None:
        return found
    before = rows[0] if rows else None
    row = FirmCase(
        id=UUID(str(uuid_utils.uuid7())),
        firm=firm,
        number=before.number + 1 if before else 1,
        state="draft",
        created_at=core.now(),
    )
    if before is not None:
        row.industry, row.size, row.address = before.industry, before.size, before.address
        for column, name in (("operator_name", OPERATOR_NAME), ("operator_id", OPERATOR_ID)):
            sealed = getattr(before, column)
            plain = core.keyring.open(sealed, place(name, before.id)) if sealed else None
            setattr(row, column, core.keyring.seal(plain, place(name, row.id)) if plain else None)
    await row.save(force_create=True)
    await _note(core, firm, "round", by, f"第 {row.number} 次")
    return row


async def adopt(core: Core, firm: UUID) -> None:
    """Give a firm that was verified before rounds were kept, or by a program, its first round; inside a transaction."""
    if not await FirmCase.exists(firm=firm) and (await jobs.find_firm(str(firm)))["verified"]:
        await _begin_rounds(core, [firm])


async def adopt_all(core: Core, firms: Collection[UUID]) -> int:
    """Do the same for many firms, in a few statements for all of them; return how many needed it."""
    known = {UUID(str(one)) for one in await FirmCase.filter(firm__in=list(firms)).values_list("firm", flat=True)}
    new = await jobs.verified_of([one for one in firms if one not in known])
    if new:
        await _begin_rounds(core, new)
    return len(new)


async def _begin_rounds(core: Core, new: Sequence[UUID]) -> None:
    """Give verified firms that have none their first round."""
    now, today = core.now(), market_day(core.now())
    due = months_after(today, recheck_on(today).months)
    told: dict[str, Any] = {"number": 1, "state": "verified", "created_at": now, "decided_at": now,
                            "decided_by": "system", "check_due": due}  # fmt: skip
    await FirmCase.bulk_create([FirmCase(id=UUID(str(uuid_utils.uuid7())), firm=one, **told) for one in new])
    note = {"act": "adopt", "by": "system", "note": f"有效至 {due}", "at": now}
    await FirmChange.bulk_create([FirmChange(firm=one, **note) for one in new])
    await jobs.set_standings(new, standing_of(["verified"], banned=False), due)
    for firm in await FirmBan.filter(firm__in=new, lifted_at=None).distinct().values_list("firm", flat=True):
        await settle(core, UUID(str(firm)), by="system")


async def missing_of(core: Core, row: FirmCase) -> dict[str, str]:
    """Return what a round still needs before it is handed in: field -> words."""
    said = {
        "industry": (row.industry, "请选择行业"),
        "size": (row.size, "请选择人员规模"),
        "address": (row.address, "请填写单位地址"),
        "operator_name": (row.operator_name, "请填写经办人姓名"),
        "operator_id": (row.operator_id, "请填写经办人身份证号"),
    }
    missing = {name: words for name, (value, words) in said.items() if not value}
    return missing | await missing_papers(core, row)


async def missing_papers(core: Core, row: FirmCase) -> dict[str, str]:
    """Return the papers of the law that a round does not have: kind -> words."""
    here = await _kinds_of(row)
    return {one.kind: f"缺少{one.name}" for one in papers_on(market_day(core.now())) if one.kind not in here}


async def _kinds_of(row: FirmCase) -> set[str]:
    return {paper.kind for paper in await FirmPaper.filter(case_id=row.id).only("id", "kind")}


async def move_round(core: Core, row: FirmCase, state: State, *, by: str, note: str = "", **values: Any) -> None:
    """Bring a round into another state, for the regular checks (cloud/employers/rounds.py)."""
    await _move(core, row, state, by=by, note=note, **values)


async def settle(core: Core, firm: UUID, *, by: str) -> str:
    """Bring a firm's standing up to what its rounds and bans say; posts of one that lost it come down."""
    rows = await FirmCase.filter(firm=firm)
    banned = await ban_in_force(core, firm) is not None
    standing = standing_of([cast("State", row.state) for row in rows], banned=banned)
    counting = next((row for row in rows if row.state in COUNTS), None)
    await jobs.set_standing(firm, standing, counting.check_due if counting else None)
    if standing not in KEEPS_POSTS:
        await jobs.close_posts_of(core, firm, by=by, note=_WHY_CLOSED.get(standing, "企业核验已失效"))
    return standing


async def ban_in_force(core: Core, firm: UUID) -> FirmBan | None:
    """Return the ban that holds today."""
    today = market_day(core.now())
    for row in await FirmBan.filter(firm=firm, lifted_at=None, from_day__lte=today).order_by("-at"):
        if row.to_day is None or today <= row.to_day:
            return row
    return None


def months_after(day: date, months: int) -> date:
    """Return the last day of a term of whole months that begins on `day` (民法典 202: the same day, or the last)."""
    year, month = divmod(day.year * _MONTHS + day.month - 1 + months, _MONTHS)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


_WHY_CLOSED: Final[Mapping[str, str]] = {
    "blacklisted": "企业被列入黑名单",
    "lapsed": "企业核验到期未复核",
    "revoked": "企业核验被撤销",
}


async def _move(core: Core, row: FirmCase, state: State, *, by: str, note: str = "", **values: Any) -> None:
    if state not in TRANSITIONS[cast("State", row.state)]:
        raise ConflictError(f"核验状态为 {row.state}，不能变为 {state}", "case-state")
    await FirmCase.filter(id=row.id).update(state=state, **values)
    row.state = state
    await _note(core, row.firm, state, by, note)
    await settle(core, row.firm, by=by)


async def _note(core: Core, firm: UUID, act: str, by: str, note: str = "") -> None:
    await FirmChange.create(firm=firm, act=act, by=by, note=note[:500], at=core.now())


async def _note_seen(core: Core, row: FirmCase, by: str, seen: Collection[str] | None) -> None:
    """Note the originals that the caller saw; one of which there is a picture already needs no note."""
    kinds = [one.kind for one in papers_on(market_day(core.now()))]
    unknown = [kind for kind in seen or () if kind not in kinds]
    if unknown:
        raise InvalidInputError("没有这种材料", {"seen": f"没有这种材料：{unknown[0]}"})
    here = await _kinds_of(row)
    for kind in kinds:
        if kind not in here and (seen is None or kind in seen):
            paper = UUID(str(uuid_utils.uuid7()))
            await FirmPaper.create(id=paper, case_id=row.id, kind=kind, by=by, at=core.now())


async def _waiting(firm: UUID) -> FirmCase:
    await lock_names([f"firm:{firm}"])
    row = await FirmCase.filter(firm=firm, state="submitted").first()
    if row is None:
        raise ConflictError("没有待核验的材料", "case-state")
    return row


def _editable(row: FirmCase) -> None:
    if row.state not in EDITABLE:
        raise ConflictError("材料已提交，正在核验；要修改请先撤回", "case-state")


def _id_columns(core: Core, row: FirmCase, number: str) -> dict[str, str]:
    """Return the column of the operator's number; who sends the mask back means the one stored."""
    if STARS in number and row.operator_id:
        return {}
    today = market_day(core.now())
    try:
        found = parse_id_number(number, today)
    except BadIdNumber as error:
        raise InvalidInputError(str(error), {"operator_id": str(error)}) from error
    if age_on(found.birth, today) < WORKING_AGE:
        raise InvalidInputError("经办人未满 16 周岁", {"operator_id": "经办人未满 16 周岁"})
    return {"operator_id": core.keyring.seal(found.text, place(OPERATOR_ID, row.id))}


def _document(core: Core, row: FirmCase) -> dict[str, Any]:
    number = core.keyring.open(row.operator_id, place(OPERATOR_ID, row.id)) if row.operator_id else ""
    name = core.keyring.open(row.operator_name, place(OPERATOR_NAME, row.id)) if row.operator_name else ""
    return {
        "id": str(row.id),
        "number": row.number,
        "state": row.state,
        "industry": row.industry,
        "industry_name": divisions().get(row.industry, ""),
        "size": row.size,
        "address": row.address,
        "operator_name": name,
        "operator_id": mask_id_number(number),
        "papers": [
            {"kind": one.kind, "picture": one.picture is not None, "sha256": one.sha256, "by": one.by,
             "at": format_time(one.at)}
            for one in sorted(row.papers, key=lambda one: one.at)
        ],
        "reasons": json.loads(row.reasons),
        "submitted_at": format_time(row.submitted_at) if row.submitted_at else None,
        "decided_at": format_time(row.decided_at) if row.decided_at else None,
        "decided_by": row.decided_by,
        "check_due": row.check_due.isoformat() if row.check_due else None,
    }  # fmt: skip


def _ban(row: FirmBan) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "reason": row.reason,
        "from": row.from_day.isoformat(),
        "to": row.to_day.isoformat() if row.to_day else None,
        "by": row.by,
        "at": format_time(row.at),
    }
