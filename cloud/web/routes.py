"""Every URL of the core, with the permission that it needs and what it takes and answers."""

from typing import Final

from aiohttp import web

from cloud.fleet import controls, letters
from cloud.fleet import pages as venues
from cloud.identity.guard import guarded
from cloud.identity.roles import PUBLIC
from cloud.jobs import pages as posts
from cloud.jobs import reveals
from cloud.legal import pages as legal
from cloud.platform import health
from cloud.platform.idempotency import Idempotency
from cloud.web import audit, messages, pages, sse, system
from cloud.web.api_routes import API_ROUTES
from cloud.web.openapi import DOCUMENT, Document
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
    Route("GET", "/system/messages", "message.read", messages.messages_page),
    Route("POST", "/system/messages/{id}/again", "message.send", messages.repeat_form),
    Route("POST", messages.REPORTS_PATH, PUBLIC, messages.take_report),
    Route("POST", "/firms/{id}/reveal", "contact.read", reveals.reveal_form),
    Route("GET", "/system/audit", "audit.read", audit.audit_page),
    Route("POST", "/system/audit/export", "audit.read", audit.export_audit),
    *API_ROUTES,
)


def add_routes(app: web.Application) -> None:
    """Put every route into an application, each behind its permission."""
    app[DOCUMENT] = Document(ROUTES)
    idempotency = Idempotency()
    for route in ROUTES:
        handler = guarded(route.handler, route.permission, idempotency, route.body, route.query)
        app.router.add_route(route.method, route.path, handler)
