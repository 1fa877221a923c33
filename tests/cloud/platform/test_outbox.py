"""Domain events: seen after the commit only, in order, at least once, and by every consumer for itself."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import pytest

from cloud.platform.core import Core
from cloud.platform.errors import CloudError
from cloud.platform.models import DomainEvent, Reader
from cloud.platform.outbox import AfterCommit, Consumer, forget_read
from tests.cloud.clocks import HandClock
from tests.waiting import until

pytestmark = pytest.mark.db


class _Seen:
    """A consumer that remembers; fails the first `failures` times."""

    def __init__(self, failures: int = 0) -> None:
        self.keys: list[str] = []
        self.done: list[str] = []
        self.failures = failures

    async def __call__(self, events: Sequence[DomainEvent]) -> AfterCommit:
        if self.failures:
            self.failures -= 1
            raise CloudError("on purpose")
        keys = [event.key for event in events]
        self.keys += keys

        async def after() -> None:
            self.done += keys

        return after


async def emit(core: Core, *keys: str, topic: str = "thing.happened") -> None:
    async with core.outbox.transaction():
        for key in keys:
            await core.outbox.emit(topic, key, {"key": key}, core.now())


class _Consuming:
    """Runs a consumer while the body runs."""

    def __init__(self, core: Core, consumer: Consumer, name: str = "reader") -> None:
        self._task = asyncio.ensure_future(core.outbox.consume(name, ["thing.happened"], consumer))

    async def __aenter__(self) -> None:
        await asyncio.sleep(0)

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task


async def test_events_arrive_in_order_and_other_topics_do_not(core: Core) -> None:
    seen = _Seen()
    async with _Consuming(core, seen):
        await emit(core, "a", "b")
        await emit(core, "x", topic="other")
        await emit(core, "c")
        await until(lambda: seen.done == ["a", "b", "c"], "all three")


async def test_a_consumer_wakes_at_once_and_not_at_the_next_poll(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloud.platform.outbox.POLL_S", 3600.0)
    seen = _Seen()
    async with _Consuming(core, seen):
        await asyncio.sleep(0.1)
        await emit(core, "a")
        await until(lambda: seen.done == ["a"], "awake")


async def test_an_event_of_a_failed_transaction_never_arrives(core: Core) -> None:
    seen = _Seen()
    async with _Consuming(core, seen):
        with suppress(ValueError):
            async with core.outbox.transaction():
                await core.outbox.emit("thing.happened", "ghost", {}, core.now())
                raise ValueError("on purpose")
        await emit(core, "real")
        await until(lambda: seen.done == ["real"], "the real one only")


async def test_a_consumer_that_fails_gets_the_same_events_again(core: Core) -> None:
    seen = _Seen(failures=1)
    async with _Consuming(core, seen):
        await emit(core, "a")
        await until(lambda: seen.done == ["a"], "tried again")


async def test_a_consumer_goes_on_where_it_was_and_each_has_its_own_place(core: Core) -> None:
    first, second, other = _Seen(), _Seen(), _Seen()
    async with _Consuming(core, first):
        await emit(core, "a")
        await until(lambda: first.done == ["a"], "the first run")
    await emit(core, "b")
    async with _Consuming(core, second), _Consuming(core, other, "another"):
        await until(lambda: second.done == ["b"] and other.done == ["a", "b"], "both")
    assert {reader.name for reader in await Reader.all()} == {"reader", "another"}


async def test_old_events_are_forgotten_once_everybody_has_read_them(core: Core, clock: HandClock) -> None:
    seen = _Seen()
    async with _Consuming(core, seen):
        await emit(core, "read")
        await until(lambda: seen.done == ["read"], "read")
    await emit(core, "unread")
    clock.forward(days=91)
    await emit(core, "new")
    await forget_read(core.now())
    assert [event.key for event in await DomainEvent.all().order_by("id")] == ["unread", "new"]


async def test_events_of_another_process_are_found_by_looking(core: Core) -> None:
    seen = _Seen()
    async with _Consuming(core, seen):
        await asyncio.sleep(0.05)
        await DomainEvent.create(topic="thing.happened", key="far", data="{}", at=core.now())
        await until(lambda: seen.done == ["far"], "found by polling")
