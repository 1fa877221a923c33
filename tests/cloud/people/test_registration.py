"""Registration on real tables: one person one record, every door of age, groups, pictures, codes, merging."""

from datetime import date
from uuid import UUID

import pytest

from cloud.identity import public
from cloud.identity.auditmodels import AuditRow
from cloud.people import doors, persons
from cloud.people import service as people
from cloud.people.guidance.cases import open_case, training_intentions
from cloud.people.guidance.drafts import CaseBody
from cloud.people.models import Person
from cloud.people.persons import UnderAgeError, get_person
from cloud.people.registration import listing, sources
from cloud.people.registration.counter import KnownPhoneError, Registered, register
from cloud.people.registration.drafts import FlagEnd, RegistrationBody, SourceBody
from cloud.people.registration.flags import add_flag, confirm_flag, end_flag, flags_of, groups_on
from cloud.people.registration.listing import Wanted, list_persons
from cloud.people.registration.models import GroupFlag, Profile
from cloud.people.registration.origin import Origin, origin_of
from cloud.people.registration.pictures import keep_picture, redraw, show_picture
from cloud.people.registration.profiles import read_profile, save_profile
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.problems import ProblemError
from tests.cloud.clocks import HandClock
from tests.cloud.people.lives import COUNTER, WHOLE, change, flag, picture
from tests.cloud.people.sample import NAME, OTHER_PHONE, PHONE, code_for, id_number, identity, in_by_code, kiosk_of

pytestmark = pytest.mark.db

BY = "staff:li"


def at_counter(order: int = 1, **values: object) -> RegistrationBody:
    asked = {"name": NAME, "id_number": id_number(order=order), "consents": ["terms"], **values}
    return RegistrationBody.model_validate(asked)


async def registered(core: Core, order: int = 1, **values: object) -> Person:
    found = await register(core, at_counter(order, **values), BY)
    assert isinstance(found, Registered), found
    return await get_person(found.person)


async def test_the_counter_registers_once_and_knows_who_comes_again(core: Core) -> None:
    person = await registered(core, station="st-01")
    again = await register(core, at_counter(), BY)
    assert again == Registered(person.id, fresh=False)
    assert (person.channel, person.station, person.proof) == ("counter", "st-01", "counter")
    assert await Person.all().count() == 1
    row = await AuditRow.filter(action="person.register").first()
    assert row is not None
    assert row.actor == BY, "the chain names who wrote it down"
    with pytest.raises(ProblemError) as caught:
        await register(core, at_counter(2, consents=[]), BY)
    assert caught.value.name == "consent-needed"


async def test_a_phone_that_is_known_leads_to_one_record_or_to_two_but_never_by_guessing(
    core: Core, clock: HandClock
) -> None:
    by_phone = (await in_by_code(core)).visitor.id
    with pytest.raises(KnownPhoneError) as caught:
        await register(core, at_counter(phone=PHONE), BY)
    assert caught.value.members["person"]["id"] == str(by_phone)
    assert PHONE not in str(caught.value.members)
    clock.forward(minutes=2)
    code = await code_for(core, PHONE, "prove")
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    refused = await register(core, at_counter(phone=PHONE, phone_is={"same": True, "code": wrong}), BY)
    assert isinstance(refused, ProblemError)
    assert refused.name == "code-wrong"
    assert (await get_person(by_phone)).id_blind is None
    same = await register(core, at_counter(phone=PHONE, phone_is={"same": True, "code": code}), BY)
    assert same == Registered(by_phone, fresh=False)
    other = await registered(core, 2, phone=PHONE, phone_is={"same": False})
    assert other.id != by_phone
    assert other.phone_blind is None, "it is called there, it logs in nowhere"
    assert (await read_profile(core, other))["contact_phone"] == "138****0001"
    assert await Person.all().count() == 2


async def test_a_proved_phone_makes_two_records_one_with_everything_they_had(core: Core, clock: HandClock) -> None:
    carded = await registered(core)
    await add_flag(core, carded, flag(), COUNTER, confirm=True)
    visitor = (await in_by_code(core)).visitor
    by_phone = await get_person(visitor.id)
    await save_profile(core, by_phone, change(born="1990-03-07", **WHOLE), origin_of(visitor))
    await open_case(core, by_phone, CaseBody(kind="training", wish="叉车"), origin_of(visitor))
    clock.forward(minutes=2)
    code = await code_for(core, PHONE, "prove")
    found = await register(core, at_counter(phone=PHONE, phone_is={"same": True, "code": code}), BY)
    assert found == Registered(carded.id, fresh=False)
    kept = await get_person(carded.id)
    profile = await read_profile(core, kept)
    assert [wish["words"] for wish in profile["wishes"]] == ["焊工 要带证 日结"], "the fuller profile stays"
    assert profile["registered_at"]
    assert [one["group"] for one in await flags_of(core, kept)] == ["long_unemployed"]
    assert (await training_intentions(date(2026, 1, 1), date(2026, 12, 31))).persons == 1
    assert await Profile.all().count() == 1
    assert await Person.all().count() == 1


