"""How the simulated device of each slot kind behaves, as a table of pure functions over its state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import uuid_utils

from devices.driver import Json
from devices.errors import DeviceRefused
from devices.simulators.device import Field, State
from protocols.venue.vocabulary import SIGNALS, Kind

Events = list[tuple[str, Json]]
#: (changes of the state, result) of one command.
Effect = tuple[Json, Json]

#: A device says with it that somebody wants a number; the driver answers with the command `ticket`.
TICKET_WANTED: Final = "ticket.wanted"
#: Sheets that a full tray of the simulated printer holds.
TRAY_SHEETS: Final = 100
LOW_PAPER_PERCENT: Final = 10
#: Characters of what a wall or a kiosk calls out.
CALL_CHARS: Final = 120


def _no_signals(_state: State, _given: Json) -> Json:
    return {}


def _no_events(_before: State, _after: State, _given: Json) -> Events:
    return []


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One kind of device; `given` is what a hand set just now, empty when a driver asks."""

    fields: Mapping[str, Field]
    start: Mapping[str, Any]
    signals: Callable[[State, Json], Json] = _no_signals
    events: Callable[[State, State, Json], Events] = _no_events
    settings: frozenset[str] = frozenset()
    commands: Mapping[str, Callable[[State, Any], Effect]] = field(default_factory=dict)


def _switch(signal: str) -> Behaviour:
    """Return a device that is one two-valued signal, `no` at the start."""
    return Behaviour({signal: Field(str, SIGNALS[signal])}, {signal: SIGNALS[signal][1]}, _own(signal))


def _own(signal: str) -> Callable[[State, Json], Json]:
    return lambda state, _given: {signal: state[signal]}


def _blackout(_state: State, args: Any) -> Effect:
    return {"wall": "off" if args["on"] else "on"}, {}


def _turn(_state: State, args: Any) -> Effect:
    return {"on": args["on"]}, {}


def _call(field_name: str) -> Callable[[State, Any], Effect]:
    return lambda _state, args: ({field_name: args["text"]}, {})


def _staff_signals(state: State, given: Json) -> Json:
    """Somebody is known to be present only when seen just now; that nobody is signed in is known at any time."""
    if state["staff"] == "absent" or {"staff", "sighted"} & given.keys():
        return {"staff": state["staff"]}
    return {}


def _staff_events(before: State, after: State, _given: Json) -> Events:
    if before["staff"] == after["staff"]:
        return []
    return [("presence.signed", {"staff": after["by"], "action": "in" if after["staff"] == "present" else "out"})]


def _face_signals(state: State, given: Json) -> Json:
    return {"staff": "present"} if "person" in given and state["is_staff"] else {}


def _face_events(_before: State, after: State, given: Json) -> Events:
    if "person" not in given:
        return []
    return [("person.recognised", {"person": after["person"], "staff": after["is_staff"]})]


def _kiosk_events(before: State, after: State, given: Json) -> Events:
    events: Events = []
    if any(before[name] != after[name] for name in ("kiosk", "reason")):
        events.append(("state.changed", {"usable": after["kiosk"] == "usable", "reason": after["reason"]}))
    if given.get("take"):  # somebody presses the button of a service
        wish = {"key": str(uuid_utils.uuid7()), "service": given["take"], "priority": after["priority"]}
        events.append((TICKET_WANTED, wish))
    return events


def _ticket(_state: State, args: Any) -> Effect:
    """Show the number that was given, or why there is none."""
    return {"ticket": str(args["text"])[:CALL_CHARS]}, {}


def _inside(state: State) -> int:
    return max(0, int(state["in_total"] or 0) - int(state["out_total"] or 0))


def _occupancy_signals(state: State, _given: Json) -> Json:
    return {"footfall": "people" if _inside(state) else "none"}


def _occupancy_events(before: State, after: State, _given: Json) -> Events:
    if before == after:
        return []
    return [
        (
            "count.changed",
            {"in_total": after["in_total"], "out_total": after["out_total"], "inside": _inside(after)},
        )
    ]


