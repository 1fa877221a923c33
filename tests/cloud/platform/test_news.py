"""What one process tells its pages reaches the pages of the others, and nothing is missed for good (PostgreSQL)."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.platform import news as module
from cloud.platform import outbox
from cloud.platform.core import Core
from cloud.platform.news import MAX_PAYLOAD_BYTES, MAX_WAITING, News, payloads
from cloud.platform.notify.hub import Hub, Subscription
from cloud.platform.outbox import Outbox
from tests.waiting import until

on_postgres = pytest.mark.skipif("YIZHAN_TEST_POSTGRES_URL" not in os.environ, reason="SQLite has one core")


@asynccontextmanager
async def another(core: Core) -> AsyncIterator[Core]:
    """Yield one more process of the same core, which sends and listens in the body."""
    other = replace(core, hub=Hub(), outbox=Outbox())
    news = News(other)
    tasks = [asyncio.create_task(news.send()), asyncio.create_task(news.listen())]
    try:
        await until(lambda: other.outbox.listening, "it listens")
        yield other
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def next_of(reader: Subscription) -> tuple[str, object]:
    message = await asyncio.wait_for(reader.get(), 10)
    return message.topic, dict(message.data)


@pytest.mark.db
@on_postgres
async def test_news_of_one_process_reach_the_pages_of_another_once(core: Core) -> None:
    async with another(core) as one, another(core) as two:
        with one.hub.subscribe() as own, two.hub.subscribe() as far:
            for _ in range(3):
                one.hub.publish("post", {"id": "1", "state": "published"})
            one.hub.publish("live", {"station": "st-01", "values": {"t": 1.5}})
            assert await next_of(far) == ("post", {"id": "1", "state": "published"})
            assert await next_of(far) == ("live", {"station": "st-01"})
            two.hub.publish("tree", {})
            assert [(await next_of(own))[0] for _ in range(5)] == ["post", "post", "post", "live", "tree"]


@pytest.mark.db
@on_postgres
async def test_a_commit_with_domain_events_wakes_consumers_of_other_processes(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("POLL_S", "LISTENING_POLL_S"):
        monkeypatch.setattr(outbox, name, 3600.0)
    seen: list[str] = []

    async def take(events: object) -> None:
        seen.extend(event.key for event in events)  # type: ignore[attr-defined]

    async with another(core) as one, another(core) as two:
        task = asyncio.create_task(two.outbox.consume("far", ["thing"], take))
        await asyncio.sleep(0.1)
        async with one.outbox.transaction():
            await one.outbox.emit("thing", "a", {}, core.now())
        await until(lambda: seen == ["a"], "woken")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.db
@on_postgres
async def test_a_broken_connection_makes_pages_read_again_and_comes_back(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "POLL_S", 0.1)
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'yizhan-news' AND datname = current_database()"
    )
    async with another(core) as one, another(core) as two:
        with two.hub.subscribe() as far:
            await core.database.connection().execute_query(cut)
            assert (await next_of(far))[0] == "resync"
            await until(lambda: one.outbox.listening and two.outbox.listening, "back")
            await until(lambda: two.hub.newest > 2, "the look after coming back")
            one.hub.publish("post", {"id": "2"})
            while (await next_of(far)) != ("post", {"id": "2"}):
                pass


@pytest.mark.db
async def test_more_news_than_can_wait_become_one_word(core: Core) -> None:
    other = replace(core, hub=Hub(), outbox=Outbox())
    news = News(other)
    for number in range(MAX_WAITING + 5):
        news._take("post", {"id": number})
    assert len(news._waiting) == 5
    assert '["resync",{}]' in news._waiting


@given(st.lists(st.text(max_size=9_000), max_size=30))
def test_every_notification_fits_and_nothing_is_lost(texts: list[str]) -> None:
    news = [json.dumps(["post", {"id": text}]) for text in texts]
    made = payloads("me", news)
    assert all(len(payload.encode()) <= MAX_PAYLOAD_BYTES for payload in made)
    found = [one for payload in made for one in json.loads(payload)["news"]]
    room = MAX_PAYLOAD_BYTES - len('{"from":"me","news":[]}')
    assert found == [json.loads(one) if len(one.encode()) <= room else ["resync", {}] for one in news]
