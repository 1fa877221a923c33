"""What a station says to face terminals of V1.25: acknowledgements, commands, people in batches.

One order carries a picture, `Enrol`: for a firmware that takes nobody without one. No other has a member for it.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from protocols.errors import ParsingError
from protocols.frames.compact import to_json
from protocols.frames.face_mqtt import Answer, document_of

#: The vendor's bounds of one batch.
MAX_PUSHED: Final = 1000
MAX_DELETED: Final = 200
MAX_ID: Final = 48
MAX_NAME: Final = 32
BUSY: Final = 410
ENROL: Final = "EditPerson"
_PICTURE_HEAD: Final = "data:image/jpeg;base64,"

#: What a PushAck acknowledges.
SNAPSHOT, RECORD, GENERIC = 1, 2, 3

#: Error codes of answers and of people in a batch. Firmwares differ from 464 on: both readings are said.
ERRORS: Final[Mapping[int, str]] = {
    410: "终端正忙，上一批还没有做完",
    412: "批量消息缺少开始标志",
    413: "批量消息缺少结束标志",
    415: "人数与名单不符",
    416: "人数超出范围",
    417: "人数缺失",
    460: "照片超过 1 MB",
    461: "人员编号缺失或过长",
    463: "照片格式有误，或终端要求带照片（请在终端上登记人脸）",
    464: "照片中没有可用的人脸，或照片地址解析失败",
    465: "终端数据库错误，或照片下载失败",
    467: "终端名单已满，或照片过大",
    468: "照片尺寸不符，或提取人脸特征失败",
    469: "照片尺寸不符",
    470: "照片地址有误",
    471: "照片地址有误",
    472: "照片地址有误",
    474: "终端名单已满",
    478: "与终端里另一个人过于相似",
}


def error_text(code: int) -> str:
    """Return what a code means, for people."""
    return ERRORS.get(code, f"终端返回错误 {code}")


@dataclass(frozen=True, slots=True)
class OnlineAck:
    """The answer to Online; without it the terminal repeats it."""

    message_id: str
    terminal: str

    def to_bytes(self) -> bytes:
        """Return the payload."""
        info = {"facesluiceId": self.terminal, "result": "ok"}
        return to_json({"messageId": self.message_id, "operator": "Online-Ack", "info": info})


@dataclass(frozen=True, slots=True)
class PushAck:
    """A record (`kind` 2), a snapshot (1) or anything (3) is kept: do not send it again."""

    message_id: str
    number: str
    kind: int = RECORD

    def to_bytes(self) -> bytes:
        """Return the payload."""
        number: int | str = int(self.number) if self.number.isascii() and self.number.isdecimal() else self.number
        info = {"PushAckType": self.kind, "SnapOrRecordID": number}
        return to_json({"messageId": self.message_id, "operator": "PushAck", "info": info})


@dataclass(frozen=True, slots=True)
class Order:
    """A command; the answer repeats its message id."""

    message_id: str
    operator: str
    info: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def to_bytes(self) -> bytes:
        """Return the payload."""
        return to_json({"messageId": self.message_id, "operator": self.operator, "info": self.info})


@dataclass(frozen=True, slots=True)
class Person:
    """Who is known to a terminal. There is no member for a picture: people enrol at the terminal, or by `Enrol`."""

    custom_id: str
    name: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Refuse what no terminal takes; a comma or a slash would be read as another id or as a picture."""
        if not 0 < len(self.custom_id) <= MAX_ID or set(self.custom_id) & set(",/+ \t\r\n"):
            raise ParsingError(f"an id of a person has 1 to {MAX_ID} letters and no comma, blank, slash or plus")
        if len(self.name) > MAX_NAME:
            raise ParsingError(f"a name has at most {MAX_NAME} letters")

    def to_object(self) -> dict[str, object]:
        """Return the members of a batch's entry."""
        return {"customId": self.custom_id, "name": self.name, "personType": 0, "tempCardType": 0}


@dataclass(frozen=True, slots=True)
class Push:
    """EditPersonsNew: up to MAX_PUSHED people are new or changed."""

    message_id: str
    people: tuple[Person, ...]

    def to_bytes(self) -> bytes:
        """Return the payload."""
        return _batch(self.message_id, "EditPersonsNew", len(self.people), [one.to_object() for one in self.people])


@dataclass(frozen=True, slots=True)
class Delete:
    """DeletePersons: up to MAX_DELETED people are to go, with their faces."""

    message_id: str
    ids: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """Return the payload."""
        return _batch(self.message_id, "DeletePersons", len(self.ids), {"customId": list(self.ids)})


