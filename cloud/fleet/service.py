"""The door of the fleet: what other packages may use."""

from cloud.fleet.alarms import alarm_text, clear_alarm, open_alarms, raise_alarm
from cloud.fleet.calls import CallChannel, call_out
from cloud.fleet.commands import ASKED as COMMAND_ASKED
from cloud.fleet.commands import Order, ask
from cloud.fleet.commands import undecided as undecided_commands
from cloud.fleet.dispatch import Dispatcher
from cloud.fleet.documents import (
    StationSummary,
    birth_document,
    current_store,
    epochs_of_boot,
    find_stations,
    known_epochs,
    list_stations,
    list_unclaimed,
    placed_devices,
    profiles_of_kind,
    require_station,
    slots_of_kind,
    station_facts,
    station_names,
    station_state,
    walls,
)
from cloud.fleet.janitor import sweep as sweep_removed
from cloud.fleet.lineage import follow as follow_store
from cloud.fleet.liveness import Change, Liveness
from cloud.fleet.reports import (
    announce,
    has_joined,
    load_liveness,
    store_changes,
    take_birth,
    take_presence,
    take_reported,
    take_unclaimed,
)
from cloud.fleet.sites import APPLIED, Difference, apply_site
from cloud.fleet.station import document_of, known_station, station_document, twin_document
from cloud.fleet.wishes import WISHED, Wishes

__all__ = [
    "APPLIED",
    "COMMAND_ASKED",
    "WISHED",
    "CallChannel",
    "Change",
    "Difference",
    "Dispatcher",
    "Liveness",
    "Order",
    "StationSummary",
    "Wishes",
    "alarm_text",
    "announce",
    "apply_site",
    "ask",
    "birth_document",
    "call_out",
    "clear_alarm",
    "current_store",
    "document_of",
    "epochs_of_boot",
    "find_stations",
    "follow_store",
    "has_joined",
    "known_epochs",
    "known_station",
    "list_stations",
    "list_unclaimed",
    "load_liveness",
    "open_alarms",
    "placed_devices",
    "profiles_of_kind",
    "raise_alarm",
    "require_station",
    "slots_of_kind",
    "station_document",
    "station_facts",
    "station_names",
    "station_state",
    "store_changes",
    "sweep_removed",
    "take_birth",
    "take_presence",
    "take_reported",
    "take_unclaimed",
    "twin_document",
    "undecided_commands",
    "walls",
]
