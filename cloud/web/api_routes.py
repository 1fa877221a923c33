"""The routes of the REST interface: with `routes.py`, which adds the pages, the one table of every URL.

Each line says who may call, what is taken and what is answered; cloud/web/openapi.py makes the document of it.
"""

from typing import Final

from cloud.employers import desk_api as firms
from cloud.employers.drafts import BanAsked, CaseDraft, DecisionAsked, NoteAsked, VerificationShown
from cloud.employers.service import MAX_UPLOAD_BYTES
from cloud.fairs import api as fairs
from cloud.fairs import api_others as events
from cloud.fairs import shapes as fair_shapes
from cloud.fairs.drafts import (
    ArrivalAsked,
    BoothAsked,
    BoothResults,
    BoothStep,
    CampaignDraft,
    FairDraft,
    PaperAsked,
    PublicityDraft,
    ShowDraft,
    ShowResult,
    StepAsked,
)
from cloud.fleet import api as fleet
from cloud.fleet import letters
from cloud.fleet import shapes as fleet_shapes
from cloud.fleet.commands import Order
from cloud.fleet.shapes import AlarmShown, AlarmsQuery, CommandShown, LetterOutcome, LetterShown, LettersQuery
from cloud.fleet.wishes import Wish
from cloud.identity import api as identity
from cloud.identity import api_me as me
from cloud.identity import documents as staff
from cloud.identity.roles import PUBLIC
from cloud.identity.shapes_audit import AuditAsked, AuditPage
from cloud.jobs import api as jobs
from cloud.jobs import import_api as series
from cloud.jobs import occupations, reveals, vacancy_shapes
from cloud.jobs import vacancy_api as vacancies
from cloud.jobs.drafts import FirmDraft, PostDraft
from cloud.jobs.shapes import FillAsked, FirmShown, FirmsQuery, PostShown, PostsQuery, ReviewAsked
from cloud.jobs.workbooks import MAX_FILE_BYTES, XLSX
from cloud.kpi import api as kpi
from cloud.kpi.shapes import OpeningShown
from cloud.ledgers import api as ledgers
from cloud.ledgers.shapes import ExportAsked, ExportShown, ExportsQuery, LedgerShown
from cloud.platform.notify.shapes import DeliveriesAsked, DeliveryShown, Repeated
from cloud.platform.shapes import Page
from cloud.policies import api as policies
from cloud.policies import shapes as policy_shapes
from cloud.policies.drafts import EndAsked, EnquiryDraft, PolicyDraft, PublishAsked
from cloud.service import queue_api
from cloud.service import queue_shapes as queue
from cloud.web import audit, messages, openapi, tasks
from cloud.web.route import Route, Upload

#: A picture as REST takes it: the file alone.
PICTURE: Final = Upload(MAX_UPLOAD_BYTES, firms.PICTURES)

_FLEET: Final = (
    Route("GET", "/api/v1/stations", "station.read", fleet.list_stations,
          responses={200: Page[fleet_shapes.StationLine]}),
    Route("GET", "/api/v1/stations/{id}", "station.read", fleet.get_station,
          responses={200: fleet_shapes.StationShown}),
    Route("GET", "/api/v1/stations/{id}/events", "station.read", fleet.get_events,
          query=fleet_shapes.EventsQuery, responses={200: fleet_shapes.EventPage}),
    Route("GET", "/api/v1/stations/{id}/digests", "station.read", fleet.get_digests,
          responses={200: Page[fleet_shapes.DigestShown]}),
    Route("GET", "/api/v1/stations/{id}/twin", "station.read", fleet.get_twin,
          responses={200: fleet_shapes.TwinShown}, versioned=True),
    Route("PUT", "/api/v1/stations/{id}/twin", "station.write", fleet.put_twin,
          body=Wish, responses={200: fleet_shapes.TwinRevision}, versioned=True),
    Route("POST", "/api/v1/stations/{id}/slots/{slot}/commands", "command.send", fleet.post_command,
          body=Order, responses={202: CommandShown}),
    Route("GET", "/api/v1/commands/{id}", "station.read", fleet.get_command, responses={200: CommandShown}),
    Route("POST", "/api/v1/commands/{id}/decision", "command.send", fleet.decide_command,
          body=fleet_shapes.DecisionAsked, responses={200: fleet_shapes.CommandDecided}),
    Route("GET", "/api/v1/alarms", "station.read", fleet.list_alarms,
          query=AlarmsQuery, responses={200: Page[AlarmShown]}),
    Route("POST", "/api/v1/alarms/{id}/acknowledge", "alarm.close", fleet.acknowledge_alarm,
          responses={200: AlarmShown}),
    Route("GET", "/api/v1/deadletters", "station.read", letters.list_letters,
          query=LettersQuery, responses={200: Page[LetterShown]}),
    Route("POST", "/api/v1/deadletters/{id}/retry", "station.write", letters.retry_letter,
          responses={200: LetterOutcome}),
)  # fmt: skip

