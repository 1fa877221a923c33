"""A simulated Onbon BX-Y card: logins that expire, properties, texts, sensors, pictures of what it shows, search."""

import base64
import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final

import uuid_utils

from devices.driver import Json, Scalar
from devices.errors import DeviceLost
from devices.simulators.device import Field, Simulator, State
from devices.simulators.http_line import HttpLine, HttpRequest
from devices.transport import Transport
from protocols.errors import ParsingError
from protocols.frames.onbon import (
    FULL,
    HUMIDITY,
    PORT,
    SMOKE,
    TEMPERATURE,
    Answer,
    Call,
    Card,
    Code,
    Cover,
    Failure,
    covered,
    from_bytes,
    password_of,
    path_of,
    uncovered,
)

CARD: Final = Card("50C811344D45594D4110000008AB53AD", "C0Y2001805150056")
PICTURE: Final = "share/screen.png"
_USER, _PASSWORD = "guest", "guest"
_WIDTH, _HEIGHT = 128, 96
_PROGRAM: Final = {"programlist": "lists/plist1.xml", "programname": "program/program_1.xml", "playstatus": "Unlock"}
_START: Final[State] = {
    "power": True, "brightness": 153, "frozen": False, "playing": True, "text": "", "sensors": True, "smoke": False,
    "temperature_c": 38, "humidity_percent": 45, "logged_in": True, "refuses": False, "captures": True,
}  # fmt: skip


