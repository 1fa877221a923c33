"""What simulated Hikvision devices share: HTTP Digest, what they are, their alarms, and the one stream of events."""

import asyncio
import hashlib
import hmac
import re
import secrets
from abc import abstractmethod
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, Literal

from devices.driver import Json
from devices.errors import DeviceLost
from devices.simulators.device import Field, Simulator, State
from devices.simulators.http_line import HttpLine, HttpRequest
from devices.together import together
from devices.transport import Transport
from protocols.errors import ParsingError
from protocols.frames.isapi import DeviceInfo, Status, to_xml
from protocols.frames.isapi_events import BOUNDARY, Alert, part, picture_part

#: A stream says that it is there this often, with a `videoloss` that is none, as cameras do.
BEAT_S: Final = 10.0
#: Events that wait for a slow client; older ones go.
MAX_WAITING: Final = 256
#: What can be told of the picture besides a device's own events.
ALARMS: Final = ("VMD", "tamperdetection", "shelteralarm", "defocus", "videoloss", "diskfull")
BAD_PARAMETERS: Final = Status(6, "Invalid Content", "badParameters")
BUSY: Final = Status(2, "Device Busy", "deviceBusy")
NOT_SUPPORTED: Final = Status(4, "Invalid Operation", "notSupport")
#: A picture as it follows an event; nobody looks into it.
PICTURE: Final = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 8 + b"\xff\xd9"
_JSON: Final = "application/json"
_XML: Final = "application/xml"
_PAIR: Final = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,"]+))')
_HASHES: Final[Mapping[str, Callable[[bytes], "hashlib._Hash"]]] = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}

Algorithm = Literal["MD5", "SHA-256"]
#: (status line, body) of one answer.
Reply = tuple[str, bytes]
DONE: Final[Reply] = ("200 OK", Status(1).to_bytes())


class DigestDoor:
    """The server's side of RFC 7616 with `qop=auth`; each answer must count on, or it is refused."""

    def __init__(self, user: str, password: str, algorithm: Algorithm = "MD5") -> None:
        self._user, self._password, self._algorithm = user, password, algorithm
        self._nonces: dict[str, int] = {}
        self.refused_total = 0

    def challenge(self) -> str:
        """Return the line that asks for an answer."""
        nonce = secrets.token_hex(16)
        self._nonces[nonce] = 0
        asked = f'realm="IP Camera", qop="auth", nonce="{nonce}", algorithm={self._algorithm}, stale="FALSE"'
        return f"WWW-Authenticate: Digest {asked}\r\n"

    def opens(self, request: HttpRequest) -> bool:
        """Return whether a request answers a challenge of ours, for its own path, once."""
        kind, _, rest = request.headers.get("authorization", "").partition(" ")
        given = {name: quoted or bare for name, quoted, bare in _PAIR.findall(rest)}
        count = int(given.get("nc", "0"), 16) if re.fullmatch("[0-9a-f]{8}", given.get("nc", "")) else 0
        nonce = given.get("nonce", "")
        fits = (
            kind.lower() == "digest"
            and given.get("uri") == request.path
            and given.get("username") == self._user
            and count > self._nonces.get(nonce, count)
            and hmac.compare_digest(given.get("response", "").encode(), self._expected(request, given).encode())
        )
        if fits:
            self._nonces[nonce] = count
        elif given:
            self.refused_total += 1
        return fits

    def _expected(self, request: HttpRequest, given: Mapping[str, str]) -> str:
        def hashed(*parts: str) -> str:
            return _HASHES[self._algorithm](":".join(parts).encode()).hexdigest()

        who = hashed(self._user, "IP Camera", self._password)
        what = hashed(request.method, request.path)
        return hashed(who, given.get("nonce", ""), given.get("nc", ""), given.get("cnonce", ""), "auth", what)


