"""A desk that sends messages: the shipped gateway with a good or a bad day, and a worker that is turned by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp

from cloud.platform.core import Core
from cloud.platform.notify.channels import Channel, Contact
from cloud.platform.notify.ledger import Filter, Row, deliveries
from cloud.platform.notify.service import send
from cloud.platform.notify.sms import SmsAccount, SmsChannel
from cloud.platform.notify.states import Channel as Name
from cloud.platform.notify.worker import Worker
from devices.simulators.sms_gateway import Account, SmsGateway, serving
from devices.simulators.sms_store import open_store
from firmware_profiles.ui.messages import load_templates
from tests.cloud.clocks import HandClock

KEY, SIGN, SECRET = "yizhan", "零工驿站", b"a secret of core and gateway"
ANN = UUID("0192aaaa-0000-7000-8000-000000000001")
BOB = UUID("0192aaaa-0000-7000-8000-000000000002")
PAY = {"firm": "镇江某公司", "amount": "320.00", "period": "3 月 1 日"}
CONTRACT = {"firm": "镇江某公司", "until": "3 月 3 日"}


@dataclass
class Book:
    """Where people are reached."""

    entries: dict[UUID | str, Contact] = field(default_factory=dict)

    async def of(self, person: UUID | str) -> Contact:
        """Return the entry."""
        return self.entries.get(person, Contact())


@dataclass
class Desk:
    """Everything that a message passes."""

    core: Core
    clock: HandClock
    gateway: SmsGateway
    book: Book
    channels: dict[Name, Channel]
    worker: Worker

    async def tell(self, person: UUID | str = ANN, template: str = "pay-sent", key: str = "k1", **options: Any) -> None:
        """Send a message."""
        values = options.pop("values", PAY)
        async with self.core.outbox.transaction():
            await send(self.core, person, template, values, key, **options)

    async def turn(self, times: int = 1, **forward: float) -> None:
        """Let the worker do what is due, then move on."""
        for _ in range(times):
            await self.worker.round()
            self.clock.forward(**forward)

    async def rows(self, **which: str) -> list[Row]:
        """Return deliveries, the newest first."""
        return list((await deliveries(Filter(**which)))[0])

    async def one(self) -> Row:
        """Return the only delivery."""
        (row,) = await self.rows()
        return row

    def another_worker(self) -> Worker:
        """Return what runs after a restart: it remembers nothing."""
        self.worker = Worker(self.core, self.book, self.channels)
        return self.worker


@asynccontextmanager
async def open_desk(core: Core, clock: HandClock, folder: Path) -> AsyncIterator[Desk]:
    """Yield a desk."""
    with open_store(folder / "sms.db") as store:
        gateway = SmsGateway(Account(KEY, SECRET, SIGN, load_templates()), store)
        async with serving(gateway, "127.0.0.1", 0) as url, aiohttp.ClientSession() as session:
            book = Book({ANN: Contact(phone="13800000001"), BOB: Contact(phone="13800000002")})
            channels: dict[Name, Channel] = {"sms": SmsChannel(session, SmsAccount(url, KEY, SECRET, SIGN))}
            yield Desk(core, clock, gateway, book, channels, Worker(core, book, channels))


#: Longer than any pause between two tries.
LATER = {"minutes": timedelta(minutes=6) / timedelta(minutes=1)}
