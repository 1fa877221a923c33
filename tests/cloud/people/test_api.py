"""The public's REST interface through the whole application: who gets in, what of whom he sees, what is left."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tortoise.queryset import QuerySet

from cloud.identity import onetime, public
from cloud.identity.assurance import ACTS, NEEDS
from cloud.identity.public_models import OneTimeCode
from cloud.people.models import Erasure, Person
from cloud.platform.notify.contents import open_content
from cloud.platform.notify.models import Notification
from cloud.platform.settings import Settings
from cloud.web.routes import ROUTES
from devices.simulators.identity_services import World, identity_services
from tests.cloud.jobs.drafts import FIRM
from tests.cloud.people.sample import NAME, PHONE, id_number
from tests.cloud.running import UNLIMITED, Running, running_core
from tests.peers.mosquitto import Broker
from tests.waiting import until

pytestmark = pytest.mark.broker

#: A bearer that is sent instead of the admin's.
NOBODY = {"Authorization": ""}


async def ask(
    running: Running, method: str, path: str, headers: dict[str, str], body: object = None
) -> tuple[int, dict[str, Any]]:
    """Send a request as somebody and return (status, JSON)."""
    options = {} if body is None else {"json": body}
    response = await running.call(method, f"/api/v1/{path}", headers=headers, **options)
    text = await response.text()
    return response.status, json.loads(text) if text else {}


async def code_in(running: Running, count: int = 1) -> str:
    """Return the code of the newest message."""
    rows: QuerySet[Notification] = Notification.filter(template="login-code").order_by("-id")
    assert await rows.count() == count
    content = open_content(running.core, (await rows)[0])
    assert content is not None
    return str(content.values["code"])


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def log_in(running: Running, phone: str = PHONE, count: int = 1) -> tuple[str, dict[str, str]]:
    """Register by phone; return (person, headers)."""
    assert (await ask(running, "POST", "seeker/codes", NOBODY, {"phone": phone}))[0] == 202
    body = {"phone": phone, "code": await code_in(running, count), "consents": ["terms"]}
    status, session = await ask(running, "POST", "seeker/sessions", NOBODY, body)
    assert status == 201, session
    assert session["assurance"] == "phone"
    return session["person"], bearer(session["token"])


async def test_a_jobseeker_registers_sees_himself_masked_and_goes(running: Running) -> None:
    person, me = await log_in(running)
    status, shown = await ask(running, "GET", "seeker", me)
    assert (status, shown["person"]["phone"], shown["real_name_check"]) == (200, "138****0001", "none")
    assert [one["purpose"] for one in shown["consents"]] == ["terms"]
    status, refused = await ask(running, "GET", "seeker/identity", me)
    assert (status, refused["type"], refused["missing"]) == (403, "urn:yizhan:problem:proof-needed", "card")
    assert (await ask(running, "POST", "seeker/consents", me, {"purposes": ["recommendation"]}))[0] == 200
    assert (await ask(running, "DELETE", "seeker/consents/recommendation", me))[0] == 204
    assert (await ask(running, "DELETE", "seeker/consents/terms", me))[0] == 409
    assert (await ask(running, "DELETE", "seeker/consents/nothing", me))[0] == 422
    status, copy = await ask(running, "GET", "seeker/export", me)
    assert copy["packages"]["people"]["person"]["phone"] == PHONE
    status, done = await ask(running, "POST", "seeker/erasure", me, {"confirm": True})
    assert (status, done["removed"]["person"]) == (200, 1)
    assert (await ask(running, "GET", "seeker", me))[0] == 401
    assert not await Person.exists(id=person)
    await until(lambda: _receipts_in(running, done["id"]), "the receipts are in")
    assert await Erasure.all().count() == 1


async def _receipts_in(running: Running, erasure: str) -> bool:
    items = (await running.get("/api/v1/erasures"))["items"]
    row = next(one for one in items if one["id"] == erasure)
    return all(receipt["at"] for receipt in row["receipts"])


async def test_wrong_codes_are_counted_through_the_interface(running: Running) -> None:
    await ask(running, "POST", "seeker/codes", NOBODY, {"phone": PHONE})
    code = await code_in(running)
    body = {"phone": PHONE, "code": f"{(int(code) + 1) % 10**6:06d}", "consents": ["terms"]}
    answers = [await ask(running, "POST", "seeker/sessions", NOBODY, body) for _ in range(onetime.TRIES)]
    assert [status for status, _ in answers] == [403] * onetime.TRIES
    assert answers[-1][1]["type"] == "urn:yizhan:problem:code-gone"
    status, _ = await ask(running, "POST", "seeker/sessions", NOBODY, body | {"code": code})
    assert status == 403
    assert (await OneTimeCode.all().first()).tries == onetime.TRIES  # type: ignore[union-attr]
    status, problem = await ask(running, "POST", "seeker/codes", NOBODY, {"phone": PHONE})
    assert status == 429
    assert problem["type"] == "urn:yizhan:problem:too-many-requests"


async def test_a_kiosk_opens_sessions_only_for_itself(running: Running) -> None:
    token = await public.create_kiosk_token(running.core, "st-01", "kiosk-1")
    other = await public.create_kiosk_token(running.core, "st-01", "kiosk-2")
    card = {"name": NAME, "id_number": id_number(), "consents": ["terms"]}
    status, session = await ask(running, "POST", "kiosk/sessions/card", bearer(token), card)
    assert (status, session["assurance"], session["idle_s"]) == (201, "card", 60)
    mine = bearer(session["token"]) | {"Yizhan-Kiosk": token}
    assert (await ask(running, "GET", "seeker/identity", mine))[1]["id_number"] == id_number()
    for headers in (bearer(session["token"]), bearer(session["token"]) | {"Yizhan-Kiosk": other}):
        assert (await ask(running, "GET", "seeker", headers))[0] == 401
    assert (await ask(running, "POST", "kiosk/sessions/card", bearer(session["token"]), card))[0] in {401, 403}
    child = card | {"id_number": id_number("20150101")}
    status, problem = await ask(running, "POST", "kiosk/sessions/card", bearer(token), child)
    assert (status, problem["type"]) == (403, "urn:yizhan:problem:under-16")
    assert await Person.all().count() == 1
    _, at_home = await log_in(running)
    proof = {"name": NAME, "id_number": id_number()}
    assert (await ask(running, "POST", "seeker/proofs/card", at_home, proof))[0] == 403
    assert (await ask(running, "DELETE", "kiosk/session", bearer(token)))[0] == 204
    assert (await ask(running, "GET", "seeker", mine))[0] == 401


async def test_nobody_of_the_public_gets_past_his_own_acts(settings: Settings, broker: Broker) -> None:
    """Every route with a person, a kiosk, a firm's user, the staff: what is not his answers 401 or 403."""
    async with running_core(settings.model_copy(update={"mqtt_url": broker.url, **UNLIMITED})) as running:
        await _try_every_act(running)


