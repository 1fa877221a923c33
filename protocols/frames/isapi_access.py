"""What an access terminal of Hikvision is asked: its people, its records, its door (`?format=json` bodies)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, get_args

from protocols.errors import ParsingError
from protocols.frames.compact import to_json
from protocols.frames.isapi import Fields, document_of, local, to_xml

DoorOrder = Literal["open", "close", "alwaysOpen", "alwaysClose"]
DOOR_ORDERS: Final[tuple[DoorOrder, ...]] = get_args(DoorOrder)
#: From and until when somebody is let in whose time has no limits: what firmware can write.
ALWAYS: Final = ("2020-01-01T00:00:00", "2037-12-31T23:59:59")
NORMAL: Final = "normal"
#: Rows of one page of an answer; firmware takes 30 at most.
PAGE_ROWS: Final = 30
#: Major type of what happens at the door; minor types of it: a face passed, no face known.
MAJOR_EVENT: Final = 5
FACE_PASSED: Final = 75
FACE_FAILED: Final = 76
#: What a page says of itself when nothing follows it, and when something does.
_LAST: Final = "OK"
_MORE: Final = "MORE"
_NONE: Final = "NO MATCH"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody a terminal knows: no picture, no card; `begins` and `ends` are the device's own time."""

    number: str
    name: str = ""
    begins: str = ALWAYS[0]
    ends: str = ALWAYS[1]
    kind: str = NORMAL
    enabled: bool = True
    #: Faces and cards that the terminal has of the person; told, never set.
    faces: int = 0
    cards: int = 0

    def to_bytes(self) -> bytes:
        """Return the body of UserInfo/Record and UserInfo/Modify."""
        return to_json({"UserInfo": self.row()})

    def row(self) -> dict[str, object]:
        """Return the person as a member of a document, without what is only told."""
        valid = {"enable": self.enabled, "beginTime": self.begins, "endTime": self.ends}
        return {
            "employeeNo": self.number,
            "name": self.name,
            "userType": self.kind,
            "Valid": valid,
            "doorRight": "1",
            "RightPlan": [{"doorNo": 1, "planTemplateNo": "1"}],
        }

    @classmethod
    def from_bytes(cls, data: bytes) -> "Person":
        """Return the person of a body."""
        return cls.of(document_of(data).part("UserInfo"))

    @classmethod
    def of(cls, said: Fields) -> "Person":
        """Return the person that a member says."""
        valid = said.part("Valid") if "Valid" in said.values else Fields({}, "Valid")
        return cls(
            said.text("employeeNo"),
            said.text("name", ""),
            valid.text("beginTime", ALWAYS[0]),
            valid.text("endTime", ALWAYS[1]),
            said.text("userType", NORMAL),
            enabled=valid.flag("enable", default=True),
            faces=said.number("numOfFace", 0),
            cards=said.number("numOfCard", 0),
        )


@dataclass(frozen=True, slots=True)
class PersonSearch:
    """POST UserInfo/Search: one person, or with no number all of them, from `position`."""

    search: str
    number: str = ""
    position: int = 0

    def to_bytes(self) -> bytes:
        """Return the body."""
        wanted: dict[str, object] = {
            "searchID": self.search,
            "searchResultPosition": self.position,
            "maxResults": PAGE_ROWS,
        }
        if self.number:
            wanted["EmployeeNoList"] = [{"employeeNo": self.number}]
        return to_json({"UserInfoSearchCond": wanted})

    @classmethod
    def from_bytes(cls, data: bytes) -> "PersonSearch":
        """Return the search of a body; of several numbers the first."""
        said = document_of(data).part("UserInfoSearchCond")
        numbers = [one.text("employeeNo") for one in said.parts("EmployeeNoList")]
        return cls(said.text("searchID"), (numbers or [""])[0], said.number("searchResultPosition"))


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """The answer to a search for people."""

    search: str
    total: int
    people: tuple[Person, ...] = ()
    more: bool = False

    def to_bytes(self) -> bytes:
        """Return the body."""
        rows = [{**one.row(), "numOfFace": one.faces, "numOfCard": one.cards} for one in self.people]
        page = _page(self.search, self.total, rows, more=self.more)
        return to_json({"UserInfoSearch": {**page, **({"UserInfo": rows} if rows else {})}})

    @classmethod
    def from_bytes(cls, data: bytes) -> "PeoplePage":
        """Return the page of a body."""
        said = document_of(data).part("UserInfoSearch")
        people = tuple(Person.of(one) for one in said.parts("UserInfo"))
        return cls(said.text("searchID", ""), said.number("totalMatches", len(people)), people, _more(said))


@dataclass(frozen=True, slots=True)
class PersonDelete:
    """PUT UserInfo/Delete: people go with their faces and cards; without a number nothing is written, never all."""

    numbers: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """Return the body."""
        if not self.numbers:
            raise ParsingError("an empty list would delete everybody")
        return to_json({"UserInfoDelCond": {"EmployeeNoList": [{"employeeNo": one} for one in self.numbers]}})

    @classmethod
    def from_bytes(cls, data: bytes) -> "PersonDelete":
        """Return the order of a body."""
        said = document_of(data).part("UserInfoDelCond")
        numbers = tuple(one.text("employeeNo") for one in said.parts("EmployeeNoList"))
        if not numbers:
            raise ParsingError("an empty list would delete everybody")
        return cls(numbers)


