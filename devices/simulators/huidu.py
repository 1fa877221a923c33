"""A simulated Huidu card: sessions with a GUID, one program, the UDP search."""

from collections.abc import Callable, Mapping
from typing import Final

import uuid_utils

from devices.driver import Json
from devices.errors import DeviceLost
from devices.simulators.device import Field, Simulator, State
from devices.transport import Transport
from protocols.errors import ParsingError
from protocols.frames.huidu import (
    BAD_GUID,
    OCCUPIED,
    PIECE_BYTES,
    PORT,
    AnswerPiece,
    AskPiece,
    Assembler,
    Decoder,
    Failure,
    Found,
    Hello,
    Packet,
    Ping,
    Pong,
    Search,
    Welcome,
    datagram_from_bytes,
)
from protocols.frames.huidu_xml import NO_GUID, SUCCESS, Answer, Call, from_bytes
from protocols.frames.xml_tree import Element

_ID: Final = b"C16-D00-A01234"
_SIZE: Final = {"width": "512", "height": "256"}
_BAD_XML: Final = 22
_START: Final[State] = {
    "power": True, "brightness": 60, "mode": "default", "playing": "boot-1", "text": "", "occupied": False,
    "refuses": False, "stuck": False,
}  # fmt: skip


class HuiduCard(Simulator):
    """Plays `playing` (a GUID, empty: nothing) and shows `text`; a `stuck` one takes programs and plays on."""

    fields = {  # noqa: RUF012 - constant
        **{name: Field(bool) for name, value in _START.items() if isinstance(value, bool)},
        "brightness": Field(int, low=1, high=100),
        "mode": Field(str, ("default", "ploys", "sensor")),
        "playing": Field(str, high=64),
        "text": Field(str, high=1000),
    }
    ports = (PORT, PORT)

    def __init__(self, start: Json | None = None) -> None:
        super().__init__({**_START, **(start or {})})
        self._methods: Mapping[str, Callable[[Call], State | tuple[Element, ...]]] = {
            "GetIFVersion": lambda _call: (Element("version", {"value": "1000000"}),),
            "GetDeviceInfo": lambda _call: (
                Element("device", {"model": "C16", "id": _ID.decode(), "name": "hall"}), Element("screen", _SIZE),
            ),
            "GetLuminancePloy": lambda _call: (
                Element("mode", {"value": str(self.state["mode"])}),
                Element("default", {"value": str(self.state["brightness"])}),
                Element("ploy"),
            ),
            "SetLuminancePloy": _brightness,
            "GetSwitchTime": lambda _call: (
                Element("open", {"enable": "true" if self.state["power"] else "false"}),
                Element("ploy", {"enable": "false"}),
            ),
            "OpenScreen": lambda _call: {"power": True},
            "CloseScreen": lambda _call: {"power": False},
            "GetCurrentPlayProgramGUID": lambda _call: (Element("program", {"guid": str(self.state["playing"])}),),
            "AddProgram": lambda call: {} if self.state["stuck"] else _program(call),
        }  # fmt: skip

    async def changed(self, before: State, given: Json) -> None:
        """Do nothing: a card speaks only when asked."""

    def datagram(self, data: bytes) -> bytes | None:
        """Answer the search."""
        try:
            asked = datagram_from_bytes(data)
        except ParsingError:
            return None
        return Found(_ID).to_bytes() if isinstance(asked, Search) else None

    async def talk(self, transport: Transport) -> None:
        """Serve one session until the connection is lost."""
        decoder, assembler, guid = Decoder(), Assembler(), str(uuid_utils.uuid7())
        try:
            while True:
                for packet in decoder.feed(await transport.read()):
                    await self.answering()
                    for answer in await self._answers(packet, assembler, guid):
                        await transport.write(answer.to_bytes())
        except DeviceLost:
            return

    async def _answers(self, packet: Packet, assembler: Assembler, guid: str) -> list[Packet]:
        if self.state["occupied"]:
            return [Failure(OCCUPIED)]
        match packet:
            case Hello():
                # Cards ask whether their client is there; this one does at once.
                return [Ping(), Welcome()]
            case Pong():
                return []
            case Ping():
                return [Pong()]
            case AskPiece():
                return await self._document(packet, assembler, guid)
            case _:
                return []

    async def _document(self, piece: AskPiece, assembler: Assembler, guid: str) -> list[Packet]:
        try:
            whole = assembler.add(piece)
            call = None if whole is None else from_bytes(whole)
        except ParsingError:
            return [Failure(_BAD_XML)]
        if not isinstance(call, Call):
            return []
        if call.guid not in (guid, NO_GUID):
            return [Failure(BAD_GUID)]
        document = (await self._answer(call, guid)).to_bytes()
        return [
            AnswerPiece(len(document), at, document[at : at + PIECE_BYTES])
            for at in range(0, len(document), PIECE_BYTES)
        ]

    async def _answer(self, call: Call, guid: str) -> Answer:
        method = self._methods.get(call.method)
        if method is None or (self.state["refuses"] and call.method != "GetIFVersion"):
            return Answer(guid, call.method, "kUnsupportedMethod" if method is None else "kPermissionDenied")
        try:
            found = method(call)
        except (ParsingError, ValueError):
            return Answer(guid, call.method, "kInvalidParam")
        if isinstance(found, dict):
            await self.change(found)
            return Answer(guid, call.method)
        return Answer(guid, call.method, SUCCESS, found)


def _brightness(call: Call) -> State:
    inner = Element("in", {}, call.body)
    return {"mode": inner.child("mode").get("value"), "brightness": int(inner.child("default").get("value"))}


def _program(call: Call) -> State:
    """Return what a card plays after AddProgram."""
    screen = Element("in", {}, call.body).child("screen")
    if not screen.children:
        return {"playing": "", "text": ""}
    program = screen.child("program")
    shown = program.child("area").child("resources").child("text").child("string").text
    return {"playing": program.get("guid"), "text": shown}