class IsapiDevice(Simulator):
    """One device; a second client of the stream is turned away while the first one has it."""

    scheme = "http"
    model = "DS-2CD2T46"
    common: Mapping[str, Field] = {
        "alarm": Field(str, ("", *ALARMS)),
        "stream_held": Field(bool),
        "serial_number": Field(str, low=1, high=48),
    }

    def __init__(self, start: Json | None = None, *, door: DigestDoor | None = None) -> None:
        first = {"alarm": "", "stream_held": False, "serial_number": f"{self.model}20240101AACH123456789"}
        super().__init__({**first, **self.start(), **(start or {})})
        self._door = door
        self._stream: asyncio.Queue[bytes] | None = None
        #: Streams that were opened, and those that were turned away.
        self.streams_total = 0
        self.turned_away_total = 0

    @abstractmethod
    def start(self) -> Json:
        """Return the rest of the first state."""

    @abstractmethod
    async def reply(self, request: HttpRequest, path: str) -> Reply | None:
        """Return the answer to a request of this device's own, None for what it does not know."""

    def now(self) -> datetime:
        """Return the device's clock."""
        return datetime.now(UTC)

    def info(self) -> DeviceInfo:
        """Return what the device is."""
        serial = str(self.state["serial_number"])
        return DeviceInfo("Venue device", "88000000-0000-0000-0000-000000000000", self.model, serial, "V3.2.30")

    async def changed(self, before: State, given: Json) -> None:
        """Tell an alarm, and its end."""
        if "alarm" in given and before["alarm"] != self.state["alarm"]:
            ended, began = str(before["alarm"]), str(self.state["alarm"])
            for name, state in ((ended, "inactive"), (began, "active")):
                if name:
                    self.push(Alert(name, self.now(), state))

    def push(self, alert: Alert, *, picture: bool = False) -> None:
        """Send an event to whoever has the stream; nobody: it is not kept."""
        stream = self._stream
        if stream is not None:
            for piece in (part(alert.to_bytes()), *([picture_part(PICTURE)] if picture else [])):
                if stream.full():
                    stream.get_nowait()
                stream.put_nowait(piece)

    async def talk(self, transport: Transport) -> None:
        """Answer requests; what is no HTTP is hung up on."""
        line = HttpLine(transport)
        try:
            while True:
                request = await line.request()
                await self.answering()
                if self._door is not None and not self._door.opens(request):
                    await line.answer(b"", status="401 Unauthorized", more=self._door.challenge())
                elif request.path == "/ISAPI/Event/notification/alertStream" and self._take_stream():
                    await self._serve_stream(transport)
                    return
                else:
                    status, body = await self._reply(request)
                    kind = _XML if body[:1] == b"<" else _JSON
                    await line.answer(body, status=status, content_type=kind)
        except DeviceLost:
            return

    async def _reply(self, request: HttpRequest) -> Reply:
        path = request.path.partition("?")[0]
        match path:
            case "/ISAPI/System/deviceInfo":
                return "200 OK", self.info().to_bytes()
            case "/ISAPI/Event/triggers":
                return "200 OK", _triggers()
            case "/ISAPI/Event/notification/alertStream":
                self.turned_away_total += 1
                return "503 Service Unavailable", BUSY.to_xml()
        try:
            found = await self.reply(request, path)
        except ParsingError:
            return "400 Bad Request", BAD_PARAMETERS.to_bytes()
        return found or ("403 Forbidden", NOT_SUPPORTED.to_bytes())

    def _take_stream(self) -> bool:
        if self._stream is not None or self.state["stream_held"]:
            return False
        self._stream = asyncio.Queue(MAX_WAITING)
        self.streams_total += 1
        return True

    async def _serve_stream(self, transport: Transport) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary={BOUNDARY}\r\nConnection: close\r\n\r\n"
        try:
            await transport.write(head.encode())
            await together(send=self._send(transport), leave=self._left(transport))
        finally:
            self._stream = None

    async def _send(self, transport: Transport) -> None:
        stream = self._stream
        while stream is not None:
            try:
                async with asyncio.timeout(BEAT_S):
                    piece = await stream.get()
            except TimeoutError:
                piece = part(Alert("videoloss", self.now(), "inactive").to_bytes())
            await self.answering()
            await transport.write(piece)

    async def _left(self, transport: Transport) -> None:
        """End when whoever has the stream leaves; what it says is not listened to."""
        while True:
            await transport.read()


def _triggers() -> bytes:
    told: list[tuple[str, object]] = [
        ("EventTriggerNotification", [("id", "center"), ("notificationMethod", "center")])
    ]
    triggers: list[tuple[str, object]] = [
        (
            "EventTrigger",
            [
                ("id", f"{name}-1"),
                ("eventType", name),
                ("videoInputChannelID", 1),
                ("EventTriggerNotificationList", told),
            ],
        )
        for name in ALARMS
    ]
    return to_xml("EventNotification", [("EventTriggerList", triggers)])
