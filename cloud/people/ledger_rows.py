"""Rows of the ledgers of registration, guidance, services and placements (cloud/ledgers/registry.py)."""

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, Final

from cloud.jobs import service as jobs
from cloud.people.guidance.models import GuidanceNote, ServiceCase, ServiceOffer
from cloud.people.guidance.steps import Kind
from cloud.people.models import Person
from cloud.people.persons import open_field
from cloud.people.placements.models import Placement, PlacementProof
from cloud.people.placements.period import key_group_placed
from cloud.people.placements.proofs import proof_rules
from cloud.people.registration.flags import groups_on
from cloud.people.registration.models import JobWish, Profile
from cloud.people.registration.tables import districts, educations, groups, streets
from cloud.people.rows import open_text
from cloud.platform.core import Core
from cloud.platform.paging import each
from cloud.platform.times import market_day

Rows = AsyncIterator[dict[str, Any]]
_WILLING: Final = {True: "有意愿", False: "暂无意愿", None: "未说明"}


async def registration_rows(core: Core, start: datetime, end: datetime) -> Rows:
    """Yield the registrations (求职登记) that began to count in a time."""
    found = Profile.filter(registered_at__gte=start, registered_at__lt=end).prefetch_related("person")
    async for row in each(found):
        wishes = await JobWish.filter(profile_id=row.id).order_by("rank")
        day = market_day(row.registered_at or end)
        held = (await groups_on([(row.person.id, day)]))[row.person.id, day]
        forms = [jobs.FORMS[form] for form in json.loads(row.forms)]
        yield {
            **await _who(core, row.person),
            "registered_at": row.registered_at,
            "sex": row.person.sex or "",
            "education": educations().get(row.education, ""),
            "lives": f"{districts().get(row.district, '')}{streets().get(row.district, {}).get(row.street, '')}",
            "wishes": "、".join(wish.words for wish in wishes),
            "forms": "、".join(forms),
            "skills": "、".join(json.loads(row.skills)),
            "trainings": "、".join(json.loads(row.trainings)),
            "groups": _names(held),
            "willing": _WILLING[row.willing],
            "completeness": row.completeness,
            "channel": row.channel,
            "station": row.station,
            "by": row.registered_by.partition(":")[2] if row.registered_by.startswith("staff:") else "本人",
        }


async def guidance_rows(core: Core, start: datetime, end: datetime) -> Rows:
    """Yield the talks of one-to-one guidance of a time; what was said stays with the guidance staff."""
    async for row in each(GuidanceNote.filter(at__gte=start, at__lt=end).prefetch_related("person")):
        yield {
            **await _who(core, row.person),
            "at": row.at,
            "topic": row.topic,
            "way": row.way,
            "next_on": row.next_on,
            "station": row.station,
            "by": row.by.partition(":")[2],
        }


async def training_rows(core: Core, start: datetime, end: datetime) -> Rows:
    """Yield the training intentions of a time."""
    async for row in _cases(core, ("training",), start, end):
        yield row


async def startup_rows(core: Core, start: datetime, end: datetime) -> Rows:
    """Yield the appointments for start-up help of a time."""
    async for row in _cases(core, ("startup",), start, end):
        yield row


async def employment_rows(core: Core, start: datetime, end: datetime) -> Rows:
    """Yield the guidance to employment registration, pension and injury cover of a time, with what came of it."""
    async for row in _cases(core, ("employment", "pension", "injury"), start, end):
        yield row


async def placement_rows(core: Core, start: datetime, end: datetime) -> Rows:
    """Yield the placements whose work began in a time, each with its verdict in that time."""
    first, last = market_day(start), market_day(end - timedelta(microseconds=1))
    placed = await key_group_placed(first, last)
    verdicts = {one.row.id: one.verdict for one in placed.judged}
    held = {one.row.id: one.row.groups for one in placed.judged}
    found = Placement.filter(started_on__gte=first, started_on__lte=last).prefetch_related("person")
    async for row in each(found):
        proofs = await PlacementProof.filter(placement_id=row.id).order_by("id")
        yield {
            **await _who(core, row.person),
            "started_on": row.started_on,
            "employer": row.employer,
            "title": row.title,
            "form": jobs.FORMS[row.form],
            "groups": _names(held.get(str(row.id), ())),
            "state": row.state,
            "proofs": "、".join(f"{proof_rules()[one.kind].name}（{one.source}）" for one in proofs),
            "verdict": verdicts.get(str(row.id), ""),
            "claimed_at": row.claimed_at,
            "by": row.claimed_by.partition(":")[2],
        }


async def _cases(core: Core, kinds: tuple[Kind, ...], start: datetime, end: datetime) -> Rows:
    found = ServiceCase.filter(kind__in=list(kinds), opened_at__gte=start, opened_at__lt=end)
    async for row in each(found.prefetch_related("person")):
        offer = await ServiceOffer.get_or_none(id=row.about) if row.about else None
        yield {
            **await _who(core, row.person),
            "opened_at": row.opened_at,
            "kind": row.kind,
            "title": offer.title if offer else row.wish,
            "wanted_on": row.wanted_on,
            "state": row.state,
            "outcome": row.outcome,
            "channel": row.channel,
            "station": row.station,
            "changed_at": row.changed_at,
        }


async def _who(core: Core, person: Person) -> dict[str, Any]:
    """Return who somebody is and where he is called, in the open: whoever shows a row masks it."""
    phone = open_field(core, person, "phone")
    if phone is None:
        row = await Profile.get_or_none(person_id=person.id)
        phone = open_text(core, "profile.contact_phone", row.id, row.contact_phone) if row else ""
    name, number = open_field(core, person, "name"), open_field(core, person, "id_number")
    return {"name": name or "", "id_number": number or "", "phone": phone}


def _names(held: tuple[str, ...]) -> str:
    return "、".join(groups()[one].name for one in held if one in groups())
