"""URLs of the desk: tickets, the online service, surveys, in the console, over REST and on the public's pages."""

from typing import Final

from cloud.identity.assurance import Act
from cloud.identity.roles import PUBLIC
from cloud.platform.shapes import Page
from cloud.service import api, api_public, api_surveys, drafts, pages, pages_surveys, pages_threads, phone, shapes
from cloud.web.route import Route

_FILED: Final = {201: shapes.TicketFiled}
_TICKET: Final = {200: shapes.TicketShown}
_THREAD: Final = {200: shapes.ThreadShown}
_SURVEY: Final = {200: shapes.CampaignShown}
_OWN: Final = {200: shapes.OwnTicket}
_TALK: Final = {200: shapes.OwnThread}
_STATE: Final = frozenset({404, 409, 422})
_BUSY: Final = _STATE | {429}

PAGES: Final = (
    Route("GET", "/service", "ticket.read", pages.inbox_page),
    Route("GET", "/service/new", "ticket.write", pages.new_page),
    Route("POST", "/service/tickets", "ticket.write", pages.save),
    Route("GET", "/service/tickets/{id}", "ticket.read", pages.ticket_page),
    Route("POST", "/service/tickets/{id}/acts", "ticket.write", pages.act),
    Route("POST", "/service/tickets/{id}/judgement", "complaint.judge", pages.judge),
    Route("POST", "/service/tickets/{id}/reveal", "contact.read", pages.reveal_form),
    Route("POST", "/service/tickets/{id}/slip", "ticket.write", pages.ticket_slip),
    Route("GET", "/service/matters", "ticket.read", pages.matters_page),
    Route("POST", "/service/matters/{id}/slip", "ticket.write", pages.matter_slip),
    Route("GET", "/service/threads", "thread.read", pages_threads.threads_page),
    Route("GET", "/service/threads/{id}", "thread.read", pages_threads.thread_page),
    Route("POST", "/service/threads/{id}/messages", "thread.write", pages_threads.answer),
    Route("POST", "/service/threads/{id}/owner", "thread.write", pages_threads.hand),
    Route("POST", "/service/threads/{id}/ticket", "thread.write", pages_threads.convert),
    Route("POST", "/service/threads/{id}/close", "thread.write", pages_threads.close),
    Route("GET", "/service/answers", "thread.read", pages_threads.answers_part),
    Route("GET", "/service/calls", "thread.read", pages_threads.calls_page),
    Route("POST", "/service/calls", "thread.write", pages_threads.take_call),
    Route("GET", "/service/surveys", "survey.read", pages_surveys.surveys_page),
    Route("POST", "/service/surveys", "survey.write", pages_surveys.open_survey),
    Route("GET", "/service/surveys/{id}", "survey.read", pages_surveys.survey_page),
    Route("GET", "/service/surveys/{id}/sheet.xlsx", "survey.read", pages_surveys.sheet),
    Route("POST", "/service/surveys/{id}/close", "survey.write", pages_surveys.close_survey),
    Route("POST", "/service/surveys/{id}/samples/{sample}", "survey.write", pages_surveys.record),
    Route("POST", "/service/surveys/{id}/samples/{sample}/phone", "contact.read", pages_surveys.call),
    Route("POST", "/service/surveys/{id}/answers/{answer}", "survey.write", pages_surveys.correct),
)

