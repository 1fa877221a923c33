"""Faces in the cloud: who may be kept where, who must go, who has answered, and what a face may open."""

import hashlib
import json
from datetime import date
from uuid import UUID

import pytest

from cloud.fleet.models import Alarm
from cloud.fleet.service import apply_site
from cloud.identity import service as identities
from cloud.identity.auditmodels import AuditRow
from cloud.identity.public import Opened, Visitor
from cloud.identity.public_models import PublicSession
from cloud.legal import papers
from cloud.people import service as people
from cloud.people.faces import bounds, correcting, counting, galleries, shapes, staff, status, tombstones, upkeep
from cloud.people.faces.models import FaceEnrolment, FaceLook, FaceMark, FaceSignIn, FaceTombstone
from cloud.people.merging import merge
from cloud.people.models import ErasureReceipt
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.notify.models import Notification
from cloud.platform.problems import ProblemError
from provisioning.facepack.build import MODEL_ID
from provisioning.site import parse_site
from tests.cloud.clocks import HandClock
from tests.cloud.people.faces import applied, consent_of, enrol, erased, look, look_id, published, with_face
from tests.cloud.people.sample import TERMS, identity, in_by_code, kiosk_of

pytestmark = pytest.mark.db

SITE = '[site]\nid = "demo"\nname = "示范"\n' + "".join(
    f"""
[[stations]]
id = "st-0{number}"
name = "驿站{number}"
[[stations.slots]]
id = "face-1"
kind = "face"
device = {{ id = "camera-{number}", serial = "F-{number}", profile = "{profile}", address = "file:/faces.mp4" }}
"""
    for number, profile in ((1, tombstones.CAMERA), (2, tombstones.CAMERA), (3, "face-terminal"))
)


@pytest.fixture
async def market(core: Core) -> Core:
    """Return a market of two stations with cameras for faces, and one with a maker's terminal."""
    await apply_site(core, parse_site(SITE))
    return core


async def test_a_list_names_who_agrees_and_grows_only_when_it_says_something_else(market: Core) -> None:
    _, kiosk = await kiosk_of(market)
    person = await with_face(market, kiosk)
    await enrol(market, person)
    told = (await published(market))["st-01"]
    assert (told["ids"], told["gone"], told["count"], told["url"], told["sha256"]) == ([str(person)], [], 1, None, None)
    await enrol(market, person)  # the same event again, after a crash
    assert await published(market) == {}
    other = await with_face(market, kiosk, order=2)
    await enrol(market, other)
    again = (await published(market))["st-01"]
    assert again["rev"] > told["rev"]
    assert again["ids"] == sorted([str(person), str(other)])


@pytest.mark.parametrize("case", ["none", "older", "nobody", "words"])
async def test_who_does_not_agree_now_goes_at_once(market: Core, case: str) -> None:
    _, kiosk = await kiosk_of(market)
    person = await with_face(market, kiosk)
    consent = await consent_of(person)
    if case == "nobody":
        person = UUID("0195f3c2-5555-7000-8000-0000000000ff")
    elif case != "words":
        await people.withdraw_consent(market, person, "face")
    if case == "older":
        await people.give_consents(market, person, ["face"], "phone")
    await enrol(market, person, consent="face-consent" if case == "words" else consent)
    told = (await published(market))["st-01"]
    assert told["ids"] == []
    assert [one["id"] for one in told["gone"]] == [str(person)]
    assert not await FaceEnrolment.exists(state="enrolled")
    assert await counting.count_people() == 1, "it lies there until the station says that it does not"
    row = await AuditRow.filter(action="face.enrol").first()
    assert row is not None
    assert row.result == "refused"


