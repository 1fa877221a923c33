"""Every route as every role (S3): nothing answers with success to somebody who may not call it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cloud.identity import tokens
from cloud.identity.assurance import ACTS
from cloud.identity.guard import STATION_PATHS
from cloud.identity.roles import PERMISSIONS, PUBLIC, ROLES
from cloud.identity.service import create_token
from cloud.platform.settings import Settings
from cloud.web.matrix import lines, who
from cloud.web.route import Route
from cloud.web.routes import ROUTES
from tests.cloud.running import SITE, UNLIMITED, Running, running_core
from tests.peers.mosquitto import Broker

pytestmark = [pytest.mark.broker]

DOCUMENT = Path(__file__).parents[3] / "docs/routes.md"
STAFF = [route for route in ROUTES if route.permission in PERMISSIONS]
#: What is refused, and how: not signed in, not allowed, not there, sent to a login.
REFUSED = {401, 403, 303, 302}
#: Another station of the same site.
TWO = SITE + '[[stations]]\nid = "st-02"\nname = "别处"\n'


@pytest.fixture
async def running(settings: Settings, broker: Broker) -> AsyncIterator[Running]:
    """Yield a core that lets everybody ask as often as he likes."""
    async with running_core(settings.model_copy(update={"mqtt_url": broker.url, **UNLIMITED})) as running:
        yield running


async def status_of(running: Running, route: Route, authorization: str, station: str = "none") -> int:
    path = route.path
    for name in ("{id}", "{station}"):
        path = path.replace(name, station)
    path = path.replace("{", "").replace("}", "")
    body: object = None if route.method == "GET" else {}
    headers = {"Authorization": authorization}
    response = await running.call(route.method, path, headers=headers, json=body, allow_redirects=False)
    return response.status


@pytest.mark.timeout(300)
async def test_no_route_answers_a_role_that_may_not_call_it(running: Running) -> None:
    wrong, pairs = [], 0
    for role in ROLES:
        bearer = f"Bearer {await create_token(running.core, role)}"
        for route in ROUTES:
            if route.permission == PUBLIC or (route.permission in PERMISSIONS and role in who(route)):
                continue
            pairs += 1
            status = await status_of(running, route, bearer)
            if status not in REFUSED:
                wrong.append((role, route.method, route.path, status))
    assert wrong == []
    assert pairs >= len(STAFF) * len(ROLES) - sum(len(who(route)) for route in STAFF)
    print(f"\n{len(ROUTES)} routes, {pairs} forbidden pairs of role and route, 0 answered")


async def test_no_route_answers_somebody_who_does_not_say_who_he_is(running: Running) -> None:
    wrong = []
    for bearer in ("", "Bearer wrong", "Bearer \xff\xfe"):
        for route in ROUTES:
            if route.permission != PUBLIC:
                status = await status_of(running, route, bearer)
                if status not in REFUSED:
                    wrong.append((bearer, route.method, route.path, status))
    assert wrong == []


async def test_a_token_for_one_station_finds_no_other(running: Running) -> None:
    await running.apply(TWO)
    mine = tokens.Terms(stations=frozenset({"st-02"}))
    bearer = f"Bearer {await tokens.create_token(running.core, 'admin', 1, mine)}"
    places = [route for route in STAFF if route.path.startswith(tuple(STATION_PATHS))]
    assert len(places) >= 8
    wrong = [
        (route.method, route.path, status)
        for route in places
        if (status := await status_of(running, route, bearer, "st-01")) != 404
    ]
    assert wrong == []
    reads = [route for route in places if route.path == "/api/v1/stations/{id}"]
    assert [await status_of(running, route, bearer, "st-02") for route in reads] == [200]


def test_every_route_needs_a_known_permission_or_is_open_on_purpose() -> None:
    assert [route.path for route in ROUTES if route.permission not in {*PERMISSIONS, *ACTS, PUBLIC}] == []


def test_the_document_of_routes_is_that_of_the_table() -> None:
    assert DOCUMENT.read_text("utf-8") == "".join(lines()), "python -m cloud.web.matrix > docs/routes.md"
