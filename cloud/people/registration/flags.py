"""Flags of groups: claimed or confirmed with a proof, ended with a reason; who belongs to a group on which day."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Final
from uuid import UUID

from cloud.identity import audit
from cloud.people.models import Person
from cloud.people.registration.drafts import FlagBody, FlagEnd
from cloud.people.registration.groups import Flag, Whose, fault_on, key_group_on
from cloud.people.registration.models import GroupFlag, Profile
from cloud.people.registration.origin import Origin
from cloud.people.registration.pictures import own_picture
from cloud.people.registration.profiles import NEWS
from cloud.people.registration.tables import groups, proof_kinds
from cloud.people.rows import new_id, open_text, read_id, seal_text
from cloud.platform.core import Core
from cloud.platform.database import after_commit
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.times import market_day
from protocols.venue.timestamps import format_time

MAX_FLAGS: Final = 50
#: Values in one statement; PostgreSQL takes 32,767.
CHUNK: Final = 10_000
#: What stays of the number on a proof for everybody who may see the record.
_TAIL: Final = 4
_AGE_WORDS: Final = {
    "too_young": "年龄还不到这个群体的条件",
    "too_old": "年龄超过了这个群体的条件",
    "no_birth": "还没有登记身份证号：这个群体有年龄条件",
    "rule": "这一天没有这个群体的规定",
}


async def add_flag(core: Core, person: Person, body: FlagBody, origin: Origin, *, confirm: bool) -> dict[str, Any]:
    """Note that somebody belongs to a group; what the staff enter with its proof is confirmed, what he says is not."""
    async with core.outbox.transaction():
        if await GroupFlag.filter(person_id=person.id).count() >= MAX_FLAGS:
            raise ConflictError(f"一个人最多 {MAX_FLAGS} 条群体标记", "too-many")
        await _check_age(person, body)
        row_id, now = new_id(), core.now()
        row = await GroupFlag.create(
            id=row_id, person_id=person.id, key_group=body.group, proof=body.proof, valid_from=body.valid_from,
            reference=seal_text(core, "group_flag.reference", row_id, body.reference), valid_to=body.last_day,
            picture=await own_picture(person.id, body.picture), channel=origin.channel, claimed_by=origin.by,
            claimed_at=now, confirmed_by=origin.by if confirm else "", confirmed_at=now if confirm else None,
        )  # fmt: skip
        await _noted(core, row, "flag.confirm" if confirm else "flag.claim", origin.by)
    return flag_document(core, row, await whose_of(person), market_day(core.now()))


async def confirm_flag(core: Core, person: Person, flag: str, by: str) -> dict[str, Any]:
    """Confirm what somebody said of himself, after the proof was seen."""
    async with core.outbox.transaction():
        row = await _locked(person, flag)
        if row.confirmed_at is not None:
            raise ConflictError("这条标记已经确认", "flag-state")
        row.confirmed_by, row.confirmed_at = by, core.now()
        await row.save(update_fields=["confirmed_by", "confirmed_at"])
        await _noted(core, row, "flag.confirm", by)
    return flag_document(core, row, await whose_of(person), market_day(core.now()))


async def end_flag(core: Core, person: Person, flag: str, body: FlagEnd, by: str) -> dict[str, Any]:
    """End a flag from a day on; the row stays, for it held until then."""
    async with core.outbox.transaction():
        row = await _locked(person, flag)
        if row.ended_on is not None:
            raise ConflictError("这条标记已经结束", "flag-state")
        row.ended_on, row.ended_by, row.ended_why = body.on, by, body.why
        await row.save(update_fields=["ended_on", "ended_by", "ended_why"])
        await _noted(core, row, "flag.end", by)
    return flag_document(core, row, await whose_of(person), market_day(core.now()))


async def flags_of(core: Core, person: Person) -> list[dict[str, Any]]:
    """Return somebody's flags, the newest first, each with whether it counts today and if not why."""
    today, whose = market_day(core.now()), await whose_of(person)
    rows = await GroupFlag.filter(person_id=person.id).order_by("-id")
    return [flag_document(core, row, whose, today) for row in rows]


