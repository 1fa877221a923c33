"""Hikvision's ISAPI: documents that are JSON or XML with the same members, what a device is, and how it says no.

One reader for both forms: the elements of an XML document become members of the same names, a repeated one a list. The
namespace (`isapi.org`, `hikvision.com`, of older firmware `urn:psialliance-org`) tells nothing that we need.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from xml.sax.saxutils import escape

from protocols.errors import DocumentError, ParsingError
from protocols.frames.compact import to_json
from protocols.frames.xml_tree import Element, parse_xml
from protocols.rules.opening import SHANGHAI
from protocols.venue.rfc3339 import parse_time

#: A page of 30 records or people is about 10 KB, an event 2 KB; pictures come in parts of their own.
MAX_DOCUMENT_BYTES: Final = 256 * 1024
NAMESPACE: Final = "http://www.isapi.org/ver20/XMLSchema"
#: Status codes: done; done when the device has restarted.
_DONE: Final = frozenset({1, 7})
#: Numbers of devices fit in 53 bits, as ours do.
_MAX_NUMBER: Final = 2**53
#: Characters of a text that a device says; longer ones are cut.
MAX_TEXT: Final = 200
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True, slots=True)
class Fields:
    """The members of one object of a document; `where` names it in errors. What is missing or odd: ParsingError."""

    values: Mapping[str, Any]
    where: str

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text, or a number as text."""
        value = self.values.get(name, default)
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ParsingError(f"{self.where}: {name} is no text")
        return str(value)[:MAX_TEXT].strip()

    def number(self, name: str, default: int | None = None) -> int:
        """Return a number of 0 to 2^53, which may be written as text."""
        value = self.values.get(name, default)
        if isinstance(value, str) and value.strip().isascii() and value.strip().isdecimal():
            value = int(value.strip()[:20])
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_NUMBER:
            raise ParsingError(f"{self.where}: {name} is no number")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a truth, which may be written as text."""
        value = self.values.get(name, default)
        return value if isinstance(value, bool) else str(value).strip().lower() == "true"

    def part(self, name: str) -> "Fields":
        """Return an object below this one."""
        value = self.values.get(name)
        if not isinstance(value, Mapping):
            raise ParsingError(f"{self.where} has no {name}")
        return Fields(value, name)

    def parts(self, name: str) -> "list[Fields]":
        """Return the objects of a list; one alone may stand without it, none may be missing altogether."""
        value = self.values.get(name) or []
        found = value if isinstance(value, list) else [value]
        if not all(isinstance(one, Mapping) for one in found):
            raise ParsingError(f"{self.where}: {name} is no list of objects")
        return [Fields(one, name) for one in found]

    def moment(self, name: str) -> datetime:
        """Return a time."""
        return moment(self.text(name))


def moment(text: str) -> datetime:
    """Return the UTC time of a device's text; older firmware writes its own time without offset: that of Shanghai."""
    try:
        return parse_time(text)
    except DocumentError:
        pass
    try:
        bare = datetime.fromisoformat(text)
    except ValueError as error:
        raise ParsingError(f"{text!r} is no time") from error
    if bare.tzinfo is not None:
        raise ParsingError(f"{text!r} is no time")
    try:
        return bare.replace(tzinfo=SHANGHAI).astimezone(UTC)
    except OverflowError as error:
        raise ParsingError(f"{text!r} is no time") from error


def local(at: datetime) -> str:
    """Return a time as devices write it: Shanghai's, whole seconds."""
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds")


def document_of(data: bytes) -> Fields:
    """Return the members of the root of a document, JSON or XML, named after the root of the XML."""
    if len(data) > MAX_DOCUMENT_BYTES:
        raise ParsingError(f"a document of {len(data)} bytes")
    if data.lstrip()[:1] == b"<":
        root = parse_xml(data.strip(), max_bytes=MAX_DOCUMENT_BYTES)
        members = _members(root)
        return Fields(members if isinstance(members, Mapping) else {}, root.tag)
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ParsingError(f"neither XML nor JSON: {type(error).__name__}") from error
    if not isinstance(found, dict):
        raise ParsingError("a document that is no object")
    return Fields(found, "the document")


