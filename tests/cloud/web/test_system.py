"""The area 系统: its menu follows the permissions, and its settings show where they come from and no secret."""

import pytest

from cloud.identity.roles import PERMISSIONS, PUBLIC, ROLES
from cloud.identity.service import Principal
from cloud.platform.settings import Settings, load_settings
from cloud.web.navigation import AREAS, SYSTEM_PAGES, areas_of, home_of, system_pages_of
from cloud.web.routes import ROUTES
from cloud.web.system import setting_rows, without_password
from firmware_profiles.ui.catalogue import load_catalogue

SECRET = "hunter-2-hunter-2"  # noqa: S105 - the test's own


@pytest.mark.parametrize("role", ROLES)
def test_the_menu_offers_only_what_the_role_may_open(role: str) -> None:
    principal = Principal("staff", "li", role)  # type: ignore[arg-type]
    needs = {route.path: route.permission for route in ROUTES if route.method == "GET"}
    for entry in [*areas_of(principal), *system_pages_of(principal)]:
        permission = needs[entry.href]
        assert permission == PUBLIC or (permission in PERMISSIONS and principal.may(permission)), entry
    assert home_of(principal) == areas_of(principal)[0].href


def test_every_entry_leads_to_a_page_and_has_a_word() -> None:
    words = load_catalogue()
    needs = {route.path: route.permission for route in ROUTES if route.method == "GET"}
    assert all(needs[entry.href] == entry.permission for entry in (*AREAS, *SYSTEM_PAGES) if entry.permission)
    assert all(f"nav.{entry.id}" in words for entry in AREAS)
    assert all(f"system.page.{entry.id}" in words for entry in SYSTEM_PAGES)


def test_settings_are_told_with_their_source_and_without_secrets() -> None:
    environment = {
        "YIZHAN_DATABASE_URL": f"postgres://yizhan:{SECRET}@db:5432/yizhan?password={SECRET}",
        "YIZHAN_MQTT_URL": f"mqtts://core:{SECRET}@broker:8883",
    }
    rows = {row.name: row for row in setting_rows(load_settings(None, environment), load_catalogue())}
    assert rows["YIZHAN_DATABASE_URL"].value == "postgres://db:5432/yizhan"
    assert rows["YIZHAN_MQTT_URL"].source == "环境变量"
    assert (rows["YIZHAN_HTTP_PORT"].value, rows["YIZHAN_HTTP_PORT"].given) == ("8080", False)
    assert rows["YIZHAN_SECRET_FILE"].faint
    assert SECRET not in repr(rows)
    assert len(rows) == len(Settings.model_fields)


def test_an_address_keeps_what_helps_and_loses_what_hurts() -> None:
    assert without_password("embedded") == "embedded"
    assert without_password("sqlite:///data/yizhan.db?key=1") == "sqlite:///data/yizhan.db"
