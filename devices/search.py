"""Looking for devices: one datagram to everybody, and who answers it."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from devices.driver import Json
from devices.drivers import SEARCHES, load_search
from devices.errors import DeviceLost
from devices.transport import open_transport

BROADCAST: Final = "255.255.255.255"
#: Devices that one search lists; a venue has a handful.
MAX_FOUND: Final = 256
#: What UDP carries at most.
MAX_DATAGRAM_BYTES: Final = 65_535


@dataclass(frozen=True, slots=True)
class Search:
    """How the devices of one driver are looked for.

    `ask` goes to UDP `port`, `read` returns what an answer says, None for what is none. The driver finds the device by
    `scheme` at `its_port`; what was searched for at another port, such as a simulated one, has that number for both.
    """

    ask: bytes
    port: int
    scheme: str
    its_port: int
    read: Callable[[bytes], Json | None]
    #: Where everybody listens, when it is not the broadcast address.
    group: str = ""
    #: The address that a device tells by itself; None: it is at the host that answered.
    where: Callable[[Json], str] | None = None

    def address(self, host: str, port: int | None) -> str:
        """Return the address of a device that answered a search at `port`."""
        return f"{self.scheme}://{host}:{self.its_port if port in (None, self.port) else port}"


async def search_for(how: Search, host: str, port: int | None, seconds: float) -> dict[str, Json]:
    """Return address -> what the device there said of itself, of all that answered within `seconds`."""
    found: dict[str, Json] = {}
    to = how.group if how.group and host == BROADCAST else host
    async with open_transport(f"udp://{to}:{port or how.port}") as line:
        await line.write(how.ask)
        with suppress(TimeoutError, DeviceLost):  # the time is up
            async with asyncio.timeout(seconds):
                while len(found) < MAX_FOUND:
                    said = how.read(await line.read(MAX_DATAGRAM_BYTES))
                    if said is not None:
                        at_host = how.address(getattr(line, "sender", host), port)
                        found[how.where(said) if how.where else at_host] = said
    return found


async def search_all(hosts: Iterable[str], seconds: float) -> list[tuple[str, str, Json]]:
    """Return (driver, address, what it said) of all devices of all drivers that answer, asked at the same time."""
    asked = [(name, host) for name in SEARCHES for host in hosts]
    answers = await asyncio.gather(
        *(search_for(load_search(name), host, None, seconds) for name, host in asked), return_exceptions=True
    )
    found: dict[tuple[str, str], Json] = {}
    for (name, _), answer in zip(asked, answers, strict=True):
        if isinstance(answer, dict):  # else this network takes no datagram: nobody is there
            found |= {(name, address): said for address, said in answer.items()}
        elif not isinstance(answer, DeviceLost):
            raise answer
    return [(name, address, said) for (name, address), said in sorted(found.items(), key=lambda one: one[0])]
