"""Reader of second-generation identity cards (SAM_V) on a serial line, or behind a serial-to-TCP bridge."""

import asyncio
from typing import ClassVar, Final

from devices.driver import Driver, Host, Json, SlotConfig
from devices.errors import ConfigurationError, DeviceLost, DeviceRefused
from devices.transport import Transport
from protocols.errors import ParsingError
from protocols.frames.id_card import card_from_bytes
from protocols.frames.samv import (
    FIND,
    FRAMINGS,
    READ,
    SAM_ID,
    SAM_ID_BYTES,
    SAM_STATUS,
    SELECT,
    UNFIT,
    CardData,
    Decoder,
    Reply,
    Request,
    Status,
)
from protocols.rules.presented import Unreadable
from protocols.venue.vocabulary import Kind

#: Readers want at least this between two questions for a card.
MIN_POLL_S: Final = 0.3
DEFAULT_POLL_S: Final = 0.4
#: Everything but a card's text and photo is there at once; those take a good second.
ANSWER_TIMEOUT_S: Final = 1.5
READ_TIMEOUT_S: Final = 3.0


class SamvReaderDriver(Driver):
    """Looks for a card every `poll_s` (profile option) and reads it once: the next one must be laid down anew.

    The text goes to the agent; the photo is dropped with the bytes it came in.
    """

    kinds: ClassVar[frozenset[Kind]] = frozenset({"kiosk"})
    #: `kiosk`: the slot whose page shows that a card was read.
    address_options = frozenset({"kiosk"})

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        poll_s, framing = config.options.get("poll_s", DEFAULT_POLL_S), str(config.options.get("framing", "samv"))
        if not isinstance(poll_s, int | float) or poll_s < MIN_POLL_S:
            raise ConfigurationError(f"poll_s = {poll_s!r}: a reader is asked every {MIN_POLL_S} s at most")
        if framing not in FRAMINGS:
            raise ConfigurationError(f"framing {framing!r}: there are {', '.join(FRAMINGS)}")
        self._poll_s = float(poll_s)
        self._decoder = Decoder(Reply.from_body, FRAMINGS[framing])
        self._page = transport.options.get("kiosk", "")
        self._asking = asyncio.Lock()
        #: A card lies there and was read, or could not be: it must be taken away first.
        self._done = False
        self._cards = self._errors = 0

    async def run(self, host: Host) -> None:
        """Serve until the reader is lost; one that will never read a card is lost too, with the cause `driver`."""
        await self._ask(SAM_STATUS)  # an unlicensed one says so here; one that does not know the question says 21
        async for _ in host.ticks(self._poll_s):
            await self._look(host)
            host.live(card=self._done, cards_total=self._cards, errors_total=self._errors)

    async def command(self, name: str, args: Json, host: Host) -> Json:
        """Run `sam_id`: the number of the security module, which is nobody's."""
        if name != "sam_id":
            return await super().command(name, args, host)
        reply = await self._ask(SAM_ID)
        if reply.status != Status.OK or len(reply.data) != SAM_ID_BYTES:
            raise DeviceRefused(f"the reader tells no number: {reply.meaning}")
        return {"sam": reply.data.hex()}

    async def _look(self, host: Host) -> None:
        found = (await self._ask(FIND)).status == Status.FOUND
        if not found:
            self._done = False
        elif not self._done:
            self._done = True
            await self._read(host)

    async def _read(self, host: Host) -> None:
        selected = await self._ask(SELECT)
        reply = selected if selected.status != Status.OK else await self._ask(READ, READ_TIMEOUT_S)
        why = reply.meaning
        if reply.status == Status.OK:
            try:
                card = card_from_bytes(CardData.from_bytes(reply.data).text)
            except ParsingError as error:
                why = str(error)
            else:
                self._cards += 1
                await host.present(card, self._page)
                return
        self._errors += 1
        await host.present(Unreadable(why), self._page)

    async def _ask(self, request: Request, timeout_s: float = ANSWER_TIMEOUT_S) -> Reply:
        async with self._asking:
            self._decoder.reset()
            await self.transport.write(request.to_bytes())
            reply = await self._answer(timeout_s)
        if reply.status in UNFIT:
            raise DeviceLost(f"{self.config.slot}: the reader's security module is unfit: {reply.meaning}", "driver")
        return reply

    async def _answer(self, timeout_s: float) -> Reply:
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    for reply in self._decoder.feed(await self.transport.read()):
                        return reply
        except TimeoutError as error:
            raise self.transport.lost(f"no answer within {timeout_s} s") from error