async def _try_every_act(running: Running) -> None:
    recruiter = public.Subject("employer", UUID(int=1), firm=UUID(int=2), role="recruiter")
    callers = {
        "seeker": (await log_in(running))[1],
        "kiosk": bearer(await public.create_kiosk_token(running.core, "st-01", "kiosk-1")),
        "employer": bearer((await public.open_session(running.core, recruiter, public.Proofs())).secret),
        "staff": {},
    }
    firms = tuple(act for act, need in NEEDS.items() if need.kind == "employer" and "recruiter" in need.firm_roles)
    own = {"seeker": ("me.",), "kiosk": ("kiosk.",), "employer": firms}
    wrong, asked = [], 0
    for route in ROUTES:
        if not route.path.startswith("/api/") or route.permission == "public":
            continue
        path = route.path.removeprefix("/api/v1/").replace("{", "").replace("}", "")
        for who, headers in callers.items():
            if route.permission.startswith(own[who]) if who in own else route.permission not in ACTS:
                continue
            asked += 1
            status, _ = await ask(running, route.method, path, headers, {})
            if status not in {401, 403}:
                wrong.append(f"{who} {route.method} {path}: {status}")
    assert wrong == []
    assert asked > 200


async def test_wechat_and_the_real_name_service_are_asked_before_the_transaction(
    settings: Settings, broker: Broker, tmp_path: Path
) -> None:
    world = World(codes={"c1": "openid-1", "c2": "openid-1"}, names={id_number(): NAME}, tickets={"ticket-1"})
    secret = tmp_path / "provider-secret"
    secret.write_text(world.secret, "utf-8")
    async with identity_services(world) as url:
        outside = {
            "mqtt_url": broker.url, "notify_wechat_url": url, "notify_wechat_app_id": world.appid,
            "notify_wechat_secret_file": secret, "realname_url": url, "realname_app": "market",
            "realname_secret_file": secret,
        }  # fmt: skip
        async with running_core(settings.model_copy(update=outside)) as running:
            person, me = await log_in(running)
            assert (await ask(running, "PUT", "seeker/wechat", me, {"code": "c1"}))[0] == 204
            status, session = await ask(running, "POST", "seeker/sessions/wechat", NOBODY, {"code": "c2"})
            assert (status, session["person"]) == (201, person)
            assert (await ask(running, "POST", "seeker/sessions/wechat", NOBODY, {"code": "c2"}))[0] == 422
            name = {"name": NAME, "id_number": id_number(), "ticket": "ticket-1"}
            status, proof = await ask(running, "POST", "seeker/proofs/name", me, name)
            assert (status, proof["assurance"]) == (200, "card")
            assert (await ask(running, "GET", "seeker/identity", me))[1]["name"] == NAME
            world.away = True
            status, problem = await ask(running, "POST", "seeker/proofs/name", me, name)
            assert (status, problem["type"]) == (503, "urn:yizhan:problem:provider-down")


