"""Ways in, what they prove, and records that become one."""

from datetime import timedelta

import pytest

from cloud.identity import public
from cloud.identity.assurance import ACTS, NEEDS, Proofs, missing_proof
from cloud.identity.public import Opened, ProofNeededError
from cloud.identity.public_models import KioskToken, PublicSession
from cloud.identity.realname import RealName
from cloud.people import service as people
from cloud.people.models import Consent, Person
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError
from cloud.platform.problems import ProblemError
from tests.cloud.clocks import HandClock
from tests.cloud.people.faces import enrol
from tests.cloud.people.sample import (
    NAME,
    OTHER_PHONE,
    PHONE,
    TERMS,
    code_for,
    id_number,
    identity,
    in_by_code,
    kiosk_of,
)

pytestmark = pytest.mark.db


async def test_a_phone_code_registers_once_and_only_with_the_terms(core: Core) -> None:
    code = await code_for(core)
    with pytest.raises(ProblemError) as caught:
        await people.log_in_by_code(core, PHONE, code, [])
    assert caught.value.name == "consent-needed"
    assert not await Person.all().count()
    first = await people.log_in_by_code(core, PHONE, code, TERMS)
    assert isinstance(first, Opened), "the code was not used up by the question for the terms"
    again = await people.log_in_by_code(core, PHONE, await _later(core), [])
    assert isinstance(again, Opened)
    assert first.visitor.name == again.visitor.name
    assert first.visitor.assurance == "phone"
    row = await Person.get(id=first.visitor.id)
    assert PHONE not in f"{row.phone} {row.phone_blind}"
    assert people.masked(core, row)["phone"] == "138****0001"


async def test_a_wrong_code_is_returned_and_its_try_is_counted(core: Core) -> None:
    code = await code_for(core)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for expected in ["code-wrong"] * 4 + ["code-gone"]:
        found = await people.log_in_by_code(core, PHONE, wrong, TERMS)
        assert isinstance(found, ProblemError)
        assert found.name == expected
    assert isinstance(await people.log_in_by_code(core, PHONE, code, TERMS), ProblemError)


async def test_a_card_at_a_kiosk_registers_who_is_sixteen(core: Core, clock: HandClock) -> None:
    _, kiosk = await kiosk_of(core)
    with pytest.raises(people.UnderAgeError):
        identity(core, born="20100303")
    assert identity(core, born="20100302").number.sex == "male"
    opened = await people.log_in_by_card(core, kiosk, identity(core), TERMS)
    assert (opened.visitor.assurance, opened.visitor.station) == ("card", "st-01")
    person = await people.get_person(opened.visitor.id)
    shown = people.masked(core, person)
    assert (shown["name"], shown["sex"], shown["age"], shown["minor"]) == ("示**", "male", 35, False)
    assert shown["id_number"] == "1101**********" + id_number()[-4:]
    assert shown["address"] == "镇江市润州区示例路****"
    assert (person.proof, person.station, person.channel) == ("card", "st-01", "kiosk")
    again = await people.log_in_by_card(core, kiosk, identity(core), [])
    assert again.visitor.name == opened.visitor.name
    minor = await people.log_in_by_card(core, kiosk, identity(core, born="20090101"), TERMS)
    assert people.masked(core, await people.get_person(minor.visitor.id))["minor"] is True
    del clock


async def test_a_kiosk_session_is_bound_to_its_slot_and_ends_after_a_minute(core: Core, clock: HandClock) -> None:
    token, kiosk = await kiosk_of(core)
    other_token, _ = await kiosk_of(core, slot="kiosk-2")
    opened = await people.log_in_by_card(core, kiosk, identity(core), TERMS)
    assert await public.visitor_of(core, opened.secret) is None
    assert await public.visitor_of(core, opened.secret, other_token) is None
    assert await public.visitor_of(core, opened.secret, token) == opened.visitor
    for _ in range(3):
        clock.forward(seconds=59)
        assert await public.visitor_of(core, opened.secret, token), "each use starts the minute again"
    clock.forward(seconds=60)
    assert await public.visitor_of(core, opened.secret, token) is None
    assert not await PublicSession.all().count()


async def test_one_person_at_a_kiosk_at_a_time(core: Core) -> None:
    token, kiosk = await kiosk_of(core)
    first = await people.log_in_by_card(core, kiosk, identity(core), TERMS)
    second = await people.log_in_by_card(core, kiosk, identity(core, order=2, name="示例乙"), TERMS)
    assert await public.visitor_of(core, first.secret, token) is None
    assert await public.visitor_of(core, second.secret, token) == second.visitor


