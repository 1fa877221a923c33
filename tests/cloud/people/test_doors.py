"""Every door through the whole application: nobody below 16 gets in, whoever holds it open for him (DOORS)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pytest

from cloud.identity import public
from cloud.identity import service as identity
from cloud.people import service as people
from cloud.people.models import Person
from cloud.people.persons import create_person, get_person
from cloud.people.placements.models import Placement
from cloud.people.registration.models import Profile
from cloud.platform.database import transaction
from tests.cloud.people.sample import NAME, PHONE, id_number, in_by_code, kiosk_of
from tests.cloud.running import Running

pytestmark = pytest.mark.broker

UNDER_16: Final = "urn:yizhan:problem:under-16"


def child() -> str:
    """Return the birth date of somebody of nine, as an ID number writes it."""
    return f"{date.today().year - 9}0101"  # noqa: DTZ011 - the core under test has the machine's clock


@dataclass(frozen=True, slots=True)
class Door:
    """One way by which a person and work may meet: method, address, and what somebody of nine would send."""

    name: str
    method: str
    path: str
    body: Callable[["Hall"], dict[str, Any]]
    caller: str = "staff"


@dataclass(frozen=True, slots=True)
class Hall:
    """Who is there: headers by caller, an adult at the kiosk, and a child whom an old version let in."""

    headers: dict[str, dict[str, str]]
    child: str


def _card(hall: Hall) -> dict[str, Any]:
    del hall
    return {"name": NAME, "id_number": id_number(child())}


def _born(hall: Hall) -> dict[str, Any]:
    del hall
    text = child()
    return {"born": f"{text[:4]}-{text[4:6]}-{text[6:]}", "wishes": [{"words": "送外卖"}]}


DOORS: Final = (
    Door("kiosk: card", "POST", "kiosk/sessions/card", lambda hall: _card(hall) | {"consents": ["terms"]}, "kiosk"),
    Door("kiosk: card in a session by phone", "POST", "seeker/proofs/card", _card, "at kiosk"),
    Door("kiosk: questions", "PATCH", "seeker/profile", _born, "at kiosk"),
    Door("phone: questions", "PATCH", "seeker/profile", _born, "phone"),
    Door("phone: real-name check", "POST", "seeker/proofs/name", _card, "phone"),
    Door("counter: registration", "POST", "people", lambda hall: _card(hall) | {"consents": ["terms"]}),
    Door("counter: profile", "PATCH", "people/{child}/profile", lambda _: {"wishes": [{"words": "送外卖"}]}),
    Door("counter: guidance", "POST", "people/{child}/guidance",
         lambda _: {"topic": "career", "way": "counter", "content": "想打工"}),
    Door("counter: services", "POST", "people/{child}/services", lambda _: {"kind": "training", "wish": "叉车"}),
    Door("phone: training", "POST", "seeker/training-intentions", lambda _: {"wish": "叉车"}, "child"),
    Door("phone: start-up", "POST", "seeker/appointments", lambda _: {"wish": "开店"}, "child"),
    Door("placement", "POST", "placements",
         lambda hall: {"person": hall.child, "employer": "某店", "form": "temporary", "started_on": "2026-03-01"}),
)  # fmt: skip


async def hall_of(running: Running) -> Hall:
    """Return a hall with a kiosk, phones, and a record with a child's birth date."""
    core = running.core
    token, kiosk = await kiosk_of(core)
    at_kiosk = await in_by_code(core, "13800000003", kiosk)
    phone = await in_by_code(core, PHONE)
    async with transaction():
        row = await create_person(core, "phone")
        await people.give_consents(core, row.id, ["terms"], "phone")
    text = child()
    await Person.filter(id=row.id).update(birth=date(int(text[:4]), 1, 1))
    young = await public.open_session(core, public.Subject("seeker", row.id), public.Proofs(phone_at=core.now()))

    def bearer(secret: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {secret}"}

    headers = {
        "staff": {}, "kiosk": bearer(token), "phone": bearer(phone.secret), "child": bearer(young.secret),
        "at kiosk": bearer(at_kiosk.secret) | {"Yizhan-Kiosk": token},
    }  # fmt: skip
    return Hall(headers, str(row.id))


async def test_nobody_below_sixteen_gets_through_any_door_and_nothing_is_kept(running: Running) -> None:
    hall = await hall_of(running)
    known = await Person.all().count()
    answers = {}
    for door in DOORS:
        path = f"/api/v1/{door.path.replace('{child}', hall.child)}"
        response = await running.call(door.method, path, headers=hall.headers[door.caller], json=door.body(hall))
        answers[door.name] = (response.status, (await response.json(content_type=None))["type"])
    assert answers == {door.name: (403, UNDER_16) for door in DOORS}
    assert await Person.all().count() == known
    assert not await Profile.all().count()
    assert not await Placement.all().count()


async def test_the_pages_say_it_kindly_and_keep_nothing(running: Running) -> None:
    core = running.core
    opened = await in_by_code(core)
    cookies = {"Cookie": f"yz_me={opened.secret}", "Authorization": ""}
    text = child()
    form = {"csrf": opened.visitor.csrf, "born": f"{text[:4]}-{text[4:6]}-{text[6:]}"}
    response = await running.call("POST", "/my/register?q=born", headers=cookies, data=form)
    assert response.status == 403
    assert "满 16 周岁那天起，欢迎您再来" in await response.text()
    await identity.add_account(core, "li", "counter", "correct horse battery")
    staff = await identity.log_in(core, "li", "correct horse battery")
    cookies = {"Cookie": f"yz_session={staff.cookie}", "Authorization": ""}
    form = {"csrf": staff.principal.csrf, "name": NAME, "id_number": id_number(child()), "consents": "terms"}
    response = await running.call("POST", "/people/new", headers=cookies, data=form)
    assert response.status == 403
    assert "未满 16 周岁" in await response.text()
    assert not await Profile.all().count()
    assert (await get_person(opened.visitor.id)).birth is None


async def test_a_kiosk_s_session_registers_and_wishes_for_training(running: Running) -> None:
    hall = await hall_of(running)
    at_kiosk = hall.headers["at kiosk"]
    told = {"born": "1990-03-07", "wishes": [{"words": "焊工 要带证 日结", "occupation": "6-18-02-04"}]}
    response = await running.call("PATCH", "/api/v1/seeker/profile", headers=at_kiosk, json=told)
    profile = await response.json()
    assert (response.status, profile["channel"], profile["station"]) == (200, "kiosk", "st-01")
    assert profile["registered_at"]
    response = await running.call("POST", "/api/v1/seeker/training-intentions", headers=at_kiosk, json={"wish": "叉车"})
    case = await response.json()
    assert (response.status, case["state"], case["channel"], case["station"]) == (201, "wished", "kiosk", "st-01")
    again = await running.call("POST", "/api/v1/seeker/training-intentions", headers=at_kiosk, json={"wish": "叉车"})
    assert (await again.json())["id"] == case["id"]
    counted = await running.get("/api/v1/trainings/intentions")
    assert (counted["intentions"], counted["persons"]) == (1, 1)
    record = await (await running.call("GET", "/api/v1/seeker/record", headers=at_kiosk)).json()
    assert [one["title"] for one in record["cases"]] == ["叉车"]
    without = {"Authorization": at_kiosk["Authorization"]}
    assert (await running.call("PATCH", "/api/v1/seeker/profile", headers=without, json={})).status == 401


async def test_roles_read_masked_and_only_the_right_ones_write(running: Running) -> None:
    core = running.core
    body = {"name": NAME, "id_number": id_number(), "consents": ["terms"]}
    made = await running.post("/api/v1/people", body, 201)
    person = made["person"]["id"]
    assert (await running.post("/api/v1/people", body, 200))["fresh"] is False
    note = {"topic": "career", "way": "counter", "content": "想转行做焊工"}
    await running.post(f"/api/v1/people/{person}/guidance", note, 201)
    for role in ("purchaser", "auditor"):
        bearer = {"Authorization": f"Bearer {await identity.create_token(core, role)}"}
        shown = await (await running.call("GET", f"/api/v1/people/{person}", headers=bearer)).text()
        assert id_number() not in shown
        assert NAME not in shown
        notes = await (await running.call("GET", f"/api/v1/people/{person}/guidance", headers=bearer)).json()
        assert notes["items"][0]["content"] is None
        for method, path in (("POST", "guidance"), ("POST", "reveal"), ("PATCH", "profile"), ("POST", "erasure")):
            response = await running.call(method, f"/api/v1/people/{person}/{path}", headers=bearer, json={})
            assert response.status == 403, (role, path)
    opened = await running.post(f"/api/v1/people/{person}/reveal", {"reason": "联系求职者"})
    assert opened["id_number"] == id_number()
    response = await running.call("GET", f"/api/v1/people/{person}/profile")
    tag = response.headers["ETag"]
    first = await running.call(
        "PATCH", f"/api/v1/people/{person}/profile", json={"hours": "白天"}, headers={"If-Match": tag}
    )
    assert first.status == 200
    second = await running.call(
        "PATCH", f"/api/v1/people/{person}/profile", json={"hours": "晚上"}, headers={"If-Match": tag}
    )
    assert second.status == 412
    gone = await running.post(f"/api/v1/people/{person}/erasure", {"confirm": True})
    assert gone["removed"]["guidance_note"] == 1
