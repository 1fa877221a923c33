"""What face terminals say in JSON over MQTT ("Intelligent Network Camera MQTT Protocol V1.25"), and where.

A message is one MQTT payload; MQTT does the framing. Pictures end here: `document_of` takes every one of them out
before anything else reads the document, so neither a dataclass nor an error can carry one. Numbers come as texts in
most members and as numbers in some; both are read, the captured form is written. Times have no zone: Asia/Shanghai.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from protocols.errors import DocumentError, ParsingError
from protocols.frames.compact import to_json
from protocols.rules.opening import SHANGHAI
from protocols.venue.strict_json import text_of

#: A record with its face picture and scene is below 1 MB; the vendor's own bound of one picture is that.
MAX_MESSAGE_BYTES: Final = 2 * 1024 * 1024
#: Characters of a text member that is no list of ids; what is longer is a picture that does not say so.
MAX_TEXT: Final = 512
#: Levels that documents of terminals have is 4; deeper ones are cut off.
MAX_DEPTH: Final = 8
#: A serial number as terminals print it. It is a topic level and a user name, so no wildcard can stand in it.
TERMINAL_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")

BASE: Final = "mqtt/face"
#: Where every terminal writes: presence (with its will) and the sign of life every 30 s.
SHARED_TOPICS: Final = (f"{BASE}/basic", f"{BASE}/heartbeat")
#: Last levels of the topics that a terminal writes alone.
OWN_TOPICS: Final = ("Ack", "Rec", "Snap", "Card", "Alarm")
#: Terminals of these names would write where all write.
RESERVED: Final = frozenset({"basic", "heartbeat"})
HEARTBEAT_S: Final = 30.0

_PICTURE_MEMBERS: Final = frozenset({"pic", "scene", "picture", "picuri"})
#: base64 of the first bytes of PNG and GIF; JPEG's is looked for everywhere, a BMP is known by its length.
_PICTURE_HEADS: Final = ("iVBORw0KGgo", "R0lGOD", "data:")
_IDS: Final = re.compile(r"[^,/+]{0,48}(?:,[^,/+]{0,48})*")
_TIME: Final = "%Y-%m-%d %H:%M:%S"
_OK: Final = 200

STATUSES: Final[Mapping[int, str]] = {0: "none", 1: "allowed", 2: "refused", 3: "unregistered"}


@dataclass(frozen=True, slots=True)
class Online:
    """A terminal connected; it says so again until it is answered."""

    terminal: str
    at: datetime | None = None
    user: str = ""
    address: str = ""
    name: str = ""

    def to_bytes(self) -> bytes:
        """Return the payload."""
        info = {"facesluiceId": self.terminal, "username": self.user, "time": local_text(self.at)}
        return _written("Online", {**info, "ip": self.address, "facesname": self.name})


@dataclass(frozen=True, slots=True)
class Offline:
    """The will of a terminal, published by the broker."""

    terminal: str

    def to_bytes(self) -> bytes:
        """Return the payload."""
        return _written("Offline", {"facesluiceId": self.terminal})


@dataclass(frozen=True, slots=True)
class HeartBeat:
    """A sign of life; `at` is the terminal's own clock."""

    terminal: str
    at: datetime | None = None

    def to_bytes(self) -> bytes:
        """Return the payload."""
        return _written("HeartBeat", {"facesluiceId": self.terminal, "time": local_text(self.at)})