class OnbonCard(Simulator):
    """Setting `logged_in` to false makes it forget every session; without `captures` no picture is ever ready."""

    fields = {  # noqa: RUF012 - constant
        **{name: Field(bool) for name, value in _START.items() if isinstance(value, bool)},
        "brightness": Field(int, low=1, high=FULL),
        "text": Field(str, high=1000),
        "temperature_c": Field(int, low=-40, high=120),
        "humidity_percent": Field(int, high=100),
    }
    scheme = "http"
    ports = (80, PORT)

    def __init__(self, start: Json | None = None) -> None:
        super().__init__({**_START, **(start or {})})
        self._code = self._session = ""
        self._pictures = 0
        self._bulletin = ""
        self._functions: Mapping[str, Callable[[Mapping[str, Any]], Json | Code]] = {
            "screenonoff": lambda given: self._set("power", given["screenonoffstatus"] in ("on", "1")),
            "lockscreen": lambda given: self._set("frozen", given["screenlockedstatus"] in ("on", "1")),
            "systembrightness": lambda given: self._set("brightness", int(given["brightness"])),
            "getproperty": self._properties,
            "checkplayer": lambda _given: _PROGRAM if self.state["playing"] else Code.PLAYER,
            "listsensor": lambda _given: {"sensorlist": self._sensors() if self.state["sensors"] else []},
            "updatedynamic": lambda given: self._set("text", _decoded(given["dynamics"][0]["unit"][0]["content"])),
            "cleardynamic": lambda _given: self._set("text", ""),
            "createbulletin": self._keep_bulletin,
            "playbulletin": lambda _given: self._set("text", self._bulletin),
            "stopbulletin": lambda _given: self._set("text", ""),
            "deletebulletin": lambda _given: self._set("text", ""),
            "screencapture": self._capture,
            "findfile": self._find,
        }

    async def changed(self, before: State, given: Json) -> None:  # noqa: ARG002 - the contract
        """Forget the sessions when a hand says so."""
        if given.get("logged_in") is False:
            self._session = ""

    def datagram(self, data: bytes) -> bytes | None:
        """Answer the search, under the same cover as it came."""
        try:
            cover = Cover(data[0]) if data[:1] in (b"\x01", b"\x02", b"\x03", b"\x04") else None
            asked = from_bytes(data if cover is None else uncovered(data))
        except ParsingError:
            return None
        if not isinstance(asked, Call) or asked.name.lower() != "searchcontroller" or asked.card not in (Card(), CARD):
            return None
        ours = {"barcode": CARD.barcode, "pid": CARD.pid, "ip": "192.168.0.199", "subnetmask": "255.255.255.0"}
        output = {name: ours.get(name, "") for name in asked.given or {}}
        answer = Answer(asked.name, output, CARD, "eth0").to_bytes()
        return answer if cover is None else covered(answer, cover, data[1])

    async def talk(self, transport: Transport) -> None:
        """Answer requests until the connection is lost."""
        line = HttpLine(transport)
        try:
            while True:
                request = await line.request()
                await self.answering()
                if request.method == "POST":
                    await line.answer(self._told(request), content_type="application/json")
                elif request.method == "GET" and request.path == f"/{PICTURE}" and self._pictures:
                    shown = picture(_WIDTH, _HEIGHT, 200 if self.state["power"] else 0)
                    await line.answer(shown, content_type="image/png")
                else:
                    await line.answer(b"", status="404 Not Found", content_type="application/json")
        except DeviceLost:
            return  # gone, or somebody who speaks something else

    def _told(self, request: HttpRequest) -> bytes:
        """Return the answer to a call."""
        try:
            call = from_bytes(request.body)
        except ParsingError:
            return Failure("", Code.PARSE, "Parse error").to_bytes()
        if not isinstance(call, Call):
            return Failure("", Code.PROTOCOL_NAME, "Protocol error").to_bytes()
        found = self._login(call) if request.path == "/" else self._function(call, request.path)
        if isinstance(found, Code):
            return Failure(call.name, found, found.name.replace("_", " ").capitalize()).to_bytes()
        return Answer(call.name.lower(), found).to_bytes()

    def _login(self, call: Call) -> Json | Code:
        given = call.given or {}
        if call.name.lower() == "getverificationcode":
            self._code = str(uuid_utils.uuid7())
            return {"verificationcode": self._code}
        if call.name.lower() != "userlogin":
            return Code.EXPIRED
        code, self._code = self._code, ""
        if not code or given.get("verificationcode") != code:
            return Code.VERIFICATION_CODE
        if (given.get("username"), given.get("password")) != (_USER, password_of(code, _PASSWORD)):
            return Code.PASSWORD
        self._session = uuid_utils.uuid7().hex
        self.state["logged_in"] = True
        return {"sessionID": self._session}

    def _function(self, call: Call, path: str) -> Json | Code:
        if not self._session or path != path_of(self._session):
            return Code.EXPIRED
        function = self._functions.get(call.name.lower())
        if function is None:
            return Code.NO_COMMAND
        if self.state["refuses"]:
            return Code.PERMISSION
        try:
            return function(call.given or {})
        except (KeyError, ValueError, IndexError, TypeError):
            return Code.BAD_VALUE

    def _set(self, name: str, value: Scalar) -> Json | Code:
        if self.fields[name].refuse(value) is not None:
            return Code.BAD_VALUE
        self.state[name] = value
        return {}

    def _properties(self, given: Mapping[str, Any]) -> Json | Code:
        ours = {
            "screenonoffstatus": "on" if self.state["power"] else "off",
            "screenlockedstatus": "on" if self.state["frozen"] else "off",
            "brightness": str(self.state["brightness"]),
            "width": str(_WIDTH),
            "height": str(_HEIGHT),
            "controllertype": "9048",
            "firmwareversion": "18051400",
        }
        return {name: ours[name] for name in given}

    def _sensors(self) -> list[Json]:
        values = {
            SMOKE: int(bool(self.state["smoke"])),
            TEMPERATURE: self.state["temperature_c"],
            HUMIDITY: self.state["humidity_percent"],
        }
        online = {"sensorAddress": "0x8000", "sensorState": "0xFF"}
        return [{"sequence": f"{number:#04x}", **online, "value": str(value)} for number, value in values.items()]

    def _keep_bulletin(self, given: Mapping[str, Any]) -> Json | Code:
        self._bulletin = _decoded(given["content"])
        return {}

    def _capture(self, _given: Mapping[str, Any]) -> Json | Code:
        self._pictures += bool(self.state["captures"])
        return {"filepath": PICTURE, "minwaittime": "1", "maxwaittime": "10"}

    def _find(self, given: Mapping[str, Any]) -> Json | Code:
        def of(name: str) -> Json:
            there = name == PICTURE and self._pictures > 0
            stamp = f"2018-3-20 13:02:{self._pictures:02}" if there else ""
            return {"filename": name, "mtime": stamp, "size": "4096" if there else "0"}

        return {"items": [of(one["filename"]) for one in given["items"]]}


def picture(width: int, height: int, grey: int) -> bytes:
    """Return a PNG of one shade of grey (0 black, 255 white)."""
    rows = zlib.compress((b"\0" + bytes((grey,)) * width) * height)
    parts = (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


def _decoded(content: str) -> str:
    return base64.b64decode(content, validate=True).decode()
