"""Onbon BX-Y cards: JSON calls "YQ-COM2" over HTTP and UDP 10001, in a plain cover over UDP 10002.

Keys are compared without case and handed over in lower case; nearly all values are texts.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from protocols.errors import ParsingError
from protocols.frames.compact import to_json

PORT: Final = 10001
COVERED_PORT: Final = 10002
#: The longest answer is a list of files; pictures do not travel in JSON.
MAX_MESSAGE_BYTES: Final = 256 * 1024
#: Brightness of a card that shines fully.
FULL: Final = 255
#: Function numbers of sensors.
TEMPERATURE, HUMIDITY, SMOKE = 2, 4, 6
#: State of a sensor that is there.
SENSOR_ONLINE: Final = 0xFF

_NAME: Final = "YQ-COM2"
_VERSION: Final = "1.0"
_SEED_BITS: Final = 8
_BYTE: Final = 0xFF


class Code(IntEnum):
    """Why a call failed."""

    PARSE = 3
    PROTOCOL_NAME = 4
    PROTOCOL_VERSION = 5
    PERMISSION = 10
    EXPIRED = 11
    NO_COMMAND = 17
    BAD_VALUE = 20
    PASSWORD = 22
    PATH = 24
    VERIFICATION_CODE = 27
    PLAYER = 30
    OTHER = 255


@dataclass(frozen=True, slots=True)
class Card:
    """One card by its ids; both empty: every card that hears."""

    pid: str = ""
    barcode: str = ""


EVERY_CARD: Final = Card()


@dataclass(frozen=True, slots=True)
class Call:
    """Host: run the remote function `name` with `given`; None: it takes nothing."""

    name: str
    given: Mapping[str, Any] | None = None
    card: Card = EVERY_CARD

    def to_bytes(self) -> bytes:
        """Return the message."""
        function: dict[str, Any] = {"name": self.name}
        if self.given is not None:
            function["input"] = self.given
        inner = {"name": _NAME, "version": _VERSION, **_ids(self.card), "remotefunction": function}
        return to_json({"protocol": inner})


@dataclass(frozen=True, slots=True)
class Answer:
    """Card: the call went well; `device` is the network device that it came by, over UDP."""

    name: str
    output: Mapping[str, Any] = field(default_factory=dict)
    card: Card = EVERY_CARD
    device: str = ""

    def to_bytes(self) -> bytes:
        """Return the message."""
        function: dict[str, Any] = {"name": self.name}
        if self.device:
            function["networkdevice"] = self.device
        if self.output:
            function["output"] = self.output
        return to_json({**_ids(self.card), "remotefunction": function})


@dataclass(frozen=True, slots=True)
class Failure:
    """Card: the call failed with a code, mostly one of `Code`."""

    name: str
    code: int
    text: str = ""

    def to_bytes(self) -> bytes:
        """Return the message."""
        return to_json({"remotefunction": {"name": self.name, "error": {"code": self.code, "mesg": self.text}}})


Message = Call | Answer | Failure


def from_bytes(message: bytes) -> Message:
    """Return what one whole message says; keys come in lower case."""
    if len(message) > MAX_MESSAGE_BYTES:
        raise ParsingError(f"a message of {len(message)} bytes")
    try:
        found = _lower(json.loads(message))
    except (ValueError, RecursionError) as error:
        raise ParsingError(f"no JSON: {error}") from error
    outer = found.get("protocol", found) if isinstance(found, dict) else None
    if not isinstance(outer, dict):
        raise ParsingError("no object")
    function = _part(outer, "remotefunction")
    name = _text(function, "name")
    card = Card(_text(outer, "targetpid", ""), _text(outer, "targetbarcode", ""))
    if outer is not found:
        if (_text(outer, "name"), _text(outer, "version")) != (_NAME, _VERSION):
            raise ParsingError("a call of another protocol")
        return Call(name, _part(function, "input") if "input" in function else None, card)
    if "error" in function:
        why = _part(function, "error")
        return Failure(name, _number(why.get("code")), _text(why, "mesg", ""))
    output = _part(function, "output") if "output" in function else {}
    return Answer(name, output, card, _text(function, "networkdevice", ""))


class Cover(IntEnum):
    """How a datagram to port 10002 is covered: XOR with a seed that stays, is the last output, or is rotated by one."""

    CONSTANT = 1
    CHAINED = 2
    LEFT = 3
    RIGHT = 4


def covered(message: bytes, cover: Cover, seed: int) -> bytes:
    """Return the datagram: mode, seed, covered message."""
    return bytes((cover, seed)) + _crossed(message, cover, seed, uncover=False)


def uncovered(datagram: bytes) -> bytes:
    """Return the message of a covered datagram."""
    if len(datagram) < 2 or datagram[0] not in tuple(Cover):  # noqa: PLR2004 - mode and seed
        raise ParsingError(f"no covered datagram: {datagram[:2].hex(' ')}")
    return _crossed(datagram[2:], Cover(datagram[0]), datagram[1], uncover=True)


def _crossed(data: bytes, cover: Cover, seed: int, *, uncover: bool) -> bytes:
    found = bytearray()
    for byte in data:
        found.append(byte ^ seed)
        if cover is Cover.CHAINED:
            seed = byte if uncover else found[-1]
        elif cover is Cover.LEFT:
            seed = (seed << 1 | seed >> _SEED_BITS - 1) & _BYTE
        elif cover is Cover.RIGHT:
            seed = (seed >> 1 | seed << _SEED_BITS - 1) & _BYTE
    return bytes(found)


#: Asks every card for its address.
SEARCH: Final = Call("searchController", dict.fromkeys(("barcode", "pid", "ip", "subnetmask", "gateway"), ""))


def password_of(code: str, password: str) -> str:
    """Return what userLogin takes for a password under a verification code."""
    return _sha1(code + _sha1(password))


def path_of(session: str, folder: str = "/") -> str:
    """Return the path that a call of a session is posted to."""
    return f"{folder};stok={session}/"


def text_content(text: str) -> str:
    """Return a text as `content` of a bulletin or a unit."""
    return base64.b64encode(text.encode()).decode()


@dataclass(frozen=True, slots=True)
class Text:
    """How a text is shown: pixels, colours as 0xAARRGGBB."""

    width: int
    height: int
    size: int = 16
    colour: str = "0xFFFF0000"
    background: str = "0xFF000000"
    font: str = "SimSun"

    def dynamic(self, text: str) -> Call:
        """Return updateDynamic for area 0 over the whole screen, in a loop, beside nothing else."""
        unit = {
            "type": "Text", "order": "0", "stuntType": "1", "stuntSpeed": "1", "stayTime": "5",
            "content": text_content(text), "fontName": self.font, "fontSize": str(self.size),
            "fontColor": self.colour, "bgColor": self.background,
        }  # fmt: skip
        area = {
            "id": "0", "xCoord": "0", "yCoord": "0", "width": str(self.width), "height": str(self.height),
            "transparency": "100", "relativeProgram": "", "runMode": "0", "updateFrequency": "10", "unit": [unit],
        }  # fmt: skip
        return Call("updateDynamic", {"immediatelyPlay": "0", "cover": "0", "dynamics": [area]})

    def bulletin(self, name: str, text: str) -> Call:
        """Return createBulletin for a strip above what is playing; playBulletin shows it."""
        place = {"xcoord": "0", "ycoord": "0", "width": str(self.width), "height": str(self.height)}
        look = {"fontName": self.font, "fontSize": str(self.size), "fontColor": self.colour, "bgColor": self.background}
        given = {"name": name, **place, "order": "0", "transparency": "100", "layoutMode": "Top", **look}
        return Call("createBulletin", {**given, "content": text_content(text)})


def _ids(card: Card) -> dict[str, str]:
    given = {"targetpid": card.pid, "targetbarcode": card.barcode}
    return {name: value for name, value in given.items() if value}


def _lower(value: Any) -> Any:
    if isinstance(value, dict):
        return {name.lower(): _lower(inner) for name, inner in value.items()}
    return [_lower(inner) for inner in value] if isinstance(value, list) else value


def _part(outer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = outer.get(name)
    if not isinstance(found, dict):
        raise ParsingError(f"{name} is no object")
    return found


def _text(outer: Mapping[str, Any], name: str, default: str | None = None) -> str:
    found = outer.get(name, default)
    if not isinstance(found, str):
        raise ParsingError(f"{name} is no text")
    return found


def _number(value: Any) -> int:
    """Return a number that may be written as a text, also in hex."""
    try:
        return int(value, 0) if isinstance(value, str) else int(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ParsingError(f"{value!r} is no number") from error


def _sha1(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()  # noqa: S324 - the card knows nothing else


@dataclass(frozen=True, slots=True)
class Sensor:
    """One line of listSensor: `function` is the sequence number, `value` None while the sensor is not there."""

    function: int
    value: float | None


def sensors_of(answer: Answer) -> tuple[Sensor, ...]:
    """Return the sensors that an answer to listSensor names."""
    found = answer.output.get("sensorlist", [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ParsingError("a list of sensors that is none")
    return tuple(_sensor(one) for one in found)


def _sensor(one: Mapping[str, Any]) -> Sensor:
    online = _number(one.get("sensorstate")) == SENSOR_ONLINE
    try:
        return Sensor(_number(one.get("sequence")), float(_text(one, "value")) if online else None)
    except ValueError as error:
        raise ParsingError(f"a sensor that says {one.get('value')!r}") from error
