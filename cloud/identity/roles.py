"""Who may do what: roles and their permissions, one table (D27). Pure."""

from typing import Final, Literal, get_args

from cloud.identity.assurance import Act

Role = Literal["admin", "manager", "counter", "guidance", "technician", "finance", "purchaser", "auditor", "ops"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

Permission = Literal[
    "station.read", "station.write", "command.send", "alarm.close", "post.read", "post.write", "post.publish",
    "post.review", "firm.read", "firm.write", "firm.verify", "firm.ban", "kpi.read", "metrics.read",
    "account.own", "account.read", "account.write", "account.approve", "token.read", "token.write",
    "approval.read", "approval.decide", "settings.read", "contact.read", "audit.read", "erasure.read",
    "console.use", "legal.read", "legal.write", "legal.sign",
    "message.read", "message.send", "task.read", "task.write",
    "person.read", "person.write", "person.reveal", "person.erase", "guidance.write", "offer.read", "offer.write",
    "placement.read", "placement.write", "placement.judge",
    "ticket.read", "ticket.write", "complaint.read", "complaint.judge",
    "thread.read", "thread.write", "survey.read", "survey.write",
    "queue.read", "queue.call", "queue.write",
    "equipment.read", "equipment.write", "repair.read", "repair.report", "repair.write",
    "ledger.read", "ledger.open", "publication.write", "publication.approve",
    "fair.read", "fair.write", "fair.run", "policy.read", "policy.write", "policy.publish", "policy.approve",
    "emergency.read", "emergency.raise",
]  # fmt: skip
PERMISSIONS: Final[tuple[Permission, ...]] = get_args(Permission)

#: Instead of a permission: everybody may, also who does not say who he is.
PUBLIC: Final = "public"
#: A permission of the staff, an act of the public (cloud/identity/assurance.py), or everybody.
Access = Permission | Act | Literal["public"]

#: Everybody's own account: password, second factor, sessions. A program has none.
OWN: Final[Permission] = "account.own"
#: What concerns the whole system: whoever is limited to some stations does not have it.
UNSCOPED: Final = frozenset[Permission](
    {
        "account.read", "account.write", "account.approve", "token.read", "token.write", "approval.read",
        "approval.decide", "metrics.read", "settings.read", "audit.read",
        "legal.read", "legal.write", "legal.sign", "erasure.read", "message.read", "message.send",
        "task.read", "task.write", "survey.read", "survey.write",
        "ledger.read", "ledger.open", "publication.write", "publication.approve",
    }
)  # fmt: skip
#: Roles that only two people together give, for they may do what changes other people's rights.
PRIVILEGED: Final = frozenset[Role]({"admin", "manager"})

#: Tickets, conversations with the public, surveys; what a complaint is worth is the purchaser's to say.
_DESK_READ: Final = frozenset[Permission]({"ticket.read", "thread.read", "survey.read"})
_DESK: Final = _DESK_READ | frozenset[Permission]({"ticket.write", "thread.write", "survey.write"})
_LEADS: Final = frozenset[Permission]({"complaint.read", "ledger.open", "publication.approve"})
_INSPECTS: Final = frozenset[Permission](
    {"complaint.read", "complaint.judge", "legal.read", "legal.sign", "ledger.read"}
)

_SECOND_PERSON: Final = frozenset[Permission]({"account.read", "account.approve", "approval.read", "approval.decide"})
_LEGAL: Final = frozenset[Permission]({"legal.read", "legal.write"})
_MARKET: Final = frozenset[Permission](
    {"post.write", "post.publish", "post.review", "firm.write", "firm.verify", "firm.ban"}
)
#: Statistics are made by one person and put up by another.
_BOOKS: Final = frozenset[Permission]({"ledger.read", "publication.write"})
#: Fairs on their day, numbers at the counter, and what people ask there.
_HALL: Final = frozenset[Permission]({"fair.run", "policy.write", "queue.call", "repair.report", "emergency.raise"})
#: The register of equipment and its repairs.
_KEEPS: Final = frozenset[Permission](
    {"equipment.read", "equipment.write", "repair.read", "repair.report", "repair.write"}
)
_EVENTS: Final = _HALL | frozenset[Permission]({"fair.write", "policy.publish", "policy.approve", "queue.write"})
#: Who helps jobseekers; the purchaser judges what the operator says of them.
_HELPS: Final = frozenset[Permission](
    {
        "person.read", "person.write", "person.reveal", "guidance.write", "offer.read", "offer.write",
        "placement.read", "placement.write",
    }
)  # fmt: skip
_SEES_PEOPLE: Final = frozenset[Permission]({"person.read", "offer.read", "placement.read"})
_JUDGES_PEOPLE: Final = _SEES_PEOPLE | frozenset[Permission]({"placement.judge"})
_OWN: Final = frozenset[Permission]({OWN, "console.use"})
_READ: Final = _OWN | frozenset[Permission](
    {
        "station.read",
        "post.read",
        "firm.read",
        "kpi.read",
        "fair.read",
        "policy.read",
        "queue.read",
        "equipment.read",
        "repair.read",
        "emergency.read",
    }
)

_READS_ALL: Final = frozenset[Permission](
    {
        "account.read", "token.read", "approval.read", "settings.read", "audit.read", "erasure.read", "legal.read",
        "message.read", "task.read", "ledger.read",
    }
)  # fmt: skip

GRANTS: Final[dict[Role, frozenset[Permission]]] = {
    "admin": frozenset(PERMISSIONS),
    "manager": _READ
    | _HELPS
    | _SECOND_PERSON
    | _MARKET
    | _LEGAL
    | _DESK
    | _LEADS
    | _EVENTS
    | _BOOKS
    | _KEEPS
    | {"command.send", "alarm.close", "contact.read", "person.erase", "erasure.read", "message.read", "message.send"},
    "counter": _READ
    | _HELPS
    | _DESK
    | _HALL
    | _BOOKS
    | {"command.send", "post.write", "post.publish", "firm.write", "contact.read", "person.erase"},
    "guidance": _READ | _HELPS | _DESK | _HALL | _BOOKS | {"contact.read"},
    "technician": _OWN | _KEEPS | {"emergency.read", "station.read", "station.write", "command.send", "alarm.close"},
    "finance": _OWN | {"firm.read", "post.read", "kpi.read", "message.read", "ledger.read"},
    "purchaser": _READ | _JUDGES_PEOPLE | _DESK_READ | _INSPECTS,
    "auditor": _READ | _READS_ALL | _SEES_PEOPLE | _DESK_READ | {"complaint.read"},
    "ops": _OWN
    | {
        "station.read",
        "equipment.read",
        "repair.read",
        "emergency.read",
        "metrics.read",
        "alarm.close",
        "settings.read",
        "message.read",
        "message.send",
        "task.read",
        "task.write",
    },
}


def may(role: Role, permission: Permission) -> bool:
    """Return whether a role has a permission."""
    return permission in GRANTS[role]