async def test_withdrawn_it_goes_from_every_station_that_may_hold_it_and_each_must_answer(
    market: Core, clock: HandClock
) -> None:
    _, kiosk = await kiosk_of(market)
    person = await with_face(market, kiosk)
    await enrol(market, person)
    before = (await published(market))["st-01"]["rev"]
    await people.withdraw_consent(market, person, "face")
    told = await published(market)
    assert sorted(told) == ["st-01", "st-02"], "a station that is offline may hold what it has not told"
    assert told["st-01"]["ids"] == []
    assert {one["gone"][0]["id"] for one in told.values()} == {str(person)}
    await applied(market, "st-01", before)
    assert await waiting(market) == ["st-01", "st-02"], "an older list says nothing of it"
    await applied(market, "st-01", stream="ops")
    assert await waiting(market) == ["st-01", "st-02"], "what is in no signed digest is no receipt"
    await applied(market, "st-01")
    assert await waiting(market) == ["st-01", "st-02"], "a template lay there: its erasure must name him"
    await applied(market, "st-02")
    assert await waiting(market) == ["st-01"]
    shown = (await status.erasures(market))[0]
    assert (shown.done, shown.stations, shown.why, shown.late) == (1, 2, "withdrawn", False)
    own = await status.own(market, person)
    assert own.deletion is not None
    assert (own.deletion.done, own.deletion.stations, own.deletion.waiting) == (1, 2, ["驿站1"])
    await erased(market, "st-01", left=[person])
    assert await waiting(market) == ["st-01"]
    await erased(market, "st-01", person)
    assert await waiting(market) == []
    assert await counting.count_people() == 0
    assert (await FaceTombstone.get(station="st-01")).receipt.startswith("store-1:evidence:")
    clock.forward(days=31)
    await upkeep.keep_up(market)
    assert (await published(market))["st-01"]["gone"] == []


async def test_who_agrees_again_is_not_erased_by_the_old_list(market: Core, clock: HandClock) -> None:
    _, kiosk = await kiosk_of(market)
    person = await with_face(market, kiosk)
    await enrol(market, person)
    await published(market)
    await people.withdraw_consent(market, person, "face")
    await published(market)
    await applied(market, "st-01")
    await erased(market, "st-01", person)
    clock.forward(minutes=5)
    async with market.outbox.transaction():
        await people.give_consents(market, person, ["face"], "phone")
    assert [told["gone"] for station, told in (await published(market)).items() if station == "st-01"] == [[]]
    await enrol(market, person)
    assert (await published(market))["st-01"]["ids"] == [str(person)]
    # Again in force while another station has not answered to the first withdrawal: that one still must.
    assert await waiting(market) == ["st-02"]


async def test_a_template_that_comes_after_its_tombstone_is_waited_for_anew(market: Core) -> None:
    _, kiosk = await kiosk_of(market)
    person = await with_face(market, kiosk)
    consent = await consent_of(person)
    await people.withdraw_consent(market, person, "face")
    first = (await published(market))["st-02"]["rev"]
    await enrol(market, person, "st-02", consent)  # it was offline when it enrolled him
    assert (await published(market))["st-02"]["rev"] > first
    await applied(market, "st-02", first)
    assert "st-02" in await waiting(market)


async def test_an_account_that_is_erased_has_a_receipt_of_each_station(market: Core) -> None:
    _, kiosk = await kiosk_of(market)
    person = await with_face(market, kiosk)
    await enrol(market, person)
    await look(market, person)
    await published(market)
    document = await people.erase_person(market, person, "staff:li", "counter", "counter")
    assert [one["follower"] for one in document["receipts"]] == ["files", "face:st-01", "face:st-02"]
    await people.retry_followers(market)
    assert {row.follower for row in await ErasureReceipt.filter(at=None)} == {"face:st-01", "face:st-02"}
    told = await published(market)
    assert told["st-01"]["gone"][0]["id"] == str(person)
    await applied(market, "st-01")
    await erased(market, "st-01", person)
    assert {row.follower for row in await ErasureReceipt.filter(at=None)} == {"face:st-02"}
    assert not await FaceEnrolment.all().exists()
    row = await FaceLook.get(look=look_id("look-1"))
    assert str(row.person) == str(person), "the record of the comparison stays, without biometrics"


async def test_two_records_that_are_one_person_leave_no_template_under_the_old_id(market: Core) -> None:
    _, kiosk = await kiosk_of(market)
    by_phone = (await in_by_code(market, kiosk=kiosk)).visitor.id
    await people.give_consents(market, by_phone, ["face"], "kiosk")
    await enrol(market, by_phone)
    await look(market, by_phone)
    carded = (await people.log_in_by_card(market, kiosk, identity(market), TERMS)).visitor.id
    async with market.outbox.transaction():
        await merge(market, await people.get_person(carded), await people.get_person(by_phone))
    told = (await published(market))["st-01"]
    assert (told["ids"], told["gone"][0]["id"]) == ([], str(by_phone))
    assert (await FaceTombstone.get(station="st-01")).why == "merged"
    assert str((await FaceLook.get(look=look_id("look-1"))).booked) == str(carded)
    assert await Notification.filter(template="face-again").count() == 1


