"""What every request passes: who calls, may he, problem documents, security headers, repeated writes."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from cloud.identity.roles import PUBLIC
from cloud.identity.service import add_account, create_token, log_in
from cloud.platform.errors import LinkDownError
from cloud.platform.models import AnsweredWrite
from cloud.platform.settings import Settings
from cloud.web.routes import ROUTES
from tests.cloud.running import UNLIMITED, Running, running_core
from tests.peers.mosquitto import Broker

pytestmark = pytest.mark.broker

FIRM = {"uscc": "91321100MA0000001P", "name": "示范物流", "contact": {"name": "示范", "phone": "0511-00000000"}}


async def test_an_error_is_a_problem_document_with_a_stable_type(running: Running) -> None:
    response = await running.call("GET", "/api/v1/stations/none")
    assert response.status == 404
    assert response.content_type == "application/problem+json"
    body = await response.json(content_type=None)
    assert (body["type"], body["status"]) == ("urn:yizhan:problem:not-found", 404)
    for path in ("/api/v1/nowhere", "/api/v1/posts/not-a-uuid"):
        assert (await running.call("GET", path)).content_type == "application/problem+json"


async def test_every_answer_carries_the_security_headers_and_an_id(running: Running) -> None:
    response = await running.call("GET", "/api/v1/posts", headers={"X-Request-Id": "mine-1"})
    assert response.headers["X-Request-Id"] == "mine-1"
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert len((await running.call("GET", "/healthz", headers={"X-Request-Id": "a b"})).headers["X-Request-Id"]) == 36


@pytest.fixture
async def patient(settings: Settings, broker: Broker) -> AsyncIterator[Running]:
    """Yield a core that lets everybody ask as often as he likes."""
    async with running_core(settings.model_copy(update={"mqtt_url": broker.url, **UNLIMITED})) as running:
        yield running


async def test_nobody_gets_in_without_saying_who_he_is(patient: Running) -> None:
    for route in ROUTES:
        if not route.path.startswith("/api/") or route.permission == PUBLIC:
            continue
        path = route.path.replace("{", "").replace("}", "")
        response = await patient.call(route.method, path, headers={"Authorization": "Bearer wrong"})
        assert response.status == 401, route


async def test_a_role_does_only_what_it_may(running: Running) -> None:
    token = await create_token(running.core, "technician")
    headers = {"Authorization": f"Bearer {token}"}
    assert (await running.call("GET", "/api/v1/stations", headers=headers)).status == 200
    response = await running.call("POST", "/api/v1/firms", json=FIRM, headers=headers)
    assert response.status == 403
    assert (await response.json(content_type=None))["type"] == "urn:yizhan:problem:forbidden"


async def test_a_session_writes_only_with_its_csrf_token(running: Running) -> None:
    await add_account(running.core, "counter", "counter", "correct horse battery")
    login = await log_in(running.core, "counter", "correct horse battery")
    session = {"Authorization": "", "Cookie": f"yz_session={login.cookie}"}
    refused = await running.call("POST", "/api/v1/firms", json=FIRM, headers=session)
    assert (await refused.json(content_type=None))["type"] == "urn:yizhan:problem:csrf"
    right = session | {"X-CSRF-Token": login.principal.csrf}
    assert (await running.call("POST", "/api/v1/firms", json=FIRM, headers=right)).status == 201


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [(b"{", "application/json", 400), (b"[]", "application/json", 400), (b"{}", "text/plain", 415)],
)
async def test_a_body_that_is_no_json_object_is_refused(
    running: Running, body: bytes, content_type: str, status: int
) -> None:
    response = await running.call("POST", "/api/v1/firms", data=body, headers={"Content-Type": content_type})
    assert response.status == status


async def test_a_body_above_the_limit_is_refused(running: Running) -> None:
    response = await running.call("POST", "/api/v1/firms", json={"name": "x" * 300_000})
    assert response.status == 413
    assert response.content_type == "application/problem+json"


async def test_a_write_that_is_sent_twice_is_done_once(running: Running) -> None:
    headers = {"Idempotency-Key": "key-1"}
    answers = [await running.call("POST", "/api/v1/firms", json=FIRM, headers=headers) for _ in range(2)]
    assert [answer.status for answer in answers] == [201, 201]
    assert await answers[0].json() == await answers[1].json()
    other = await running.call("POST", "/api/v1/firms", json=FIRM | {"name": "别的"}, headers=headers)
    assert (await other.json(content_type=None))["type"] == "urn:yizhan:problem:idempotency-key-reused"
    again = await running.call("POST", "/api/v1/firms", json=FIRM)
    assert (await again.json(content_type=None))["type"] == "urn:yizhan:problem:firm-exists"


async def test_two_writes_with_one_key_at_the_same_time_are_done_once(running: Running) -> None:
    headers = {"Idempotency-Key": "key-2"}
    answers = await asyncio.gather(
        *(running.call("POST", "/api/v1/firms", json=FIRM, headers=headers) for _ in range(3))
    )
    assert [answer.status for answer in answers].count(201) >= 1
    assert len((await running.get("/api/v1/firms"))["items"]) == 1


async def test_machines_read_health_and_numbers(running: Running) -> None:
    assert (await running.get("/healthz"))["status"] == "ok"
    assert await running.get("/readyz") == {"status": "ready", "database": "ok", "broker": "ok"}
    text = await (await running.call("GET", "/metrics")).text()
    assert "yizhan_broker_connected 1.0" in text


async def test_the_repeated_answer_is_the_first_one_with_its_head(running: Running) -> None:
    headers = {"Idempotency-Key": "key-3"}
    first, again = [await running.call("POST", "/api/v1/firms", json=FIRM, headers=headers) for _ in range(2)]
    assert again.headers["Location"] == first.headers["Location"]
    assert again.content_type == "application/json"


async def test_a_write_that_raises_changes_nothing_and_its_key_stays_free(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise LinkDownError("on purpose")

    headers = {"Idempotency-Key": "key-4"}
    with monkeypatch.context() as broken:
        broken.setattr(AnsweredWrite, "create", fail)
        assert (await running.call("POST", "/api/v1/firms", json=FIRM, headers=headers)).status == 503
    assert (await running.get("/api/v1/firms"))["items"] == []
    assert (await running.call("POST", "/api/v1/firms", json=FIRM, headers=headers)).status == 201
