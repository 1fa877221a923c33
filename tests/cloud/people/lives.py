"""A jobseeker who was helped: every table of registration, guidance and placements has a row of his."""

import io
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from PIL import Image

from cloud.people import service as people
from cloud.people.guidance.cases import open_case
from cloud.people.guidance.catalogue import note_enquiry
from cloud.people.guidance.drafts import CaseBody, EnquiryBody, NoteBody
from cloud.people.guidance.notes import write_note
from cloud.people.models import Person
from cloud.people.persons import get_person
from cloud.people.placements.drafts import ClaimBody, FollowUpBody, ProofBody
from cloud.people.placements.follow_ups import answer_follow_up, list_follow_ups
from cloud.people.placements.placements import add_proof, claim
from cloud.people.registration.certificates import add_certificate
from cloud.people.registration.drafts import CertificateBody, FlagBody, ProfileChange
from cloud.people.registration.flags import add_flag
from cloud.people.registration.origin import Origin
from cloud.people.registration.pictures import keep_picture, redraw
from cloud.people.registration.profiles import save_profile
from cloud.platform.core import Core
from cloud.platform.times import market_day
from tests.cloud.clocks import HandClock

COUNTER: Final = Origin("staff:li", "counter", "st-01")
#: What only this person's rows hold, in the open.
SECRETS: Final = (
    "电焊和装配都能做",
    "T321100-0042",
    "SY-2026-0117",
    "谈了两次转岗",
    "下周三带简历来",
    "先问课程时间",
    "白天班有没有",
    "周末班可以",
    "回执-20260301",
    "本人说三月一日上岗",
    "还在原单位",
    "13800000099",
)
WHOLE: Final = {
    "education": "70",
    "district": "321111",
    "street": "321111003",
    "skills": ["电焊"],
    "wishes": [{"words": "焊工 要带证 日结", "occupation": "6-18-02-04"}],
    "forms": ["temporary", "project"],
    "places": ["321111"],
    "hours": "白天，能加班",
    "pay": {"floor_fen": 20_000, "unit": "day"},
    "trainings": ["叉车"],
    "ability": "电焊和装配都能做",
    "contact_phone": "13800000099",
    "willing": True,
}


def change(**values: object) -> ProfileChange:
    """Return a change of a profile."""
    return ProfileChange.model_validate(values)


def picture(colour: str = "white") -> bytes:
    """Return a photo of a paper as a phone sends it."""
    kept = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(kept, "PNG")
    return kept.getvalue()


def flag(group: str = "long_unemployed", proof: str = "unemployment_card", **values: object) -> FlagBody:
    """Return a flag that holds from the first of the year."""
    asked = {"group": group, "proof": proof, "reference": "SY-2026-0117", "valid_from": date(2026, 1, 1), **values}
    return FlagBody.model_validate(asked)


def job(person: UUID, started_on: date, employer: str = "示范物流有限公司", **values: object) -> ClaimBody:
    """Return a claim of a placement."""
    asked = {"person": str(person), "employer": employer, "form": "temporary", "started_on": started_on, **values}
    return ClaimBody.model_validate(asked)


def talk(core: Core, answer: str = "本人说三月一日上岗") -> ProofBody:
    """Return a talk on the telephone that proves a placement."""
    return ProofBody(kind="telephone", whom="person", answer=answer, asked_at=core.now())


async def helped(core: Core, person_id: UUID) -> Person:
    """Let a person be registered, guided, placed and asked again; some days pass."""
    person = await get_person(person_id)
    await save_profile(core, person, change(**WHOLE), COUNTER)
    body = CertificateBody(name="焊工证", number="T321100-0042", issuer="应急管理局", valid_to=date(2029, 1, 1))
    await add_certificate(core, person, body, COUNTER)
    kept = await keep_picture(core, person.id, await redraw(picture()), COUNTER.by)
    await add_flag(core, person, flag(picture=kept["id"]), COUNTER, confirm=True)
    note = NoteBody(topic="career", way="counter", content="谈了两次转岗", next_step="下周三带简历来")
    await write_note(core, person, note, COUNTER.by)
    await open_case(core, person, CaseBody(kind="training", wish="叉车", note="先问课程时间"), COUNTER)
    asked = EnquiryBody(kind="training", person=str(person.id), question="白天班有没有", answer="周末班可以")
    await note_enquiry(core, asked, COUNTER)
    placed = await claim(core, job(person.id, market_day(core.now())), COUNTER.by)
    await add_proof(core, placed["id"], ProofBody(kind="province", reference="回执-20260301"), COUNTER.by)
    await add_proof(core, placed["id"], talk(core), COUNTER.by)
    assert isinstance(core.clock, HandClock)
    core.clock.forward(seconds=timedelta(days=30).total_seconds())
    await people.make_follow_ups(core)
    task = (await list_follow_ups(core))[0]
    await answer_follow_up(core, task["id"], FollowUpBody(result="lasted", answer="还在原单位"), COUNTER.by)
    core.clock.forward(seconds=-timedelta(days=30).total_seconds())
    return person