async def test_many_ids_are_fetched_by_an_address_that_only_their_station_was_told(
    market: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(galleries, "MAX_INLINE", 1)
    _, kiosk = await kiosk_of(market)
    ids = [await with_face(market, kiosk, order=number) for number in (1, 2)]
    for one in ids:
        await enrol(market, one)
    told = (await published(market))["st-01"]
    assert (told["ids"], told["count"]) == (None, 2)
    path, _, query = told["url"].partition("?")
    station, rev = path.removeprefix("/galleries/").removesuffix(".json").split("/")
    signature = query.removeprefix("sig=")
    body = await galleries.fetched(market, station, int(rev), signature)
    assert hashlib.sha256(body).hexdigest() == told["sha256"]
    assert json.loads(body) == sorted(str(one) for one in ids)
    for wrong in ((station, int(rev), "0" * 64), ("st-02", int(rev), signature), (station, int(rev) - 1, signature)):
        with pytest.raises(NotFoundError):
            await galleries.fetched(market, *wrong)


async def test_no_tombstone_is_forgotten_when_there_are_too_many_for_one_list(
    market: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(galleries, "MAX_GONE", 2)
    people_of_old = [UUID(int=number) for number in range(1, 6)]
    async with market.outbox.transaction():
        for one in people_of_old:
            await tombstones.leave_station(market, one, "st-01", "unused")
    told: list[str] = []
    for _ in range(3):
        gone = (await published(market))["st-01"]["gone"]
        told += [one["id"] for one in gone]
        await erased(market, "st-01", *(UUID(one["id"]) for one in gone))
        await applied(market, "st-01")
    assert {str(one) for one in people_of_old} <= set(told)
    assert await waiting(market) == []


async def test_a_face_opens_a_session_only_where_it_is_enrolled_and_a_refusal_is_counted(
    market: Core, clock: HandClock
) -> None:
    _, kiosk = await kiosk_of(market)
    _, elsewhere = await kiosk_of(market, "st-02")
    person = await with_face(market, kiosk)
    assert await refused(market, kiosk, person) == "face-not-enrolled"
    await enrol(market, person)
    assert await refused(market, elsewhere, person) == "face-not-enrolled"
    opened = await people.log_in_by_face(market, kiosk, person)
    assert isinstance(opened, Opened), "its event is on its way"
    assert opened.visitor.assurance == "phone"
    await look(market, person)
    assert (await FaceSignIn.get(result="ok")).look == look_id("look-1")
    other = await with_face(market, kiosk, order=2)
    await enrol(market, other)
    assert await refused(market, kiosk, other) == "face-other-look", "the kiosk has just seen somebody else"
    clock.forward(minutes=2)
    await look(market, None, "look-2")
    assert await refused(market, kiosk, person) == "face-other-look"
    await people.withdraw_consent(market, person, "face")
    clock.forward(seconds=61)
    assert await refused(market, kiosk, person) == "no-face-consent", "at once, whatever stations have heard"
    for _ in range(2):
        await refused(market, kiosk, UUID(int=7))
    assert await refused(market, kiosk, other) == "face-too-often"
    rows = await AuditRow.filter(action="seeker.login", result="refused")
    assert len(rows) == 8
    assert len(await FaceSignIn.exclude(result="ok")) == 8


async def test_a_wrong_identity_is_moved_or_cancelled_and_its_template_goes(market: Core) -> None:
    _, kiosk = await kiosk_of(market)
    wrong, right = [await with_face(market, kiosk, order=number) for number in (1, 2)]
    await enrol(market, wrong)
    await look(market, wrong)
    await people.log_in_by_face(market, kiosk, wrong)
    row = await FaceLook.get(look=look_id("look-1"))
    for whose in (wrong, UUID(int=9)):
        with pytest.raises(InvalidInputError):
            await correcting.correct(market, str(row.id), "staff:li", "认错了", whose)
    with pytest.raises(InvalidInputError):
        await correcting.correct(market, str(row.id), "staff:li", " ", right)
    await correcting.correct(market, str(row.id), "staff:li", "认错了", right)
    row = await FaceLook.get(look=look_id("look-1"))
    assert (str(row.person), str(row.booked), row.corrected_by) == (str(wrong), str(right), "staff:li")
    assert not await PublicSession.exists(subject=wrong)
    assert (await published(market))["st-01"]["gone"][0]["id"] == str(wrong)
    assert await people.has_consent(wrong, "face"), "he may be enrolled again at once"
    assert await Notification.filter(template="face-again").count() == 1
    with pytest.raises(ConflictError):
        await correcting.correct(market, str(row.id), "staff:li", "再来一次")
    with pytest.raises(NotFoundError):
        await correcting.deny(market, str(row.id), wrong, f"seeker:{wrong}")
    audit = await AuditRow.filter(action="face.correct")
    assert [one.reason for one in audit] == ["认错了"]


async def test_comparisons_are_searched_with_their_margin_and_counted_by_how_they_ended(market: Core) -> None:
    _, kiosk = await kiosk_of(market)
    person = await with_face(market, kiosk)
    await enrol(market, person)
    await look(market, person, "a")
    await look(market, person, "a")  # told twice, kept once
    await look(market, None, "b", second_factor="none")
    await look(market, person, "c", outcome="other", mode="verify", station="st-02", second_factor="none")
    found, _ = await status.list_looks(shapes.LooksQuery())
    assert {one.look for one in found} == {look_id(name) for name in "abc"}
    assert {one.margin for one in found} == {0.49}
    assert {one.booked for one in found if one.look != look_id("a")} == {None}, "who was not recognised is nobody"
    mine, _ = await status.list_looks(shapes.LooksQuery(person=str(person), station="st-02"))
    assert [one.look for one in mine] == [look_id("c")]
    none, _ = await status.list_looks(shapes.LooksQuery(outcome="gave_up"), ["st-01"])
    assert none == []
    rates = await status.rates(shapes.LooksQuery())
    assert (rates.total, rates.unknown, rates.refused, rates.second_factor) == (3, 1, 1, 1)


async def test_the_count_of_people_alarms_once_and_the_second_one_says_by_when_to_file(
    market: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = market.settings.model_copy(update={"face_warn_people": 1, "face_filing_people": 2})
    monkeypatch.setattr(type(market), "settings", few)
    _, kiosk = await kiosk_of(market)
    for number in (1, 2):
        person = await with_face(market, kiosk, order=number)
        await enrol(market, person)
        await enrol(market, person, "st-02")
        assert await FaceMark.all().count() == number, "a person counts once, whatever the stations"
    warned, filed = await FaceMark.all().order_by("threshold")
    assert (warned.due_on, filed.due_on) == (None, date(2026, 4, 14))
    assert await Alarm.filter(kind="face_count", open=True).count() == 2


def test_thirty_working_days_leave_out_weekends_and_holidays() -> None:
    assert counting.filing_day(date(2026, 3, 2)) == date(2026, 4, 14)  # 30 weekdays, Qingming off
    assert counting.filing_day(date(2026, 3, 6), 1) == date(2026, 3, 9)
    assert counting.filing_day(date(2029, 3, 2), 1) == date(2029, 3, 5), "no notice yet: weekends alone"


async def test_who_was_not_recognised_for_a_year_goes_and_is_told(market: Core, clock: HandClock) -> None:
    _, kiosk = await kiosk_of(market)
    person, other = [await with_face(market, kiosk, order=number) for number in (1, 2)]
    for one in (person, other):
        await enrol(market, one)
    clock.forward(days=200)
    await look(market, other)
    clock.forward(days=166)
    await upkeep.keep_up(market)
    told = (await published(market))["st-01"]
    assert (told["ids"], [one["id"] for one in told["gone"]]) == ([str(other)], [str(person)])
    assert [row.template for row in await Notification.all()] == ["face-unused"]


async def test_a_station_that_does_not_answer_for_a_day_is_an_alarm_until_it_does(
    market: Core, clock: HandClock
) -> None:
    _, kiosk = await kiosk_of(market)
    person = await with_face(market, kiosk)
    await people.withdraw_consent(market, person, "face")
    await published(market)
    clock.forward(hours=23)
    await upkeep.keep_up(market)
    assert not await Alarm.exists()
    await applied(market, "st-01")
    clock.forward(hours=2)
    await upkeep.keep_up(market)
    alarm = await Alarm.get()
    assert (alarm.kind, alarm.station, alarm.open) == ("face_erasure", "st-02", True)
    assert (await status.erasures(market))[0].late
    await applied(market, "st-02")
    await upkeep.keep_up(market)
    assert not await Alarm.exists(open=True)


async def test_staff_are_who_they_agreed_to_be_and_only_one_to_one(market: Core) -> None:
    account = "li"
    await identities.add_account(market, account, "counter", "correct horse battery")
    _, kiosk = await kiosk_of(market)
    person = (await people.log_in_by_card(market, kiosk, identity(market), TERMS)).visitor.id
    with pytest.raises(ConflictError):
        await staff.link(market, account, str(person), "staff:ma")
    await people.give_consents(market, person, ["face"], "kiosk")
    with pytest.raises(NotFoundError):
        await staff.link(market, "nobody", str(person), "staff:ma")
    await staff.link(market, account, str(person), "staff:ma")
    await enrol(market, person)
    await look(market, person, "one", mode="verify", outcome="same")
    await look(market, person, "many")
    assert [row.staff for row in await FaceLook.all().order_by("id")] == [account, ""]
    assert [(one.account, one.stations) for one in await staff.list_staff()] == [(account, ["st-01"])]
    await people.withdraw_consent(market, person, "face")
    assert await staff.list_staff() == []
    with pytest.raises(NotFoundError):
        await staff.unlink(market, account, "staff:ma")


async def test_old_rows_go_and_what_waits_for_an_answer_stays(market: Core, clock: HandClock) -> None:
    _, kiosk = await kiosk_of(market)
    person = await with_face(market, kiosk)
    await enrol(market, person)
    await look(market, person)
    await people.log_in_by_face(market, kiosk, person)
    await people.withdraw_consent(market, person, "face")
    await published(market)
    await applied(market, "st-02")
    clock.forward(days=1)
    assert await people.forget_faces(market, market.now()) == 3
    assert [row.station for row in await FaceTombstone.all()] == ["st-01"]


def test_what_may_be_claimed_of_a_pack_follows_its_measurement() -> None:
    measured = bounds.bound_of("yizhan-faces-1@ad81ef08", 4)
    assert (measured.measured, measured.rate, measured.needs_second, measured.most_people) == (True, 0.00238, False, 4)
    assert bounds.bound_of("yizhan-faces-1@ad81ef08", 5).needs_second
    assert bounds.bound_of("yizhan-faces-1@ad81ef08", 5, 0.57).rate == 0.00601, "never less than it may be"
    unknown = bounds.bound_of("buffalo_l", 2)
    assert (unknown.measured, unknown.rate, unknown.needs_second, unknown.most_people) == (False, 0.01, True, 1)
    assert bounds.bound_of("yizhan-faces-1", 1, 0.3).rate == 1.0, "below what was measured anybody may be anybody"
    assert list(bounds.PACKS) == [MODEL_ID], "the pack that we build is one whose rates are known"


async def test_the_impact_assessment_says_how_many_faces_lie_where(market: Core) -> None:
    _, kiosk = await kiosk_of(market)
    for number in (1, 2):
        await enrol(market, await with_face(market, kiosk, order=number), "st-02")
    author = identities.Principal(kind="staff", name="ma", role="manager", stations=None)
    row = await papers.make(market, "face", author, conclusion="可以使用", residual="低")
    figures = json.loads(row.document)["figures"]
    assert "1 个站点，共 2 人" in figures[0]
    assert "3696 对不同人之间实测，95 % 置信上限 0.24%" in figures[1]
    assert (await papers.live_facts(market, "face")).sha256 == row.facts_sha256, "one more face outdates no paper"


async def waiting(core: Core) -> list[str]:
    """Return the stations that the page says have not answered."""
    found = [place.station for one in await status.erasures(core) for place in one.waiting]
    rows = await FaceTombstone.filter(answered_at=None)
    assert sorted(found) == sorted(row.station for row in rows)
    return sorted(found)


async def refused(core: Core, kiosk: Visitor, person: UUID) -> str:
    """Return why a kiosk may not open a session by this face."""
    found = await people.log_in_by_face(core, kiosk, person)
    assert isinstance(found, ProblemError)
    return found.name
