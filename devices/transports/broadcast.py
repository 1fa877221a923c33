"""UDP questions to everybody on a network: the `Lan` that drivers look for their devices on."""

import asyncio
import socket
from collections.abc import Sequence
from typing import Final

from devices.discovery import ANSWER_S, Heard

#: Everybody on the networks of this machine.
EVERYBODY: Final = ("255.255.255.255",)
#: Datagrams kept of the answers to one question, and the longest of them.
MAX_ANSWERS: Final = 256
MAX_DATAGRAM_BYTES: Final = 9216


class UdpLan:
    """Asks `targets` (addresses of networks or devices); a question of a driver may name another one."""

    def __init__(self, targets: Sequence[str] = EVERYBODY) -> None:
        self._targets = tuple(targets)

    async def ask(
        self, question: bytes, port: int, *, to: str = "", wait_s: float = ANSWER_S, from_port: int = 0
    ) -> list[Heard]:
        """Send `question` and collect what comes back within `wait_s`; our own datagrams are left out."""
        # A driver's own multicast group is only asked where everybody is: who named targets wants nobody else.
        places = (to,) if to and self._targets == EVERYBODY else self._targets
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            line.setblocking(False)
            heard: list[Heard] = []
            try:
                line.bind(("", from_port))
                for place in places:
                    _send(line, question, (place, port))
                async with asyncio.timeout(wait_s):
                    await _collect(line, question, heard)
            except OSError:  # a TimeoutError is one: the wait is over; or the port is taken and nobody can answer
                return heard
        return heard


def _send(line: socket.socket, question: bytes, place: tuple[str, int]) -> None:
    """Send; a network that takes no datagram now is one without devices."""
    try:
        line.sendto(question, place)
    except OSError:
        return


async def _collect(line: socket.socket, question: bytes, heard: list[Heard]) -> None:
    loop = asyncio.get_running_loop()
    while len(heard) < MAX_ANSWERS:
        data, (host, port) = await loop.sock_recvfrom(line, MAX_DATAGRAM_BYTES)
        if data != question:
            heard.append(Heard(host, port, data))
