"""Rounds of verification on a real database: papers, decisions, checks that fall due, the blacklist, counts."""

from datetime import timedelta
from uuid import UUID

import pytest

from cloud.employers import service as employers
from cloud.employers.drafts import CaseDraft, Refusal
from cloud.employers.lookup import recheck_on
from cloud.employers.models import FirmCase, FirmPaper
from cloud.identity.auditmodels import AuditRow
from cloud.jobs import service as jobs
from cloud.jobs.models import Firm
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.notify.models import Notification
from cloud.platform.times import market_day
from tests.cloud.clocks import HandClock
from tests.cloud.employers.sample import (
    DETAILS,
    STAFF,
    hand_in,
    live_post,
    new_firm,
    picture,
    registered,
    state_of,
    verified_firm,
)
from tests.cloud.jobs.drafts import post
from tests.cloud.people.sample import NAME, id_number

pytestmark = pytest.mark.db

KINDS = {"licence", "id_card", "authorisation", "notice"}


async def standing(firm: UUID) -> str:
    return (await Firm.get(id=firm)).standing


async def told(template: str) -> int:
    return await Notification.filter(template=template).count()


async def test_a_round_goes_from_the_phone_to_the_staff_and_back_and_is_verified(core: Core) -> None:
    firm = await new_firm(core)
    with pytest.raises(InvalidInputError) as caught:
        await employers.submit(core, firm, by="employer:x")
    assert set(caught.value.fields) == KINDS | {"industry", "size", "address", "operator_name", "operator_id"}
    await hand_in(core, firm)
    assert await standing(firm) == "submitted"
    assert await employers.count_waiting() == 1
    with pytest.raises(ConflictError):
        await employers.save_details(core, firm, CaseDraft.model_validate(DETAILS), by="employer:x")
    await employers.refuse(core, firm, [Refusal(code="no_seal")], by=STAFF)
    case = await employers.get_case(core, firm)
    assert (case["standing"], case["open"]["reasons"][0]["text"]) == ("refused", "委托证明没有盖公章")
    assert await told("firm-refused") == 1
    await employers.submit(core, firm, by="employer:x")
    await employers.verify(core, firm, by=STAFF, seen=[])
    case = await employers.get_case(core, firm)
    assert (case["standing"], case["open"], case["counting"]["decided_by"]) == ("verified", None, STAFF)
    assert {line["act"] for line in case["history"]} >= {"round", "details", "submitted", "refused", "verified"}
    assert (await Firm.get(id=firm)).verified
    assert await told("firm-verified") == 1


async def test_all_four_papers_are_needed_as_picture_or_original(core: Core) -> None:
    firm = await new_firm(core)
    with pytest.raises(InvalidInputError) as caught:
        await employers.verify(core, firm, by=STAFF, seen=["licence", "id_card"])
    assert set(caught.value.fields) == {"authorisation", "notice"}
    assert await standing(firm) == "draft"
    with pytest.raises(InvalidInputError):
        await employers.verify(core, firm, by=STAFF, seen=["passport"])
    await employers.verify(core, firm, by=STAFF, seen=sorted(KINDS))
    papers = await FirmPaper.all()
    assert {paper.kind for paper in papers} == KINDS
    assert all(paper.by == STAFF and paper.picture is None for paper in papers)


async def test_the_operator_and_the_pictures_are_sealed_and_whoever_looks_is_in_the_audit(core: Core) -> None:
    firm = await new_firm(core)
    await hand_in(core, firm)
    row = await FirmCase.get(firm=firm)
    assert all(text not in str((row.operator_name, row.operator_id)) for text in (NAME, id_number()))
    case = await employers.get_case(core, firm)
    assert case["open"]["operator_id"] == "1101**********" + id_number()[-4:]
    seen = await employers.read_paper(core, firm, str(row.id), "licence", by=STAFF)
    assert seen.startswith(b"\xff\xd8\xff")
    assert await AuditRow.filter(action="paper.read", actor=STAFF, subject=f"firm:{firm}").count() == 1
    with pytest.raises(NotFoundError):
        await employers.read_paper(core, UUID(int=1), str(row.id), "licence", by=STAFF)
    await employers.take_back(core, firm, by="employer:x")
    masked = DETAILS | {"operator_id": case["open"]["operator_id"]}
    await employers.save_details(core, firm, CaseDraft.model_validate(masked), by="employer:x")
    assert (await employers.get_case(core, firm))["open"]["operator_id"] == case["open"]["operator_id"]