async def test_two_persons_never_see_each_other(running: Running) -> None:
    first, me = await log_in(running)
    second, you = await log_in(running, "13800000002", 2)
    for person, headers, other in ((first, me, second), (second, you, first)):
        for path in ("seeker", "seeker/export"):
            text = json.dumps((await ask(running, "GET", path, headers))[1])
            assert person in text
            assert other not in text
    await ask(running, "POST", "seeker/erasure", me, {"confirm": True})
    assert await Person.exists(id=second)
    assert (await ask(running, "GET", "seeker", you))[0] == 200


async def test_a_firm_s_owner_adds_and_removes_users_and_only_of_his_firm(running: Running) -> None:
    firm = await running.post("/api/v1/firms", FIRM, 201)
    members = f"/api/v1/firms/{firm['id']}/members"
    owner = await running.post(members, {"name": NAME, "phone": PHONE, "role": "owner"}, 201)
    assert owner["phone"] == "138****0001"
    status, early = await _employer(running, PHONE, 1)
    assert status == 201, "the owner of a firm that is not verified yet hands in its papers"
    assert (await ask(running, "GET", "employer/verification", bearer(early["token"])))[1]["standing"] == "draft"
    assert (await ask(running, "GET", "employer/members", bearer(early["token"])))[0] == 403, "and does nothing else"
    await running.post(f"/api/v1/firms/{firm['id']}/verify")
    await OneTimeCode.all().delete()
    status, session = await _employer(running, PHONE, 2)
    assert (status, session["role"]) == (201, "owner")
    mine = bearer(session["token"])
    assert (await ask(running, "GET", "employer", mine))[1]["name"] == FIRM["name"]
    status, added = await ask(
        running, "POST", "employer/members", mine, {"name": "示例乙", "phone": "13800000002", "role": "recruiter"}
    )
    assert status == 201
    status, other = await _employer(running, "13800000002", 3)
    theirs = bearer(other["token"])
    assert len((await ask(running, "GET", "employer/members", theirs))[1]["items"]) == 2
    assert (await ask(running, "DELETE", f"employer/members/{owner['id']}", theirs))[0] == 403
    assert (await ask(running, "DELETE", f"employer/members/{owner['id']}", mine))[0] == 409, "the last owner"
    assert (await ask(running, "DELETE", f"employer/members/{added['id']}", mine))[0] == 204
    assert (await ask(running, "GET", "employer", theirs))[0] == 401


async def test_a_phone_that_no_firm_knows_gets_no_message_and_the_same_answer(running: Running) -> None:
    status, body = await ask(running, "POST", "employer/codes", NOBODY, {"phone": PHONE})
    assert (status, body) == (202, {"sent": True, "valid_s": 300})
    assert not await Notification.all().count()


async def _employer(running: Running, phone: str, count: int) -> tuple[int, dict[str, Any]]:
    assert (await ask(running, "POST", "employer/codes", NOBODY, {"phone": phone}))[0] == 202
    body = {"phone": phone, "code": await code_in(running, count)}
    return await ask(running, "POST", "employer/sessions", NOBODY, body)