async def test_a_new_token_of_a_kiosk_replaces_the_old_one_and_it_expires(core: Core, clock: HandClock) -> None:
    old, _ = await kiosk_of(core)
    new, _ = await kiosk_of(core)
    assert await public.visitor_of(core, old) is None
    assert await public.visitor_of(core, new) is not None
    assert not await KioskToken.exists(id=new)
    clock.forward(days=365)
    assert await public.visitor_of(core, new) is None


async def test_the_card_makes_a_phone_record_one_with_the_card_s(core: Core) -> None:
    _, kiosk = await kiosk_of(core)
    carded = await people.log_in_by_card(core, kiosk, identity(core), TERMS)
    by_phone = await in_by_code(core, kiosk=kiosk)
    await public.link(core, by_phone.visitor.id, "wechat", "openid-1")
    assert by_phone.visitor.name != carded.visitor.name
    visitor = await people.prove_by_card(core, by_phone.visitor, identity(core))
    assert visitor.name == carded.visitor.name
    assert visitor.assurance == "card"
    assert await Person.all().count() == 1
    kept = await people.get_person(visitor.id)
    assert people.revealed(core, kept)["phone"] == PHONE
    assert await public.person_linked(core, "wechat", "openid-1") == kept.id
    assert await Consent.filter(person_id=kept.id).count() == 2
    assert (await people.log_in_by_wechat(core, "openid-1")).visitor.id == kept.id


async def test_another_person_s_card_is_refused(core: Core) -> None:
    _, kiosk = await kiosk_of(core)
    opened = await people.log_in_by_card(core, kiosk, identity(core), TERMS)
    with pytest.raises(ConflictError):
        await people.prove_by_card(core, opened.visitor, identity(core, order=2, name="示例乙"))
    await people.log_in_by_card(core, kiosk, identity(core, order=2, name="示例乙"), TERMS)
    with pytest.raises(ConflictError):
        await people.prove_by_card(core, opened.visitor, identity(core, order=2, name="示例乙"))
    assert await Person.all().count() == 2


async def test_a_phone_that_is_handed_on_belongs_to_who_proved_it_last(core: Core, clock: HandClock) -> None:
    _, kiosk = await kiosk_of(core)
    first = await in_by_code(core, kiosk=kiosk)
    first_id = (await people.prove_by_card(core, first.visitor, identity(core))).id
    second = await people.log_in_by_card(core, kiosk, identity(core, order=2, name="示例乙"), TERMS)
    clock.forward(minutes=2)
    await people.change_phone(core, second.visitor, PHONE, await code_for(core, PHONE, "prove"))
    assert people.revealed(core, await people.get_person(second.visitor.id))["phone"] == PHONE
    assert people.revealed(core, await people.get_person(first_id))["phone"] is None


async def test_a_face_needs_its_consent_and_proves_nothing_alone(core: Core) -> None:
    _, kiosk = await kiosk_of(core)
    opened = await people.log_in_by_card(core, kiosk, identity(core), TERMS)
    refused = await people.log_in_by_face(core, kiosk, opened.visitor.id)
    assert isinstance(refused, ProblemError)
    assert refused.name == "no-face-consent"
    await people.give_consents(core, opened.visitor.id, ["face"], "kiosk")
    await enrol(core, opened.visitor.id)
    by_face = await people.log_in_by_face(core, kiosk, opened.visitor.id)
    assert isinstance(by_face, Opened)
    assert by_face.visitor.assurance == "phone"
    both = await people.prove_by_card(core, by_face.visitor, identity(core))
    assert both.assurance == "card+face"
    other = await people.log_in_by_card(core, kiosk, identity(core, order=2, name="示例乙"), TERMS)
    with pytest.raises(ConflictError):
        await people.prove_by_face(core, other.visitor, opened.visitor.id)
    await people.withdraw_consent(core, opened.visitor.id, "face")
    assert isinstance(await people.log_in_by_face(core, kiosk, opened.visitor.id), ProblemError)


async def test_wechat_opens_only_what_was_linked(core: Core) -> None:
    with pytest.raises(ConflictError, match="绑定"):
        await people.log_in_by_wechat(core, "openid-1")
    opened = await in_by_code(core)
    await people.link_wechat(core, opened.visitor, "openid-1")
    assert (await people.log_in_by_wechat(core, "openid-1")).visitor.name == opened.visitor.name
    other = await in_by_code(core, OTHER_PHONE)
    with pytest.raises(ConflictError, match="另一个"):
        await people.link_wechat(core, other.visitor, "openid-1")