_JOBS: Final = (
    Route("GET", "/api/v1/occupations", "post.read", occupations.suggest,
          query=occupations.TitleQuery, responses={200: Page[occupations.OccupationShown]}),
    Route("GET", "/api/v1/posts", "post.read", jobs.list_posts, query=PostsQuery, responses={200: Page[PostShown]}),
    Route("POST", "/api/v1/posts", "post.write", jobs.create_post, body=PostDraft, responses={201: PostShown}),
    Route("POST", "/api/v1/posts/screen", "post.write", vacancies.screen,
          body=vacancy_shapes.TextAsked, responses={200: vacancy_shapes.RewriteShown}),
    Route("GET", "/api/v1/posts/{id}/vacancy", "post.read", vacancies.get_vacancy,
          responses={200: vacancy_shapes.VacancyShown}),
    Route("POST", "/api/v1/posts/{id}/vacancy", "post.publish", vacancies.say,
          body=vacancy_shapes.VacancySaid, responses={200: vacancy_shapes.VacancyShown}),
    Route("GET", "/api/v1/counts/posts", "post.read", vacancies.get_count,
          query=vacancy_shapes.PeriodAsked, responses={200: vacancy_shapes.PostCountShown}),
    Route("GET", "/api/v1/counts/posts.xlsx", "post.read", vacancies.get_count_file,
          query=vacancy_shapes.PeriodAsked, responses={200: None}),
    Route("GET", "/api/v1/posts/{id}", "post.read", jobs.get_post, responses={200: PostShown}, versioned=True),
    Route("PUT", "/api/v1/posts/{id}", "post.write", jobs.update_post,
          body=PostDraft, responses={200: PostShown}, versioned=True),
    Route("POST", "/api/v1/posts/{id}/publish", "post.publish", jobs.publish_post,
          responses={200: PostShown, 202: PostShown}, versioned=True),
    Route("POST", "/api/v1/posts/{id}/review", "post.review", jobs.review_post,
          body=ReviewAsked, responses={200: PostShown}, versioned=True),
    Route("POST", "/api/v1/posts/{id}/close", "post.publish", jobs.close_post,
          responses={200: PostShown}, versioned=True),
    Route("GET", "/api/v1/post-imports/template", "post.write", series.get_template,
          responses={200: None}, file=XLSX),
    Route("POST", "/api/v1/post-imports", "post.publish", series.create_import,
          responses={202: series.ImportShown}, before=series.check_sent, upload=Upload(MAX_FILE_BYTES, (XLSX,))),
    Route("GET", "/api/v1/post-imports/{id}", "post.write", series.get_import, responses={200: series.ImportShown}),
    Route("GET", "/api/v1/post-imports/{id}/rows", "post.write", series.list_rows,
          query=series.RowsQuery, responses={200: Page[series.RowShown]}),
    Route("POST", "/api/v1/post-imports/{id}/decision", "post.publish", series.decide,
          body=series.ImportDecision, responses={202: series.ImportShown}),
    Route("POST", "/api/v1/post-imports/{id}/cancel", "post.publish", series.cancel,
          responses={200: series.ImportShown}),
    Route("GET", "/api/v1/post-imports/{id}/report", "post.write", series.get_report,
          responses={200: None}, problems=frozenset({409}), file=XLSX),
    Route("GET", "/api/v1/firms", "firm.read", jobs.list_firms, query=FirmsQuery, responses={200: Page[FirmShown]}),
    Route("POST", "/api/v1/firms", "firm.write", jobs.create_firm, body=FirmDraft, responses={201: FirmShown}),
    Route("GET", "/api/v1/firms/{id}", "firm.read", jobs.get_firm, responses={200: FirmShown}),
    Route("POST", "/api/v1/firms/{id}/verify", "firm.verify", firms.attest, responses={200: FirmShown}),
    Route("GET", "/api/v1/firms/{id}/verification", "firm.read", firms.get_verification,
          responses={200: VerificationShown}),
    Route("PUT", "/api/v1/firms/{id}/verification", "firm.write", firms.put_details,
          body=CaseDraft, responses={200: VerificationShown}),
    Route("POST", "/api/v1/firms/{id}/verification/decision", "firm.verify", firms.decide,
          body=DecisionAsked, responses={200: VerificationShown}),
    Route("POST", "/api/v1/firms/{id}/verification/revoke", "firm.ban", firms.revoke,
          body=NoteAsked, responses={200: VerificationShown}),
    Route("PUT", "/api/v1/firms/{id}/papers/{kind}", "firm.write", firms.put_paper,
          responses={200: VerificationShown}, before=firms.draw_paper, upload=PICTURE),
    Route("PUT", "/api/v1/firms/{id}/ban", "firm.ban", firms.put_ban,
          body=BanAsked, responses={200: VerificationShown}),
    Route("POST", "/api/v1/firms/{id}/ban/lift", "firm.ban", firms.lift_ban,
          body=NoteAsked, responses={200: VerificationShown}),
    Route("POST", "/api/v1/posts/{id}/confirm", "post.publish", jobs.confirm_post,
          responses={200: PostShown}, versioned=True),
    Route("POST", "/api/v1/posts/{id}/fill", "post.publish", jobs.fill_post,
          body=FillAsked, responses={200: PostShown}, versioned=True),
    Route("POST", "/api/v1/posts/{id}/reveal", "contact.read", reveals.reveal_post_phone,
          body=reveals.RevealAsked, responses={200: reveals.Revealed}),
    Route("POST", "/api/v1/firms/{id}/reveal", "contact.read", reveals.reveal_firm_phone,
          body=reveals.RevealAsked, responses={200: reveals.Revealed}),
)  # fmt: skip

