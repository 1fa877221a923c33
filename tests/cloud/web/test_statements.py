"""How often a page or a list asks the database: as often for one station as for many."""

import json
from typing import Any, Final

import pytest
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.sqlite.client import SqliteClient

from cloud.fleet.models import Birth, Presence
from cloud.ingest.models import StoredEvent, StreamMark
from cloud.ingest.service import STRIDE
from cloud.platform.logs import REQUEST
from protocols.venue.vocabulary import STREAMS
from tests.cloud.running import Running
from tests.cloud.station import BOOT, STORE, make_event
from tests.cloud.web.test_shell import add_post

pytestmark = [pytest.mark.broker, pytest.mark.db]
STATIONS: Final = 7

#: Statements at most, the look for who calls among them. One more is a cost for everybody: be sure that it is needed.
BOUNDS: Final = {
    "/": 17,
    "/venues": 9,
    "/venues/st-3": 17,
    "/posts": 3,
    "/api/v1/stations": 4,
    "/api/v1/stations/st-3": 7,
    "/api/v1/stations/st-3/twin": 3,
    "/api/v1/posts": 2,
    "/api/v1/alarms": 2,
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the statements of requests; what the core does by itself is none of them."""
    found: list[str] = []

    def watch(client: Any, name: str) -> None:
        real = getattr(client, name)

        async def noting(self: Any, query: str, *values: Any) -> Any:
            if REQUEST.get():
                found.append(query)
            return await real(self, query, *values)

        monkeypatch.setattr(client, name, noting)

    for client in (SqliteClient, AsyncpgDBClient):
        for name in ("execute_query", "execute_query_dict", "execute_insert"):
            watch(client, name)
    return found


async def _city(running: Running) -> None:
    """Make stations that are all behind in every stream, and posts of today."""
    head = '[site]\nid = "demo"\nname = "示范"\n'
    slots = '[[stations.slots]]\nid = "wall"\nkind = "wall"\n[[stations.slots]]\nid = "door-1"\nkind = "door"\n'
    names = [f"st-{number}" for number in range(STATIONS)]
    await running.apply(head + "".join(f'[[stations]]\nid = "{one}"\nname = "{one}"\n{slots}' for one in names))
    now = running.core.now()
    for name in names:
        await Presence.create(station=name, online=True, epoch=1, conn=1, reason="start", state="online", since=now,
                              last_heard=now)  # fmt: skip
        text = f'{{"boot": "{BOOT}", "outbox": {{"evidence": {{"last": 9}}}}}}'
        await Birth.create(station=name, epoch=1, conn=1, store=STORE, document=text, received_at=now)
        for stream in STREAMS:
            mark = await StreamMark.create(station=name, store=STORE, stream=stream, upto=2, highest=4, count=3)
            text = json.dumps(make_event(2, stream))
            await StoredEvent.create(id=mark.id * STRIDE + 2, received_ms=0, flags=0, text=text)
    for number in range(5):
        await add_post(running, title=f"装卸工 {number}")


async def test_pages_and_lists_ask_a_bounded_number_of_times(running: Running, asked: list[str]) -> None:
    await _city(running)
    for path in BOUNDS:
        await running.call("GET", path)
    counts, told = {}, {}
    for path in BOUNDS:
        asked.clear()
        answer = await running.call("GET", path)
        assert answer.status == 200, await answer.text()
        counts[path], told[path] = len(asked), "\n".join(asked)
    over = {path: f"{count} > {BOUNDS[path]}\n{told[path]}" for path, count in counts.items() if count > BOUNDS[path]}
    assert not over, "\n\n".join(f"{path}: {why}" for path, why in over.items())
    assert min(counts.values()) > 0, "statements are seen at all"
