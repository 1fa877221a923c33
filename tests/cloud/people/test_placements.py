"""Placements on real tables: what proves, who disputes, who counts, who is asked again."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from cloud.identity.auditmodels import AuditRow
from cloud.jobs import service as jobs
from cloud.people.doors import BarredError
from cloud.people.models import Person
from cloud.people.persons import UnderAgeError
from cloud.people.placements.drafts import ClaimBody, FollowUpBody, ProofBody
from cloud.people.placements.follow_ups import answer_follow_up, list_follow_ups, make_follow_ups
from cloud.people.placements.models import PlacementFollowUp
from cloud.people.placements.period import key_group_placed, listed
from cloud.people.placements.placements import (
    act,
    add_proof,
    claim,
    confirm_by_employer,
    get_placement,
    placements_at,
    proof_picture,
)
from cloud.people.registration.flags import add_flag
from cloud.people.registration.models import GroupFlag
from cloud.people.registration.pictures import keep_picture, redraw
from cloud.people.registration.profiles import save_profile
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from tests.cloud.clocks import HandClock
from tests.cloud.jobs.drafts import FIRM
from tests.cloud.jobs.drafts import post as draft
from tests.cloud.people.lives import COUNTER, change, flag, job, picture, talk
from tests.cloud.people.sample import id_number
from tests.cloud.people.test_registration import registered

pytestmark = pytest.mark.db

BY = "staff:li"
TODAY = date(2026, 3, 2)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


async def member(core: Core, order: int = 1) -> Person:
    """Return a jobseeker of a key group."""
    person = await registered(core, order)
    await add_flag(core, person, flag(), COUNTER, confirm=True)
    return person


async def placed(core: Core, person: Person, employer: str = "示范物流", on: date = TODAY) -> dict[str, Any]:
    """Return a proved placement."""
    row = await claim(core, job(person.id, on, employer), BY)
    return await add_proof(core, row["id"], talk(core), BY)


async def test_the_same_person_placed_three_times_counts_once(core: Core) -> None:
    person = await member(core)
    for number, employer in enumerate(("甲厂", "乙厂", "丙厂")):
        await placed(core, person, employer, TODAY - timedelta(days=number))
    found = await key_group_placed(*YEAR)
    assert found.count == 1
    rows = await listed(core, found)
    assert [(row["employer"], row["verdict"]) for row in rows] == [
        ("甲厂", "again"),
        ("乙厂", "again"),
        ("丙厂", "counted"),
    ]
    assert {row["first"] for row in rows} == {None, rows[2]["id"]}


async def test_a_placement_without_a_proof_counts_nothing_and_is_listed_with_what_is_missing(core: Core) -> None:
    person = await member(core)
    row = await claim(core, job(person.id, TODAY), BY)
    found = await key_group_placed(*YEAR)
    assert found.count == 0
    assert [(one["id"], one["verdict"], one["proofs"]) for one in await listed(core, found)] == [
        (row["id"], "no_proof", [])
    ]
    proved = await add_proof(core, row["id"], talk(core), BY)
    assert (proved["state"], proved["proofs"][0]["source"]) == ("proved", "operator")
    found = await key_group_placed(*YEAR)
    assert found.count == 1
    assert (await listed(core, found, "counted"))[0]["proofs"] == ["telephone:operator"]
    assert (await key_group_placed(date(2025, 1, 1), date(2025, 12, 31))).count == 0


async def test_the_group_is_that_of_the_day_and_a_flag_that_ends_later_changes_nothing_before(
    core: Core,
) -> None:
    person, stranger = await member(core), await registered(core, 2)
    await placed(core, person)
    await placed(core, stranger)
    assert (await key_group_placed(*YEAR)).count == 1
    assert [one.verdict for one in (await key_group_placed(*YEAR)).judged].count("no_group") == 1
    await GroupFlag.all().update(ended_on=TODAY + timedelta(days=1), ended_by=BY)
    assert (await key_group_placed(*YEAR)).count == 1
    await GroupFlag.all().update(ended_on=TODAY)
    assert (await key_group_placed(*YEAR)).count == 0


async def test_the_purchaser_disputes_upholds_and_rejects_and_each_step_is_kept(core: Core) -> None:
    person = await member(core)
    row = await placed(core, person)
    assert (await act(core, row["id"], "dispute", "staff:purchaser", "电话打不通"))["state"] == "disputed"
    assert (await key_group_placed(*YEAR)).count == 0
    with pytest.raises(ConflictError):
        await act(core, row["id"], "dispute", "staff:purchaser", "再来一次")
    assert (await act(core, row["id"], "uphold", "staff:purchaser", "核实无误"))["state"] == "proved"
    assert (await key_group_placed(*YEAR)).count == 1
    await act(core, row["id"], "dispute", "staff:purchaser", "又有疑问")
    gone = await act(core, row["id"], "reject", "staff:purchaser", "查无此人")
    assert [line["state"] for line in gone["history"]] == [
        "claimed", "proved", "disputed", "proved", "disputed", "rejected",
    ]  # fmt: skip
    with pytest.raises(ConflictError):
        await add_proof(core, row["id"], talk(core), BY)
    assert (await key_group_placed(*YEAR)).count == 0


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "contract"},
        {"kind": "employer"},
        {"kind": "insurance", "reference": "号码不能代替照片"},
        {"kind": "telephone", "answer": "在岗"},
        {"kind": "telephone", "asked_at": "2026-03-02T01:00:00.000Z"},
    ],
)
def test_a_proof_that_lacks_what_its_kind_needs_is_none(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="请"):
        ProofBody.model_validate(given)


async def test_a_talk_before_the_work_began_or_yet_to_come_proves_nothing(core: Core) -> None:
    person = await member(core)
    row = await claim(core, job(person.id, TODAY), BY)
    for away in (timedelta(days=-1), timedelta(minutes=1)):
        body = ProofBody(kind="telephone", answer="在岗", asked_at=core.now() + away)
        with pytest.raises(InvalidInputError):
            await add_proof(core, row["id"], body, BY)
    assert (await get_placement(core, row["id"]))["state"] == "claimed"


async def test_a_firm_vouches_for_who_works_there_and_for_nobody_else(core: Core) -> None:
    person = await member(core)
    firm = await jobs.create_firm(core, jobs.FirmDraft.model_validate(FIRM), verified=True)
    post = await jobs.create_post(core, jobs.PostDraft.model_validate(draft(firm["id"])), by=BY)
    row = await claim(core, job(person.id, TODAY, "", post=post["id"]), BY)
    with pytest.raises(NotFoundError):
        await confirm_by_employer(core, row["id"], UUID(int=9), "employer:other")
    for _ in range(2):
        assert (await confirm_by_employer(core, row["id"], UUID(firm["id"]), "employer:own"))["state"] == "proved"
    proofs = (await get_placement(core, row["id"]))["proofs"]
    assert [(one["kind"], one["source"]) for one in proofs] == [("employer", "employer")]
    assert [one["id"] for one in await placements_at(UUID(firm["id"]))] == [row["id"]]
    assert (await key_group_placed(*YEAR)).count == 1


async def test_a_picture_proves_and_only_who_asks_for_it_sees_it(core: Core) -> None:
    person = await member(core)
    row = await claim(core, job(person.id, TODAY), BY)
    kept = await keep_picture(core, person.id, await redraw(picture()), BY)
    proved = await add_proof(core, row["id"], ProofBody(kind="insurance", picture=kept["id"]), BY)
    proof = proved["proofs"][0]
    assert (proved["state"], proof["picture"]) == ("proved", kept["id"])
    assert (await proof_picture(core, row["id"], proof["id"], "staff:purchaser")).startswith(b"\xff\xd8\xff")
    assert await AuditRow.filter(action="picture.read", actor="staff:purchaser").count() == 1
    talked = await add_proof(core, row["id"], talk(core), BY)
    assert talked["proofs"][1]["answer"] is None
    opened = await get_placement(core, row["id"], in_the_open=True)
    assert opened["proofs"][1]["answer"] == "本人说三月一日上岗"
    with pytest.raises(NotFoundError):
        await proof_picture(core, row["id"], talked["proofs"][1]["id"], BY)


async def test_a_claim_is_of_a_post_or_an_employer_once_and_not_in_the_future(core: Core) -> None:
    person = await member(core)
    firm = await jobs.create_firm(core, jobs.FirmDraft.model_validate(FIRM), verified=True)
    post = await jobs.create_post(core, jobs.PostDraft.model_validate(draft(firm["id"])), by=BY)
    row = await claim(core, job(person.id, TODAY, "", post=post["id"]), BY)
    assert (row["employer"], row["title"], row["firm"]) == (firm["name"], post["title"], firm["id"])
    with pytest.raises(ConflictError, match="已经有了"):
        await claim(core, job(person.id, TODAY, "", post=post["id"]), BY)
    with pytest.raises(InvalidInputError):
        await claim(core, job(person.id, TODAY + timedelta(days=1)), BY)
    with pytest.raises(ValueError, match="请选择岗位"):
        ClaimBody.model_validate({"person": str(person.id), "form": "temporary", "started_on": TODAY})


async def test_no_placement_of_a_child_and_none_of_a_minor_where_the_law_forbids(core: Core) -> None:
    minor = await registered(core, id_number=id_number("20090101"))
    with pytest.raises(BarredError):
        await claim(core, job(minor.id, TODAY, occupation="6-29-01-05"), BY)
    assert (await claim(core, job(minor.id, TODAY), BY))["state"] == "claimed"
    with pytest.raises(UnderAgeError):
        await claim(core, job(minor.id, date(2024, 12, 31)), BY)


async def test_after_thirty_days_somebody_asks_and_the_answer_is_kept(core: Core, clock: HandClock) -> None:
    row = await placed(core, await member(core))
    await claim(core, job((await member(core, 2)).id, TODAY), BY)
    clock.forward(days=29)
    assert await make_follow_ups(core) == "新增 0 项"
    clock.forward(days=1)
    assert await make_follow_ups(core) == "新增 1 项"
    assert await make_follow_ups(core) == "新增 0 项", "once a placement, and unproved ones not at all"
    task = (await list_follow_ups(core))[0]
    assert (task["placement"], task["due_on"], task["state"]) == (row["id"], "2026-04-01", "open")
    again = await answer_follow_up(core, task["id"], FollowUpBody(result="unreached"), BY)
    assert (again["state"], again["tries"]) == ("unreached", 1)
    assert [one["id"] for one in await list_follow_ups(core)] == [task["id"]]
    done = await answer_follow_up(core, task["id"], FollowUpBody(result="ended", answer="做了二十天"), BY)
    assert (done["state"], done["tries"], done["answer"]) == ("ended", 2, "做了二十天")
    assert await list_follow_ups(core) == []
    assert len(await list_follow_ups(core, waiting=False)) == 1
    with pytest.raises(ConflictError):
        await answer_follow_up(core, task["id"], FollowUpBody(result="unreached"), BY)
    kept = await PlacementFollowUp.get(id=task["id"])
    assert "二十" not in (kept.answer or "")


async def test_a_changed_birth_date_is_no_way_around(core: Core) -> None:
    person = await registered(core)
    told = await save_profile(core, person, change(born="1950-01-01"), COUNTER)
    assert told["born"] is None, "the card has said it"