async def groups_on(days: Collection[tuple[UUID, date]]) -> Mapping[tuple[UUID, date], tuple[str, ...]]:
    """Return (person, day) -> the groups he belonged to that day, in three statements for each CHUNK of persons."""
    persons = sorted({person for person, _ in days})
    flags: dict[UUID, list[Flag]] = defaultdict(list)
    whose: dict[UUID, Whose] = {}
    for start in range(0, len(persons), CHUNK):
        part = persons[start : start + CHUNK]
        for row in await GroupFlag.filter(person_id__in=part):
            flags[UUID(str(row.person_id))].append(flag_of(row))
        whose |= await _whose(await Person.filter(id__in=part))
    nobody = Whose(None, None)
    return {
        (person, day): key_group_on(day, flags[person], groups(), whose.get(person, nobody)) for person, day in days
    }


async def whose_of(person: Person) -> Whose:
    """Return what the rules need to know of somebody."""
    return (await _whose([person]))[person.id]


def flag_of(row: GroupFlag) -> Flag:
    """Return a row as the rules read it."""
    return Flag(str(row.id), row.key_group, row.valid_from, row.valid_to, row.confirmed_at is not None, row.ended_on)


def flag_document(core: Core, row: GroupFlag, whose: Whose, day: date) -> dict[str, Any]:
    """Return a flag as REST shows it; of the number on the proof the last four characters."""
    rule = groups().get(row.key_group)
    reference = open_text(core, "group_flag.reference", row.id, row.reference)
    return {
        "id": str(row.id),
        "group": row.key_group,
        "group_name": rule.name if rule else row.key_group,
        "kind": rule.kind if rule else "key",
        "proof": row.proof,
        "proof_name": proof_kinds().get(row.proof, row.proof),
        "reference": f"****{reference[-_TAIL:]}" if reference else "",
        "picture": str(row.picture) if row.picture else None,
        "valid_from": row.valid_from.isoformat(),
        "valid_to": row.valid_to.isoformat(),
        "claimed_by": row.claimed_by,
        "claimed_at": format_time(row.claimed_at),
        "confirmed_by": row.confirmed_by or None,
        "confirmed_at": format_time(row.confirmed_at) if row.confirmed_at else None,
        "ended_on": row.ended_on.isoformat() if row.ended_on else None,
        "ended_why": row.ended_why,
        "fault": fault_on(day, flag_of(row), rule, whose),
    }


async def _whose(persons: Sequence[Person]) -> dict[UUID, Whose]:
    said = {
        UUID(str(row["person_id"])): row["born"]
        for row in await Profile.filter(person_id__in=[one.id for one in persons]).values("person_id", "born")
    }
    return {one.id: Whose(one.birth or said.get(one.id), one.sex) for one in persons}


async def _check_age(person: Person, body: FlagBody) -> None:
    flag = Flag("", body.group, body.valid_from, body.last_day, confirmed=True)
    fault = fault_on(body.valid_from, flag, groups()[body.group], await whose_of(person))
    if fault in _AGE_WORDS:
        words = _AGE_WORDS[fault]
        raise InvalidInputError(words, {"group": words})


async def _locked(person: Person, flag: str) -> GroupFlag:
    row = await GroupFlag.select_for_update().get_or_none(id=read_id(flag, "flag"), person_id=person.id)
    if row is None:
        raise NotFoundError("there is no such flag")
    return row


async def _noted(core: Core, row: GroupFlag, action: str, by: str) -> None:
    details = {"flag": str(row.id), "group": row.key_group}
    await audit.record(core, by, action, f"person:{row.person_id}", details=details)
    after_commit(partial(core.hub.publish, NEWS, {"id": str(row.person_id)}))
