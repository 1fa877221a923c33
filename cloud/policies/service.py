"""The door of policies: what other packages may use."""

from cloud.policies.displays import LEVELS, SHOWN_FROM, Display, best_level, displays_of
from cloud.policies.enquiries import count_enquiries
from cloud.policies.ledgers import enquiry_rows, policy_rows
from cloud.policies.register import CHANGED, Live, end_expired, live_on, live_one
from cloud.policies.required import missing_items, required_on
from cloud.policies.retention import forget_ended
from cloud.policies.walls import wall_source

__all__ = [
    "CHANGED",
    "LEVELS",
    "SHOWN_FROM",
    "Display",
    "Live",
    "best_level",
    "count_enquiries",
    "displays_of",
    "end_expired",
    "enquiry_rows",
    "forget_ended",
    "live_on",
    "live_one",
    "missing_items",
    "policy_rows",
    "required_on",
    "wall_source",
]
