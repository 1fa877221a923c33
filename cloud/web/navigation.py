"""Where the console leads: its areas, and the pages of 系统; a page that does not exist yet is not in a table. Pure."""

from dataclasses import dataclass
from typing import Final

from cloud.identity.roles import Permission
from cloud.identity.service import Principal


@dataclass(frozen=True, slots=True)
class Entry:
    """One way to a page: an area's word is `nav.{id}`, that of a page of 系统 `system.page.{id}`.

    `permission` None: everybody who is signed in.
    """

    id: str
    href: str
    icon: str
    permission: Permission | None


#: Pages of the area 系统, in the order of its menu. Each is rendered with `system_page` of cloud/web/shell.py.
SYSTEM_PAGES: Final = (
    Entry("accounts", "/system/accounts", "users", "account.read"),
    Entry("approvals", "/system/approvals", "user-check", "approval.read"),
    Entry("tokens", "/system/tokens", "lock", "token.read"),
    Entry("legal", "/system/legal", "scale", "legal.read"),
    Entry("audit", "/system/audit", "list-details", "audit.read"),
    Entry("messages", "/system/messages", "messages", "message.read"),
    Entry("settings", "/system/settings", "adjustments", "settings.read"),
    Entry("tasks", "/system/tasks", "list-check", "task.read"),
)

AREAS: Final = (
    Entry("today", "/", "calendar-time", "station.read"),
    Entry("venues", "/venues", "building-community", "station.read"),
    Entry("emergency", "/emergencies", "alert-triangle", "emergency.read"),
    Entry("queue", "/queue", "ticket", "queue.read"),
    Entry("posts", "/posts", "briefcase", "post.read"),
    Entry("people", "/people", "users", "person.read"),
    Entry("firms", "/firms", "building-store", "firm.read"),
    Entry("service", "/service", "messages", "ticket.read"),
    Entry("fairs", "/fairs", "speakerphone", "fair.read"),
    Entry("policies", "/policies", "news", "policy.read"),
    Entry("ledgers", "/ledgers", "books", "ledger.read"),
)


def may_open(principal: Principal, entry: Entry) -> bool:
    """Return whether a person may open a page."""
    return entry.permission is None or principal.may(entry.permission)


def system_pages_of(principal: Principal) -> list[Entry]:
    """Return the pages of 系统 that a person may open."""
    return [entry for entry in SYSTEM_PAGES if may_open(principal, entry)]


def areas_of(principal: Principal) -> list[Entry]:
    """Return the areas that a person may open; 系统 leads to the first of its pages that he may."""
    areas = [entry for entry in AREAS if may_open(principal, entry)]
    pages = system_pages_of(principal)
    return [*areas, Entry("system", pages[0].href, "settings", None)] if pages else areas


def home_of(principal: Principal | None) -> str:
    """Return the first page that a person may open."""
    areas = areas_of(principal) if principal else []
    return areas[0].href if areas else AREAS[0].href