@dataclass(frozen=True, slots=True)
class Record:
    """Somebody stood before the terminal (RecPush); what tells who he is stays out of `repr`.

    `status` 0 none, 1 allowed, 2 refused, 3 not registered; `in_time` False: it was kept back. `custom_id` is ours and
    empty for people who were enrolled at the terminal, `person_id` is the terminal's.
    """

    terminal: str
    number: str
    status: int
    at: datetime | None
    custom_id: str = ""
    person_id: str = ""
    black: bool = False
    similarity: float = 0.0
    in_time: bool = True
    mask: bool = False
    kind: int = 0
    name: str = field(default="", repr=False)
    id_card: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    #: Left, top, right, bottom of the face in the scene.
    place: tuple[int, ...] = ()

    def to_bytes(self, *, pic: str = "", scene: str = "", name_member: str = "personName") -> bytes:
        """Return the payload, with pictures as data URLs if a (simulated) terminal has them."""
        info: dict[str, Any] = {
            "customId": self.custom_id,
            "personId": self.person_id,
            "RecordID": self.number,
            "VerifyStatus": str(self.status),
            "PersonType": str(int(self.black)),
            "similarity1": f"{self.similarity:.6f}",
            "Sendintime": int(self.in_time),
            name_member: self.name,
            "facesluiceId": self.terminal,
            "idCard": self.id_card,
            "telnum": self.phone or " ",
            "time": local_text(self.at),
            "isNoMask": str(int(not self.mask)),
            "PushType": self.kind,
            "targetPosInScene": list(self.place),
        }
        info |= {key: value for key, value in (("pic", pic), ("scene", scene)) if value}
        return _written("RecPush", info)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A picture of a stranger (StrSnapPush): its number is all that is left of it."""

    terminal: str
    number: str

    def to_bytes(self, *, pic: str = "") -> bytes:
        """Return the payload."""
        return _written("StrSnapPush", {"facesluiceId": self.terminal, "SnapID": self.number, "pic": pic})


@dataclass(frozen=True, slots=True)
class FireSmoke:
    """A camera sees fire or smoke (FireSmokeSnapPush): 0 no, 1 yes, 2 perhaps."""

    terminal: str
    fire: int
    smoke: int

    def to_bytes(self) -> bytes:
        """Return the payload."""
        return _written("FireSmokeSnapPush", {"facesluiceId": self.terminal, "fire": self.fire, "smoke": self.smoke})


@dataclass(frozen=True, slots=True)
class Answer:
    """The terminal answers a command (X-Ack); `info` has no pictures and may have names."""

    terminal: str
    operator: str
    message_id: str
    code: int = _OK
    ok: bool = True
    detail: str = ""
    info: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def to_bytes(self) -> bytes:
        """Return the payload."""
        info = {
            **self.info,
            "facesluiceId": self.terminal,
            "result": "ok" if self.ok else "fail",
            "detail": self.detail,
        }
        head = {"messageId": self.message_id, "operator": f"{self.operator}-Ack", "code": str(self.code)}
        return to_json({**head, "info": info})


@dataclass(frozen=True, slots=True)
class Other:
    """A message of V1.25 that nobody here has a use for."""

    terminal: str
    operator: str


Message = Online | Offline | HeartBeat | Record | Snapshot | FireSmoke | Answer | Other
_Info = Mapping[str, Any]


def from_bytes(payload: bytes) -> Message:
    """Return what a terminal says; ParsingError, which quotes nothing of it, when it is no message."""
    document = document_of(payload)
    operator, info = _text(document, "operator"), document.get("info")
    if not operator or not isinstance(info, dict):
        raise ParsingError("a message without operator or info")
    terminal = _text(info, "facesluiceId")
    if not TERMINAL_ID.fullmatch(terminal):
        raise ParsingError(f"{operator[:32]} without the number of its terminal")
    if operator.endswith("-Ack"):
        return _answer(terminal, operator.removesuffix("-Ack"), document, info)
    read = _READERS.get(operator)
    return Other(terminal, operator[:MAX_TEXT]) if read is None else read(terminal, info)


def document_of(payload: bytes) -> dict[str, Any]:
    """Return the JSON object in a payload without its pictures; ParsingError when there is none."""
    if len(payload) > MAX_MESSAGE_BYTES:
        raise ParsingError(f"a message of {len(payload)} bytes")
    try:
        found = json.loads(text_of(payload))
    except (DocumentError, ValueError, RecursionError) as error:
        raise ParsingError("not a JSON text") from error
    if not isinstance(found, dict):
        raise ParsingError(f"a JSON object was expected, not {type(found).__name__}")
    return {str(key): _without_pictures(value, str(key), MAX_DEPTH) for key, value in found.items()}


def local_text(at: datetime | None) -> str:
    """Return a time as terminals write it, in Asia/Shanghai and without saying so; empty for None."""
    return "" if at is None else at.astimezone(SHANGHAI).strftime(_TIME)


def local_time(text: str) -> datetime | None:
    """Return the UTC time that a terminal's text means; None when it means none."""
    try:
        return datetime.strptime(text.replace("T", " "), _TIME).replace(tzinfo=SHANGHAI).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def own_topic(terminal: str, last: str) -> str:
    """Return a topic that a terminal alone writes."""
    return f"{BASE}/{terminal}/{last}"