_IDENTITY: Final = (
    Route("GET", "/api/v1/me", "account.own", me.get_me, responses={200: staff.MeDocument}),
    Route("POST", "/api/v1/me/password", "account.own", me.change_password,
          body=staff.PasswordBody, responses={200: staff.AccountDocument}),
    Route("POST", "/api/v1/me/second-factor", "account.own", me.begin_factor,
          body=staff.SecretBody, responses={200: staff.EnrolmentDocument}),
    Route("POST", "/api/v1/me/second-factor/confirm", "account.own", me.confirm_factor,
          body=staff.CodeBody, responses={200: staff.RecoveryCodes}),
    Route("POST", "/api/v1/me/recovery-codes", "account.own", me.renew_codes,
          body=staff.CodeBody, responses={200: staff.RecoveryCodes}),
    Route("GET", "/api/v1/me/sessions", "account.own", me.list_sessions, responses={200: staff.SessionPage}),
    Route("POST", "/api/v1/me/sessions/{id}/end", "account.own", me.end_session, responses={200: staff.SessionPage}),
    Route("GET", "/api/v1/accounts", "account.read", identity.list_accounts, responses={200: staff.AccountPage}),
    Route("POST", "/api/v1/accounts", "account.write", identity.create_account,
          body=staff.AccountBody, responses={201: staff.NewAccountDocument}),
    Route("GET", "/api/v1/accounts/{id}", "account.read", identity.get_account,
          responses={200: staff.AccountDocument}),
    Route("PUT", "/api/v1/accounts/{id}", "account.write", identity.change_account, body=staff.RightsBody,
          responses={200: staff.ChangedAccountDocument, 202: staff.ChangedAccountDocument}),
    Route("POST", "/api/v1/accounts/{id}/reset", "account.write", identity.reset_account,
          responses={200: staff.OneTimePassword}),
    Route("POST", "/api/v1/accounts/{id}/remove-second-factor", "account.write", identity.remove_factor,
          body=staff.ReasonBody, responses={202: staff.ChangedAccountDocument}),
    Route("GET", "/api/v1/accounts/{id}/sessions", "account.read", identity.list_account_sessions,
          responses={200: staff.SessionPage}),
    Route("POST", "/api/v1/accounts/{id}/end-sessions", "account.write", identity.end_account_sessions,
          responses={200: staff.AccountDocument}),
    Route("GET", "/api/v1/tokens", "token.read", identity.list_tokens, responses={200: staff.TokenPage}),
    Route("POST", "/api/v1/tokens", "token.write", identity.create_token,
          body=staff.TokenBody, responses={201: staff.NewTokenDocument}),
    Route("POST", "/api/v1/tokens/{id}/revoke", "token.write", identity.revoke_token,
          responses={200: staff.TokenDocument}),
    Route("GET", "/api/v1/approvals", "approval.read", identity.list_approvals,
          query=staff.ApprovalQuery, responses={200: staff.ApprovalPage}),
    Route("GET", "/api/v1/approvals/{id}", "approval.read", identity.get_approval,
          responses={200: staff.ApprovalDocument}),
    Route("POST", "/api/v1/approvals/{id}/decision", "approval.decide", identity.decide_approval,
          body=staff.DecisionBody, responses={200: staff.ApprovalDocument}),
    Route("GET", "/api/v1/audit", "audit.read", audit.list_audit, query=AuditAsked, responses={200: AuditPage}),
)  # fmt: skip