def _members(element: Element) -> Mapping[str, Any] | str:
    if not element.children:
        return element.text
    members: dict[str, Any] = {}
    for child in element.children:
        value = _members(child)
        if child.tag not in members:
            members[child.tag] = value
        elif isinstance(members[child.tag], list):
            members[child.tag].append(value)
        else:
            members[child.tag] = [members[child.tag], value]
    return members


def to_xml(root: str, members: Iterable[tuple[str, object]], namespace: str = NAMESPACE) -> bytes:
    """Return an XML document; a member's value is a text, a number, a truth or a list of members."""
    return f'{_HEAD}<{root} version="2.0" xmlns="{namespace}">\n{_elements(members)}</{root}>\n'.encode()


def _elements(members: Iterable[tuple[str, object]]) -> str:
    lines = []
    for tag, value in members:
        if isinstance(value, list):
            lines.append(f"<{tag}>\n{_elements(value)}</{tag}>\n")
        else:
            text = str(value).lower() if isinstance(value, bool) else escape(str(value))
            lines.append(f"<{tag}>{text}</{tag}>\n")
    return "".join(lines)


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """What a device is: the answer to GET /ISAPI/System/deviceInfo."""

    name: str
    id: str
    model: str
    serial: str
    firmware: str

    def to_bytes(self) -> bytes:
        """Return the document."""
        return to_xml(
            "DeviceInfo",
            [
                ("deviceName", self.name),
                ("deviceID", self.id),
                ("model", self.model),
                ("serialNumber", self.serial),
                ("firmwareVersion", self.firmware),
            ],
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "DeviceInfo":
        """Return what a document says; a model and a serial number must be in it."""
        said = document_of(data)
        names = said.text("deviceName", ""), said.text("deviceID", "")
        return cls(*names, said.text("model"), said.text("serialNumber"), said.text("firmwareVersion", ""))


@dataclass(frozen=True, slots=True)
class Status:
    """How an order went: `code` 1 is done, 6 is something wrong with what was sent; `sub` says what."""

    code: int
    text: str = "OK"
    sub: str = "ok"

    @property
    def done(self) -> bool:
        """Whether the device did it."""
        return self.code in _DONE

    def to_bytes(self) -> bytes:
        """Return the JSON form."""
        return to_json({"statusCode": self.code, "statusString": self.text, "subStatusCode": self.sub})

    def to_xml(self) -> bytes:
        """Return the XML form."""
        members = [("statusCode", self.code), ("statusString", self.text), ("subStatusCode", self.sub)]
        return to_xml("ResponseStatus", members)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Status":
        """Return what a document of either form says."""
        said = document_of(data)
        return cls(said.number("statusCode"), said.text("statusString", ""), said.text("subStatusCode", ""))


@dataclass(frozen=True, slots=True)
class HttpHost:
    """Whom a device pushes its events to: PUT /ISAPI/Event/notification/httpHosts, one host, JSON, by address.

    Nobody calls it: a push needs a port of ours that is open to the devices' network, comes without a login, and is
    lost while the agent is away; the stream and the records say the same.
    """

    address: str
    port: int
    path: str
    number: int = 1

    def to_bytes(self) -> bytes:
        """Return the document."""
        host = [
            ("id", self.number),
            ("url", self.path),
            ("protocolType", "HTTP"),
            ("parameterFormatType", "json"),
            ("addressingFormatType", "ipaddress"),
            ("ipAddress", self.address),
            ("portNo", self.port),
            ("httpAuthenticationMethod", "none"),
            ("uploadImagesDataType", "binary"),
        ]
        return to_xml("HttpHostNotificationList", [("HttpHostNotification", host)])

    @classmethod
    def from_bytes(cls, data: bytes) -> "HttpHost":
        """Return the first host of a document."""
        hosts = document_of(data).parts("HttpHostNotification")
        if not hosts:
            raise ParsingError("no HttpHostNotification")
        said = hosts[0]
        return cls(said.text("ipAddress"), said.number("portNo"), said.text("url"), said.number("id"))