def order_topic(terminal: str) -> str:
    """Return the topic that a terminal listens to."""
    return f"{BASE}/{terminal}"


def _without_pictures(value: Any, name: str, depth: int) -> Any:
    if isinstance(value, dict | list) and not depth:
        return None
    if isinstance(value, dict):
        return {str(key): _without_pictures(one, str(key), depth - 1) for key, one in value.items()}
    if isinstance(value, list):
        return [_without_pictures(one, name, depth - 1) for one in value]
    return "" if isinstance(value, str) and _is_picture(value, name) else value


def _is_picture(text: str, name: str) -> bool:
    if name.lower() in _PICTURE_MEMBERS or text.startswith(_PICTURE_HEADS) or "base64" in text or "/9j/" in text:
        return True
    return len(text) > MAX_TEXT and not _IDS.fullmatch(text)


def _online(terminal: str, info: _Info) -> Online:
    at = local_time(_text(info, "time"))
    return Online(terminal, at, _text(info, "username"), _text(info, "ip"), _text(info, "facesname"))


def _record(terminal: str, info: _Info) -> Record:
    number, status = _text(info, "RecordID"), _number(info, "VerifyStatus", 0)
    if not number or status not in STATUSES:
        raise ParsingError("a record without a number or with an unknown status")
    place = info.get("targetPosInScene")
    return Record(
        terminal,
        number,
        status,
        local_time(_text(info, "time")),
        custom_id=_text(info, "customId"),
        person_id=_text(info, "personId"),
        black=_number(info, "PersonType", 0) == 1,
        similarity=_real(info, "similarity1"),
        in_time=_number(info, "Sendintime", 1) == 1,
        mask=_number(info, "isNoMask", 1) == 0,
        kind=_number(info, "PushType", 0),
        name=_text(info, "personName") or _text(info, "persionName"),
        id_card=_text(info, "idCard"),
        phone=_text(info, "telnum"),
        place=tuple(one for one in place if type(one) is int)[:4] if isinstance(place, list) else (),
    )


def _snapshot(terminal: str, info: _Info) -> Snapshot:
    number = _text(info, "SnapID")
    if not number:
        raise ParsingError("a snapshot without a number")
    return Snapshot(terminal, number)


def _answer(terminal: str, operator: str, document: _Info, info: _Info) -> Answer:
    result = _text(info, "result")
    code = _number(document, "code", _OK)
    told = {key: value for key, value in info.items() if key not in {"facesluiceId", "result", "detail"}}
    return Answer(
        terminal, operator, _text(document, "messageId"), code, result != "fail" and code == _OK,
        _text(info, "detail"), told,
    )  # fmt: skip


_READERS: Final[Mapping[str, Callable[[str, _Info], Message]]] = {
    "Online": _online,
    "Offline": lambda terminal, _info: Offline(terminal),
    "HeartBeat": lambda terminal, info: HeartBeat(terminal, local_time(_text(info, "time"))),
    "Heartbeat": lambda terminal, info: HeartBeat(terminal, local_time(_text(info, "time"))),
    "RecPush": _record,
    "StrSnapPush": _snapshot,
    "FireSmokeSnapPush": lambda terminal, info: FireSmoke(
        terminal, _number(info, "fire", 0), _number(info, "smoke", 0)
    ),
}


def _text(members: _Info, name: str) -> str:
    """Return a member as text without blanks around it; what is neither text nor number is empty."""
    value = members.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()


def _number(members: _Info, name: str, default: int) -> int:
    """Return a whole number that is written as one or as text."""
    text = _text(members, name)
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else default  # noqa: PLR2004 - a bound


def _real(members: _Info, name: str) -> float:
    try:
        found = float(_text(members, name))
    except ValueError:
        return 0.0
    return found if 0 <= found <= 100 else 0.0  # noqa: PLR2004 - per cent


def _written(operator: str, info: _Info) -> bytes:
    return to_json({"operator": operator, "info": info})
