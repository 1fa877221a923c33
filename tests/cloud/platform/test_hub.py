"""News for open pages: never blocks who publishes, never hides that something is missing."""

import asyncio

import pytest

from cloud.platform.notify.hub import HISTORY, READER_QUEUE, Hub


async def test_a_reader_gets_the_topics_it_asked_for() -> None:
    hub = Hub()
    with hub.subscribe("post") as news:
        hub.publish("slot", {"n": 1})
        hub.publish("post", {"n": 2})
        message = await news.get()
    assert (message.topic, message.data) == ("post", {"n": 2})
    assert hub.readers == 0


async def test_a_reader_that_comes_back_gets_what_it_missed() -> None:
    hub = Hub()
    for number in range(3):
        hub.publish("post", {"n": number})
    with hub.subscribe(last_id=1) as news:
        assert [(await news.get()).data["n"] for _ in range(2)] == [1, 2]


@pytest.mark.parametrize("last_id", [0, 99_999])
async def test_a_reader_that_was_away_too_long_is_told_to_read_again(last_id: int) -> None:
    hub = Hub()
    for number in range(HISTORY + 5):
        hub.publish("post", {"n": number})
    with hub.subscribe("post", last_id=last_id) as news:
        assert (await news.get()).topic == "resync"


async def test_a_slow_reader_loses_and_knows_it_while_others_get_all() -> None:
    hub = Hub()
    with hub.subscribe() as slow, hub.subscribe() as quick:
        for number in range(READER_QUEUE + 1):
            hub.publish("post", {"n": number})
            assert (await quick.get()).data == {"n": number}
        assert (await slow.get()).topic == "resync"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(slow.get(), 0.01)
