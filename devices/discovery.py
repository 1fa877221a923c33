"""The optional door of a driver: finding its devices on the network without knowing an address.

A driver offers it by a coroutine function `discover(lan)` at the top level of its module (`devices/drivers/x.py`):

    async def discover(lan: Lan) -> list[Sighting]:
        heard = await lan.ask(b"rqProMI:", 3800)
        return [Sighting("novastar", f"tcp://{one.host}:5200", "Novastar") for one in heard if is_answer(one.data)]

Nothing else is to be registered: `find_on_network` asks every module of `DRIVERS` that has one, all at the same time.
It opens no socket itself (`lan` does), judges bytes with its frame module, and changes nothing on what it finds. An
answer that is not its device's is left out, never an error. Heavy libraries are imported inside the function.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Protocol, cast

from devices.drivers import DRIVERS
from devices.errors import DeviceError

#: How long answers to one question are collected; devices answer a broadcast within milliseconds.
ANSWER_S: Final = 1.5
#: All drivers together are given this; what they have found by then counts.
SEARCH_S: Final = 10.0
#: Sightings that one driver may return.
MAX_SIGHTINGS: Final = 256
#: The name of the door in a driver's module.
DOOR: Final = "discover"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A device that answered: the driver that knows it, the address to write into the site file, what it calls itself.

    `serial` is the number it tells of itself, `profiles` those that fit it; empty: every profile of the driver.
    """

    driver: str
    address: str
    title: str
    serial: str = ""
    profiles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """One datagram that came back."""

    host: str
    port: int
    data: bytes


class Lan(Protocol):
    """What a driver may do on the network while it looks for devices."""

    async def ask(
        self, question: bytes, port: int, *, to: str = "", wait_s: float = ANSWER_S, from_port: int = 0
    ) -> list[Heard]:
        """Send one UDP datagram to everybody (or to the address or multicast group `to`) and collect the answers.

        `from_port` is for devices that answer to a fixed port. A network that takes no datagram gives no answers.
        """


Door = Callable[[Lan], Awaitable[Sequence[Sighting]]]


def doors() -> dict[str, Door]:
    """Return the doors of the drivers that have one, by driver; imports every driver module."""
    found = {}
    for name, place in DRIVERS.items():
        door = getattr(import_module(place.partition(":")[0]), DOOR, None)
        if door is not None:
            found[name] = cast("Door", door)
    return found


async def find_on_network(lan: Lan, through: dict[str, Door] | None = None) -> list[Sighting]:
    """Ask through every door and return what answered within SEARCH_S, each address of a driver once."""
    asked = doors() if through is None else through
    searches = [asyncio.create_task(_search(name, door, lan), name=f"discover-{name}") for name, door in asked.items()]
    if not searches:
        return []
    try:
        await asyncio.wait(searches, timeout=SEARCH_S)
    finally:
        for search in searches:
            search.cancel()
        results = await asyncio.gather(*searches, return_exceptions=True)
    found = {(one.driver, one.address): one for result in results if isinstance(result, list) for one in result}
    return sorted(found.values(), key=lambda one: (one.driver, one.address))


async def _search(name: str, door: Door, lan: Lan) -> list[Sighting]:
    try:
        return list(await door(lan))[:MAX_SIGHTINGS]
    except (DeviceError, OSError) as error:
        _log.warning("looking for devices of %s failed: %s", name, error)
        return []