def _print(state: State, args: Any) -> Effect:
    pages = int(args["copies"])
    left = int(state["level_percent"] or 0) * TRAY_SHEETS // 100 - pages
    if left < 0:
        raise DeviceRefused("not enough paper")
    return {"level_percent": left * 100 // TRAY_SHEETS}, {"pages": pages}


def _printer_events(before: State, after: State, _given: Json) -> Events:
    if before == after:
        return []
    level = int(after["level_percent"] or 0)
    reasons = ["media-empty"] if level == 0 else ["media-low"] if level <= LOW_PAPER_PERCENT else []
    return [("media.changed", {"level_percent": level, "reasons": reasons})]


def _camera_events(before: State, after: State, _given: Json) -> Events:
    return [] if before == after else [("health.changed", {"state": after["picture"]})]


def _ups_events(before: State, after: State, _given: Json) -> Events:
    if before == after:
        return []
    return [("power.changed", {"status": after["power"], "charge_percent": after["charge_percent"]})]


_PERCENT: Final = Field(int, high=100)

BEHAVIOURS: Final[Mapping[Kind, Behaviour]] = {
    "door": _switch("door"),
    "light": _switch("light"),
    "wall": Behaviour(
        {"wall": Field(str, SIGNALS["wall"]), "brightness": _PERCENT, "wall_call": Field(str, high=CALL_CHARS)},
        {"wall": "on", "brightness": 60, "wall_call": ""},
        _own("wall"),
        settings=frozenset({"brightness"}),
        commands={"blackout": _blackout, "call": _call("wall_call")},
    ),
    "kiosk": Behaviour(
        {
            "kiosk": Field(str, SIGNALS["kiosk"]),
            "reason": Field(str, high=64),
            "kiosk_call": Field(str, high=CALL_CHARS),
            "take": Field(str, high=1),
            "priority": Field(str, high=24),
            "ticket": Field(str, high=CALL_CHARS),
        },
        {"kiosk": "usable", "reason": "", "kiosk_call": "", "take": "", "priority": "", "ticket": ""},
        _own("kiosk"),
        _kiosk_events,
        commands={"call": _call("kiosk_call"), "ticket": _ticket},
    ),
    "staff": Behaviour(
        {"staff": Field(str, SIGNALS["staff"]), "by": Field(str, low=1, high=32), "sighted": Field(bool)},
        {"staff": "absent", "by": "staff-1", "sighted": False},
        _staff_signals,
        _staff_events,
    ),
    "face": Behaviour(
        {"person": Field(str, high=64), "is_staff": Field(bool)},
        {"person": "", "is_staff": False},
        _face_signals,
        _face_events,
    ),
    "occupancy": Behaviour(
        {"in_total": Field(int), "out_total": Field(int)},
        {"in_total": 0, "out_total": 0},
        _occupancy_signals,
        _occupancy_events,
    ),
    "printer": Behaviour(
        {"level_percent": _PERCENT}, {"level_percent": 100}, events=_printer_events, commands={"print": _print}
    ),
    "camera": Behaviour(
        {"picture": Field(str, ("ok", "frozen", "black", "defocus", "lost"))},
        {"picture": "ok"},
        events=_camera_events,
    ),
    "sensor": Behaviour(
        {"temperature_c": Field(int, low=-40, high=200), "humidity_percent": _PERCENT, "smoke": Field(bool)},
        {"temperature_c": 22, "humidity_percent": 45, "smoke": False},
    ),
    "socket": Behaviour({"on": Field(bool)}, {"on": True}, commands={"switch": _turn}),
    "network": Behaviour({"ports_up": Field(int, high=512)}, {"ports_up": 8}),
    "ups": Behaviour(
        {"power": Field(str, SIGNALS["mains"]), "charge_percent": _PERCENT},
        {"power": "online", "charge_percent": 100},
        lambda state, _given: {"mains": state["power"]},
        events=_ups_events,
    ),
}
