"""A simulated reader of identity cards: cards are laid on it over the control socket, and it fails as told.

Its cards are nobody's: the numbers name an area that does not exist and pass GB 11643.
"""

from datetime import date
from typing import Final

from devices.driver import Json
from devices.errors import DeviceLost, DeviceRefused
from devices.simulators.device import Field, Simulator, State
from devices.transport import Transport
from protocols.frames.id_card import card_to_bytes
from protocols.frames.samv import (
    FIND,
    FOUND_BYTES,
    PHOTO_BYTES,
    READ,
    READ_ADDRESS,
    READ_WITH_FINGERPRINT,
    RESET,
    SAM_ID,
    SAM_ID_BYTES,
    SAM_STATUS,
    SELECT,
    SELECTED_BYTES,
    CardData,
    Decoder,
    Reply,
    Request,
    Status,
)
from protocols.rules.presented import CARD_KINDS, Card, CardKind

NO_CARD: Final = "none"
_NAME_LETTERS: Final = 15
_NUMBER_LETTERS: Final = 18
_BORN: Final = date(1990, 3, 7)
#: A photo that a search for it finds wherever it should not be.
PHOTO: Final = (b"WLT-PHOTO-OF-NOBODY-" * 64)[:PHOTO_BYTES]
_NUMBERS: Final[dict[CardKind, str]] = {
    "resident": "999999199003070012",
    "hmt": "830000199003070019",
    "foreigner": "AAA999999030701",
    "foreigner_2023": "932156199003070011",
}
_MORE: Final[dict[CardKind, dict[str, str]]] = {
    "resident": {"nation": "01", "address": "示范市示范区示范路1号", "issuer": "示范市公安局"},
    "hmt": {"address": "示范市示范区示范路1号", "issuer": "示范市公安局", "permit_number": "000000000"},
    "foreigner": {"english_name": "EXAMPLE, PERSON", "nationality": "AAA", "version": "01", "issuer": "9999"},
    "foreigner_2023": {"english_name": "EXAMPLE, PERSON", "nationality": "AAA", "issue_count": "00"},
}
#: What is answered whatever lies there.
_OTHERS: Final = {
    SAM_STATUS: Reply(Status.OK),
    RESET: Reply(Status.OK),
    SAM_ID: Reply(Status.OK, bytes(range(SAM_ID_BYTES))),
    READ_ADDRESS: Reply(Status.NO_SUCH_ITEM),
}


class SamvReader(Simulator):
    """Holds `card` or none; laying the same one down again needs `none` between, as at a real reader."""

    fields = {  # noqa: RUF012 - constant
        "card": Field(str, (NO_CARD, *CARD_KINDS)),
        "name": Field(str, low=1, high=_NAME_LETTERS),
        "number": Field(str, high=_NUMBER_LETTERS),
        "birth": Field(str, high=8),
        "valid_to": Field(str, high=8),
        "fault": Field(str, ("", "select", "read", "garbled", "unlicensed")),
        #: Whether it finds a card again that was read and still lies there; both kinds of reader are in halls.
        "finds_again": Field(bool),
    }

    def __init__(self, start: Json | None = None) -> None:
        usual = {"card": NO_CARD, "name": "示范人", "number": "", "birth": "", "valid_to": "", "fault": "",
                 "finds_again": False}  # fmt: skip
        super().__init__({**usual, **(start or {})})
        self.reads_total = 0
        self._tired = False

    def check(self, values: Json) -> None:
        """Refuse what no card says."""
        super().check(values)
        for name in {"birth", "valid_to"} & values.keys():
            try:
                date.fromisoformat(str(values[name]) or "20200101")
            except ValueError as error:
                raise DeviceRefused(f"{name}: must be YYYYMMDD or empty") from error

    async def changed(self, before: State, given: Json) -> None:
        """Notice that another card lies there; a reader tells nothing by itself."""
        if "card" in given:
            self._tired = False
        del before

    async def talk(self, transport: Transport) -> None:
        """Answer requests until the line is lost."""
        decoder = Decoder(Request.from_body)
        try:
            while True:
                for request in decoder.feed(await transport.read()):
                    await self.answering()
                    await transport.write(self.answer(request).to_bytes())
        except DeviceLost:
            return

    def answer(self, request: Request) -> Reply:
        """Return what the reader says."""
        fault = self.state["fault"]
        if fault == "unlicensed":
            return Reply(Status.NOT_LICENSED)
        if request == FIND:
            return Reply(Status.FOUND, bytes(FOUND_BYTES)) if self._finds() else Reply(Status.NOT_FOUND)
        if request == SELECT:
            good = self.state["card"] != NO_CARD and fault != "select"
            return Reply(Status.OK, bytes(SELECTED_BYTES)) if good else Reply(Status.SELECT_FAILED)
        if request in (READ, READ_WITH_FINGERPRINT):
            return self._read(fingerprint=request == READ_WITH_FINGERPRINT)
        return _OTHERS.get(request, Reply(Status.BAD_COMMAND))

    def card(self) -> Card:
        """Return the card that lies there."""
        kind: CardKind = next(one for one in CARD_KINDS if one == self.state["card"])
        ends = str(self.state["valid_to"])
        return Card(
            kind=kind,
            name=str(self.state["name"]),
            sex="male",
            birth=date.fromisoformat(str(self.state["birth"])) if self.state["birth"] else _BORN,
            number=str(self.state["number"]) or _NUMBERS[kind],
            valid_from=date(2020, 1, 1),
            valid_to=date.fromisoformat(ends) if ends else None,
            **_MORE[kind],
        )

    def _finds(self) -> bool:
        return self.state["card"] != NO_CARD and (bool(self.state["finds_again"]) or not self._tired)

    def _read(self, *, fingerprint: bool) -> Reply:
        fault = self.state["fault"]
        self._tired = True
        if self.state["card"] == NO_CARD or fault == "read":
            return Reply(Status.READ_FAILED)
        self.reads_total += 1
        text = bytearray(card_to_bytes(self.card()))
        if fault == "garbled":
            text[36:40] = b"\xff\xdb\xff\xdb"
        return Reply(Status.OK, CardData(bytes(text), PHOTO, b"" if fingerprint else None).to_bytes())
