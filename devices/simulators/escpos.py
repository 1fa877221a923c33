"""A simulated receipt printer: prints what it is sent onto paper that can be looked at, with a real one's faults.

`{"set": {"paper": "end"}}` and the like over the control socket; `power_cut_at` N takes the power away when N more
bytes have been taken: what is printed by then stays printed, what waits is lost, and no answer goes out any more.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from devices.driver import Json
from devices.errors import DeviceLost, DeviceRefused
from devices.simulators.device import Field, Simulator, State
from devices.transport import Transport
from protocols.frames import escpos
from protocols.frames.escpos import Cut, Decoder, Item, LineFeed, Raster, SensorRequest, StatusRequest, Symbol, Text
from protocols.frames.escpos_answers import Asked, Sensor, Status

#: Dots of 80 mm paper.
DOTS: Final = 576
_WIDTH_BYTES: Final = DOTS // 8
#: Receipts that are kept to be looked at; the oldest go.
MAX_RECEIPTS: Final = 1_000
#: Items that wait while the printer is offline; a real buffer holds 4 to 64 KiB.
MAX_BUFFERED: Final = 2_000
#: Dots of paper between two pictures.
_GAP: Final = 40
#: White modules around a QR code that the printer draws.
_QUIET: Final = 4
_FAULTS: Final[State] = {"paper": "ok", "cover": "closed", "cutter": "ok", "printer_offline": False}


@dataclass
class Receipt:
    """What came out of the printer in one piece; `cut` is False of what a loss of power left hanging."""

    lines: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    rows: list[bytes] = field(default_factory=list)
    cut: bool = False

    @property
    def blank(self) -> bool:
        """Return whether there is nothing on it."""
        return not (any(self.lines) or self.rows)

    def pbm(self) -> bytes:
        """Return the pictures on it as a portable bitmap."""
        margin = bytes(_WIDTH_BYTES) * _GAP
        body = margin + b"".join(self.rows) + margin
        return b"P4\n%d %d\n" % (DOTS, len(body) // _WIDTH_BYTES) + body


class ReceiptPrinter(Simulator):
    """Prints line by line; what is printed is in `receipts`, and in the folder `keep` if one is set."""

    fields = {  # noqa: RUF012 - constant
        "paper": Field(str, ("ok", "near_end", "end")),
        "cover": Field(str, ("closed", "open")),
        "cutter": Field(str, ("ok", "jammed")),
        "printer_offline": Field(bool),
        "power_cut_at": Field(int),
        "keep": Field(str, high=200),
        "receipts": Field(int),
    }

    def __init__(self, start: Json | None = None) -> None:
        super().__init__({**_FAULTS, "power_cut_at": 0, "keep": "", "receipts": 0, **(start or {})})
        self.receipts: list[Receipt] = []
        self.skipped_total = 0
        self._now = Receipt()
        self._line = bytearray()
        self._code = b""
        self._dots = 3
        self._waiting: list[tuple[Item, Transport]] = []

    @property
    def status(self) -> Status:
        """Return what the printer says of itself."""
        end, open_ = self.state["paper"] == "end", self.state["cover"] == "open"
        cutter = self.state["cutter"] == "jammed"
        return Status(
            offline=bool(self.state["printer_offline"]) or end or open_ or cutter,
            cover_open=open_,
            paper_near_end=self.state["paper"] != "ok",
            paper_end=end,
            cutter=cutter,
        )

    async def changed(self, before: State, given: Json) -> None:  # noqa: ARG002 - the contract
        """Go on with what waits, if that is possible now."""
        await self._work()

    def check(self, values: Json) -> None:
        """Refuse a folder that is not there."""
        super().check(values)
        folder = values.get("keep")
        if folder and not Path(str(folder)).is_dir():
            raise DeviceRefused(f"keep: there is no folder {folder}")

    async def talk(self, transport: Transport) -> None:
        """Take bytes until the line is lost, or the power."""
        decoder = Decoder()
        try:
            while True:
                data = await transport.read()
                await self.answering()
                left = int(self.state["power_cut_at"] or 0)
                dies = 0 < left <= len(data)
                for item in decoder.feed(data[:left] if dies else data):
                    await self._take(item, transport, mute=dies)
                if dies:
                    return await self._lose_power(transport)
                self.state["power_cut_at"] = left - len(data) if left else 0
        except DeviceLost:
            return None
        finally:
            self.skipped_total += decoder.skipped_total
            self._waiting = [one for one in self._waiting if one[1] is not transport]

    async def _take(self, item: Item, transport: Transport, *, mute: bool) -> None:
        if isinstance(item, StatusRequest):
            if not mute:
                await transport.write(self.status.answer(Asked(item.n)).to_bytes())
        elif len(self._waiting) < MAX_BUFFERED:
            self._waiting.append((item, transport))
            await self._work(mute=mute)

    async def _work(self, *, mute: bool = False) -> None:
        """Print what waits as far as the state allows."""
        while self._waiting and not self.status.offline:
            item, transport = self._waiting.pop(0)
            if isinstance(item, SensorRequest):
                if not mute:
                    status = self.status
                    sensor = Sensor(near_end=status.paper_near_end, end=status.paper_end)
                    await transport.write(sensor.to_bytes())
            else:
                self._print(item)

    def _print(self, item: Item) -> None:
        match item:
            case Text():
                self._line += item.data
            case LineFeed():
                self._now.lines.append(self._line.decode("gb18030", "replace"))
                self._line.clear()
            case escpos.INITIALIZE:
                self._line.clear()
            case Raster():
                self._now.rows += _scaled(item)
            case Symbol():
                self._draw(item)
            case Cut():
                self._cut()

    def _draw(self, step: Symbol) -> None:
        match step.function:
            case escpos.QR_SIZE if step.data:
                self._dots = max(1, min(16, step.data[0]))
            case escpos.QR_STORE:
                self._code = step.data[1:]
            case escpos.QR_PRINT if self._code:
                self._now.codes.append(self._code.decode("utf-8", "replace"))
                self._now.rows += _qr_rows(self._code, self._dots)

    def _cut(self) -> None:
        self._now.cut = True
        self._out()

    def _out(self) -> None:
        if self._line:
            self._print(LineFeed())
        piece, self._now = self._now, Receipt()
        if piece.blank:
            return
        self.receipts = [*self.receipts, piece][-MAX_RECEIPTS:]
        count = int(self.state["receipts"] or 0) + 1
        self.state["receipts"] = count
        if self.state["keep"]:
            base = Path(str(self.state["keep"])) / f"receipt-{count:04}"
            base.with_suffix(".txt").write_text("\n".join(piece.lines) + "\n", "utf-8")
            base.with_suffix(".pbm").write_bytes(piece.pbm())

    async def _lose_power(self, transport: Transport) -> None:
        self._waiting.clear()
        self._line.clear()
        self._code = b""
        self._out()
        self.state["power_cut_at"] = 0
        await transport.close()


def _scaled(raster: Raster) -> list[bytes]:
    """Return the lines of a raster on this paper; modes 1 and 3 double the width, 2 and 3 the height."""
    rows = [raster.data[at : at + raster.width_bytes] for at in range(0, len(raster.data), raster.width_bytes)]
    if raster.mode & 1:
        rows = [_doubled(row) for row in rows]
    times = 2 if raster.mode & 2 else 1
    return [row[:_WIDTH_BYTES].ljust(_WIDTH_BYTES, b"\0") for row in rows for _ in range(times)]


def _doubled(row: bytes) -> bytes:
    bits = "".join(bit * 2 for bit in f"{int.from_bytes(row, 'big'):0{len(row) * 8}b}")
    return int(bits, 2).to_bytes(len(row) * 2, "big")


def _qr_rows(data: bytes, dots: int) -> list[bytes]:
    import segno  # noqa: PLC0415 - only a printer that draws needs it

    matrix = [bytes(row) for row in segno.make(data, error="m", micro=False).matrix]
    scale = max(1, min(dots, DOTS // (len(matrix) + 2 * _QUIET)))
    quiet = [bytes(_WIDTH_BYTES)] * (_QUIET * scale)
    lines = []
    for row in matrix:
        bits = "0" * _QUIET * scale + "".join(("1" if module else "0") * scale for module in row)
        lines += [int(bits.ljust(DOTS, "0"), 2).to_bytes(_WIDTH_BYTES, "big")] * scale
    return [*quiet, *lines, *quiet]
