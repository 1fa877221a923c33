"""Who a request comes from, what he may do and at which stations. Pure."""

from dataclasses import dataclass
from typing import Final, Literal

from cloud.identity.roles import OWN, UNSCOPED, Permission, Role, may

#: What a person must do before anything else.
Duty = Literal["", "password", "second_factor"]
STAFF: Final = "staff"
TOKEN: Final = "token"  # noqa: S105 - a kind of caller


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller; `csrf` is empty for programs, which send no cookie, and `stations` is None for all of them.

    `permissions` narrows what the role grants, `assurance` says how sure we are of the person.
    """

    kind: str
    name: str
    role: Role
    csrf: str = ""
    session: str = ""
    stations: frozenset[str] | None = None
    permissions: frozenset[Permission] | None = None
    assurance: str = ""
    duty: Duty = ""
    account: str = ""

    def may(self, permission: Permission) -> bool:
        """Return whether this caller has a permission."""
        if permission == OWN and self.kind != STAFF:
            return False
        if self.stations is not None and permission in UNSCOPED:
            return False
        return may(self.role, permission) and (self.permissions is None or permission in self.permissions)

    def allows(self, station: str | None) -> bool:
        """Return whether this caller may see and change what belongs to a station."""
        return self.stations is None or station in self.stations

    @property
    def label(self) -> str:
        """Return the caller as histories name him, such as `staff:li`."""
        return f"{self.kind}:{self.name}"
