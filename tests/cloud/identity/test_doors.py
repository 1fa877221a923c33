"""The ways in as browsers and programs meet them: S5 before the first account, S6 by the clock, one's own account."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import ClientResponse

from cloud.identity import service
from cloud.identity.models import StaffSession
from cloud.platform.core import Core
from cloud.platform.settings import Settings, load_secret
from tests.cloud.identity.people import PASSWORD, code, enrol
from tests.cloud.running import Running

pytestmark = pytest.mark.broker

OTHER = "another horse battery"
#: Pairs of logins that are timed at least and, on a machine that is busy with other things, at most.
PAIRS = 15
MAX_PAIRS = 80


async def send(running: Running, method: str, path: str, cookie: str = "", **options: Any) -> ClientResponse:
    """Send a request as a browser does, following nothing."""
    headers = {"Authorization": "", **({"Cookie": f"yz_session={cookie}"} if cookie else {})}
    return await running.call(method, path, headers=headers, allow_redirects=False, **options)


def cookie_of(response: ClientResponse) -> str:
    return response.cookies["yz_session"].value


async def test_nobody_gets_into_a_fresh_install_and_the_page_says_what_to_do(running: Running) -> None:
    text = await (await send(running, "GET", "/login")).text()
    assert "yizhan cloud account add" in text
    for name, password in (("admin", "admin"), ("admin", ""), ("root", "yizhan"), ("admin", "password1234")):
        answered = await send(running, "POST", "/login", data={"name": name, "password": password})
        assert answered.status == 401
        assert "yz_session" not in answered.cookies
    assert not await StaffSession.exists()
    await service.add_account(running.core, "li", "admin", PASSWORD)
    assert "yizhan cloud account add" not in await (await send(running, "GET", "/login")).text()


def test_two_fresh_installs_have_different_secrets(tmp_path: Any) -> None:
    first, second = (load_secret(Settings(data_dir=tmp_path / name).secret_path) for name in ("a", "b"))
    assert first != second


async def test_password_then_code_then_the_page_that_was_asked_for(running: Running) -> None:
    await service.add_account(running.core, "li", "counter", PASSWORD)
    _, recovery = await enrol(running.core, "li")
    form = {"name": "li", "password": PASSWORD, "next": "/posts?state=draft"}
    half = await send(running, "POST", "/login", data=form)
    assert half.status == 303
    assert half.headers["Location"] == "/login/code?next=/posts?state%3Ddraft"
    cookie = cookie_of(half)
    assert (await send(running, "GET", "/posts", cookie)).headers["Location"].startswith("/login")
    assert (await send(running, "GET", half.headers["Location"], cookie)).status == 200
    wrong = await send(running, "POST", "/login/code", cookie, data={"code": "000000", "next": "/posts"})
    assert wrong.status == 401
    right = await send(running, "POST", "/login/code", cookie, data={"code": recovery[0], "next": "/posts?state=draft"})
    assert (right.status, right.headers["Location"]) == (303, "/posts?state=draft")
    assert (await send(running, "GET", "/posts", cookie_of(right))).status == 200
    assert (await send(running, "GET", "/login/code", cookie)).headers["Location"] == "/login"


async def test_who_has_a_one_time_password_does_nothing_before_it_is_changed(running: Running) -> None:
    await service.add_account(running.core, "li", "counter", PASSWORD, service.AccountTerms(must_change=True))
    login = await service.log_in(running.core, "li", PASSWORD)
    cookie, csrf = login.cookie, login.principal.csrf
    assert (await send(running, "GET", "/posts", cookie)).headers["Location"].startswith("/me")
    refused = await send(running, "GET", "/api/v1/posts", cookie)
    assert (refused.status, (await refused.json(content_type=None))["type"]) == (403, "urn:yizhan:problem:duty")
    page = await (await send(running, "GET", "/me", cookie)).text()
    assert "一次性密码" in page
    form = {"csrf": csrf, "old": PASSWORD, "new": OTHER, "again": OTHER + "x"}
    assert (await send(running, "POST", "/me/password", cookie, data=form)).status == 422
    changed = await send(running, "POST", "/me/password", cookie, data=form | {"again": OTHER})
    assert changed.status == 303
    assert (await send(running, "GET", "/posts", cookie)).status == 200


async def test_a_person_sees_to_his_account_over_rest(running: Running) -> None:
    await service.add_account(running.core, "li", "counter", PASSWORD)
    other = await service.log_in(running.core, "li", PASSWORD)
    login = await service.log_in(running.core, "li", PASSWORD, service.Origin("192.0.2.1", "Firefox"))
    headers = {"Authorization": "", "Cookie": f"yz_session={login.cookie}", "X-CSRF-Token": login.principal.csrf}

    async def call(method: str, path: str, body: object = None) -> tuple[int, Any]:
        response = await running.call(method, f"/api/v1/me{path}", headers=headers, json=body)
        return response.status, await response.json(content_type=None)

    assert (await call("GET", ""))[1]["duty"] == ""
    assert len((await call("GET", "/sessions"))[1]["items"]) == 2
    ended = await call("POST", f"/sessions/{other.principal.session}/end", {})
    assert [one["agent"] for one in ended[1]["items"]] == ["Firefox"]
    status, begun = await call("POST", "/second-factor", {"password": PASSWORD})
    assert status == 200
    first = {"code": code(begun["secret"], running.core.now())}
    status, made = await call("POST", "/second-factor/confirm", first)
    assert (status, len(made["recovery_codes"])) == (200, 10)
    assert (await call("POST", "/recovery-codes", {"code": made["recovery_codes"][0]}))[0] == 200
    assert (await call("POST", "/recovery-codes", first))[0] == 422, "it was used"
    answers = [await call("POST", "/password", {"old": "wrong wrong wrong", "new": OTHER}) for _ in range(5)]
    assert [status for status, _ in answers] == [422, 422, 422, 422, 429], "what is refused is counted"
    token = {"Authorization": f"Bearer {await service.create_token(running.core, 'admin')}"}
    assert (await running.call("GET", "/api/v1/me", headers=token)).status == 403


async def test_accounts_and_tokens_over_rest(running: Running) -> None:
    account = await running.post("/api/v1/accounts", {"name": "li", "role": "counter", "stations": ["st-01"]}, 201)
    assert (await service.log_in(running.core, "li", account["password"])).principal.stations == frozenset({"st-01"})
    path = f"/api/v1/accounts/{account['account']['id']}"
    refused = await running.call("POST", "/api/v1/accounts", json={"name": "wang", "role": "admin", "reason": "x"})
    assert (refused.status, (await refused.json(content_type=None))["type"]) == (
        403,
        "urn:yizhan:problem:person-needed",
    )
    assert [one["name"] for one in (await running.get("/api/v1/accounts"))["items"]] == ["li"], "nothing is half done"
    assert len((await running.get(f"{path}/sessions"))["items"]) == 1
    await running.post(f"{path}/end-sessions")
    assert (await running.get(f"{path}/sessions"))["items"] == []
    change = {"role": "guidance", "stations": None, "active": False}
    changed = await running.call("PUT", path, json=change)
    assert (await changed.json())["account"]["active"] is False
    assert len((await running.post(f"{path}/reset"))["password"]) == 16
    body = {"name": "屏幕", "role": "auditor", "permissions": ["station.read"]}
    token = await running.post("/api/v1/tokens", body, 201)
    mine = {"Authorization": f"Bearer {token['secret']}"}
    assert (await running.call("GET", "/api/v1/stations", headers=mine)).status == 200
    assert (await running.call("GET", "/api/v1/posts", headers=mine)).status == 403
    await running.post(f"/api/v1/tokens/{token['token']['id']}/revoke")
    assert (await running.call("GET", "/api/v1/stations", headers=mine)).status == 401
    assert (await running.get("/api/v1/approvals"))["items"] == []


async def test_the_pages_of_accounts_tokens_and_approvals_answer(running: Running) -> None:
    core = running.core
    await service.add_account(core, "li", "admin", PASSWORD)
    await service.add_account(core, "wang", "manager", PASSWORD)
    li, wang = await service.log_in(core, "li", PASSWORD), await service.log_in(core, "wang", PASSWORD)

    async def post(login: service.Login, path: str, **form: str) -> ClientResponse:
        return await send(running, "POST", path, login.cookie, data={"csrf": login.principal.csrf, **form})

    added = await post(li, "/system/accounts", name="zhao", role="manager", reason="接班", scope="all")
    assert added.status == 200
    assert "一次性密码" in await added.text()
    waiting = (await running.get("/api/v1/approvals?state=waiting"))["items"]
    own = await post(li, f"/system/approvals/{waiting[0]['id']}", decision="approve")
    assert own.status == 403
    assert (await post(wang, f"/system/approvals/{waiting[0]['id']}", decision="approve")).status == 303
    text = await (await send(running, "GET", "/system/approvals", wang.cookie)).text()
    assert "已同意" in text
    made = await post(li, "/system/tokens", name="屏幕", role="auditor", days="30", limit="all", scope="all")
    assert "yz_" in await made.text()
    assert (await post(li, "/system/tokens", name="屏幕", role="auditor", days="x")).status == 422
    zhao = waiting[0]["subject"]
    assert "zhao" in await (await send(running, "GET", f"/system/accounts/{zhao}", li.cookie)).text()
    assert (await post(li, f"/system/accounts/{zhao}/reset")).status == 409
    assert (await post(wang, f"/system/accounts/{zhao}/reset")).status == 403
    off = await post(li, f"/system/accounts/{zhao}", role="manager", scope="all", active="0")
    assert "已停用" in await off.text()


#: The process's own time is not touched by what else runs here; what a stranger sees is the other one.
CLOCKS = [time.process_time, pytest.param(time.perf_counter, marks=pytest.mark.deep)]


@pytest.mark.parametrize("clock", CLOCKS)
async def test_an_unknown_name_takes_as_long_as_a_wrong_password(running: Running, clock: Callable[[], float]) -> None:
    await service.add_account(running.core, "li", "counter", PASSWORD)
    took: dict[str, list[float]] = {"li": [], "nobody": []}
    for turn in range(MAX_PAIRS):
        # Alternately first, so that what else the machine does falls on both.
        for name in ("li", "nobody") if turn % 2 else ("nobody", "li"):
            await forget_tries(running.core)
            started = clock()
            answered = await send(running, "POST", "/login", data={"name": name, "password": "wrong wrong wrong"})
            took[name].append(clock() - started)
            assert answered.status == 401
        if turn >= PAIRS and apart(took) <= 0.1:
            break
    assert apart(took) <= 0.1


def apart(took: dict[str, list[float]]) -> float:
    """Return by how much two series differ, judged by their quicker halves: other work only ever adds time."""
    known, unknown = (statistics.median(sorted(times)[: len(times) // 2]) for times in took.values())
    return abs(known - unknown) / min(known, unknown)


async def forget_tries(core: Core) -> None:
    connection = core.database.connection()
    await connection.execute_query("DELETE FROM login_tries")
