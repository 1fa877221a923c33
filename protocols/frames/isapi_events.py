"""What ISAPI devices tell by themselves: EventNotificationAlert in XML or JSON, and the endless stream it comes in.

`GET /ISAPI/Event/notification/alertStream` is answered by multipart/mixed without end; a picture follows its event as
a part of its own. Pictures are dropped here, before anybody can store one. Lengths of parts are not believed: firmware
writes wrong ones; a document ends where it ends, a picture at the next boundary.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from protocols.errors import ParsingError
from protocols.frames.compact import to_json
from protocols.frames.isapi import NAMESPACE, Fields, document_of, local, to_xml
from protocols.frames.isapi_access import Record

BOUNDARY: Final = "MIME_boundary"
#: An event is 1-3 KB; one that is longer is skipped.
MAX_EVENT_BYTES: Final = 64 * 1024
#: Head of a part: a type, a length, a name.
MAX_PART_HEAD_BYTES: Final = 2 * 1024
#: Regions of one counting message; a camera has eight at most.
MAX_REGIONS: Final = 64
_ACCESS: Final = "AccessControllerEvent"
_COUNTING: Final = "PeopleCounting"
_REGIONS: Final = "regionTargetNumberCounting"
_XML_END: Final = b"</EventNotificationAlert>"

Method = Literal["realTime", "timeRange"]


@dataclass(frozen=True, slots=True)
class Counting:
    """People that crossed a line. `realTime`: all since the device's reset, at `begins`; `timeRange`: of a window.

    The two say the same people twice and are never added. `again`: sent once more, after the device was offline.
    """

    method: Method
    enter: int
    exit: int
    begins: datetime
    ends: datetime
    region: str = "1"
    again: bool = False


@dataclass(frozen=True, slots=True)
class Inside:
    """People that are in each region right now."""

    regions: tuple[tuple[str, int], ...]

    @property
    def people(self) -> int:
        """All of them."""
        return sum(count for _, count in self.regions)


@dataclass(frozen=True, slots=True)
class Alert:
    """One event; `body` is what this type says more, None for alarms such as `VMD` or `videoloss`."""

    type: str
    at: datetime
    state: str = "active"
    channel: int = 1
    body: Record | Counting | Inside | None = None

    @classmethod
    def from_bytes(cls, data: bytes) -> "Alert":
        """Return the event of a document."""
        said = document_of(data)
        type_, at = said.text("eventType"), said.moment("dateTime")
        channel = said.number("channelID", said.number("dynChannelID", 1))
        return cls(type_, at, said.text("eventState", "active"), channel, _body(type_, said, at))

    def to_bytes(self, namespace: str = NAMESPACE) -> bytes:
        """Return the document as devices write it: records in JSON, everything else in XML."""
        if isinstance(self.body, Record):
            return to_json({**self._head(), _ACCESS: _access(self.body)})
        members = [*self._head().items(), *_counted(self.body)]
        return to_xml("EventNotificationAlert", members, namespace)

    def _head(self) -> dict[str, object]:
        return {
            "ipAddress": "0.0.0.0",  # noqa: S104 - what a device without a network writes
            "portNo": 80,
            "protocol": "HTTP",
            "macAddress": "00:00:00:00:00:00",
            "channelID": self.channel,
            "dateTime": local(self.at),
            "activePostCount": 1,
            "eventType": self.type,
            "eventState": self.state,
            "eventDescription": self.type,
        }


def record_alert(record: Record) -> Alert:
    """Return the event that a terminal pushes for a record."""
    return Alert(_ACCESS, record.at, body=record)


def counting_alert(counting: Counting) -> Alert:
    """Return the event that a counter pushes."""
    return Alert(_COUNTING, counting.ends, body=counting)


def inside_alert(at: datetime, inside: Inside) -> Alert:
    """Return the event that a camera pushes which sees how many are in its regions."""
    return Alert(_REGIONS, at, body=inside)


def _body(type_: str, said: Fields, at: datetime) -> Record | Counting | Inside | None:
    if type_ == _ACCESS:
        return Record.of_event(said.part(_ACCESS), at)
    if type_.lower() == _COUNTING.lower():
        return _counting(said, at)
    if type_ == _REGIONS:
        return _inside(said)
    return None


def _counting(said: Fields, at: datetime) -> Counting:
    part = said.part("peopleCounting")
    method = part.text("statisticalMethods")
    begins = ends = at
    if method == "timeRange":
        window = part.part("TimeRange")
        begins, ends = window.moment("startTime"), window.moment("endTime")
        if ends < begins:
            raise ParsingError("a window that ends before it begins")
    elif method == "realTime":
        now = part.part("RealTime") if "RealTime" in part.values else Fields({}, "RealTime")
        begins = ends = now.moment("time") if "time" in now.values else at
    else:
        raise ParsingError(f"statisticalMethods {method!r}")
    return Counting(
        "timeRange" if method == "timeRange" else "realTime",
        part.number("enter"),
        part.number("exit"),
        begins,
        ends,
        part.text("regionsID", "1"),
        said.flag("isDataRetransmission"),
    )


def _inside(said: Fields) -> Inside:
    """Return the newest count of each region, wherever below the list it stands."""
    regions: dict[str, int] = {}
    listed = said.values.get("CountingList")
    for one in _objects(listed):
        counts = list(_counts(one))
        if counts:
            name = next((str(one[key]) for key in ("regionID", "regionsID", "id") if key in one), str(len(regions) + 1))
            regions[name[:32]] = Fields({"humanCount": counts[-1]}, "CountingList").number("humanCount")
    if not regions or len(regions) > MAX_REGIONS:
        raise ParsingError(f"{len(regions)} regions with a humanCount")
    return Inside(tuple(regions.items()))


def _objects(listed: Any) -> list[dict[str, Any]]:
    """Return the objects of a list: JSON has them in it, XML one level below, one alone may stand by itself."""
    if isinstance(listed, list):
        return [one for one in listed if isinstance(one, dict)]
    if not isinstance(listed, dict):
        return []
    below = [value for value in listed.values() if isinstance(value, list | dict)]
    if "humanCount" in listed or "DataList" in listed or not below:
        return [listed]
    return [one for value in below for one in _objects(value if isinstance(value, list) else [value])]


def _counts(value: Any) -> list[Any]:
    if isinstance(value, list):
        return [count for one in value for count in _counts(one)]
    if not isinstance(value, dict):
        return []
    return [
        count
        for name, below in value.items()
        for count in (([below] if not isinstance(below, list) else below) if name == "humanCount" else _counts(below))
    ]


def _access(record: Record) -> dict[str, object]:
    who = {"employeeNoString": record.person} if record.person else {}
    return {
        "deviceName": "Access Controller",
        "majorEventType": record.major,
        "subEventType": record.minor,
        "cardReaderNo": 1,
        **who,
        "serialNo": record.serial,
        "currentVerifyMode": "cardOrFaceOrFp",
        "attendanceStatus": record.attendance or "undefined",
        "currentEvent": True,
    }


def _counted(body: Counting | Inside | Record | None) -> list[tuple[str, object]]:
    match body:
        case Counting():
            window: list[tuple[str, object]] = [("startTime", local(body.begins)), ("endTime", local(body.ends))]
            when = ("TimeRange", window) if body.method == "timeRange" else ("RealTime", [("time", local(body.ends))])
            counted = [
                ("statisticalMethods", body.method), when, ("enter", body.enter), ("exit", body.exit),
                ("regionsID", body.region),
            ]  # fmt: skip
            return [("peopleCounting", counted), *([("isDataRetransmission", True)] if body.again else [])]
        case Inside():
            regions = [
                ("Counting", [("regionID", name), ("DataList", [("Data", [("humanCount", count)])])])
                for name, count in body.regions
            ]
            return [("CountingList", regions)]
        case _:
            return []


def part(document: bytes, boundary: str = BOUNDARY) -> bytes:
    """Return a document as a part of the stream."""
    kind = "application/xml" if document.lstrip()[:1] == b"<" else "application/json"
    return _part(f'{kind}; charset="UTF-8"', document, boundary)


def picture_part(picture: bytes, boundary: str = BOUNDARY) -> bytes:
    """Return a picture as a part of the stream."""
    return _part("image/jpeg", picture, boundary)


def _part(kind: str, body: bytes, boundary: str) -> bytes:
    return f"--{boundary}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body + b"\r\n"


class AlertStream:
    """Bytes of the stream in, events out; what is none is skipped and counted, and never ends it.

    Keeps at most MAX_EVENT_BYTES and what one read brings.
    """

    def __init__(self, boundary: str = BOUNDARY) -> None:
        #: Parts that were pictures, and documents that were no event.
        self.pictures_total = 0
        self.broken_total = 0
        self._mark = b"--" + boundary.encode()
        self._rest = bytearray()
        self._state: Literal["between", "head", "document"] = "between"
        self._tried = 0

    def feed(self, data: bytes) -> list[Alert]:
        """Take the next bytes; return the events that are complete now."""
        self._rest += data
        found: list[Alert] = []
        while self._step(found):
            pass
        return found

    def _step(self, found: list[Alert]) -> bool:
        """Go one step on; return whether there may be another one."""
        match self._state:
            case "between":
                return self._seek()
            case "head":
                return self._begin()
            case _:
                return self._document(found)

    def _seek(self) -> bool:
        """Drop everything up to behind the next boundary."""
        at = self._rest.find(self._mark)
        if at < 0:
            del self._rest[: max(0, len(self._rest) - len(self._mark) + 1)]
            return False
        del self._rest[: at + len(self._mark)]
        self._state = "head"
        return True

    def _begin(self) -> bool:
        """Read the head of a part, and whether a document or a picture follows."""
        end, size = _blank_line(self._rest)
        if (end if end >= 0 else len(self._rest)) > MAX_PART_HEAD_BYTES:
            self._state = "between"
            return True
        if end < 0:
            return False
        body = bytes(self._rest[end + size : end + size + 256]).lstrip()
        if not body:
            return False if len(self._rest) < end + size + 256 else self._drop(end + size)
        if b"image/" in bytes(self._rest[:end]).lower() or body[:1] not in b"<{":
            return self._drop(end + size)
        del self._rest[: end + size]
        self._state, self._tried = "document", 0
        return True

    def _drop(self, upto: int) -> bool:
        self.pictures_total += 1
        del self._rest[:upto]
        self._state = "between"
        return True

    def _document(self, found: list[Alert]) -> bool:
        """Take a document once it is whole: at its own end, or at the next boundary."""
        mark = self._rest.find(self._mark)
        whole = bytes(self._rest if mark < 0 else self._rest[:mark])
        upto = _end_of(whole) if len(whole) != self._tried else 0
        self._tried = len(whole)
        if not upto and mark < 0 and len(whole) <= MAX_EVENT_BYTES:
            return False
        self._take(whole[:upto] if upto else whole, found)
        del self._rest[: upto or len(whole)]
        self._state = "between"
        return True

    def _take(self, document: bytes, found: list[Alert]) -> None:
        if len(document) > MAX_EVENT_BYTES:
            self.broken_total += 1
            return
        try:
            found.append(Alert.from_bytes(document))
        except ParsingError:
            self.broken_total += 1


def _blank_line(data: bytearray) -> tuple[int, int]:
    """Return where the head ends and how long its end is; some firmware ends lines with a line feed alone."""
    crlf, bare = data.find(b"\r\n\r\n"), data.find(b"\n\n")
    if crlf >= 0 and (bare < 0 or crlf < bare):
        return crlf, 4
    return bare, 2


def _end_of(document: bytes) -> int:
    """Return where a document ends, 0 while it does not."""
    if document.lstrip()[:1] == b"<":
        at = document.find(_XML_END)
        return at + len(_XML_END) if at >= 0 else 0
    if not document.rstrip().endswith(b"}"):
        return 0
    try:
        json.loads(document)
    except (ValueError, RecursionError):
        return 0
    return len(document)