async def test_a_phone_of_another_card_is_not_taken_over_even_with_its_code(core: Core, clock: HandClock) -> None:
    code = await code_for(core, PHONE, "prove")
    await registered(core, phone=PHONE, phone_is={"same": True, "code": code})
    clock.forward(minutes=2)
    code = await code_for(core, PHONE, "prove")
    with pytest.raises(ConflictError, match="另一位"):
        await register(core, at_counter(2, phone=PHONE, phone_is={"same": True, "code": code}), BY)
    assert await Person.all().count() == 1


async def test_a_registration_counts_when_it_says_who_of_which_age_wants_what(core: Core) -> None:
    visitor = (await in_by_code(core)).visitor
    person = await get_person(visitor.id)
    told = await save_profile(core, person, change(wishes=[{"words": "保洁"}]), origin_of(visitor))
    assert (told["registered_at"], told["standing"]) == (None, "unknown")
    told = await save_profile(core, person, change(born="1990-03-07"), origin_of(visitor))
    assert told["registered_at"]
    before = told["completeness"]["score"]
    told = await save_profile(core, person, change(skills=[], trainings=[]), origin_of(visitor))
    assert told["completeness"]["score"] > before, "nothing to say is an answer"
    told = await save_profile(core, person, change(skills=["做饭"]), origin_of(visitor))
    assert told["answered"] == ["trainings"]
    assert told["wishes"][0]["words"] == "保洁", "what was not sent stays"


async def test_who_says_he_is_fifteen_leaves_nothing_behind(core: Core) -> None:
    visitor = (await in_by_code(core)).visitor
    person = await get_person(visitor.id)
    with pytest.raises(UnderAgeError):
        await save_profile(core, person, change(born="2010-03-03", wishes=[{"words": "送外卖"}]), origin_of(visitor))
    assert not await Profile.all().count()
    with pytest.raises(ProblemError) as caught:
        await open_case(core, person, CaseBody(kind="training", wish="叉车"), origin_of(visitor))
    assert caught.value.name == "age-unknown"


async def test_a_card_says_the_age_whatever_was_typed(core: Core) -> None:
    _, kiosk = await kiosk_of(core)
    visitor = (await people.log_in_by_card(core, kiosk, identity(core, born="20090101"), ("terms",))).visitor
    person = await get_person(visitor.id)
    told = await save_profile(core, person, change(born="1980-01-01", **WHOLE), origin_of(visitor))
    assert (told["standing"], told["born"]) == ("minor", None)
    with pytest.raises(doors.BarredError) as caught:
        await doors.require_admission(core, person, occupation="6-16-01-05")
    assert caught.value.members["bars"][0]["law"].startswith("劳动法 第64条")
    with pytest.raises(doors.BarredError):
        await doors.require_admission(core, person, venues={"internet_cafe"})
    await doors.require_admission(core, person, occupation="4-02-07-09")


async def test_a_card_makes_a_registration_of_what_was_told_before(core: Core) -> None:
    _, kiosk = await kiosk_of(core)
    visitor = (await in_by_code(core, kiosk=kiosk)).visitor
    told = await save_profile(core, await get_person(visitor.id), change(**WHOLE), origin_of(visitor))
    assert (told["registered_at"], told["completeness"]["score"]) == (None, 85)
    await people.prove_by_card(core, visitor, identity(core))
    row = await Profile.get()
    assert (row.completeness, row.registered_at is not None) == (100, True)


