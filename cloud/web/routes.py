"""Every URL of the core, with the permission that it needs and what it takes and answers."""

from typing import Final

from aiohttp import web

from cloud.employers import desk as firms
from cloud.employers.service import MAX_UPLOAD_BYTES
from cloud.fleet import controls, letters, quiet
from cloud.fleet import pages as venues
from cloud.identity import login as doors
from cloud.identity import pages as accounts
from cloud.identity import pages_me as mine
from cloud.identity.guard import guarded
from cloud.identity.roles import PUBLIC
from cloud.jobs import count_pages as counts
from cloud.jobs import import_pages as series
from cloud.jobs import occupations, reveals
from cloud.jobs import pages as posts
from cloud.jobs import qr_pages as qr
from cloud.jobs import screen_pages as screening
from cloud.jobs.workbooks import MAX_FILE_BYTES
from cloud.ledgers import pages as ledgers
from cloud.ledgers import sheets
from cloud.legal import desk
from cloud.legal import pages as legal
from cloud.platform import health
from cloud.platform.idempotency import Idempotency
from cloud.printing import pages as printing
from cloud.service import queue_pages as queues
from cloud.web import audit, errors, messages, notices, pages, search, sse, system, tasks
from cloud.web.api_routes import API_ROUTES
from cloud.web.desk_routes import DESK_ROUTES
from cloud.web.emergency_routes import EMERGENCY_ROUTES
from cloud.web.equipment_routes import EQUIPMENT_ROUTES
from cloud.web.event_routes import EVENT_ROUTES
from cloud.web.face_routes import FACE_ROUTES
from cloud.web.limits import UPLOADS
from cloud.web.openapi import DOCUMENT, Document
from cloud.web.people_routes import PEOPLE_ROUTES
from cloud.web.public_routes import PUBLIC_ROUTES
from cloud.web.route import Route, Upload