@dataclass(frozen=True, slots=True)
class Enrol:
    """EditPerson with a live picture: one person is new or changed, with this face. The picture is a JPEG."""

    message_id: str
    person: Person
    picture: bytes | bytearray = field(repr=False)

    def to_bytes(self) -> bytes:
        """Return the payload."""
        pic = _PICTURE_HEAD + base64.b64encode(self.picture).decode("ascii")
        info = {**self.person.to_object(), "pic": pic}
        return to_json({"messageId": self.message_id, "operator": ENROL, "info": info})


StationSays = OnlineAck | PushAck | Order | Push | Delete | Enrol


def order_from_bytes(payload: bytes) -> StationSays:
    """Return what a station says to a terminal, as a simulated one needs it; ParsingError when it is nothing."""
    document = document_of(payload)
    operator, message_id, info = (document.get(name) for name in ("operator", "messageId", "info"))
    if not isinstance(operator, str) or not isinstance(message_id, str) or not isinstance(info, dict | list):
        raise ParsingError("an order without operator, messageId or info")
    if operator in {"EditPersonsNew", "DeletePersons"}:
        return _batch_of(message_id, operator, document, info)
    if not isinstance(info, dict):
        raise ParsingError(f"{operator[:32]} with a list")
    if operator == ENROL:
        return Enrol(message_id, _person(info), _picture_in(payload))
    if operator == "Online-Ack":
        return OnlineAck(message_id, str(info.get("facesluiceId", "")))
    if operator == "PushAck":
        kind = info.get("PushAckType")
        return PushAck(message_id, str(info.get("SnapOrRecordID", "")), kind if type(kind) is int else GENERIC)
    return Order(message_id, operator, info)


def refused_people(answer: Answer) -> dict[str, int]:
    """Return who of a batch was not taken, and the code of why; 0 when the terminal does not say."""
    found: dict[str, int] = {}
    for name in ("AddErrInfo", "DelErrInfo"):
        listed = answer.info.get(name)
        for one in listed[:MAX_PUSHED] if isinstance(listed, list) else []:
            if isinstance(one, dict) and isinstance(one.get("customId"), str):
                code = str(one.get("errcode", ""))
                found[one["customId"]] = int(code) if code.isascii() and code.isdecimal() and len(code) <= MAX_ID else 0
    return found


def known_ids(answer: Answer) -> frozenset[str]:
    """Return everybody of ours whom a terminal knows (QueryPerson); ParsingError when it does not say."""
    told = answer.info.get("customId")
    if not isinstance(told, str):
        raise ParsingError("a list of people without ids")
    ids = frozenset(one for one in told.split(",") if one)
    counted = str(answer.info.get("QueryPersonNum", len(ids)))
    if counted != str(len(ids)):
        raise ParsingError(f"a list of {len(ids)} people that says it has {counted[:MAX_ID]}")
    return ids


def _batch(message_id: str, operator: str, count: int, info: object) -> bytes:
    """Return a batch: the flags around it let the terminal see that it is whole."""
    head = {"messageId": message_id, "DataBegin": "BeginFlag", "operator": operator, "PersonNum": str(count)}
    return to_json({**head, "info": info, "DataEnd": "EndFlag"})


def _batch_of(message_id: str, operator: str, document: Mapping[str, Any], info: Any) -> Push | Delete:
    if (document.get("DataBegin"), document.get("DataEnd")) != ("BeginFlag", "EndFlag"):
        raise ParsingError("a batch without its flags")
    listed: Sequence[Any] = info if isinstance(info, list) else info.get("customId", [])
    if not isinstance(listed, list) or str(document.get("PersonNum")) != str(len(listed)):
        raise ParsingError("a batch that does not have as many people as it says")
    if operator == "DeletePersons" and all(isinstance(one, str) for one in listed):
        return Delete(message_id, tuple(listed))
    if operator == "EditPersonsNew" and all(isinstance(one, dict) for one in listed):
        return Push(message_id, tuple(_person(one) for one in listed))
    raise ParsingError(f"{operator} with the wrong kind of list")


def _person(info: Mapping[str, Any]) -> Person:
    return Person(str(info.get("customId", "")), str(info.get("name", "")))


def _picture_in(payload: bytes) -> bytes:
    """Return the picture of an Enrol, which `document_of` has taken out of what it read."""
    text = json.loads(payload)["info"].get("pic", "")
    if not isinstance(text, str):
        raise ParsingError("a picture that is no text")
    try:
        return base64.b64decode(text.removeprefix(_PICTURE_HEAD), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ParsingError("a picture that is no base64") from error