async def test_flags_are_claimed_confirmed_and_ended_and_count_by_the_day(core: Core) -> None:
    person = await registered(core)
    visitor = public.Visitor("seeker", str(person.id))
    claimed = await add_flag(core, person, flag(), origin_of(visitor), confirm=False)
    assert (claimed["fault"], claimed["confirmed_by"], claimed["reference"]) == ("not_confirmed", None, "****0117")
    confirmed = await confirm_flag(core, person, claimed["id"], BY)
    assert (confirmed["fault"], confirmed["confirmed_by"]) == (None, BY)
    with pytest.raises(ConflictError):
        await confirm_flag(core, person, claimed["id"], BY)
    ended = await end_flag(core, person, claimed["id"], FlagEnd(on=date(2026, 3, 2), why="已就业"), BY)
    assert ended["fault"] == "ended"
    days = [(person.id, date(2025, 12, 31)), (person.id, date(2026, 3, 1)), (person.id, date(2026, 3, 2))]
    found = await groups_on(days)
    assert [found[day] for day in days] == [(), ("long_unemployed",), ()]
    with pytest.raises(InvalidInputError, match="年龄"):
        await add_flag(core, person, flag("older"), COUNTER, confirm=True)
    with pytest.raises(InvalidInputError, match="照片"):
        await add_flag(core, person, flag(picture=str(UUID(int=1))), COUNTER, confirm=True)
    assert await GroupFlag.all().count() == 1


async def test_pictures_are_drawn_anew_sealed_and_shown_to_whom_the_chain_names(core: Core) -> None:
    person, other = await registered(core), await registered(core, 2)
    kept = await keep_picture(core, person.id, await redraw(picture()), BY)
    shown = await show_picture(core, person.id, kept["id"], "staff:wang")
    assert shown.startswith(b"\xff\xd8\xff")
    assert len(shown) == kept["bytes"]
    assert await AuditRow.filter(action="picture.read", actor="staff:wang").count() == 1
    with pytest.raises(NotFoundError):
        await show_picture(core, other.id, kept["id"], BY)
    with pytest.raises(InvalidInputError):
        await redraw(b"%PDF-1.4 no picture")


async def test_lists_filter_and_find_only_by_the_whole_name_or_number(core: Core) -> None:
    person = await registered(core, station="st-01")
    await save_profile(core, person, change(**WHOLE), COUNTER)
    await add_flag(core, person, flag(), COUNTER, confirm=True)
    await registered(core, 2, name="示例乙")

    async def found(**values: object) -> list[str]:
        rows, _ = await list_persons(core, Wanted(**values))  # type: ignore[arg-type]
        return [row["id"] for row in rows]

    mine = [str(person.id)]
    for text in (NAME, id_number(), "13800000099", "带证"):
        assert str(person.id) in await found(text=text), text
    assert await found(text="示例") == []
    assert await found(text=id_number()[:17]) == []
    for filters in (
        {"group": "long_unemployed"}, {"level": "whole"}, {"district": "321111"}, {"occupation": "6-18-02"},
        {"willing": "yes"}, {"stations": {"st-01"}},
    ):  # fmt: skip
        assert await found(**filters) == mine, filters
    assert await found(group="youth") == []
    assert await found(not_recommended=True) == mine
    assert len(await found()) == 2
    first, following = await list_persons(core, Wanted(), limit=1)
    assert following is not None
    rest, end = await list_persons(core, Wanted(), UUID(following), limit=1)
    assert (len(first), len(rest), end) == (1, 1, None)
    strip = await listing.strip_of(core, None)
    assert (strip["registered"], strip["today"], strip["grouped"]) == (1, 1, 1)
    assert (await listing.strip_of(core, {"st-02"}))["registered"] == 0


async def test_a_sign_s_code_is_counted_and_kept_as_the_source(core: Core) -> None:
    made = await sources.make_source(core, SourceBody(label="谏壁驿站门口", station="st-01"), BY)
    for _ in range(3):
        assert await sources.note_scan(core, made["code"])
    assert await sources.note_scan(core, "nothing") is None
    visitor = (await in_by_code(core, OTHER_PHONE)).visitor
    origin = Origin(visitor.label, "phone", "", made["code"])
    await save_profile(
        core, await get_person(visitor.id), change(born="1990-03-07", wishes=[{"words": "送货"}]), origin
    )
    row = (await sources.list_sources(date(2026, 1, 1), date(2026, 12, 31)))[0]
    assert (row["scans"], row["registrations"]) == (3, 1)
    await sources.end_source(core, made["code"], BY)
    assert await sources.note_scan(core, made["code"]) is None
    with pytest.raises(NotFoundError):
        await sources.end_source(core, made["code"], BY)


async def test_the_masked_record_shows_no_number(core: Core) -> None:
    person = await registered(core)
    await save_profile(core, person, change(**WHOLE), COUNTER)
    shown = f"{persons.masked(core, person)} {await read_profile(core, person)}"
    assert id_number() not in shown
    assert "13800000099" not in shown
    assert "会" not in (await read_profile(core, person)).get("ability", "")
