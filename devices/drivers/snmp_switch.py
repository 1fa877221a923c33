"""A network switch watched by SNMP: which ports are up, and a fault for each watched one that is not."""

from typing import ClassVar, Final

from devices.driver import Host, Json, SlotConfig
from devices.errors import DeviceRefused
from devices.faults import Fault
from devices.snmp_polling import SnmpDriver
from devices.transport import Transport
from protocols.frames import mib
from protocols.venue.vocabulary import Kind

#: Ports that one switch may be watched for.
MAX_WATCHED: Final = 32
_MAX_PORT: Final = 1 << 16


class SnmpSwitchDriver(SnmpDriver):
    """Reads the interfaces each `poll_s`; the setting `watched` names the ports that must be up: `1, 2, 24`."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({"network"})

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        self._watched = watched_of(str(config.settings.get("watched", "")))

    async def poll(self, host: Host) -> None:
        """Read every port once."""
        values = await self.agent.walk(mib.IF_DESCR, mib.IF_ADMIN, mib.IF_OPER)
        ticks = (await self.agent.get(mib.SYS_UPTIME)).get(mib.SYS_UPTIME, 0)
        ports = mib.ports(values)
        host.live(
            ports_up=sum(port.up for port in ports),
            ports_total=len(ports),
            uptime_s=ticks // mib.TICKS_PER_S if isinstance(ticks, int) else 0,
        )
        up = {port.index for port in ports if port.up}
        names = {port.index: port.name for port in ports}
        await self.faults.see(
            host,
            {
                f"port_{index}": Fault(
                    "error", f"端口 {index}（{names[index]}）断开" if index in names else f"没有端口 {index}"
                )
                for index in self._watched
                if index not in up
            },
        )

    async def configure(self, settings: Json) -> None:
        """Take which ports are watched."""
        self._watched = watched_of(str(settings.get("watched", "")))


def watched_of(text: str) -> tuple[int, ...]:
    """Return the ports that a setting names; DeviceRefused when it names none that can be."""
    words = text.replace(",", " ").split()
    if len(words) > MAX_WATCHED or not all(
        word.isascii() and word.isdecimal() and int(word) < _MAX_PORT for word in words
    ):
        raise DeviceRefused(f"watched: write at most {MAX_WATCHED} numbers of ports, such as 1, 2, 24")
    return tuple(sorted({int(word) for word in words}))