STAFF: Final = (
    Route("GET", "/api/v1/tickets", "ticket.read", api.list_tickets,
          query=shapes.TicketsQuery, responses={200: Page[shapes.TicketLine]}),
    Route("POST", "/api/v1/tickets", "ticket.write", api.create_ticket,
          body=drafts.CounterDraft, responses=_FILED, problems=frozenset({409, 422})),
    Route("GET", "/api/v1/tickets/{id}", "ticket.read", api.get_ticket, responses=_TICKET, versioned=True),
    Route("POST", "/api/v1/tickets/{id}/acts", "ticket.write", api.act_on_ticket,
          body=drafts.ActAsked, responses=_TICKET, problems=_STATE, versioned=True),
    Route("POST", "/api/v1/tickets/{id}/judgement", "complaint.judge", api.judge_ticket,
          body=drafts.JudgeAsked, responses=_TICKET, problems=_STATE, versioned=True),
    Route("POST", "/api/v1/tickets/{id}/reveal", "contact.read", api.reveal_ticket,
          body=shapes.WhyAsked, responses={200: shapes.TicketContact}, problems=_STATE),
    Route("GET", "/api/v1/conduct-findings", "complaint.read", api.list_findings,
          query=shapes.PeriodQuery, responses={200: shapes.FindingsShown}),
    Route("GET", "/api/v1/ticket-kinds", PUBLIC, api.list_kinds, responses={200: Page[shapes.KindShown]}),
    Route("GET", "/api/v1/matters", PUBLIC, api.list_matters, responses={200: Page[shapes.MatterShown]}),
    Route("GET", "/api/v1/answers", "thread.read", api.list_answers,
          query=shapes.AnswersQuery, responses={200: Page[shapes.AnswerShown]}),
    Route("GET", "/api/v1/threads", "thread.read", api.list_threads,
          query=shapes.ThreadsQuery, responses={200: Page[shapes.ThreadLine]}),
    Route("GET", "/api/v1/threads/{id}", "thread.read", api.get_thread, responses=_THREAD),
    Route("POST", "/api/v1/threads/{id}/messages", "thread.write", api.answer_thread,
          body=drafts.MessageAsked, responses={201: shapes.ThreadShown}, problems=_STATE),
    Route("POST", "/api/v1/threads/{id}/owner", "thread.write", api.hand_thread,
          body=shapes.HandAsked, responses=_THREAD, problems=_STATE),
    Route("POST", "/api/v1/threads/{id}/ticket", "thread.write", api.convert_thread,
          body=drafts.CounterDraft, responses=_FILED, problems=_STATE),
    Route("POST", "/api/v1/threads/{id}/close", "thread.write", api.close_thread, responses=_THREAD, problems=_STATE),
    Route("POST", "/api/v1/calls", "thread.write", api.take_call,
          body=drafts.CallDraft, responses={201: shapes.CallTaken}, problems=frozenset({409, 422})),
    Route("GET", "/api/v1/surveys", "survey.read", api_surveys.list_surveys,
          query=shapes.CursorQuery, responses={200: Page[shapes.CampaignShown]}, problems=frozenset({404})),
    Route("POST", "/api/v1/surveys", "survey.write", api_surveys.open_survey,
          body=drafts.CampaignDraft, responses={201: shapes.CampaignShown}, problems=frozenset({409, 422})),
    Route("GET", "/api/v1/surveys/{id}", "survey.read", api_surveys.get_survey, responses=_SURVEY),
    Route("POST", "/api/v1/surveys/{id}/close", "survey.write", api_surveys.close_survey,
          responses=_SURVEY, problems=_STATE),
    Route("POST", "/api/v1/survey-samples/{id}/answer", "survey.write", api_surveys.answer_sample,
          body=drafts.RatingAsked, responses={201: shapes.CampaignShown}, problems=_STATE),
    Route("POST", "/api/v1/survey-samples/{id}/outcome", "survey.write", api_surveys.note_outcome,
          body=shapes.OutcomeAsked, responses=_SURVEY, problems=_STATE),
    Route("POST", "/api/v1/survey-answers/{id}/corrections", "survey.write", api_surveys.correct_answer,
          body=drafts.CorrectionAsked, responses={201: shapes.CampaignShown}, problems=_STATE),
    Route("GET", "/api/v1/satisfaction", "survey.read", api_surveys.satisfaction,
          query=shapes.PeriodQuery, responses={200: shapes.ShareShown}),
)  # fmt: skip

ANYBODY: Final = (
    Route("GET", "/rights", PUBLIC, phone.rights_page),
    Route("GET", "/notice/{matter}", PUBLIC, phone.notice_page),
    Route("GET", "/complain", PUBLIC, phone.complain_page),
    Route("POST", "/complain", PUBLIC, phone.complain),
    Route("GET", "/complain/find", PUBLIC, phone.find_page),
    Route("POST", "/complain/find", PUBLIC, phone.find),
    Route("POST", "/api/v1/complaints", PUBLIC, api_public.complain,
          body=drafts.TicketDraft, responses=_FILED, problems=frozenset({422, 429})),
    Route("POST", "/api/v1/complaints/lookup", PUBLIC, api_public.look_up,
          body=drafts.ReceiptAsked, responses=_OWN, problems=frozenset({404, 429})),
    Route("POST", "/api/v1/complaints/rating", PUBLIC, api_public.rate_by_receipt,
          body=api_public.RatedByReceipt, responses=_OWN, problems=_BUSY),
    Route("POST", "/api/v1/complaints/steps", PUBLIC, api_public.step_by_receipt,
          body=api_public.StepByReceipt, responses=_OWN, problems=_BUSY),
    Route("POST", "/api/v1/kiosk/tickets", "kiosk.open", api_public.kiosk_complain,
          body=drafts.TicketDraft, responses=_FILED, problems=frozenset({422})),
)  # fmt: skip


