"""Every URL of the core, with the permission that it needs and what it takes and answers."""

from typing import Final

from aiohttp import web

from cloud.fleet import api as fleet
from cloud.fleet import controls, letters
from cloud.fleet import pages as venues
from cloud.identity.guard import guarded
from cloud.identity.roles import PUBLIC
from cloud.identity.shapes_audit import AuditAsked, AuditPage
from cloud.jobs import api as jobs
from cloud.jobs import pages as posts
from cloud.jobs import reveals
from cloud.kpi import api as kpi
from cloud.legal import pages as legal
from cloud.platform import health
from cloud.platform.idempotency import Idempotency
from cloud.web import audit, pages, sse, system
from cloud.web.route import Route

ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/healthz", PUBLIC, health.healthz),
    Route("GET", "/readyz", PUBLIC, health.readyz),
    Route("GET", "/metrics", PUBLIC, health.metrics),
    Route("GET", "/static/{name}", PUBLIC, pages.static),
    Route("GET", "/login", PUBLIC, pages.login_page),
    Route("POST", "/login", PUBLIC, pages.login),
    Route("POST", "/logout", PUBLIC, pages.logout),
    Route("GET", "/legal", PUBLIC, legal.texts_page),
    Route("GET", "/legal/licence", PUBLIC, legal.licence_page),
    Route("GET", "/legal/{name}", PUBLIC, legal.text_page),
    Route("GET", "/live", "station.read", sse.live),
    Route("GET", "/", "station.read", pages.today),
    Route("GET", "/venues", "station.read", venues.venues_page),
    Route("GET", "/venues/{id}", "station.read", venues.station_page),
    Route("GET", "/venues/{id}/slots", "station.read", venues.slots_part),
    Route("POST", "/venues/{id}/commands", "command.send", controls.send_command),
    Route("POST", "/venues/{id}/twin", "station.write", controls.set_field),
    Route("GET", "/deadletters", "station.read", letters.letters_page),
    Route("POST", "/deadletters/{id}/retry", "station.write", letters.retry_form),
    Route("POST", "/alarms/{id}/acknowledge", "alarm.close", controls.acknowledge_alarm),
    Route("POST", "/commands/{id}/decision", "command.send", controls.decide_command),
    Route("GET", "/posts", "post.read", posts.list_page),
    Route("POST", "/posts", "post.write", posts.save),
    Route("GET", "/posts/new", "post.write", posts.new_page),
    Route("GET", "/posts/occupations", "post.write", posts.occupations),
    Route("POST", "/posts/screen", "post.write", posts.screen),
    Route("GET", "/posts/{id}", "post.read", posts.detail_page),
    Route("POST", "/posts/{id}", "post.write", posts.save),
    Route("GET", "/posts/{id}/edit", "post.write", posts.edit_page),
    Route("POST", "/posts/{id}/publish", "post.publish", posts.publish),
    Route("POST", "/posts/{id}/close", "post.publish", posts.close),
    Route("POST", "/posts/{id}/review", "post.review", posts.review),
    Route("POST", "/posts/{id}/reveal", "contact.read", reveals.reveal_form),
    Route("GET", "/firms", "firm.read", posts.firms_page),
    Route("POST", "/firms", "firm.write", posts.save_firm),
    Route("POST", "/firms/{id}/verify", "firm.verify", posts.verify_firm),
    Route("GET", "/system/settings", "settings.read", system.settings_page),
    Route("POST", "/firms/{id}/reveal", "contact.read", reveals.reveal_form),
    Route("GET", "/system/audit", "audit.read", audit.audit_page),
    Route("POST", "/system/audit/export", "audit.read", audit.export_audit),
    Route("GET", "/api/v1/stations", "station.read", fleet.list_stations),
    Route("GET", "/api/v1/stations/{id}", "station.read", fleet.get_station),
    Route("GET", "/api/v1/stations/{id}/events", "station.read", fleet.get_events),
    Route("GET", "/api/v1/stations/{id}/digests", "station.read", fleet.get_digests),
    Route("GET", "/api/v1/alarms", "station.read", fleet.list_alarms),
    Route("POST", "/api/v1/alarms/{id}/acknowledge", "alarm.close", fleet.acknowledge_alarm),
    Route("GET", "/api/v1/deadletters", "station.read", letters.list_letters),
    Route("POST", "/api/v1/deadletters/{id}/retry", "station.write", letters.retry_letter),
    Route("PUT", "/api/v1/stations/{id}/twin", "station.write", fleet.put_twin),
    Route("POST", "/api/v1/stations/{id}/slots/{slot}/commands", "command.send", fleet.post_command),
    Route("GET", "/api/v1/commands/{id}", "station.read", fleet.get_command),
    Route("POST", "/api/v1/commands/{id}/decision", "command.send", fleet.decide_command),
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
    Route(
        "POST",
        "/api/v1/posts/{id}/reveal",
        "contact.read",
        reveals.reveal_phone,
        body=reveals.RevealAsked,
        responses={200: reveals.Revealed},
    ),
    Route(
        "POST",
        "/api/v1/firms/{id}/reveal",
        "contact.read",
        reveals.reveal_phone,
        body=reveals.RevealAsked,
        responses={200: reveals.Revealed},
    ),
    Route("GET", "/api/v1/audit", "audit.read", audit.list_audit, query=AuditAsked, responses={200: AuditPage}),
    Route("GET", "/api/v1/kpi/opening/{station}/{day}", "kpi.read", kpi.get_opening),
)


def add_routes(app: web.Application) -> None:
    """Put every route into an application, each behind its permission."""
    idempotency = Idempotency()
    for route in ROUTES:
        handler = guarded(route.handler, route.permission, idempotency, route.body, route.query)
        app.router.add_route(route.method, route.path, handler)
