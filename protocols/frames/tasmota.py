"""Tasmota's messages over MQTT: commands, results, telemetry, the last will and the discovery message.

`cmnd/<topic>/POWER1` `ON` -> `stat/<topic>/RESULT` `{"POWER1":"ON"}` and `stat/<topic>/POWER1` `ON`; on its own
`tele/<topic>/STATE`, `tele/<topic>/SENSOR` and, retained, `tele/<topic>/LWT` `Online` or `Offline`. With the default
full topic `%prefix%/%topic%/`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from protocols.errors import ParsingError
from protocols.frames.compact import to_json

#: A STATUS 0 of the largest firmware is some 3 KB.
MAX_PAYLOAD_BYTES: Final = 16_384
#: Relays of one device; the firmware has no more.
MAX_RELAYS: Final = 32
MAX_TEXT: Final = 64
#: Topic of a device: one level, so no wildcard can stand in it.
TOPIC: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")
DISCOVERY: Final = "tasmota/discovery"
ON: Final = "ON"
OFF: Final = "OFF"

_PREFIXES: Final = 3
_POWER: Final = re.compile(r"POWER([1-9]|[12]\d|3[0-2])?")
_WORDS: Final[Mapping[str, bool]] = {"ON": True, "OFF": False}
_MAC: Final = re.compile(r"[0-9A-F]{12}")
#: Member of ENERGY -> live value.
_ENERGY: Final[Mapping[str, str]] = {
    "Power": "power_w", "Total": "energy_kwh", "Voltage": "voltage_v", "Current": "current_a",
}  # fmt: skip
_LARGEST: Final = 1e9


@dataclass(frozen=True, slots=True)
class Presence:
    """The last will, or the hello that replaces it."""

    online: bool


@dataclass(frozen=True, slots=True)
class Relays:
    """Which relays are on, by their numbers from 1; those that the message does not name are left out."""

    on: Mapping[int, bool]
    #: Signal of the wireless network in percent and seconds since the start, where the message tells them.
    rssi_percent: int | None = None
    uptime_s: int | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """What the device measures: energy, and every number that a sensor of it tells (`AM2301.Temperature`)."""

    values: Mapping[str, float]


Message = Presence | Relays | Measured


@dataclass(frozen=True, slots=True)
class Device:
    """What a device says of itself, retained at `tasmota/discovery/<MAC>/config`."""

    mac: str
    topic: str
    name: str
    model: str = ""
    firmware: str = ""
    ip: str = ""
    host: str = ""
    full_topic: str = "%prefix%/%topic%/"
    prefixes: tuple[str, str, str] = ("cmnd", "stat", "tele")
    relays: tuple[int, ...] = (1, 0, 0, 0, 0, 0, 0, 0)
    names: tuple[str | None, ...] = field(default=())

    @property
    def where(self) -> str:
        """Return the topic of the message."""
        return f"{DISCOVERY}/{self.mac}/config"

    def to_bytes(self) -> bytes:
        """Return the message, with what a socket has: no buttons, no shutters, no light."""
        names = self.names or (self.name, *[None] * (len(self.relays) - 1))
        options = dict.fromkeys(("11", "13", "17", "20", "30", "68", "73", "82", "114", "117"), 0)
        return to_json({
            "ip": self.ip, "dn": self.name, "fn": list(names), "hn": self.host, "mac": self.mac, "md": self.model,
            "ty": 0, "if": 0, "ofln": "Offline", "onln": "Online", "state": ["OFF", "ON", "TOGGLE", "HOLD"],
            "sw": self.firmware, "t": self.topic, "ft": self.full_topic, "tp": list(self.prefixes),
            "rl": list(self.relays), "swc": [-1] * 8, "swn": [None] * 8, "btn": [0] * 8, "so": options, "lk": 0,
            "lt_st": 0, "bat": 0, "dslp": 0, "sho": [], "sht": [], "ver": 1,
        })  # fmt: skip

    @classmethod
    def from_bytes(cls, payload: bytes) -> "Device":
        """Return what a device says of itself; a ParsingError when it is not such a message."""
        found = _object(payload)
        texts = {name: _text(found, key) for name, key in _DEVICE.items()}
        prefixes, relays = found.get("tp"), found.get("rl")
        if not _MAC.fullmatch(texts["mac"]) or not TOPIC.fullmatch(texts["topic"]):
            raise ParsingError("discovery without a MAC or a topic")
        if not isinstance(prefixes, list) or len(prefixes) != _PREFIXES or not _all(prefixes, str):
            raise ParsingError("discovery without three prefixes")
        if not isinstance(relays, list) or len(relays) > MAX_RELAYS or not _all(relays, int):
            raise ParsingError("discovery without relays")
        names = found.get("fn")
        kept = (
            tuple(str(one)[:MAX_TEXT] if one else None for one in names[:MAX_RELAYS]) if isinstance(names, list) else ()
        )
        return cls(**texts, prefixes=(prefixes[0], prefixes[1], prefixes[2]), relays=tuple(relays), names=kept)


_DEVICE: Final[Mapping[str, str]] = {
    "mac": "mac", "topic": "t", "name": "dn", "model": "md", "firmware": "sw", "ip": "ip", "host": "hn",
    "full_topic": "ft",
}  # fmt: skip


def command_topic(device: str, name: str) -> str:
    """Return where a command goes."""
    return f"cmnd/{device}/{name}"


def command_of(topic: str, device: str) -> str | None:
    """Return the command of a topic, for the device's side; None when it is another's."""
    head = f"cmnd/{device}/"
    return topic.removeprefix(head).upper() if topic.startswith(head) else None


def power_word(relay: int) -> str:
    """Return what the firmware calls a relay in commands: `POWER1` is understood by devices with one relay too."""
    return f"POWER{relay}"


def topics_of(device: str) -> tuple[str, ...]:
    """Return what to subscribe to."""
    return f"stat/{device}/+", f"tele/{device}/+"


def message_from(topic: str, payload: bytes, device: str) -> Message | None:
    """Return what a message of a device says, None for one that says nothing of ours; a ParsingError for garbage."""
    place = topic.split("/")
    if len(place) != 3 or place[1] != device or place[0] not in {"stat", "tele"}:  # noqa: PLR2004 - prefix/topic/name
        return None
    name = place[2]
    if name == "LWT":
        return Presence(payload == b"Online")
    if relay := _POWER.fullmatch(name):
        word = payload[:MAX_TEXT].decode("ascii", "replace")
        return Relays({_number(relay): _WORDS[word]}) if word in _WORDS else None
    if name in {"RESULT", "STATE", "SENSOR", "STATUS8", "STATUS10", "STATUS11"}:
        return _said(_object(payload))
    return None


def _said(found: Mapping[str, Any]) -> Message | None:
    inner = next((found[name] for name in ("StatusSNS", "StatusSTS") if isinstance(found.get(name), dict)), found)
    relays = {_number(power): _WORDS[word] for name, word in inner.items()
              if isinstance(word, str) and word in _WORDS and (power := _POWER.fullmatch(name))}  # fmt: skip
    if relays:
        wifi = inner.get("Wifi")
        rssi = _whole(wifi.get("RSSI")) if isinstance(wifi, dict) else None
        return Relays(relays, rssi, _whole(inner.get("UptimeSec")))
    values = _measured(inner)
    return Measured(values) if values else None


def _measured(found: Mapping[str, Any]) -> dict[str, float]:
    values: dict[str, float] = {}
    for name, part in found.items():
        if not isinstance(part, dict):
            continue
        for key, value in part.items():
            if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGEST:
                label = _ENERGY.get(key) if name == "ENERGY" else _LABELS.get(key)
                if label is not None:
                    values[label] = value
    return values


#: Member of a sensor -> live value.
_LABELS: Final[Mapping[str, str]] = {"Temperature": "temperature_c", "Humidity": "humidity_percent"}


def _number(found: re.Match[str]) -> int:
    return int(found[1] or 1)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST else None


def _all(values: list[Any], kind: type) -> bool:
    return all(type(value) is kind for value in values)


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name, "")
    if not isinstance(value, str):
        raise ParsingError(f"{name} is no text")
    return value[:MAX_TEXT]


def _object(payload: bytes) -> dict[str, Any]:
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise ParsingError(f"{len(payload)} bytes are above {MAX_PAYLOAD_BYTES}")
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise ParsingError(f"not JSON: {error}") from error
    if not isinstance(found, dict):
        raise ParsingError("no JSON object")
    return found


def state_bytes(on: Mapping[int, bool], uptime_s: int, rssi_percent: int) -> bytes:
    """Return a STATE as a device sends it."""
    powers = {(f"POWER{relay}" if len(on) > 1 else "POWER"): ON if is_on else OFF for relay, is_on in on.items()}
    return to_json({
        "Time": "2026-03-02T09:00:00", "Uptime": "0T00:00:00", "UptimeSec": uptime_s, "Heap": 25,
        **powers, "Wifi": {"AP": 1, "SSId": "venue", "RSSI": rssi_percent, "Signal": -60},
    })  # fmt: skip


def energy_bytes(power_w: float, total_kwh: float, voltage_v: float) -> bytes:
    """Return a SENSOR with ENERGY as a socket sends it."""
    current = round(power_w / voltage_v, 3) if voltage_v else 0.0
    energy = {"Total": total_kwh, "Power": power_w, "Voltage": voltage_v, "Current": current, "Factor": 0.98}
    return to_json({"Time": "2026-03-02T09:00:00", "ENERGY": energy})


def result_bytes(relay: int, *, on: bool, relays: int = 1) -> bytes:
    """Return the RESULT of a POWER command."""
    return to_json({f"POWER{relay}" if relays > 1 else "POWER": ON if on else OFF})
