"""The door of emergency notices: what other packages may use."""

from cloud.emergency.board import REFRESH_S, Boards
from cloud.emergency.intake import record_ended, record_failed, record_raised, record_shown
from cloud.emergency.raising import CHANGED
from cloud.emergency.retention import forget_ended

__all__ = [
    "CHANGED",
    "REFRESH_S",
    "Boards",
    "forget_ended",
    "record_ended",
    "record_failed",
    "record_raised",
    "record_shown",
]