@pytest.mark.parametrize("number", ["110101199003070010", "11010119900307", "110101202003070019"])
async def test_an_operator_is_somebody_of_age_with_a_right_number(core: Core, number: str) -> None:
    firm = await new_firm(core)
    number = number.ljust(15, "0")
    with pytest.raises(InvalidInputError) as caught:
        await employers.save_details(core, firm, CaseDraft.model_validate(DETAILS | {"operator_id": number}), by="x")
    assert set(caught.value.fields) == {"operator_id"}


async def test_what_is_no_picture_or_no_paper_is_refused(core: Core) -> None:
    with pytest.raises(InvalidInputError):
        await employers.redraw(core, "licence", b"%PDF-1.7")
    with pytest.raises(NotFoundError):
        await employers.redraw(core, "passport", picture())


async def test_a_check_that_falls_due_reminds_then_stops_publishing_then_takes_posts_down(
    core: Core, clock: HandClock
) -> None:
    firm = await verified_firm(core)
    post_id = await live_post(core, firm)
    due = (await Firm.get(id=firm)).check_due
    assert due is not None
    terms = recheck_on(market_day(core.now()))
    for step, days in enumerate(sorted(terms.remind_days, reverse=True), start=1):
        clock.to_day(due - timedelta(days=days))
        await employers.check_firms(core)
        await employers.check_firms(core)
        assert await told("firm-reminder") == step
    clock.to_day(due + timedelta(days=1))
    with pytest.raises(ConflictError) as caught:
        await live_post(core, firm, title="第二个")
    assert caught.value.name == "firm-check-due"
    await employers.check_firms(core)
    assert (await standing(firm), await state_of(post_id)) == ("due", "published")
    assert (await jobs.get_post(post_id))["firm_due"]
    clock.to_day(due + timedelta(days=terms.grace_days))
    await employers.check_firms(core)
    assert await state_of(post_id) == "published"
    clock.to_day(due + timedelta(days=terms.grace_days + 1))
    await employers.check_firms(core)
    assert (await standing(firm), await state_of(post_id)) == ("lapsed", "closed")
    assert (await jobs.post_history(post_id))[-1]["note"] == "企业核验到期未复核"
    assert [await told(name) for name in ("firm-due", "firm-lapsed")] == [1, 1]


async def test_a_recheck_runs_beside_the_round_that_holds(core: Core, clock: HandClock) -> None:
    firm = await verified_firm(core)
    due = (await Firm.get(id=firm)).check_due
    assert due is not None
    clock.to_day(due - timedelta(days=10))
    await hand_in(core, firm)
    assert await standing(firm) == "verified"
    await live_post(core, firm)
    clock.to_day(due + timedelta(days=2))
    await employers.check_firms(core)
    assert await standing(firm) == "due"
    await employers.verify(core, firm, by=STAFF, seen=[])
    row = await Firm.get(id=firm)
    assert (row.standing, row.check_due) == ("verified", (await FirmCase.get(firm=firm, number=2)).check_due)
    assert (await FirmCase.get(firm=firm, number=1)).state == "superseded"


async def test_a_firm_verified_before_rounds_were_kept_gets_one(core: Core) -> None:
    await verified_firm(core)
    other = {"uscc": "91321100MA0000003X", "name": "旧企业", "contact": {"name": "甲", "phone": "0511-80000000"}}
    old = await jobs.create_firm(core, jobs.FirmDraft.model_validate(other), verified=True)
    await employers.check_firms(core)
    row = await Firm.get(id=old["id"])
    assert (row.standing, row.check_due is not None) == ("verified", True)
    await hand_in(core, UUID(old["id"]))
    assert await standing(UUID(old["id"])) == "verified"


