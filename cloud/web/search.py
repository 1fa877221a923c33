"""GET /search: one field for everything that the person may read; as you type, or as a page.

A package that has something to find adds a line to SEARCHERS.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from cloud.fleet import service as fleet
from cloud.identity import service as identity
from cloud.identity.roles import Permission
from cloud.identity.service import Principal
from cloud.jobs import service as jobs
from cloud.platform.keys import PRINCIPAL
from cloud.web.shell import STRINGS, page, wants_fragment
from cloud.web.views.search import Group, Hit
from firmware_profiles.ui.catalogue import Catalogue

MAX_CHARS: Final = 60
#: Of each kind, while somebody types.
TYPED_HITS: Final = 5
#: Of each kind, on the page.
PAGE_HITS: Final = 20

#: Returns at most as many hits as asked for.
Find = Callable[[Principal, str, int, Catalogue], Awaitable[list[Hit]]]


@dataclass(frozen=True, slots=True)
class Searcher:
    """One kind of thing that can be found, by whom, and how."""

    kind: str
    icon: str
    permission: Permission
    find: Find


async def find_stations(principal: Principal, text: str, limit: int, t: Catalogue) -> list[Hit]:
    """Find stations by name or id; only those of the caller."""
    rows = await fleet.find_stations(text, limit, principal.stations)
    return [Hit(row.name, f"{t(f'venue.kind.{row.kind}')} {row.id}", f"/venues/{row.id}") for row in rows]


async def find_posts(principal: Principal, text: str, limit: int, t: Catalogue) -> list[Hit]:
    """Find posts by title, firm or place."""
    del principal
    found = await jobs.list_posts(text=text, limit=limit)
    return [
        Hit(post["title"], f"{post['firm_name']} {t('post.state.' + post['state'])}", f"/posts/{post['id']}")
        for post in found.items
    ]


async def find_firms(principal: Principal, text: str, limit: int, t: Catalogue) -> list[Hit]:
    """Find firms by name or by their whole code."""
    del principal
    rows, _ = await jobs.list_firms(text=text, limit=limit)
    return [
        Hit(row["name"], f"{row['uscc']} {t('firm.standing.' + row['standing'])}", f"/firms/{row['id']}")
        for row in rows
    ]


async def find_accounts(principal: Principal, text: str, limit: int, t: Catalogue) -> list[Hit]:
    """Find accounts of the staff by name; a market has some dozens."""
    del principal
    rows = [row for row in await identity.list_accounts() if text.casefold() in row.name.casefold()]
    return [Hit(row.name, t(f"role.{row.role}"), f"/system/accounts/{row.id}") for row in rows[:limit]]


SEARCHERS: Final[tuple[Searcher, ...]] = (
    Searcher("stations", "building-community", "station.read", find_stations),
    Searcher("posts", "briefcase", "post.read", find_posts),
    Searcher("firms", "building-store", "firm.read", find_firms),
    Searcher("accounts", "user", "account.read", find_accounts),
)


async def search_page(request: web.Request) -> web.Response:
    """GET /search?q=: groups of hits; htmx gets them without the page around."""
    text = request.query.get("q", "").strip()[:MAX_CHARS]
    typed = wants_fragment(request)
    groups = await search(request[PRINCIPAL], text, TYPED_HITS if typed else PAGE_HITS, request.app[STRINGS])
    template = "_hits.html" if typed else "search.html"
    return page(request, template, text=text, groups=groups, typed=typed)


async def search(principal: Principal, text: str, limit: int, t: Catalogue) -> Sequence[Group]:
    """Return what the person may know and what fits, at most `limit` of each kind."""
    groups = []
    for searcher in SEARCHERS if text else ():
        if principal.may(searcher.permission):
            hits = await searcher.find(principal, text, limit + 1, t)
            if hits:
                groups.append(Group(searcher.kind, searcher.icon, hits[:limit], more=len(hits) > limit))
    return groups