_MESSAGES: Final = (
    Route("GET", "/api/v1/messages", "message.read", messages.list_deliveries,
          query=DeliveriesAsked, responses={200: Page[DeliveryShown]}),
    Route("POST", "/api/v1/messages/{id}/again", "message.send", messages.repeat_delivery,
          responses={201: Repeated}),
)  # fmt: skip

_KPI: Final = (
    Route("GET", "/api/v1/kpi/opening/{station}/{day}", "kpi.read", kpi.get_opening, responses={200: OpeningShown}),
)

_QUEUE: Final = (
    Route("GET", "/api/v1/stations/{id}/queue", "queue.read", queue_api.get_queue, responses={200: queue.QueueShown}),
    Route("PUT", "/api/v1/stations/{id}/queue/services/{letter}", "queue.write", queue_api.put_service,
          body=queue.ServiceDraft, responses={200: queue.ServiceShown}),
    Route("PUT", "/api/v1/stations/{id}/queue/counters/{number}", "queue.write", queue_api.put_counter,
          body=queue.CounterDraft, responses={200: queue.CounterShown}),
    Route("POST", "/api/v1/stations/{id}/queue/counters/{number}/seat", "queue.call", queue_api.take_seat,
          responses={200: queue.CounterShown}),
    Route("POST", "/api/v1/stations/{id}/queue/counters/{number}/leave", "queue.call", queue_api.leave_seat,
          responses={200: queue.CounterShown}),
    Route("POST", "/api/v1/stations/{id}/queue/counters/{number}/next", "queue.call", queue_api.call_next,
          responses={200: queue.NextShown}),
    Route("GET", "/api/v1/stations/{id}/queue/tickets", "queue.read", queue_api.list_tickets,
          query=queue.TicketsQuery, responses={200: Page[queue.TicketShown]}),
    Route("POST", "/api/v1/stations/{id}/queue/tickets/{ticket}/act", "queue.call", queue_api.act,
          body=queue.ActAsked, responses={200: queue.TicketShown}),
    Route("GET", "/api/v1/stations/{id}/queue/statistics", "queue.read", queue_api.get_statistics,
          query=queue.StatisticsQuery, responses={200: queue.StatisticsShown}),
    Route("PUT", "/api/v1/stations/{id}/queue/pin", "queue.write", queue_api.put_pin,
          body=queue.PinAsked, responses={204: None}),
)  # fmt: skip

