"""A printer watched by SNMP: its state, what it complains of, paper and toner. It prints by another slot's driver."""

from collections.abc import Mapping
from typing import ClassVar, Final

from devices.driver import Host, Scalar, SlotConfig
from devices.faults import Fault
from devices.kept import Told
from devices.snmp_polling import SnmpDriver
from devices.transport import Transport
from protocols.frames import mib
from protocols.venue.vocabulary import Kind

#: What is read each time.
COLUMNS: Final = (
    mib.HR_PRINTER_STATUS, mib.HR_PRINTER_ERRORS, mib.INPUT_CAPACITY, mib.INPUT_LEVEL, mib.SUPPLY_CAPACITY,
    mib.SUPPLY_LEVEL,
)  # fmt: skip
_MEDIA: Final = frozenset({"media-low", "media-empty"})
#: Word of a fault -> what it means.
TEXTS: Final[Mapping[str, str]] = {
    "media-low": "纸张不足", "media-empty": "缺纸", "toner-low": "墨粉不足", "toner-empty": "墨粉用尽",
    "door-open": "机盖打开", "media-jam": "卡纸", "offline": "打印机离线", "service-needed": "需要维修",
    "input-tray-missing": "缺少纸盒", "output-tray-missing": "缺少出纸盘", "marker-supply-missing": "缺少耗材",
    "output-near-full": "出纸盘将满", "output-full": "出纸盘已满", "input-tray-empty": "有纸盒已空",
    "overdue-maintenance": "该保养了",
}  # fmt: skip


class SnmpPrinterDriver(SnmpDriver):
    """Reads the printer each `poll_s` (profile option)."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({"printer"})

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        self._media = Told("media.changed")

    async def poll(self, host: Host) -> None:
        """Read everything once."""
        values = await self.agent.walk(*COLUMNS)
        errors = mib.printer_errors(values)
        paper = mib.levels_percent(values, mib.INPUT_LEVEL, mib.INPUT_CAPACITY)
        supplies = mib.levels_percent(values, mib.SUPPLY_LEVEL, mib.SUPPLY_CAPACITY)
        shown: dict[str, Scalar] = {"status": mib.printer_status(values), "errors": " ".join(errors)}
        for name, levels in (("paper_percent", paper), ("toner_percent", supplies)):
            if levels:
                shown[name] = min(levels.values())
        host.live(**shown)
        if paper:
            reasons = [word for word in errors if word in _MEDIA]
            media = {"level_percent": max(paper.values()), "reasons": reasons}
            await self._media.say(host, media, media)
        await self.faults.see(
            host, {word: Fault("warning" if word in mib.WARNINGS else "error", TEXTS[word]) for word in errors}
        )
