"""Lists of stations and permissions as rows keep them: JSON, null for no limit. Pure."""

import json
from collections.abc import Collection, Iterable
from typing import Final, cast

from cloud.identity.roles import GRANTS, OWN, PERMISSIONS, ROLES, Permission, Role
from cloud.platform.errors import InvalidInputError, SettingsError
from cloud.platform.settings import Settings

#: A city has fewer halls.
MAX_STATIONS: Final = 500


def dump(names: Collection[str] | None) -> str | None:
    """Return a limit as a row keeps it."""
    return None if names is None else json.dumps(sorted(set(names)))


def load_stations(text: str | None) -> frozenset[str] | None:
    """Return the stations of a row."""
    return None if text is None else frozenset(json.loads(text))


def load_permissions(text: str | None) -> frozenset[Permission] | None:
    """Return the permissions of a row; one that is gone since is granted to nobody."""
    return None if text is None else cast("frozenset[Permission]", frozenset(json.loads(text)))


def check_role(role: str) -> Role:
    """Return `role` if it is one."""
    if role not in ROLES:
        raise InvalidInputError(f"{role!r} is not a role: use one of {', '.join(ROLES)}", {"role": ", ".join(ROLES)})
    return role


def check_settings(settings: Settings) -> None:
    """Refuse settings that name a role there is not: nobody would notice that its people need no second factor."""
    unknown = [role for role in settings.second_factor if role not in ROLES]
    if unknown:
        raise SettingsError(f"YIZHAN_SECOND_FACTOR_ROLES: {', '.join(unknown)}: name some of {', '.join(ROLES)}")


def check_stations(stations: Iterable[str] | None) -> frozenset[str] | None:
    """Return a limit to some stations; none at all is a mistake, not a limit."""
    if stations is None:
        return None
    found = frozenset(stations)
    if not 1 <= len(found) <= MAX_STATIONS:
        raise InvalidInputError("请至少选择一个驿站，或选择全部", {"stations": f"1–{MAX_STATIONS}"})
    return found


def check_permissions(role: Role, permissions: Iterable[str] | None) -> frozenset[Permission] | None:
    """Return a limit to some permissions of a role."""
    if permissions is None:
        return None
    found = frozenset(permissions)
    foreign = sorted(found - GRANTS[role]) or ([OWN] if OWN in found else [])
    if foreign or not found:
        known = ", ".join(name for name in PERMISSIONS if name in GRANTS[role] and name != OWN)
        text = f"{', '.join(foreign) or '[]'}: name some of {known}"
        raise InvalidInputError(text, {"permissions": known})
    return cast("frozenset[Permission]", found)
