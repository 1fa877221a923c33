"""Domain events: seen after the commit only, in order, at least once, and by every consumer for itself."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import pytest

from cloud.platform.core import Core
from cloud.platform.errors import CloudError, LinkDownError, NotFoundError
from cloud.platform.models import DomainEvent, PoisonEvent, Reader, ReaderTrouble
from cloud.platform.outbox import MAX_TRIES, AfterCommit, Consumer, forget_read, retry_poison
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


class _Fussy(_Seen):
    """A consumer with a bug: one key it cannot take, until it is mended."""

    broken = True

    async def __call__(self, events: Sequence[DomainEvent]) -> AfterCommit:
        if self.broken and any(event.key == "bad" for event in events):
            raise KeyError("on purpose")
        return await super().__call__(events)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the pauses between tries short."""
    monkeypatch.setattr("cloud.platform.outbox.RETRY_MIN_S", 0.005)
    monkeypatch.setattr("cloud.platform.outbox.RETRY_MAX_S", 0.01)


@pytest.mark.usefixtures("quick")
async def test_an_event_that_cannot_be_taken_is_set_aside_and_those_behind_it_go_on(core: Core) -> None:
    fussy = _Fussy()
    await emit(core, "a", "bad", "b")
    async with _Consuming(core, fussy):
        await until(lambda: fussy.done == ["a", "b"], "the others")
        poison = await PoisonEvent.get(consumer="reader")
        assert (poison.key, poison.tries, "on purpose" in poison.error) == ("bad", MAX_TRIES, True)
        assert not await ReaderTrouble.exists()

        fussy.broken = False
        await retry_poison(core.outbox, poison.id, core.now())
        await until(lambda: fussy.done == ["a", "b", "bad"], "the mended one")
        assert not await PoisonEvent.exists()


@pytest.mark.usefixtures("quick")
async def test_what_is_handed_over_again_and_fails_again_stays_set_aside_once(core: Core) -> None:
    fussy, other = _Fussy(), _Seen()
    await emit(core, "bad")
    async with _Consuming(core, fussy), _Consuming(core, other, "another"):
        await until(PoisonEvent.exists, "set aside")
        row = await PoisonEvent.get()
        await retry_poison(core.outbox, row.id, core.now())
        await until(lambda: PoisonEvent.filter(tries=2 * MAX_TRIES, asked=False).exists(), "again")
        await emit(core, "c")
        await until(lambda: fussy.done == ["c"] and other.done == ["bad", "c"], "both go on")
        assert await PoisonEvent.all().count() == 1


@pytest.mark.usefixtures("quick")
async def test_a_broker_that_is_away_sets_nothing_aside(core: Core) -> None:
    class Away(_Seen):
        async def __call__(self, events: Sequence[DomainEvent]) -> AfterCommit:
            if self.failures:
                self.failures -= 1
                raise LinkDownError("on purpose")
            return await super().__call__(events)

    seen = Away(failures=3 * MAX_TRIES)
    await emit(core, "a")
    async with _Consuming(core, seen):
        await until(lambda: seen.done == ["a"], "as soon as it is back")
    assert not await PoisonEvent.exists()


async def test_only_what_was_set_aside_is_tried_again(core: Core) -> None:
    with pytest.raises(NotFoundError):
        await retry_poison(core.outbox, 77, core.now())
    assert not await DomainEvent.exists()