_LEDGERS: Final = (
    Route("GET", "/api/v1/ledgers", "ledger.read", ledgers.list_ledgers, responses={200: Page[LedgerShown]}),
    Route("POST", "/api/v1/ledgers/{id}/exports", "ledger.read", ledgers.make_export,
          body=ExportAsked, responses={201: None}, before=ledgers.prepare_export),
    Route("GET", "/api/v1/exports", "ledger.read", ledgers.list_exports,
          query=ExportsQuery, responses={200: Page[ExportShown]}),
    Route("GET", "/api/v1/exports/{id}", "ledger.read", ledgers.get_export, responses={200: ExportShown}),
)  # fmt: skip

_FAIRS: Final = (
    Route("GET", "/api/v1/fairs", "fair.read", fairs.list_fairs,
          query=fair_shapes.FairsQuery, responses={200: Page[fair_shapes.FairShown]}),
    Route("POST", "/api/v1/fairs", "fair.write", fairs.create_fair,
          body=FairDraft, responses={201: fair_shapes.FairShown}),
    Route("GET", "/api/v1/fairs/{id}", "fair.read", fairs.get_fair,
          responses={200: fair_shapes.FairShown}, versioned=True),
    Route("PUT", "/api/v1/fairs/{id}", "fair.write", fairs.update_fair,
          body=FairDraft, responses={200: fair_shapes.FairShown}, versioned=True),
    Route("POST", "/api/v1/fairs/{id}/step", "fair.write", fairs.step_fair,
          body=StepAsked, responses={200: fair_shapes.FairShown}),
    Route("GET", "/api/v1/fairs/{id}/papers", "fair.read", fairs.list_papers,
          responses={200: Page[fair_shapes.PaperShown]}),
    Route("PUT", "/api/v1/fairs/{id}/papers/{paper}", "fair.write", fairs.put_paper,
          body=PaperAsked, responses={200: Page[fair_shapes.PaperShown]}),
    Route("GET", "/api/v1/fairs/{id}/booths", "fair.read", fairs.list_booths,
          responses={200: Page[fair_shapes.BoothShown]}),
    Route("POST", "/api/v1/fairs/{id}/booths", "fair.write", fairs.give_booth,
          body=BoothAsked, responses={201: fair_shapes.BoothShown}),
    Route("POST", "/api/v1/fairs/{id}/booths/{booth}/step", "fair.write", fairs.decide_booth,
          body=BoothStep, responses={200: fair_shapes.BoothShown}),
    Route("PUT", "/api/v1/fairs/{id}/booths/{booth}/results", "fair.run", fairs.put_results,
          body=BoothResults, responses={200: fair_shapes.BoothShown}),
    Route("POST", "/api/v1/fairs/{id}/arrivals", "fair.run", fairs.note_arrival,
          body=ArrivalAsked, responses={200: fair_shapes.ArrivalShown}),
    Route("GET", "/api/v1/fairs/{id}/counters", "fair.read", fairs.get_counters,
          responses={200: fair_shapes.CountersShown}),
    Route("GET", "/api/v1/fair-outlook", "fair.read", fairs.get_outlook, responses={200: fair_shapes.OutlookShown}),
    Route("GET", "/api/v1/fair-period", "fair.read", fairs.get_period,
          query=fair_shapes.PeriodQuery, responses={200: fair_shapes.PeriodShown}),
    Route("GET", "/api/v1/campaigns", "fair.read", events.list_campaigns,
          responses={200: Page[fair_shapes.CampaignShown]}),
    Route("POST", "/api/v1/campaigns", "fair.write", events.create_campaign,
          body=CampaignDraft, responses={201: fair_shapes.CampaignShown}),
    Route("GET", "/api/v1/publicity", "fair.read", events.list_publicity,
          responses={200: Page[fair_shapes.PublicityShown]}),
    Route("POST", "/api/v1/publicity", "fair.write", events.create_publicity,
          body=PublicityDraft, responses={201: fair_shapes.PublicityShown}),
    Route("GET", "/api/v1/shows", "fair.read", events.list_shows, responses={200: Page[fair_shapes.ShowShown]}),
    Route("POST", "/api/v1/shows", "fair.write", events.create_show,
          body=ShowDraft, responses={201: fair_shapes.ShowShown}),
    Route("GET", "/api/v1/shows/{id}", "fair.read", events.get_show, responses={200: fair_shapes.ShowShown}),
    Route("POST", "/api/v1/shows/{id}/step", "fair.write", events.step_show,
          body=StepAsked, responses={200: fair_shapes.ShowShown}),
    Route("PUT", "/api/v1/shows/{id}/result", "fair.write", events.put_show_result,
          body=ShowResult, responses={200: fair_shapes.ShowShown}),
)  # fmt: skip

