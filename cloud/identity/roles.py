"""Who may do what: roles and their permissions, one table (D27). Pure."""

from typing import Final, Literal, get_args

Role = Literal["admin", "manager", "counter", "guidance", "technician", "finance", "purchaser", "auditor", "ops"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

Permission = Literal[
    "station.read", "station.write", "command.send", "alarm.close", "post.read", "post.write", "post.publish",
    "post.review", "firm.read", "firm.write", "firm.verify", "kpi.read", "metrics.read", "account.write",
    "settings.read",
    "contact.read", "audit.read", "message.read", "message.send",
]  # fmt: skip
PERMISSIONS: Final[tuple[Permission, ...]] = get_args(Permission)

#: Instead of a permission: everybody may, also who does not say who he is.
PUBLIC: Final = "public"
Access = Permission | Literal["public"]

_READ: Final = frozenset[Permission]({"station.read", "post.read", "firm.read", "kpi.read"})

GRANTS: Final[dict[Role, frozenset[Permission]]] = {
    "admin": frozenset(PERMISSIONS),
    "manager": _READ
    | {
        "command.send",
        "alarm.close",
        "post.write",
        "post.publish",
        "post.review",
        "firm.write",
        "firm.verify",
        "contact.read",
        "message.read",
        "message.send",
    },
    "counter": _READ | {"command.send", "post.write", "post.publish", "firm.write", "contact.read"},
    "guidance": _READ,
    "technician": frozenset({"station.read", "station.write", "command.send", "alarm.close"}),
    "finance": frozenset({"firm.read", "post.read", "kpi.read", "message.read"}),
    "purchaser": _READ,
    "auditor": _READ | {"settings.read", "audit.read", "message.read"},
    "ops": frozenset({"station.read", "metrics.read", "alarm.close", "settings.read", "message.read", "message.send"}),
}


def may(role: Role, permission: Permission) -> bool:
    """Return whether a role has a permission."""
    return permission in GRANTS[role]
