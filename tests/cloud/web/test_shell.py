"""The frame of the console: errors as pages, search, notices; each shows only what the person may read."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from cloud.fleet import service as fleet
from cloud.identity import service as identity
from cloud.jobs import service as jobs
from cloud.jobs.drafts import FirmDraft, PostDraft
from cloud.platform.database import transaction
from cloud.platform.notify import service as notify
from cloud.web.errors import SYMBOLS
from cloud.web.models import ReadMark
from firmware_profiles.ui.catalogue import load_catalogue
from tests.cloud.jobs.drafts import FIRM, post
from tests.cloud.running import Running

pytestmark = [pytest.mark.broker, pytest.mark.db]

PASSWORD = "correct horse battery"  # noqa: S105 - the test's own


def test_every_error_has_words() -> None:
    words = load_catalogue()
    assert all(f"error.{status}" in words and f"error.{status}_detail" in words for status in SYMBOLS)


async def sign_in(running: Running, role: str) -> str:
    """Become a person of a role; return the session's token for forms."""
    running.client.session.headers.pop("Authorization", None)
    await identity.add_account(running.core, role, role, PASSWORD)
    opened = await identity.log_in(running.core, role, PASSWORD)
    running.client.session.cookie_jar.update_cookies({"yz_session": opened.cookie})
    return opened.principal.csrf


async def add_post(running: Running, **members: Any) -> dict[str, Any]:
    """Publish a post of a verified firm."""
    firms, _ = await jobs.list_firms()
    firm = firms[0] if firms else await jobs.create_firm(running.core, FirmDraft.model_validate(FIRM), verified=True)
    day = running.core.now().date()
    valid = {"valid_from": str(day), "valid_to": str(day + timedelta(days=30))}
    body = PostDraft.model_validate(post(firm["id"], **valid, **members))
    made = await jobs.create_post(running.core, body, by="staff:x")
    return await jobs.publish_post(running.core, made["id"], by="staff:x")


async def test_an_error_is_a_page_with_a_way_out(running: Running) -> None:
    await sign_in(running, "finance")
    for path, status, words in (("/nowhere", 404, "没有这个页面"), ("/posts/new", 403, "没有权限")):
        answer = await running.call("GET", path, headers={"Referer": str(running.client.make_url("/firms?q=x"))})
        text = await answer.text()
        assert answer.status == status
        assert words in text
        assert "主导航" in text, "the person keeps the console around"
        assert 'href="/firms?q=x"' in text, "and finds back"
        assert answer.headers["X-Request-Id"] in text
    foreign = await running.call("GET", "/nowhere", headers={"Referer": "https://elsewhere.example/x"})
    assert "elsewhere" not in await foreign.text()


async def test_a_part_of_a_page_is_never_replaced_by_an_error(running: Running) -> None:
    csrf = await sign_in(running, "manager")
    part = await running.call("GET", "/venues/nowhere/slots", headers={"HX-Request": "true"})
    assert (part.status, part.headers["HX-Reswap"], await part.text()) == (404, "none", "")
    assert "HX-Trigger" not in part.headers, "what refreshes by itself does not cry"
    write = await running.call(
        "POST", "/posts/nothing/publish", headers={"HX-Request": "true", "X-CSRF-Token": "wrong" + csrf}
    )
    assert json.loads(write.headers["HX-Trigger"])["yz:refused"]["text"].startswith("页面已过期")


async def test_a_database_that_is_away_is_a_page_that_asks_again(running: Running) -> None:
    await sign_in(running, "manager")
    await running.core.database.connection().execute_script("ALTER TABLE staff_session RENAME TO away")
    try:
        answer = await running.call("GET", "/posts?state=draft")
        text = await answer.text()
    finally:
        await running.core.database.connection().execute_script("ALTER TABLE away RENAME TO staff_session")
    if running.core.database.dialect == "postgres":
        assert answer.status == 500, "PostgreSQL names the missing table, which will not pass"
        return
    assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
    assert "/static/retry.js" in text, "it asks by itself"
    assert 'href="/posts?state=draft"' in text
    assert (await running.call("GET", "/posts?state=draft")).status == 200


async def test_the_browser_keeps_a_page_for_the_moment_when_nobody_answers(running: Running) -> None:
    running.client.session.headers.pop("Authorization")
    worker = await running.call("GET", "/offline.js")
    assert re.search(r"yz-offline-[0-9a-f]{12}", await worker.text())
    assert worker.headers["Cache-Control"] == "no-cache"
    assert "连不上云端" in await (await running.call("GET", "/offline")).text()


async def test_a_search_finds_what_the_person_may_read(running: Running) -> None:
    await running.apply()
    for _ in range(2):
        await add_post(running)
    found = await (await running.call("GET", "/search?q=物流")).text()
    assert found.count("/posts/") == 2
    assert found.count('href="/firms/') == 1
    assert "/venues/st-01" in await (await running.call("GET", "/search?q=谏壁")).text()
    await identity.add_account(running.core, "wang", "counter", PASSWORD)
    assert "/system/accounts/" in await (await running.call("GET", "/search?q=WAN")).text()
    part = await (await running.call("GET", "/search?q=st-0", headers={"HX-Request": "true"})).text()
    assert "/venues/st-01" in part
    assert "<html" not in part
    assert "没有找到" in await (await running.call("GET", "/search?q=%25_")).text(), "no wildcards of SQL"
    await sign_in(running, "technician")
    assert "/system/accounts" not in await (await running.call("GET", "/search?q=techn")).text()
    mine = await (await running.call("GET", "/search?q=物流")).text()
    assert "/posts/" not in mine
    assert "没有找到" in mine


async def test_notices_are_counted_until_they_were_read(running: Running) -> None:
    await running.apply()
    csrf = await sign_in(running, "manager")
    # What stands from the first day: weeks without a fair, public items that nobody shows.
    await running.call("POST", "/notices/read", data={"to": running.core.now().isoformat(), "csrf": csrf})
    bell = await running.call("GET", "/notices/bell")
    assert "条未读" not in await bell.text()
    async with transaction():
        await fleet.raise_alarm("outbox_filled", "st-01", running.core.now())
    doubtful = await add_post(running, requirements="年龄35岁以下")
    assert doubtful["state"] == "in_review"
    async with transaction():
        await notify.send(
            running.core, "staff:manager", "staff-notice", {"title": "盘点", "text": "明天盘点"}, "test-1"
        )
    assert "3 条未读通知" in await (await running.call("GET", "/notices/bell")).text()
    text = await (await running.call("GET", "/notices")).text()
    assert "站点存储空间不足" in text
    assert "明天盘点" in text
    assert f"/posts/{doubtful['id']}" in text
    made = re.search(r'name="to" value="([^"]+)"', text)
    assert made
    read = await running.call("POST", "/notices/read", data={"to": made[1].replace("&#43;", "+"), "csrf": csrf})
    assert read.status == 204
    assert "条未读" not in await (await running.call("GET", "/notices/bell")).text()
    later = (running.core.now() + timedelta(days=1)).isoformat()
    await running.call("POST", "/notices/read", data={"to": later, "csrf": csrf})
    assert (await ReadMark.get(account="staff:manager")).read_to <= running.core.now(), "nobody reads the future"
    refused = await running.call("POST", "/notices/read", data={"to": "soon", "csrf": csrf})
    assert refused.status == 422
