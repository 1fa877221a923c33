"""Limits of accounts and tokens: stations, permissions, what is never given to whoever is limited."""

import re

import pytest

from cloud.identity import scopes, service
from cloud.identity.guard import STATION_PATHS
from cloud.identity.principals import Principal
from cloud.identity.roles import GRANTS, OWN, PERMISSIONS, PUBLIC, ROLES, UNSCOPED
from cloud.platform.core import Core
from cloud.platform.errors import InvalidInputError
from cloud.platform.problems import ProblemError
from cloud.web.routes import ROUTES
from firmware_profiles.ui.catalogue import load_catalogue
from tests.cloud.running import Running

PASSWORD = "correct horse battery"  # noqa: S105 - the test's own
TWO = """
[site]
id = "demo"
name = "示范"
[[stations]]
id = "st-01"
name = "谏壁驿站"
[[stations.slots]]
id = "door-1"
kind = "door"
[[stations]]
id = "st-02"
name = "丹徒驿站"
[[stations.slots]]
id = "door-1"
kind = "door"
"""


def test_who_is_limited_to_stations_has_no_right_over_the_whole_system() -> None:
    free = Principal("staff", "li", "admin")
    bound = Principal("staff", "li", "admin", stations=frozenset({"st-01"}))
    assert {name for name in PERMISSIONS if free.may(name)} == set(PERMISSIONS)
    assert {name for name in PERMISSIONS if bound.may(name)} == set(PERMISSIONS) - UNSCOPED
    assert (bound.allows("st-01"), bound.allows("st-02"), bound.allows(None)) == (True, False, False)
    assert free.allows("st-02")


def test_every_permission_and_role_has_a_word() -> None:
    words = load_catalogue()
    assert [name for name in PERMISSIONS if f"permission.{name}" not in words] == []
    assert [name for name in ROLES if f"role.{name}" not in words] == []


def test_everybody_owns_his_account_and_a_program_owns_none() -> None:
    for role in ROLES:
        assert OWN in GRANTS[role]
        assert Principal("staff", "li", role).may(OWN)
        assert not Principal("token", "12345678", role).may(OWN)


@pytest.mark.parametrize("names", [[], ["station.write"], ["station.read", OWN], ["nothing"]])
def test_a_token_is_not_given_what_its_role_lacks(names: list[str]) -> None:
    with pytest.raises(InvalidInputError, match=r"station\.read"):
        scopes.check_permissions("auditor", names)


@pytest.mark.db
async def test_a_token_may_no_more_than_its_permissions_and_stations(core: Core) -> None:
    terms = service.TokenTerms("屏幕", frozenset({"station.read"}), frozenset({"st-01"}))
    token = await service.create_token(core, "counter", 5, terms)
    principal = await service.token_principal(core, token)
    assert principal is not None
    assert {name for name in PERMISSIONS if principal.may(name)} == {"station.read"}
    assert not principal.allows("st-02")


@pytest.mark.db
async def test_nobody_makes_a_token_that_may_more_than_himself(core: Core) -> None:
    by = Principal("staff", "li", "auditor")
    with pytest.raises(ProblemError, match=r"command\.send"):
        await service.create_token(core, "technician", 5, service.TokenTerms(by=by))
    await service.create_token(core, "auditor", 5, service.TokenTerms(by=by))


@pytest.mark.db
async def test_a_revoked_token_ends_at_once_and_its_use_is_noted(core: Core) -> None:
    token = await service.create_token(core, "auditor")
    principal = await service.token_principal(core, token)
    assert principal is not None
    (row,) = await service.list_tokens(core)
    assert row.last_used == core.now()
    assert service.state_of(row, core) == "active"
    await service.revoke_token(core, principal.name)
    assert await service.token_principal(core, token) is None
    assert service.state_of((await service.list_tokens(core))[0], core) == "revoked"


@pytest.mark.broker
async def test_a_foreign_station_is_not_there_and_lists_leave_it_out(running: Running) -> None:
    await running.apply(TWO)
    token = await service.create_token(running.core, "admin", 5, service.TokenTerms(stations=frozenset({"st-01"})))
    mine = {"Authorization": f"Bearer {token}"}

    async def status(method: str, path: str, **options: object) -> int:
        return (await running.call(method, path, headers=mine, **options)).status

    both = await running.get("/api/v1/stations")
    assert [one["id"] for one in both["items"]] == ["st-01", "st-02"]
    own = await (await running.call("GET", "/api/v1/stations", headers=mine)).json()
    assert [one["id"] for one in own["items"]] == ["st-01"]
    assert await status("GET", "/api/v1/stations/st-01") == 200
    for path in ("", "/events", "/digests"):
        assert await status("GET", f"/api/v1/stations/st-02{path}") == 404
    assert await status("GET", "/api/v1/kpi/opening/st-02/2026-03-19") == 404
    assert await status("PUT", "/api/v1/stations/st-02/twin", json={"expected_rev": 0, "slots": {}}) == 404
    order = {"name": "open", "args": {}}
    assert await status("POST", "/api/v1/stations/st-02/slots/door-1/commands", json=order) == 404
    asked = await running.post("/api/v1/stations/st-02/slots/door-1/commands", order, 202)
    assert await status("GET", f"/api/v1/commands/{asked['id']}") == 404
    choice = {"choice": "happened"}
    assert await status("POST", f"/api/v1/commands/{asked['id']}/decision", json=choice) == 404
    assert (await running.get(f"/api/v1/commands/{asked['id']}"))["id"] == asked["id"]


@pytest.mark.broker
async def test_pages_show_only_the_own_stations(running: Running) -> None:
    await running.apply(TWO)
    terms = service.AccountTerms(stations=frozenset({"st-01"}))
    await service.add_account(running.core, "li", "counter", PASSWORD, terms)
    login = await service.log_in(running.core, "li", PASSWORD)
    cookie = {"Authorization": "", "Cookie": f"yz_session={login.cookie}"}
    for path in ("/", "/venues", "/venues/st-01"):
        text = await (await running.call("GET", path, headers=cookie)).text()
        assert "谏壁驿站" in text
        assert "丹徒驿站" not in text
    for path in ("/venues/st-02", "/venues/st-02/slots"):
        assert (await running.call("GET", path, headers=cookie)).status == 404


def test_every_address_that_names_a_station_is_guarded() -> None:
    # What is open to all is signed for whom it is meant, like the list of a station's gallery.
    asking = [route.path for route in ROUTES if route.permission != PUBLIC]
    named = [path for path in asking if re.search(r"/(stations|venues)/\{id\}|\{station\}", path)]
    assert len(named) > 10
    starts = tuple(STATION_PATHS)
    assert [path for path in named if not (path in starts or path.startswith(tuple(f"{one}/" for one in starts)))] == []
