"""Huidu full-colour cards, SDK 2.0 on TCP: power, brightness, a text as the one program, and what is playing."""

import asyncio
from collections import deque
from typing import Final

import uuid_utils

from devices.driver import Host, Json, SlotConfig
from devices.errors import DeviceRefused
from devices.search import Search
from devices.transport import Transport
from devices.wall_cabinet import CabinetDriver
from devices.walls import WallState
from protocols.errors import ParsingError
from protocols.frames.huidu import (
    BAD_GUID,
    ERRORS,
    OCCUPIED,
    PORT,
    AnswerPiece,
    Assembler,
    Decoder,
    Failure,
    Found,
    Hello,
    Packet,
    Ping,
    Pong,
    Welcome,
    datagram_from_bytes,
    pieces,
)
from protocols.frames.huidu import Search as SearchDatagram
from protocols.frames.huidu_xml import (
    INTERFACE,
    NO_GUID,
    SUCCESS,
    Answer,
    Call,
    TextProgram,
    brightness,
    from_bytes,
    no_program,
)
from protocols.frames.xml_tree import Element

#: A card answers within some hundred milliseconds; one that is busy with a new program within a second.
ANSWER_TIMEOUT_S: Final = 3.0
#: Height of a line as a part of the screen's, so that a short text fills it.
_LINES: Final = 4


def _found(datagram: bytes) -> Json | None:
    """Return what a card says of itself in its answer to the search."""
    try:
        said = datagram_from_bytes(datagram)
    except ParsingError:
        return None
    return {"id": said.card.decode("ascii", "replace")} if isinstance(said, Found) else None


SEARCH: Final = Search(SearchDatagram().to_bytes(), PORT, "tcp", PORT, _found)


class HuiduDriver(CabinetDriver):
    """One card, which plays programs of its own: its input is valid while one is playing."""

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        self._decoder = Decoder()
        self._arrived: deque[Packet] = deque()
        self._turn = asyncio.Lock()
        self._guid: str | None = None

    async def read_state(self, host: Host) -> WallState:  # noqa: ARG002 - the contract
        """Ask for brightness, switch and what is playing; black is a card that is switched off."""
        shines = await self._call("GetLuminancePloy")
        switched = await self._call("GetSwitchTime")
        playing = _guid_in(await self._call("GetCurrentPlayProgramGUID"))
        return self._judged(shines, switched, playing)

    async def set_power(self, *, on: bool) -> None:
        """Open or close the screen."""
        await self._call("OpenScreen" if on else "CloseScreen")

    async def set_brightness(self, percent: int) -> None:
        """Shine so at all times; the card's own schedule is ours to keep."""
        if percent < 1:
            raise DeviceRefused("this card shines at 1 % or is switched off")
        await self._call("SetLuminancePloy", *brightness(percent))

    async def show_text(self, text: str) -> None:
        """Replace all programs by this text; an empty one leaves nothing to play."""
        stamp_ms = uuid_utils.uuid7().timestamp
        if not text:
            await self._call("AddProgram", no_program(stamp_ms))
            return
        width, height = await self._size()
        guids = (_guid(), _guid(), _guid())
        program = TextProgram(text, width, height, guids, stamp_ms, size=max(height // _LINES, 8))
        await self._call("AddProgram", program.screen())
        playing = _guid_in(await self._call("GetCurrentPlayProgramGUID"))
        if playing != guids[0]:
            raise DeviceRefused(f"the card took the text and plays {playing or 'nothing'}")

    async def health(self) -> Json:
        """Return what the card is."""
        device = _element(await self._call("GetDeviceInfo"), "device")
        return {name: device.attributes.get(name) for name in ("model", "id", "name")}

    def _judged(self, shines: tuple[Element, ...], switched: tuple[Element, ...], playing: str) -> WallState:
        try:
            fixed = _element(shines, "mode").get("value") == "default"
            percent = int(_element(shines, "default").get("value")) if fixed else None
            power = _element(switched, "open").get("enable") == "true"
        except (ParsingError, ValueError) as error:
            raise self.transport.lost(f"an answer without what was asked for: {error}") from error
        return WallState(power, percent, blackout=False, frozen=False, input=playing or None, input_valid=bool(playing))

    async def _size(self) -> tuple[int, int]:
        screen = _element(await self._call("GetDeviceInfo"), "screen")
        try:
            return int(screen.get("width")), int(screen.get("height"))
        except (ParsingError, ValueError) as error:
            raise self.transport.lost(f"a screen without size: {error}") from error

    async def _call(self, method: str, *body: Element) -> tuple[Element, ...]:
        """Run one method and return what its answer holds; begins a session first where there is none."""
        async with self._turn:
            try:
                async with asyncio.timeout(ANSWER_TIMEOUT_S):
                    if self._guid is None:
                        self._guid = await self._begin()
                    return (await self._exchange(Call(self._guid, method, body))).body
            except TimeoutError as error:
                raise self.transport.lost(f"no answer to {method} within {ANSWER_TIMEOUT_S} s") from error
            except ParsingError as error:
                raise self.transport.lost(f"the answer to {method} is none: {error}") from error

    async def _begin(self) -> str:
        """Say hello and return the GUID that the card gives this session."""
        await self.transport.write(Hello().to_bytes())
        while not isinstance(packet := await self._next_packet(), Welcome):
            self._judge(packet, "the hello")
        if packet.status:
            raise self.transport.lost(f"the card greets with status {packet.status}")
        answer = await self._exchange(Call(NO_GUID, "GetIFVersion", (Element("version", {"value": INTERFACE}),)))
        return answer.guid

    async def _exchange(self, call: Call) -> Answer:
        for piece in pieces(call.to_bytes()):
            await self.transport.write(piece.to_bytes())
        assembler = Assembler()
        while True:
            packet = await self._next_packet()
            self._judge(packet, call.method)
            whole = assembler.add(packet) if isinstance(packet, AnswerPiece) else None
            answer = from_bytes(whole) if whole is not None else None
            if isinstance(answer, Answer) and answer.method == call.method:
                if answer.result != SUCCESS:
                    raise DeviceRefused(f"{call.method}: {answer.result}")
                return answer

    def _judge(self, packet: Packet, what: str) -> None:
        if not isinstance(packet, Failure):
            return
        text = f"{what}: {ERRORS.get(packet.code, f'code {packet.code}')}"
        raise self.transport.lost(text) if packet.code in (OCCUPIED, BAD_GUID) else DeviceRefused(text)

    async def _next_packet(self) -> Packet:
        """Return the next packet; whether we are there is answered on the way."""
        while not self._arrived:
            self._arrived.extend(self._decoder.feed(await self.transport.read()))
        packet = self._arrived.popleft()
        if type(packet) is Ping:
            await self.transport.write(Pong().to_bytes())
        return packet


def _element(body: tuple[Element, ...], tag: str) -> Element:
    return Element("out", {}, body).child(tag)


def _guid_in(body: tuple[Element, ...]) -> str:
    """Return the GUID that an answer names, empty when none plays; cards name it in different elements."""
    for one in body:
        found = one.attributes.get("guid", "") or _guid_in(one.children)
        if found:
            return found
    return ""


def _guid() -> str:
    return str(uuid_utils.uuid7())
