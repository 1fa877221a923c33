"""Every URL of the core, with the permission that it needs (None: open to everybody)."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from cloud.fleet import api as fleet
from cloud.identity.guard import guarded
from cloud.identity.roles import Permission
from cloud.jobs import api as jobs
from cloud.kpi import api as kpi
from cloud.platform import health
from cloud.platform.http import Handler
from cloud.platform.idempotency import Idempotency


@dataclass(frozen=True, slots=True)
class Route:
    """One URL: who may call it and what answers."""

    method: str
    path: str
    permission: Permission | None
    handler: Handler


ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/healthz", None, health.healthz),
    Route("GET", "/readyz", None, health.readyz),
    Route("GET", "/metrics", None, health.metrics),
    Route("GET", "/api/v1/stations", "station.read", fleet.list_stations),
    Route("GET", "/api/v1/stations/{id}", "station.read", fleet.get_station),
    Route("GET", "/api/v1/stations/{id}/events", "station.read", fleet.get_events),
    Route("GET", "/api/v1/posts", "post.read", jobs.list_posts),
    Route("POST", "/api/v1/posts", "post.write", jobs.create_post),
    Route("GET", "/api/v1/posts/{id}", "post.read", jobs.get_post),
    Route("PUT", "/api/v1/posts/{id}", "post.write", jobs.update_post),
    Route("POST", "/api/v1/posts/{id}/publish", "post.publish", jobs.publish_post),
    Route("POST", "/api/v1/posts/{id}/review", "post.review", jobs.review_post),
    Route("POST", "/api/v1/posts/{id}/close", "post.publish", jobs.close_post),
    Route("GET", "/api/v1/firms", "firm.read", jobs.list_firms),
    Route("POST", "/api/v1/firms", "firm.write", jobs.create_firm),
    Route("GET", "/api/v1/firms/{id}", "firm.read", jobs.get_firm),
    Route("POST", "/api/v1/firms/{id}/verify", "firm.verify", jobs.verify_firm),
    Route("GET", "/api/v1/kpi/opening/{station}/{day}", "kpi.read", kpi.get_opening),
)


def add_routes(app: web.Application) -> None:
    """Put every route into an application, each behind its permission."""
    idempotency = Idempotency()
    for route in ROUTES:
        app.router.add_route(route.method, route.path, guarded(route.handler, route.permission, idempotency))
