"""The shell of the console: templates, navigation, who is signed in, what the system line says."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import aiohttp_jinja2
import jinja2
from aiohttp import hdrs, web

from cloud.identity.agents import short_agent
from cloud.platform.core import Core
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.web.assets import Assets
from cloud.web.formats import FILTERS
from cloud.web.markup import Pieces
from cloud.web.navigation import areas_of, system_pages_of
from cloud.web.sse import set_up_live
from cloud.web.views.strip import VERDICT_ICONS
from firmware_profiles.ui.catalogue import Catalogue, load_catalogue

ASSETS: Final = web.AppKey("assets", Assets)
STRINGS: Final = web.AppKey("strings", Catalogue)

#: The newest piece of news when a page began to be made: its live line continues there.
SINCE: Final = web.RequestKey("since", int)

#: Areas at the foot of a phone's page; with 更多 they share its width (console.css hides the others).
THUMBS: Final = 4

#: Where templates lie; a domain's own are in its folder of the same name.
TEMPLATE_PACKAGES: Final = (
    "cloud.web", "cloud.fleet", "cloud.jobs", "cloud.identity", "cloud.legal", "cloud.people", "cloud.employers",
    "cloud.fairs", "cloud.ledgers", "cloud.policies", "cloud.printing", "cloud.service", "cloud.emergency",
)  # fmt: skip


def set_up_shell(app: web.Application) -> None:
    """Give the application its templates, strings and static files."""
    set_up_live(app)
    app[ASSETS] = Assets()
    app[STRINGS] = load_catalogue()
    loader = jinja2.ChoiceLoader([jinja2.PackageLoader(name, "templates") for name in TEMPLATE_PACKAGES])
    environment = aiohttp_jinja2.setup(
        app, loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(FILTERS, short_agent=short_agent)
    environment.globals.update(
        t=app[STRINGS],
        asset=app[ASSETS].url,
        areas_of=areas_of,
        system_pages_of=system_pages_of,
        thumbs=THUMBS,
        ranges=ranges,
        verdict_icons=VERDICT_ICONS,
        markup=Pieces(app[STRINGS], app[ASSETS].url("icons.svg")),
    )


def page(request: web.Request, template: str, area: str = "", status: int = 200, **context: Any) -> web.Response:
    """Return a page for the person who is signed in."""
    return render(request, template, {**frame_of(request, area), **context}, status)


def frame_of(request: web.Request, area: str = "") -> dict[str, Any]:
    """Return what the frame of the console shows to the person who is signed in."""
    core = request.app[CORE]
    principal = request[PRINCIPAL]
    return {
        "area": area,
        "now": core.now(),
        "user": principal,
        "csrf": principal.csrf,
        "since": request[SINCE],
        "system": system_line(core),
    }


def system_page(request: web.Request, template: str, sub: str, status: int = 200, **context: Any) -> web.Response:
    """Return a page of the area 系统; its template extends system.html, `sub` is its id in SYSTEM_PAGES."""
    return page(request, template, "system", status, sub=sub, **context)


def render(request: web.Request, template: str, context: Mapping[str, Any], status: int = 200) -> web.Response:
    """Return a rendered template; pages are never kept by a cache."""
    context = {"site": request.app[CORE].settings, **context}
    response = aiohttp_jinja2.render_template(template, request, context, status=status)
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    return response


def see_other(target: str) -> web.Response:
    """Return the way to the page that follows a form: answered, not raised, so that what the form did is kept."""
    return web.Response(status=303, headers={hdrs.LOCATION: target})


def system_line(core: Core) -> Mapping[str, str]:
    """Return what runs below: the broker in its own words, the kind of database, our version."""
    kind = "SQLite" if core.settings.database.startswith("sqlite") else "PostgreSQL"
    return {"broker": core.broker_label, "database": kind}


def ranges(pairs: Sequence[Sequence[int]], limit: int = 3) -> str:
    """Return ranges as `120–140、150`, with the number of those left out."""
    words = [str(low) if low == high else f"{low}–{high}" for low, high in pairs[:limit]]
    rest = f" 等 {len(pairs)} 段" if len(pairs) > limit else ""
    return "、".join(words) + rest


def wants_fragment(request: web.Request) -> bool:
    """Return whether htmx asks."""
    return request.headers.get("HX-Request") == "true"


def trigger(response: web.Response, event: str) -> web.Response:
    """Have htmx fire an event in the page when it takes this response."""
    response.headers["HX-Trigger"] = json.dumps({event: True})
    return response
