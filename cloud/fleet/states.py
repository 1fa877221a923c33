"""When a station is online, stale or offline, and a slot good, stale or unknown (W13): pure rules."""

from typing import Literal

from protocols.venue.presence import STALE_AFTER_S, STALE_HEARTBEATS

StationState = Literal["online", "stale", "offline"]
SlotState = Literal["good", "stale", "unknown"]


def station_state(*, online: bool, silent_s: float, patience_s: float = STALE_AFTER_S) -> StationState:
    """Return the state of a station that last said `online` and has been silent for `silent_s`."""
    if not online:
        return "offline"
    return "stale" if silent_s > patience_s else "online"


def slot_state(health: SlotState, *, station: StationState, silent_s: float, heartbeat_s: float) -> SlotState:
    """Return the state of a slot whose last word was `health`, `silent_s` ago."""
    if health == "good" and (station != "online" or silent_s > STALE_HEARTBEATS * heartbeat_s):
        return "stale"
    return health