async def test_a_real_name_match_with_the_person_present_counts_like_a_card(core: Core) -> None:
    visitor = (await in_by_code(core)).visitor
    absent = await people.prove_by_name(core, visitor, identity(core), "http", RealName("match", present=False))
    assert isinstance(absent, public.Visitor)
    assert absent.assurance == "phone"
    for result in ("mismatch", "unchecked"):
        refused = await people.prove_by_name(core, visitor, identity(core), "none", RealName(result))
        assert isinstance(refused, ProblemError)
        assert refused.name == f"realname-{result}"
    proved = await people.prove_by_name(core, visitor, identity(core), "http", RealName("match", True, "ref-1"))
    assert isinstance(proved, public.Visitor)
    assert proved.assurance == "card"
    person = await people.get_person(proved.id)
    assert (person.proof, people.revealed(core, person)["name"]) == ("real-name", NAME)


async def test_each_act_names_the_level_that_it_needs(core: Core, clock: HandClock) -> None:
    _, kiosk = await kiosk_of(core)
    visitor = (await in_by_code(core, kiosk=kiosk)).visitor
    allowed = {"phone": {"me.read", "me.write", "me.erase", "me.phone"}}
    allowed["card"] = allowed["phone"] | {"me.reveal"}
    allowed["card+face"] = allowed["card"] | {"me.payout", "me.sign"}
    assert _may(core, visitor) == allowed["phone"]
    visitor = await people.prove_by_card(core, visitor, identity(core))
    assert _may(core, visitor) == allowed["card"] | {"me.payout", "me.sign"}, "the code was entered a moment ago"
    clock.forward(minutes=11)
    assert _may(core, visitor) == allowed["card"]
    await people.give_consents(core, visitor.id, ["face"], "kiosk")
    with pytest.raises(ProblemError, match="没有在这个驿站登记人脸"):
        await people.prove_by_face(core, visitor, visitor.id)
    await enrol(core, visitor.id)
    visitor = await people.prove_by_face(core, visitor, visitor.id)
    assert _may(core, visitor) == allowed["card+face"]
    with pytest.raises(ProblemError) as caught:
        public.require_act(core, visitor, "employer.read")
    assert caught.value.name == "forbidden"


async def test_who_never_showed_a_card_erases_with_a_fresh_code_and_who_did_needs_it(
    core: Core, clock: HandClock
) -> None:
    visitor = (await in_by_code(core)).visitor
    clock.forward(minutes=11)
    with pytest.raises(ProofNeededError) as caught:
        public.require_act(core, visitor, "me.erase")
    assert caught.value.missing == "code"
    fresh = await people.prove_by_code(core, visitor, await code_for(core, PHONE, "prove"))
    assert isinstance(fresh, public.Visitor)
    public.require_act(core, fresh, "me.erase")
    _, kiosk = await kiosk_of(core)
    at_kiosk = (await in_by_code(core, OTHER_PHONE, kiosk)).visitor
    await people.prove_by_card(core, at_kiosk, identity(core))
    at_home = (await _in_again(core, clock, OTHER_PHONE)).visitor
    with pytest.raises(ProofNeededError) as caught:
        public.require_act(core, at_home, "me.erase")
    assert caught.value.missing == "card"


def test_the_table_of_acts_is_whole_and_a_higher_level_never_allows_less() -> None:
    assert set(NEEDS) == set(ACTS)
    now = HandClock().now()
    long_ago = now - timedelta(days=1)
    ladder = [Proofs(long_ago), Proofs(long_ago, long_ago), Proofs(long_ago, long_ago, long_ago)]
    for act in ACTS:
        granted = [missing_proof(act, proofs, now, carded=True) == "" for proofs in ladder]
        assert granted == sorted(granted)


def _may(core: Core, visitor: public.Visitor) -> set[str]:
    acts: set[str] = set()
    for act in ACTS:
        try:
            public.require_act(core, visitor, act)
        except ProblemError:
            continue
        acts.add(act)
    return acts


async def _later(core: Core, phone: str = PHONE) -> str:
    """Return a code although one was sent within the minute."""
    clock = core.clock
    assert isinstance(clock, HandClock)
    clock.forward(minutes=2)
    return await code_for(core, phone)


async def _in_again(core: Core, clock: HandClock, phone: str) -> Opened:
    clock.forward(minutes=2)
    return await in_by_code(core, phone)
