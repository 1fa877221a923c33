"""The door of the desk: what other packages may use."""

from cloud.service.drafts import CounterDraft, TicketDraft
from cloud.service.filing import FILED, Filed, Filing, file_ticket
from cloud.service.findings import Findings, conduct_findings
from cloud.service.keeping import forget_surveys, forget_threads, forget_tickets
from cloud.service.margin import Share, wilson
from cloud.service.rights import rights_items_missing
from cloud.service.sampling import Respondent
from cloud.service.subjects import erase_person, export_person, move_person
from cloud.service.surveys import Origin, Result, answer_after, survey
from cloud.service.tickets import DONE
from cloud.service.watch import watch_tickets

__all__ = [
    "DONE",
    "FILED",
    "CounterDraft",
    "Filed",
    "Filing",
    "Findings",
    "Origin",
    "Respondent",
    "Result",
    "Share",
    "TicketDraft",
    "answer_after",
    "conduct_findings",
    "erase_person",
    "export_person",
    "file_ticket",
    "forget_surveys",
    "forget_threads",
    "forget_tickets",
    "move_person",
    "rights_items_missing",
    "survey",
    "watch_tickets",
    "wilson",
]
