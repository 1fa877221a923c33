"""The page 系统 → 设置: every setting in force and where it was written; nothing of a secret is shown."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from cloud.platform.keys import CORE
from cloud.platform.settings import ENVIRONMENT, PREFIX, Settings
from cloud.web.shell import STRINGS, system_page
from firmware_profiles.ui.catalogue import Catalogue

#: Addresses that may hold a password: only scheme, host and path are shown.
ADDRESSES: Final = frozenset({"database_url", "mqtt_url"})


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting; `faint`: it has no value, `given`: somebody wrote it."""

    name: str
    value: str
    source: str
    faint: bool
    given: bool


async def settings_page(request: web.Request) -> web.Response:
    """GET /system/settings."""
    rows = setting_rows(request.app[CORE].settings, request.app[STRINGS])
    return system_page(request, "settings.html", "settings", rows=rows)


def setting_rows(settings: Settings, t: Catalogue) -> list[SettingRow]:
    """Return every setting; a value that does not show itself in a log does not here either."""
    rows = []
    for key, field in Settings.model_fields.items():
        value, origin = getattr(settings, key), settings.origin_of(key)
        text = shown(key, value, t, secret=not field.repr)
        source = t("setting.environment") if origin == ENVIRONMENT else origin or t("setting.default")
        rows.append(SettingRow(PREFIX + key.upper(), text, source, faint=value in (None, ""), given=bool(origin)))
    return rows


def shown(key: str, value: object, t: Catalogue, *, secret: bool) -> str:
    """Return a value as the page tells it."""
    if value is None or value == "":
        return t("setting.unset")
    if key in ADDRESSES:
        return without_password(str(value))
    if secret:
        return t("setting.hidden")
    if isinstance(value, bool):
        return t("setting.yes" if value else "setting.no")
    return str(value)


def without_password(address: str) -> str:
    """Return an address without user, password and query."""
    parts = urlsplit(address)
    if not parts.netloc:
        return parts._replace(query="", fragment="").geturl()
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host, query="", fragment="").geturl()