async def test_the_blacklist_closes_posts_and_stops_publishing_until_a_new_check(core: Core, clock: HandClock) -> None:
    firm = await verified_firm(core)
    post_id = await live_post(core, firm)
    until = market_day(core.now()) + timedelta(days=30)
    await employers.ban(core, firm, "多次发布虚假岗位", until, by=STAFF)
    assert (await standing(firm), await state_of(post_id)) == ("blacklisted", "closed")
    case = await employers.get_case(core, firm)
    assert (case["ban"]["reason"], case["ban"]["by"]) == ("多次发布虚假岗位", STAFF)
    for act in (lambda: live_post(core, firm), lambda: employers.ban(core, firm, "again", None, by=STAFF)):
        with pytest.raises(ConflictError) as caught:
            await act()
        assert caught.value.name == "firm-blacklisted"
    with pytest.raises(ConflictError):
        await employers.verify(core, firm, by=STAFF)
    clock.to_day(until)
    await employers.check_firms(core)
    assert await standing(firm) == "blacklisted"
    clock.to_day(until + timedelta(days=1))
    await employers.check_firms(core)
    assert await standing(firm) == "revoked"
    with pytest.raises(ConflictError) as caught:
        await live_post(core, firm)
    assert caught.value.name == "firm-not-verified"
    await employers.verify(core, firm, by=STAFF)
    await live_post(core, firm)


async def test_a_ban_is_lifted_with_a_reason(core: Core) -> None:
    firm = await verified_firm(core)
    await employers.ban(core, firm, "核查中", None, by=STAFF)
    await employers.lift(core, firm, "已核实无误", by=STAFF)
    history = (await employers.get_case(core, firm))["history"]
    assert (history[0]["act"], history[0]["note"]) == ("lift", "已核实无误")
    with pytest.raises(ConflictError):
        await employers.lift(core, firm, "again", by=STAFF)


async def test_a_verification_is_withdrawn_and_posts_in_review_are_stopped(core: Core) -> None:
    firm = await verified_firm(core)
    values = jobs.PostDraft.model_validate(post(str(firm), requirements="35岁以下，能搬运"))
    waiting = await jobs.create_post(core, values, by=STAFF)
    assert (await jobs.publish_post(core, waiting["id"], by=STAFF))["state"] == "in_review"
    await employers.revoke(core, firm, by=STAFF, note="材料不实")
    assert (await standing(firm), await state_of(waiting["id"])) == ("revoked", "blocked")


async def test_registered_firms_are_counted_once_by_the_period_they_held(core: Core, clock: HandClock) -> None:
    start = core.now()
    firm = await verified_firm(core)
    clock.forward(minutes=60)
    await employers.verify(core, firm, by=STAFF)
    end = core.now() + timedelta(days=1)
    assert await employers.count_registered(start, end) == 1
    assert await employers.count_registered(start - timedelta(days=9), start) == 0
    await employers.revoke(core, firm, by=STAFF, note="x")
    assert await employers.count_registered(end, end + timedelta(days=9)) == 0


async def test_papers_are_forgotten_when_no_law_asks_for_them(core: Core, clock: HandClock) -> None:
    firm = await new_firm(core)
    await hand_in(core, firm)
    await employers.verify(core, firm, by=STAFF, seen=[])
    await employers.revoke(core, firm, by=STAFF, note="x")
    assert await employers.forget_papers(core, core.now() - timedelta(days=1)) == 0
    clock.forward(days=2)
    assert await employers.forget_papers(core, core.now()) == 4
    assert (await FirmCase.get(firm=firm)).operator_id is None


async def test_a_firm_registers_itself_once_and_its_owner_is_in(core: Core, clock: HandClock) -> None:
    opened = await registered(core)
    assert (opened.visitor.role, await standing(opened.visitor.firm or UUID(int=0))) == ("owner", "draft")
    clock.forward(minutes=2)
    with pytest.raises(AssertionError):
        await registered(core)
    assert await Firm.all().count() == 1
