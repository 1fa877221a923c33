"""台账 over HTTP: the page, the file, the kept hash; who may open personal columns; REST says the same."""

import base64
import hashlib
from typing import Any

import pytest

from cloud.identity import service as identity
from cloud.identity.auditmodels import AuditRow
from cloud.ledgers.models import LedgerExport
from cloud.platform.times import market_day
from tests.cloud.ledgers.readers import sheets_of
from tests.cloud.ledgers.samples import PHONE, a_post
from tests.cloud.running import Running

pytestmark = [pytest.mark.db, pytest.mark.broker]


def period(running: Running) -> dict[str, str]:
    """Return the day of the running core."""
    today = market_day(running.core.now()).isoformat()
    return {"from": today, "to": today}


async def take(running: Running, status: int = 201, **body: Any) -> tuple[bytes, dict[str, str]]:
    """Export the ledger of posts over REST."""
    response = await running.call("POST", "/api/v1/ledgers/posts/exports", json={**period(running), **body})
    file = await response.read()
    assert response.status == status, file[:300]
    return file, dict(response.headers)


async def test_a_ledger_is_looked_at_taken_away_and_found_again(running: Running) -> None:
    await a_post(running.core)
    page = await (await running.call("GET", "/ledgers")).text()
    assert "岗位发布台账" in page
    assert "138****0001" in page
    assert PHONE not in page
    response = await running.call("POST", "/ledgers/posts/export", data={**period(running), "form": "pdf"})
    file = await response.read()
    assert file.startswith(b"%PDF-")
    assert response.content_type == "application/pdf"
    row = await LedgerExport.get()
    assert (row.rows, row.form, row.opened, row.bytes) == (1, "pdf", False, len(file))
    assert row.file_sha256 == hashlib.sha256(file).hexdigest()
    listed = await (await running.call("GET", f"/ledgers/exports?sha256={row.content_sha256[:16]}")).text()
    assert f"/ledgers/exports/{row.id}" in listed
    for sha256, words in ((row.content_sha256, "与存档一致"), (row.file_sha256, "与存档一致"), ("0" * 64, "不一致")):
        assert words in await (await running.call("GET", f"/ledgers/exports/{row.id}?sha256={sha256}")).text()


async def test_what_cannot_be_taken_is_said_on_the_page(running: Running) -> None:
    backwards = {"from": "2026-03-02", "to": "2026-03-01", "form": "xlsx"}
    response = await running.call("POST", "/ledgers/posts/export", data=backwards)
    assert response.status == 422
    assert "结束日期不能早于开始日期" in await response.text()
    assert (await running.call("GET", "/ledgers?ledger=nothing")).status == 404
    assert await LedgerExport.all().count() == 0


async def test_rest_hands_out_a_file_with_its_hash_and_keeps_it(running: Running) -> None:
    await a_post(running.core)
    names = [one["id"] for one in (await running.get("/api/v1/ledgers"))["items"]]
    assert names[:2] == ["posts", "firms"]
    file, headers = await take(running)
    digest = base64.b64encode(hashlib.sha256(file).digest()).decode()
    assert headers["Repr-Digest"] == f"sha-256=:{digest}:"
    kept = await running.get(headers["Location"])
    assert kept["rows"] == 1
    assert (await running.get("/api/v1/exports?ledger=posts"))["items"] == [kept]
    assert PHONE not in str(sheets_of(file)["岗位发布台账"].rows)


async def test_personal_columns_are_opened_by_few_with_a_reason(running: Running) -> None:
    await a_post(running.core)
    file, headers = await take(running, opened=True, reason="劳动监察调取")
    assert PHONE in str(sheets_of(file)["岗位发布台账"].rows)
    export = headers["Location"].rpartition("/")[2]
    act = await AuditRow.get(action="ledger.export", subject=f"export:{export}")
    assert act.reason == "劳动监察调取"
    await take(running, 422, opened=True)
    await take(running, 422, opened=True, reason=f"给 {PHONE}")
    counter = await identity.create_token(running.core, "counter")
    body = {**period(running), "opened": True, "reason": "想看看"}
    headers = {"Authorization": f"Bearer {counter}"}
    response = await running.call("POST", "/api/v1/ledgers/posts/exports", json=body, headers=headers)
    assert response.status == 403
    assert await LedgerExport.all().count() == 1


async def test_a_file_that_is_asked_for_with_a_key_is_handed_out(running: Running) -> None:
    body = period(running)
    for _ in range(2):
        response = await running.call(
            "POST", "/api/v1/ledgers/firms/exports", json=body, headers={"Idempotency-Key": "k1"}
        )
        assert response.status == 201
        assert (await response.read()).startswith(b"PK")