#: A picture with its form around.
PICTURE_FORM: Final = Upload(MAX_UPLOAD_BYTES + 64 * 1024)
#: A spreadsheet with its form around.
SHEET_FORM: Final = Upload(MAX_FILE_BYTES + 64 * 1024)

ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/healthz", PUBLIC, health.healthz),
    Route("GET", "/readyz", PUBLIC, health.readyz),
    Route("GET", "/metrics", PUBLIC, health.metrics),
    Route("GET", "/static/{name}", PUBLIC, pages.static),
    Route("GET", "/login", PUBLIC, doors.login_page),
    Route("POST", "/login", PUBLIC, doors.login),
    Route("GET", "/login/code", PUBLIC, doors.code_page),
    Route("POST", "/login/code", PUBLIC, doors.enter_code),
    Route("POST", "/logout", PUBLIC, doors.logout),
    Route("GET", "/legal", PUBLIC, legal.texts_page),
    Route("GET", "/legal/licence", PUBLIC, legal.licence_page),
    Route("GET", "/legal/{name}", PUBLIC, legal.text_page),
    Route("GET", "/live", "console.use", sse.live),
    Route("GET", "/", "station.read", pages.today),
    Route("GET", "/venues", "station.read", venues.venues_page),
    Route("GET", "/venues/{id}", "station.read", venues.station_page),
    Route("GET", "/venues/{id}/slots", "station.read", venues.slots_part),
    Route("POST", "/venues/{id}/commands", "command.send", controls.send_command),
    Route("POST", "/venues/{id}/quiet", "command.send", quiet.keep_quiet),
    Route("POST", "/venues/{id}/twin", "station.write", controls.set_field),
    Route("GET", "/deadletters", "station.read", letters.letters_page),
    Route("POST", "/deadletters/{id}/retry", "station.write", letters.retry_form),
    Route("POST", "/alarms/{id}/acknowledge", "alarm.close", controls.acknowledge_alarm),
    Route("POST", "/commands/{id}/decision", "command.send", controls.decide_command),
    Route("GET", "/queue", "queue.read", queues.stations_page),
    Route("GET", "/queue/{id}", "queue.read", queues.hall_page),
    Route("GET", "/queue/{id}/statistics", "queue.read", queues.statistics_page),
    Route("GET", "/queue/{id}/statistics.csv", "queue.read", queues.statistics_file),
    Route("GET", "/queue/{id}/settings", "queue.write", queues.settings_page),
    Route("POST", "/queue/{id}/services/{letter}", "queue.write", queues.save_service),
    Route("POST", "/queue/{id}/pin", "queue.write", queues.save_pin),
    Route("GET", "/queue/{id}/counters/{number}", "queue.read", queues.counter_page),
    Route("POST", "/queue/{id}/counters/{number}", "queue.write", queues.save_counter),
    Route("POST", "/queue/{id}/counters/{number}/next", "queue.call", queues.next_form),
    Route("POST", "/queue/{id}/counters/{number}/act", "queue.call", queues.act_form),
    Route("POST", "/queue/{id}/counters/{number}/seat", "queue.call", queues.seat_form),
    Route("POST", "/queue/{id}/counters/{number}/leave", "queue.call", queues.leave_form),
    Route("GET", "/posts", "post.read", posts.list_page),
    Route("POST", "/posts", "post.write", posts.save),
    Route("GET", "/posts/new", "post.write", posts.new_page),
    Route("GET", "/posts/imports", "post.write", series.imports_page),
    Route("POST", "/posts/imports", "post.write", series.send, before=series.check_sent, upload=SHEET_FORM),
    Route("GET", "/posts/imports/{id}", "post.write", series.import_page),
    Route("POST", "/posts/imports/{id}/decision", "post.publish", series.decide),
    Route("GET", "/posts/occupations", "post.write", occupations.picker),
    Route("POST", "/posts/screen", "post.write", screening.screen),
    Route("GET", "/posts/count", "post.read", counts.count_page),
    Route("GET", "/posts/count.xlsx", "post.read", counts.count_file),
    Route("POST", "/posts/{id}/vacancy", "post.publish", counts.say),
    Route("GET", "/posts/{id}", "post.read", posts.detail_page),
    Route("POST", "/posts/{id}", "post.write", posts.save),
    Route("GET", "/posts/{id}/edit", "post.write", posts.edit_page),
    Route("POST", "/posts/{id}/publish", "post.publish", posts.publish),
    Route("POST", "/posts/{id}/close", "post.publish", posts.close),
    Route("POST", "/posts/{id}/review", "post.review", posts.review),
    Route("POST", "/posts/{id}/reveal", "contact.read", reveals.reveal_form),
    Route("GET", "/posts/{id}/qr", "post.read", qr.post_page),
    Route("GET", "/posts/{id}/qr.pdf", "post.read", qr.post_sheet),
    Route("GET", "/print/{kind}/{id}", "command.send", printing.form_page),
    Route("POST", "/print/{kind}/{id}", "command.send", printing.send),
    Route("GET", "/prints/{id}", "command.send", printing.print_page),
    Route("GET", "/papers/{kind}/{id}.pdf", PUBLIC, printing.paper_file, file="application/pdf"),
    Route("GET", "/venues/{id}/qr", "station.read", qr.station_page),
    Route("GET", "/venues/{id}/qr.pdf", "station.read", qr.station_sheet),
    Route("POST", "/posts/{id}/confirm", "post.publish", posts.confirm),
    Route("POST", "/posts/{id}/fill", "post.publish", posts.fill),
    Route("GET", "/firms", "firm.read", firms.firms_page),
    Route("POST", "/firms", "firm.write", firms.save_firm),
    Route("GET", "/firms/{id}", "firm.read", firms.case_page),
    Route("POST", "/firms/{id}/details", "firm.write", firms.save_details),
    Route(
        "POST",
        "/firms/{id}/papers/{kind}",
        "firm.write",
        firms.keep_picture,
        before=firms.draw_picture,
        upload=PICTURE_FORM,
    ),
    Route("GET", "/firms/{id}/papers/{case}/{kind}", "firm.verify", firms.picture),
    Route("POST", "/firms/{id}/verify", "firm.verify", firms.verify),
    Route("POST", "/firms/{id}/refuse", "firm.verify", firms.refuse),
    Route("POST", "/firms/{id}/revoke", "firm.ban", firms.revoke),
    Route("POST", "/firms/{id}/ban", "firm.ban", firms.ban),
    Route("POST", "/firms/{id}/lift", "firm.ban", firms.lift),
    Route("GET", "/ledgers", "ledger.read", ledgers.ledgers_page),
    Route("GET", "/ledgers/exports", "ledger.read", ledgers.exports_page),
    Route("GET", "/ledgers/exports/{id}", "ledger.read", ledgers.export_page),
    Route("GET", "/ledgers/statistics", "ledger.read", sheets.statistics_page),
    Route("GET", "/ledgers/months", "ledger.read", sheets.months_page),
    Route("GET", "/ledgers/months/{period}", "ledger.read", sheets.month_page),
    Route("GET", "/ledgers/months/{period}/file", "ledger.read", sheets.month_file),
    Route("POST", "/ledgers/months/{period}/publish", "publication.write", sheets.ask_form),
    Route("GET", "/ledgers/years", "ledger.read", sheets.years_page),
    Route("GET", "/ledgers/years/{year}", "ledger.read", sheets.year_page),
    Route("GET", "/ledgers/years/{year}/file", "ledger.read", sheets.year_file),
    Route("POST", "/ledgers/{id}/export", "ledger.read", ledgers.export_form, before=ledgers.prepare_form),
    Route("GET", "/offline", PUBLIC, errors.offline_page),
    Route("GET", "/offline.js", PUBLIC, errors.offline_worker),
    Route("GET", "/search", "console.use", search.search_page),
    Route("GET", "/notices", "console.use", notices.notices_page),
    Route("GET", "/notices/bell", "console.use", notices.bell_part),
    Route("POST", "/notices/read", "console.use", notices.mark_read),
    Route("GET", "/system/legal", "legal.read", desk.overview_page),
    Route("GET", "/system/legal/register", "legal.read", desk.register_page),
    Route("GET", "/system/legal/assessments/{kind}", "legal.read", desk.assessments_page),
    Route("POST", "/system/legal/assessments/{kind}", "legal.write", desk.make_assessment),
    Route("GET", "/system/legal/papers/{id}", "legal.read", desk.paper_page),
    Route("POST", "/system/legal/papers/{id}/decision", "legal.sign", desk.decide_paper),
    Route("GET", "/system/legal/breaches", "legal.read", desk.breaches_page),
    Route("POST", "/system/legal/breaches", "legal.write", desk.make_breach),
    Route("GET", "/system/legal/breaches/{id}", "legal.read", desk.breach_page),
    Route("POST", "/system/legal/breaches/{id}", "legal.write", desk.edit_breach),
    Route("POST", "/system/legal/breaches/{id}/close", "legal.write", desk.close_breach),
    Route("GET", "/system/settings", "settings.read", system.settings_page),
    Route("GET", "/me", "account.own", mine.me_page),
    Route("POST", "/me/password", "account.own", mine.change_password),
    Route("POST", "/me/second-factor", "account.own", mine.begin_factor),
    Route("POST", "/me/second-factor/confirm", "account.own", mine.confirm_factor),
    Route("POST", "/me/recovery-codes", "account.own", mine.renew_codes),
    Route("POST", "/me/sessions/{id}/end", "account.own", mine.end_session),
    Route("GET", "/system/accounts", "account.read", accounts.accounts_page),
    Route("POST", "/system/accounts", "account.write", accounts.add),
    Route("GET", "/system/accounts/{id}", "account.read", accounts.account_page),
    Route("POST", "/system/accounts/{id}", "account.write", accounts.change),
    Route("POST", "/system/accounts/{id}/reset", "account.write", accounts.reset),
    Route("POST", "/system/accounts/{id}/remove-second-factor", "account.write", accounts.remove_factor),
    Route("POST", "/system/accounts/{id}/end-sessions", "account.write", accounts.end_sessions),
    Route("GET", "/system/tokens", "token.read", accounts.tokens_page),
    Route("POST", "/system/tokens", "token.write", accounts.add_token),
    Route("POST", "/system/tokens/{id}/revoke", "token.write", accounts.revoke_token),
    Route("GET", "/system/approvals", "approval.read", accounts.approvals_page),
    Route("POST", "/system/approvals/{id}", "approval.decide", accounts.decide),
    Route("GET", "/system/messages", "message.read", messages.messages_page),
    Route("POST", "/system/messages/{id}/again", "message.send", messages.repeat_form),
    Route("POST", messages.REPORTS_PATH, PUBLIC, messages.take_report),
    Route("POST", "/firms/{id}/reveal", "contact.read", reveals.reveal_form),
    Route("GET", "/system/audit", "audit.read", audit.audit_page),
    Route("POST", "/system/audit/export", "audit.read", audit.export_audit, before=audit.read_export),
    Route("GET", "/system/tasks", "task.read", tasks.tasks_page),
    Route("POST", "/system/tasks/{name}/run", "task.write", tasks.run_form),
    Route("POST", "/system/poison/{id}/retry", "task.write", tasks.retry_form),
    *API_ROUTES,
    *EQUIPMENT_ROUTES,
    *EVENT_ROUTES,
    *FACE_ROUTES,
    *PEOPLE_ROUTES,
    *PUBLIC_ROUTES,
    *DESK_ROUTES,
    *EMERGENCY_ROUTES,
)


def add_routes(app: web.Application) -> None:
    """Put every route into an application, each behind its permission."""
    app[DOCUMENT] = Document(ROUTES)
    app[UPLOADS] = {(route.method, route.path): route.upload.max_bytes for route in ROUTES if route.upload}
    idempotency = Idempotency()
    for route in ROUTES:
        handler = guarded(route.handler, route.permission, idempotency, route.body, route.query, route.before)
        app.router.add_route(route.method, route.path, handler)
