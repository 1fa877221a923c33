"""The closed word lists of the contract: slot kinds, streams, signals and their two values."""

from typing import Final, Literal, get_args

Kind = Literal[
    "face", "kiosk", "wall", "door", "staff", "printer", "camera", "occupancy", "light", "ups", "probe", "sensor",
    "socket", "network", "agent",
]  # fmt: skip
Stream = Literal["evidence", "ops", "telemetry"]
Health = Literal["good", "stale", "unknown"]
#: Why a slot lost its device (W13).
Cause = Literal["power", "usb", "network", "driver", "unplugged"]
#: The same, finer: what a technician does next depends on it (docs/devices/README.md, ADR 0034).
Fault = Literal[
    "unplugged", "refused", "unreachable", "no_answer", "closed", "busy", "no_access", "protocol", "rejected",
    "settings", "power", "failed", "certificate",
]  # fmt: skip
ClockTrust = Literal["trusted", "untrusted"]

FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
#: Drained in this order (W8): evidence before ops, ops before telemetry.
STREAMS: Final[tuple[Stream, ...]] = get_args(Stream)

#: Signal -> (the value that votes yes, the value that votes no). `probe` and `mains` have no vote in the opening rule:
#: what a UPS says of the mains is what power cuts are proven with.
SIGNALS: Final[dict[str, tuple[str, str]]] = {
    "door": ("unlocked", "locked"),
    "staff": ("present", "absent"),
    "wall": ("on", "off"),
    "kiosk": ("usable", "unusable"),
    "footfall": ("people", "none"),
    "light": ("on", "off"),
    "probe": ("alive", "dead"),
    "mains": ("online", "battery"),
}

#: Integers on the wire stay below this (D2).
MAX_INTEGER: Final = 2**53