@dataclass(frozen=True, slots=True)
class Card:
    """POST CardInfo/Record: a card of a person. Nobody calls it: cards are given out and enrolled at the terminal."""

    person: str
    number: str
    kind: str = "normalCard"

    def to_bytes(self) -> bytes:
        """Return the body."""
        return to_json({"CardInfo": {"employeeNo": self.person, "cardNo": self.number, "cardType": self.kind}})

    @classmethod
    def from_bytes(cls, data: bytes) -> "Card":
        """Return the card of a body."""
        said = document_of(data).part("CardInfo")
        return cls(said.text("employeeNo"), said.text("cardNo"), said.text("cardType"))


@dataclass(frozen=True, slots=True)
class Record:
    """Something that happened at a terminal; `serial` counts all of them. Names, cards and pictures are not read."""

    serial: int
    at: datetime
    major: int
    minor: int
    person: str = ""
    #: checkIn, checkOut, breakOut, …; empty or `undefined` where attendance is off.
    attendance: str = ""

    def row(self) -> dict[str, object]:
        """Return the record as a row of an answer."""
        who = {"employeeNoString": self.person} if self.person else {}
        kind = {"attendanceStatus": self.attendance} if self.attendance else {}
        return {
            "major": self.major, "minor": self.minor, "time": local(self.at), **who, **kind, "serialNo": self.serial,
        }  # fmt: skip

    @classmethod
    def of_row(cls, said: Fields) -> "Record":
        """Return the record that a row of an answer says."""
        return cls._of(said, said.moment("time"), said.number("major"), said.number("minor"))

    @classmethod
    def of_event(cls, said: Fields, at: datetime) -> "Record":
        """Return the record that an event's AccessControllerEvent says."""
        return cls._of(said, at, said.number("majorEventType"), said.number("subEventType"))

    @classmethod
    def _of(cls, said: Fields, at: datetime, major: int, minor: int) -> "Record":
        who, kind = said.text("employeeNoString", ""), said.text("attendanceStatus", "")
        return cls(said.number("serialNo"), at, major, minor, who, kind)


@dataclass(frozen=True, slots=True)
class RecordSearch:
    """POST AcsEvent: the records of a time, from `position`; some models answer MessageParametersLack without major."""

    search: str
    begins: datetime
    ends: datetime
    position: int = 0
    major: int = MAJOR_EVENT
    minor: int = 0

    def to_bytes(self) -> bytes:
        """Return the body."""
        wanted = {
            "searchID": self.search,
            "searchResultPosition": self.position,
            "maxResults": PAGE_ROWS,
            "major": self.major,
            "minor": self.minor,
            "startTime": local(self.begins),
            "endTime": local(self.ends),
        }
        return to_json({"AcsEventCond": wanted})

    @classmethod
    def from_bytes(cls, data: bytes) -> "RecordSearch":
        """Return the search of a body."""
        said = document_of(data).part("AcsEventCond")
        return cls(
            said.text("searchID"),
            said.moment("startTime"),
            said.moment("endTime"),
            said.number("searchResultPosition"),
            said.number("major"),
            said.number("minor"),
        )


@dataclass(frozen=True, slots=True)
class RecordPage:
    """The answer to a search for records."""

    search: str
    total: int
    records: tuple[Record, ...] = field(default=())
    more: bool = False

    def to_bytes(self) -> bytes:
        """Return the body."""
        rows = [one.row() for one in self.records]
        page = _page(self.search, self.total, rows, more=self.more)
        return to_json({"AcsEvent": {**page, **({"InfoList": rows} if rows else {})}})

    @classmethod
    def from_bytes(cls, data: bytes) -> "RecordPage":
        """Return the page of a body."""
        said = document_of(data).part("AcsEvent")
        records = tuple(Record.of_row(one) for one in said.parts("InfoList"))
        return cls(said.text("searchID", ""), said.number("totalMatches"), records, _more(said))


def door_order(order: DoorOrder) -> bytes:
    """Return the body of PUT /ISAPI/AccessControl/RemoteControl/door/N."""
    return to_xml("RemoteControlDoor", [("cmd", order)])


def door_order_of(data: bytes) -> DoorOrder:
    """Return the order of a body."""
    said = document_of(data).text("cmd")
    for order in DOOR_ORDERS:
        if order == said:
            return order
    raise ParsingError(f"{said!r} is no order to a door")


def _page(search: str, total: int, rows: list[dict[str, Any]], *, more: bool) -> Mapping[str, object]:
    status = _MORE if more else _LAST if rows else _NONE
    return {"searchID": search, "responseStatusStrg": status, "numOfMatches": len(rows), "totalMatches": total}


def _more(said: Fields) -> bool:
    return said.text("responseStatusStrg", _LAST) == _MORE
