"""What requests leave in the audit chain: who, what, on what, with which result; no person's data, no secret (S15)."""

import logging
import re

import pytest

from cloud.identity import auditlog
from cloud.identity.acts import action_of, network, subject_of
from cloud.identity.auditmodels import AuditRow
from cloud.identity.service import add_account, create_token, log_in
from cloud.platform.models import AnsweredWrite
from tests.cloud.jobs.drafts import FIRM
from tests.cloud.jobs.drafts import post as draft_of
from tests.cloud.running import Running

PASSWORD = "correct horse battery"  # noqa: S105 - the test's own
PHONE = "13812345678"
#: Numbers of persons, passwords, tokens, cookies.
FORBIDDEN = re.compile(r"(?<![\w-])(?:1[3-9]\d{9}|\d{17}[\dXx])(?![\w-])|correct horse|yz_[A-Za-z0-9_-]{20}")


@pytest.fixture
async def firm(running: Running) -> str:
    """Return the id of a firm whose contact has a mobile phone."""
    made = await running.post("/api/v1/firms", FIRM | {"contact": {"name": "示范", "phone": PHONE}}, 201)
    return str(made["id"])


@pytest.mark.broker
@pytest.mark.db
async def test_a_scripted_day_is_in_the_chain_with_who_when_and_result(
    running: Running, firm: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await running.post(f"/api/v1/firms/{firm}/verify")
    post = await running.post("/api/v1/posts", draft_of(firm), 201)
    await running.post(f"/api/v1/posts/{post['id']}/publish")
    await running.post(f"/api/v1/posts/{post['id']}/close")
    await running.post(f"/api/v1/posts/{post['id']}/close", status=409)
    purchaser = {"Authorization": f"Bearer {await create_token(running.core, 'purchaser')}"}
    assert (await running.call("POST", "/api/v1/firms", json=FIRM, headers=purchaser)).status == 403
    assert (await running.call("GET", "/api/v1/audit", headers=purchaser)).status == 403
    await running.post(f"/api/v1/firms/{firm}/reveal", {"reason": "核实岗位信息"})
    rows = [
        row for row in await AuditRow.all().order_by("number") if row.action.split(".")[0] in {"firm", "post", "audit"}
    ]
    assert [(row.action, row.subject, row.result) for row in rows] == [
        ("firm.write", f"firm:{firm}", "ok"),
        ("firm.verify", f"firm:{firm}", "ok"),
        ("post.write", f"post:{post['id']}", "ok"),
        ("post.publish", f"post:{post['id']}", "ok"),
        ("post.publish", f"post:{post['id']}", "ok"),
        ("post.publish", f"post:{post['id']}", "failed"),
        ("firm.write", "firm", "refused"),
        ("audit.read", "audit", "refused"),
        ("firm.reveal", f"firm:{firm}", "ok"),
    ]
    for row in rows:
        assert row.actor.startswith("token:")
        assert row.request
        assert row.address == "127.0.0.0/24"
    assert rows[-1].reason == "核实岗位信息"
    assert (await auditlog.verify(running.core)).finding is None
    written = "\n".join(f"{vars(row)}" for row in await AuditRow.all()) + caplog.text
    assert FORBIDDEN.findall(written) == []


@pytest.mark.broker
@pytest.mark.db
async def test_a_number_is_masked_until_somebody_says_why_he_needs_it(running: Running, firm: str) -> None:
    shown = await running.get(f"/api/v1/firms/{firm}")
    assert shown["contact"]["phone"] == "138****5678"
    assert (await running.get("/api/v1/firms"))["items"][0]["contact"]["phone"] == "138****5678"
    before = await AuditRow.all().count()
    for reason in ("", " ", f"打 {PHONE}"):
        await running.post(f"/api/v1/firms/{firm}/reveal", {"reason": reason}, 422)
    asked = await running.post(f"/api/v1/firms/{firm}/reveal", {"reason": "联系用人单位"})
    assert asked == {"phone": PHONE}
    assert await AuditRow.filter(action="firm.reveal", result="ok").count() == 1
    assert await AuditRow.all().count() == before + 4
    await running.post("/api/v1/firms/nobody/reveal", {"reason": "联系用人单位"}, 404)


@pytest.mark.broker
@pytest.mark.db
async def test_who_sends_the_mask_back_keeps_the_number(running: Running, firm: str) -> None:
    post = await running.post("/api/v1/posts", draft_of(firm, contact={"name": "甲", "phone": PHONE}), 201)
    path = f"/api/v1/posts/{post['id']}"
    draft = draft_of(firm, contact={"name": "乙", "phone": "138****5678"})
    changed = await running.call("PUT", path, json=draft)
    assert changed.status == 200, await changed.text()
    assert await running.post(f"{path}/reveal", {"reason": "核实"}) == {"phone": PHONE}
    other = await running.call("PUT", path, json=draft | {"contact": {"name": "乙", "phone": "139****0000"}})
    assert other.status == 422


@pytest.mark.broker
@pytest.mark.db
async def test_an_answer_that_is_kept_for_a_repetition_is_sealed(running: Running, firm: str) -> None:
    headers = {"Idempotency-Key": "why-1"}
    path = f"/api/v1/firms/{firm}/reveal"
    answers = [await running.call("POST", path, json={"reason": "核实"}, headers=headers) for _ in range(2)]
    assert [await answer.json() for answer in answers] == [{"phone": PHONE}] * 2
    assert await AuditRow.filter(action="firm.reveal").count() == 1
    for row in await AnsweredWrite.all():
        assert PHONE not in row.body


@pytest.mark.broker
@pytest.mark.db
async def test_a_form_is_recorded_like_rest_and_questions_are_not(running: Running, firm: str) -> None:
    await add_account(running.core, "li", "manager", PASSWORD)
    login = await log_in(running.core, "li", PASSWORD)
    session = {"Authorization": "", "Cookie": f"yz_session={login.cookie}"}
    csrf = {"csrf": login.principal.csrf}
    ban = csrf | {"reason": "拖欠工资"}
    await running.call("POST", f"/firms/{firm}/ban", data=ban, headers=session, allow_redirects=False)
    await running.call("POST", "/posts/screen", data=csrf | {"title": "招工"}, headers=session)
    shown = await running.call("POST", f"/firms/{firm}/reveal", data=csrf | {"reason": "联系用人单位"}, headers=session)
    assert PHONE in await shown.text()
    await running.call("POST", f"/firms/{firm}/ban", data=ban | {"csrf": "wrong"}, headers=session)
    rows = await AuditRow.filter(actor="staff:li").exclude(action__startswith="session.").order_by("number")
    assert [(row.action, row.result) for row in rows] == [
        ("firm.ban", "ok"), ("firm.reveal", "ok"), ("firm.ban", "refused"),
    ]  # fmt: skip


@pytest.mark.broker
@pytest.mark.db
async def test_the_page_filters_pages_and_exports(running: Running, firm: str) -> None:
    await add_account(running.core, "cha", "auditor", PASSWORD)
    login = await log_in(running.core, "cha", PASSWORD)
    session = {"Authorization": "", "Cookie": f"yz_session={login.cookie}"}
    text = await (await running.call("GET", "/system/audit?action=firm.", headers=session)).text()
    assert f"firm:{firm}" in text
    assert "firm:" not in await (await running.call("GET", "/system/audit?action=post.", headers=session)).text()
    assert (await running.call("GET", "/system/audit?since=never", headers=session)).status == 422
    form = {"csrf": login.principal.csrf, "action": "firm."}
    export = await running.call("POST", "/system/audit/export", data=form, headers=session)
    assert export.content_type == "text/csv"
    assert len((await export.text()).splitlines()) == 2
    assert await AuditRow.filter(actor="staff:cha", action="audit.export").count() == 1
    page = await running.get("/api/v1/audit?limit=1")
    assert page["items"][0]["action"] == "audit.export"
    assert (await running.get(f"/api/v1/audit?cursor={page['next']}"))["items"][0]["number"] == page["next"] - 1


@pytest.mark.broker
@pytest.mark.db
async def test_logins_are_in_the_chain_and_never_what_was_typed_as_a_name(running: Running) -> None:
    await add_account(running.core, "li", "counter", PASSWORD)
    nobody = {"Authorization": ""}
    for name, password in (("li", "wrong"), (PASSWORD, "li"), ("li", PASSWORD)):
        form = {"name": name, "password": password}
        await running.call("POST", "/login", data=form, headers=nobody, allow_redirects=False)
    running.client.session.cookie_jar.clear()
    login = await log_in(running.core, "li", PASSWORD)
    session = {"Authorization": "", "Cookie": f"yz_session={login.cookie}"}
    await running.call("POST", "/logout", data={"csrf": login.principal.csrf}, headers=session, allow_redirects=False)
    rows = await AuditRow.filter(action__startswith="session.").order_by("number")
    assert [(row.action, row.result) for row in rows] == [
        ("session.refuse", "refused"), ("session.refuse", "refused"),
        ("session.open", "ok"), ("session.open", "ok"), ("session.close", "ok"),
    ]  # fmt: skip
    assert rows[1].subject == "account:unknown"
    assert FORBIDDEN.findall("\n".join(f"{vars(row)}" for row in rows)) == []


@pytest.mark.parametrize(
    ("remote", "kept"),
    [("10.1.2.3", "10.1.2.0/24"), ("2001:db8:1:2::3", "2001:db8:1::/48"), (None, ""), ("unix", "")],
)
def test_of_an_address_the_network_is_kept(remote: str | None, kept: str) -> None:
    assert network(remote) == kept


@pytest.mark.parametrize(
    ("path", "subject"),
    [
        ("/api/v1/posts/1/publish", "post:1"),
        ("/api/v1/stations/st-01/slots/wall/commands", "station:st-01"),
        ("/venues/st-01/twin", "station:st-01"),
        ("/api/v1/firms", "firm"),
        ("/system/audit/export", "system:audit"),
        ("/", "core"),
    ],
)
def test_an_address_says_what_an_act_is_about(path: str, subject: str) -> None:
    assert subject_of(path) == subject


def test_an_act_is_called_by_its_permission_or_by_its_address() -> None:
    assert action_of("POST", "/api/v1/posts/{id}/publish", "post.publish") == "post.publish"
    assert action_of("DELETE", "/api/v1/me/sessions/{id}", "own") == "account.delete"
