"""Looking for devices on the network: a real responder on the loopback, drivers that answer, fail and hang."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

import pytest

from devices import discovery
from devices.discovery import Heard, Lan, Sighting, doors, find_on_network
from devices.drivers import DRIVERS
from devices.errors import DeviceLost
from devices.transports.broadcast import MAX_ANSWERS, UdpLan


class _Responder(asyncio.DatagramProtocol):
    """Answers each datagram `copies` times."""

    def __init__(self, copies: int = 1) -> None:
        self.copies = copies

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.transport.sendto(data, addr)
        for _ in range(self.copies):
            self.transport.sendto(b"it is me: " + data, addr)


@asynccontextmanager
async def responder(copies: int = 1) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Responder(copies), local_addr=("127.0.0.1", 0))
    try:
        yield int(transport.get_extra_info("sockname")[1])
    finally:
        transport.close()


async def test_who_is_asked_answers_and_the_echo_of_the_question_is_no_answer() -> None:
    async with responder() as port:
        heard = await UdpLan(["127.0.0.1"]).ask(b"who?", port, to="224.0.0.1", wait_s=0.2)
    assert heard == [Heard("127.0.0.1", port, b"it is me: who?")]


async def test_a_flood_of_answers_ends_the_question() -> None:
    async with responder(MAX_ANSWERS + 50) as port:
        heard = await UdpLan(["127.0.0.1"]).ask(b"?", port, wait_s=5)
    assert len(heard) <= MAX_ANSWERS


async def test_nobody_there_and_no_network_there_give_no_answers() -> None:
    lan = UdpLan(["127.0.0.1", "203.0.113.255"])
    assert await lan.ask(b"?", 9, wait_s=0.05) == []


async def test_a_port_that_is_taken_gives_no_answers() -> None:
    async with responder() as port:
        assert await UdpLan(["127.0.0.1"]).ask(b"?", port, wait_s=0.05, from_port=port) == []


async def test_drivers_are_asked_at_once_and_one_that_fails_or_hangs_spoils_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(discovery, "SEARCH_S", 0.3)

    async def good(lan: Lan) -> Sequence[Sighting]:
        heard = await lan.ask(b"who?", port, wait_s=0.1)
        return [Sighting("good", f"tcp://{one.host}:5200", "card", serial="S1") for one in heard] * 2

    async def lost(_lan: Lan) -> Sequence[Sighting]:
        raise DeviceLost("the network is down")

    async def slow(_lan: Lan) -> Sequence[Sighting]:
        await asyncio.sleep(60)
        return [Sighting("slow", "tcp://10.0.0.9:1", "never")]

    async with responder() as port:
        found = await find_on_network(UdpLan(["127.0.0.1"]), {"good": good, "lost": lost, "slow": slow})
    assert found == [Sighting("good", "tcp://127.0.0.1:5200", "card", serial="S1")]


async def test_no_door_no_search() -> None:
    assert await find_on_network(UdpLan(["127.0.0.1"]), {}) == []


async def test_every_door_takes_a_silent_network() -> None:
    class Silent:
        async def ask(
            self, question: bytes, port: int, *, to: str = "", wait_s: float = 1, from_port: int = 0
        ) -> list[Heard]:
            assert question
            assert 0 < port < 65536
            assert wait_s > 0
            assert from_port >= 0
            assert isinstance(to, str)
            return []

    found = doors()
    assert found.keys() <= DRIVERS.keys()
    assert await find_on_network(Silent(), found) == []