_POLICIES: Final = (
    Route("GET", "/api/v1/policies", "policy.read", policies.list_policies,
          query=policy_shapes.PoliciesQuery, responses={200: Page[policy_shapes.PolicyShown]}),
    Route("POST", "/api/v1/policies", "policy.write", policies.create_policy,
          body=PolicyDraft, responses={201: policy_shapes.PolicyShown}),
    Route("GET", "/api/v1/policies/{id}", "policy.read", policies.get_policy,
          responses={200: policy_shapes.PolicyShown}, versioned=True),
    Route("PUT", "/api/v1/policies/{id}", "policy.write", policies.update_policy,
          body=PolicyDraft, responses={200: policy_shapes.PolicyShown}, versioned=True),
    Route("POST", "/api/v1/policies/{id}/publish", "policy.publish", policies.publish_policy,
          body=PublishAsked, responses={200: policy_shapes.PolicyShown, 202: policy_shapes.PolicyShown}),
    Route("POST", "/api/v1/policies/{id}/end", "policy.publish", policies.end_policy,
          body=EndAsked, responses={200: policy_shapes.PolicyShown}),
    Route("GET", "/api/v1/policies/{id}/versions", "policy.read", policies.list_versions,
          responses={200: Page[policy_shapes.VersionShown]}),
    Route("GET", "/api/v1/policies/{id}/displays", "policy.read", policies.list_displays,
          responses={200: Page[policy_shapes.DisplayShown]}),
    Route("GET", "/api/v1/public-items", "policy.read", policies.list_required,
          responses={200: Page[policy_shapes.RequiredShown]}),
    Route("GET", "/api/v1/policy-enquiries", "policy.read", policies.list_enquiries,
          query=policy_shapes.EnquiriesQuery, responses={200: Page[policy_shapes.EnquiryShown]}),
    Route("POST", "/api/v1/policy-enquiries", "policy.write", policies.create_enquiry,
          body=EnquiryDraft, responses={201: policy_shapes.EnquiryShown}),
)  # fmt: skip

_SYSTEM: Final = (
    Route("GET", "/api/v1/tasks", "task.read", tasks.list_tasks, responses={200: tasks.Tasks}),
    Route("POST", "/api/v1/tasks/{name}/run", "task.write", tasks.run_task, responses={202: tasks.Wished}),
    Route("POST", "/api/v1/poison/{id}/retry", "task.write", tasks.retry_event, responses={202: tasks.Wished}),
)

API_ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/api/v1/openapi.json", PUBLIC, openapi.get_document, responses={200: openapi.AnyObject}),
    *_FLEET,
    *_IDENTITY,
    *_JOBS,
    *_KPI,
    *_LEDGERS,
    *_MESSAGES,
    *_FAIRS,
    *_POLICIES,
    *_QUEUE,
    *_SYSTEM,
)