def _own_pages(home: str, reads: Act, writes: Act) -> tuple[Route, ...]:
    """Return the pages of somebody's own things; the same for jobseekers and firms' users."""
    return (
        Route("GET", f"{home}/tickets", reads, phone.tickets_page),
        Route("GET", f"{home}/tickets/new", reads, phone.new_ticket_page),
        Route("POST", f"{home}/tickets", writes, phone.file_ticket),
        Route("GET", f"{home}/tickets/{{id}}", reads, phone.ticket_page),
        Route("POST", f"{home}/tickets/{{id}}/rating", writes, phone.rate_ticket),
        Route("POST", f"{home}/tickets/{{id}}/steps", writes, phone.step_ticket),
        Route("GET", f"{home}/help", reads, phone.help_page),
        Route("POST", f"{home}/help", writes, phone.ask),
        Route("GET", f"{home}/help/{{id}}", reads, phone.thread_page),
        Route("GET", f"{home}/help/{{id}}/live", reads, phone.live),
        Route("POST", f"{home}/help/{{id}}/messages", writes, phone.say),
        Route("POST", f"{home}/help/{{id}}/close", writes, phone.close_thread),
        Route("POST", f"{home}/help/{{id}}/rating", writes, phone.rate_thread),
        Route("GET", f"{home}/surveys", reads, phone.surveys_page),
        Route("POST", f"{home}/surveys/{{id}}", writes, phone.answer_survey),
    )


def _own_api(home: str, reads: Act, writes: Act) -> tuple[Route, ...]:
    """Return the same over REST, which kiosks speak as well."""
    return (
        Route("GET", f"{home}/tickets", reads, api_public.list_tickets, responses={200: Page[shapes.OwnTicket]}),
        Route("POST", f"{home}/tickets", writes, api_public.create_ticket,
              body=drafts.TicketDraft, responses=_FILED, problems=_STATE),
        Route("GET", f"{home}/tickets/{{id}}", reads, api_public.get_ticket, responses=_OWN),
        Route("POST", f"{home}/tickets/{{id}}/rating", writes, api_public.rate_ticket,
              body=drafts.RatingAsked, responses=_OWN, problems=_STATE),
        Route("POST", f"{home}/tickets/{{id}}/steps", writes, api_public.step_ticket,
              body=drafts.ActAsked, responses=_OWN, problems=_STATE),
        Route("GET", f"{home}/threads", reads, api_public.list_threads, responses={200: Page[shapes.OwnThreadLine]}),
        Route("POST", f"{home}/threads", writes, api_public.create_thread,
              body=drafts.QuestionAsked, responses={201: shapes.OwnThread}, problems=_STATE),
        Route("GET", f"{home}/threads/{{id}}", reads, api_public.get_thread, responses=_TALK),
        Route("POST", f"{home}/threads/{{id}}/messages", writes, api_public.say,
              body=drafts.MessageAsked, responses={201: shapes.OwnThread}, problems=_BUSY),
        Route("POST", f"{home}/threads/{{id}}/close", writes, api_public.close_thread, responses=_TALK,
              problems=_STATE),
        Route("POST", f"{home}/threads/{{id}}/rating", writes, api_public.rate_thread,
              body=drafts.RatingAsked, responses=_TALK, problems=_STATE),
        Route("GET", f"{home}/surveys", reads, api_public.list_surveys, responses={200: Page[shapes.OpenSurvey]}),
        Route("POST", f"{home}/surveys/{{id}}/answer", writes, api_public.answer_survey,
              body=drafts.RatingAsked, responses={201: api_public.Kept}, problems=_STATE),
    )  # fmt: skip


DESK_ROUTES: Final = (
    *PAGES,
    *STAFF,
    *ANYBODY,
    *_own_pages("/my", "me.read", "me.write"),
    *_own_pages("/employer", "employer.read", "employer.ask"),
    *_own_api("/api/v1/seeker", "me.read", "me.write"),
    *_own_api("/api/v1/employer", "employer.read", "employer.ask"),
)
