"""Who may call what: the route table as docs/routes.md, `python -m cloud.web.matrix > docs/routes.md`."""

import sys
from collections.abc import Iterator
from typing import Final

from cloud.identity.assurance import ACTS, NEEDS
from cloud.identity.roles import GRANTS, PERMISSIONS, PUBLIC, ROLES
from cloud.web.route import Route
from cloud.web.routes import ROUTES

_HEAD: Final = """# Routes and who may call them

Made from the route table by `python -m cloud.web.matrix > docs/routes.md`; a test holds it up to date, another calls
every route as every role. `public` is open to everybody; acts of the public say which kind of visitor they need.

"""


def lines() -> Iterator[str]:
    """Yield the document."""
    staff = [route for route in ROUTES if route.permission in PERMISSIONS]
    acts = [route for route in ROUTES if route.permission in ACTS]
    yield _HEAD
    yield f"{len(ROUTES)} routes: {len(staff)} for the staff, {len(acts)} for persons of the public, "
    yield f"{sum(route.permission == PUBLIC for route in ROUTES)} open to everybody. "
    yield f"{len(staff)} × {len(ROLES)} roles = {len(staff) * len(ROLES)} pairs, "
    yield f"{sum(len(who(route)) for route in staff)} of them allowed.\n\n"
    yield f"| route | needs | {' | '.join(ROLES)} |\n|---|---|{'---|' * len(ROLES)}\n"
    for route in sorted(staff, key=_place):
        marks = ("yes" if role in who(route) else "" for role in ROLES)
        yield f"| `{route.method} {route.path}` | `{route.permission}` | {' | '.join(marks)} |\n"
    yield "\n| route | act | who |\n|---|---|---|\n"
    for act in ACTS:
        for route in sorted((one for one in acts if one.permission == act), key=_place):
            yield f"| `{route.method} {route.path}` | `{act}` | {NEEDS[act].kind} |\n"
    yield "\n| open to everybody |\n|---|\n"
    for route in sorted((one for one in ROUTES if one.permission == PUBLIC), key=_place):
        yield f"| `{route.method} {route.path}` |\n"


def who(route: Route) -> frozenset[str]:
    """Return the roles that may call a route of the staff."""
    return frozenset(role for role in ROLES if route.permission in GRANTS[role])


def _place(route: Route) -> tuple[str, str]:
    return route.path, route.method


if __name__ == "__main__":
    sys.stdout.writelines(lines())
