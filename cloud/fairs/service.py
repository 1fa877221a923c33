"""The door of fairs: what other packages may use."""

from cloud.fairs.ledgers import fair_rows, publicity_rows, show_rows
from cloud.fairs.own import export_person, forget_person, move_person
from cloud.fairs.plans import CHANGED, fairs_between
from cloud.fairs.retention import forget_ended
from cloud.fairs.shows import applicants_of, shows_between, source_of
from cloud.fairs.walls import wall_source
from cloud.fairs.watch import Outlook, PeriodFairs, fairs_of_period, outlook, watch
from cloud.fairs.weeks import Held, told_of_week

__all__ = [
    "CHANGED",
    "Held",
    "Outlook",
    "PeriodFairs",
    "applicants_of",
    "export_person",
    "fair_rows",
    "fairs_between",
    "fairs_of_period",
    "forget_ended",
    "forget_person",
    "move_person",
    "outlook",
    "publicity_rows",
    "show_rows",
    "shows_between",
    "source_of",
    "told_of_week",
    "wall_source",
    "watch",
]
