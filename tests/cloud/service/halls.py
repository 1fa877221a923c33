"""A station that issues numbers, as the cloud's tests need it: services, counters, and events like its agent's."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import uuid_utils

from cloud.fleet.models import Presence
from cloud.fleet.service import apply_site
from cloud.ingest.handlers import Arrived
from cloud.platform.core import Core
from cloud.platform.times import market_day
from cloud.service import queue
from cloud.service.queue_models import QueueTicket
from cloud.service.queue_shapes import CounterDraft, ServiceDraft
from protocols.venue.messages.queue import TicketIssued, TicketMoved
from provisioning.site import parse_site
from tests.cloud.running import SITE

STATION = "st-01"


@dataclass
class Hall:
    """One station's queue; `numbers` counts per letter."""

    core: Core
    numbers: dict[str, int] = field(default_factory=dict)
    moves: int = 0

    async def set_up(self, counters: int = 2, services: str = "AB") -> None:
        """Make services and counters that serve all of them, each with somebody sitting there."""
        await apply_site(self.core, parse_site(SITE))
        await self.presence("online")
        for letter in services:
            await queue.put_service(self.core, STATION, letter, ServiceDraft(name=f"业务{letter}"))
        for number in range(1, counters + 1):
            await queue.put_counter(self.core, STATION, number, CounterDraft(name=f"{number} 号窗口"))
            await queue.take_seat(self.core, STATION, number, by=f"staff:{number}")

    async def presence(self, state: str) -> None:
        """Have the cloud believe in a state of the line."""
        now = self.core.now()
        values = {"online": state == "online", "epoch": 1, "conn": 1, "reason": "start", "state": state, "since": now}
        await Presence.update_or_create({**values, "last_heard": now}, station=STATION)

    def issued(self, letter: str = "A", at: datetime | None = None, **changes: Any) -> Arrived:
        """Return the event of a number given out."""
        moment = at or self.core.now()
        self.numbers[letter] = self.numbers.get(letter, 0) + 1
        data = {
            "ticket": str(uuid_utils.uuid7()), "day": market_day(moment).isoformat(), "letter": letter,
            "number": self.numbers[letter], "priority": "", "ahead": 0, "estimate_s": None, **changes,
        }  # fmt: skip
        return arrived("kiosk-1", moment, TicketIssued.model_validate_json(json.dumps(data)))

    def moved(self, ticket: str, act: str, base: int, at: datetime, counter: int | None = 1, **changes: Any) -> Arrived:
        """Return the event of something that the hall did."""
        self.moves += 1
        data = {"ticket": ticket, "n": self.moves, "base": base, "act": act, "counter": counter, "back_at": 0,
                "by": "hall:1", **changes}  # fmt: skip
        return arrived("agent", at, TicketMoved.model_validate_json(json.dumps(data)))

    async def take(self, *events: Arrived) -> list[str]:
        """Have the cloud take events, each kind by its handler; returns the ids of their tickets."""
        async with self.core.outbox.transaction():
            for kind, handler in ((TicketIssued, queue.record_issued), (TicketMoved, queue.record_moved)):
                chosen = [one for one in events if isinstance(one.data, kind)]
                if chosen:
                    await handler(self.core, chosen)
        return [one.data.ticket for one in events]

    async def give(self, count: int, letter: str = "A", **changes: Any) -> list[str]:
        """Give out numbers one second apart, the last of them now; returns their ids."""
        start = self.core.now() - timedelta(seconds=count)
        return await self.take(
            *(self.issued(letter, start + timedelta(seconds=n), **changes) for n in range(1, count + 1))
        )

    async def row(self, ticket: str) -> QueueTicket:
        """Return a number as it is stored."""
        return await QueueTicket.get(id=ticket)


def arrived(slot: str, at: datetime, data: Any) -> Arrived:
    """Return an event as the ingest hands it over."""
    event: Any = SimpleNamespace(id=str(uuid_utils.uuid7()), time=at)
    return Arrived(STATION, slot, "store", event, data)
