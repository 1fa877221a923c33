"""The agent's own pages."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from edge.content import Contents
from edge.http.app import Reports, build_app, serve
from edge.http.feeds import MAX_PAGES, Feeds
from edge.http.resources import STATIC
from edge.recorder import Recorder
from edge.screens import Screens
from provisioning.clock import SystemClock
from provisioning.signing import public_text
from tests.edge.stations import KEY, STATION, data_of, manifest, recorder, signed


@dataclass
class Wall:
    """A served wall."""

    url: str
    http: aiohttp.ClientSession
    contents: Contents
    screens: Screens
    records: Recorder
    feeds: Feeds

    async def show(self, rev: int, *titles: str) -> None:
        """Have the wall show posts."""
        await self.contents.take("wall", signed(manifest(rev, *titles)), self.records)

    async def beat(self, **values: object) -> int:
        """Send a beat and return the status."""
        async with self.http.post(f"{self.url}/wall/wall/beat", json=values) as answer:
            return answer.status


@pytest.fixture
async def wall(tmp_path: Path) -> AsyncIterator[Wall]:
    async with recorder(tmp_path) as records, aiohttp.ClientSession() as http:
        contents = Contents(STATION, tmp_path, {"content-1": public_text(KEY)}, SystemClock())
        screens = Screens()
        feeds = Feeds(
            title="谏壁驿站", slots=["wall"], contents=contents, screens=screens, recorder=records, online=lambda: True
        )
        app = build_app(feeds, Reports(lambda: {"epoch": 1}, lambda: b"yizhan 1\n"))
        async with serve(app, 0, tmp_path) as url:
            yield Wall(url, http, contents, screens, records, feeds)


@asynccontextmanager
async def event_stream(wall: Wall) -> AsyncIterator[AsyncIterator[dict[str, object]]]:
    async with wall.http.get(f"{wall.url}/wall/wall/events") as answer:
        assert answer.status == 200
        yield _pictures(answer)


async def _pictures(answer: aiohttp.ClientResponse) -> AsyncIterator[dict[str, object]]:
    async for line in answer.content:
        if line.startswith(b"data: "):
            yield json.loads(line.removeprefix(b"data: "))


async def test_a_page_gets_the_whole_picture_at_once_and_again_at_each_change(wall: Wall) -> None:
    await wall.show(1, "分拣员")
    async with event_stream(wall) as pictures, asyncio.timeout(5):
        first = await anext(pictures)
        await wall.show(2, "分拣员", "焊工")
        second = await anext(pictures)
    assert (first["rev"], second["rev"]) == (1, 2)
    assert [item["data"]["title"] for item in second["items"]] == ["分拣员", "焊工"]  # type: ignore[attr-defined]


async def test_a_page_that_was_slow_gets_only_the_newest_picture(wall: Wall) -> None:
    with wall.feeds.follow("wall") as changed:
        assert changed is not None
        changed.clear()
        for rev in range(1, 20):
            await wall.show(rev, f"岗位{rev}")
        assert changed.is_set()
        assert wall.feeds.picture("wall").rev == 19


async def test_pages_beyond_the_bound_are_sent_away(wall: Wall) -> None:
    async with wall.http.get(f"{wall.url}/wall/wall/events") as first:
        followers = [wall.feeds.follow("wall") for _ in range(MAX_PAGES - 1)]
        for follower in followers:
            follower.__enter__()
        async with wall.http.get(f"{wall.url}/wall/wall/events") as answer:
            assert (first.status, answer.status) == (200, 503)
        for follower in followers:
            follower.__exit__(None, None, None)


async def test_the_first_beat_of_new_content_is_a_proof_and_the_next_ones_are_not(wall: Wall) -> None:
    await wall.show(4, "分拣员")
    content = wall.feeds.picture("wall").content
    for frames in (3, 4, 5):
        assert await wall.beat(content=content, frames=frames, visible=True) == 204
    rows = await wall.records.outbox.drain("evidence", 0, 10)
    assert [data_of(row.text) for row in rows] == [
        {"level": "rendered", "content": content, "rev": 4, "frames": 3, "by": "page"}
    ]
    last = wall.screens.last("wall")
    assert last is not None
    assert (last.frames, last.visible, last.age_s < 5) == (5, True, True)


@pytest.mark.parametrize(
    "claim",
    [{"visible": False, "frames": 3}, {"visible": True, "frames": 0}, {"visible": True, "frames": 3, "content": "x"}],
)
async def test_a_page_that_nobody_sees_proves_nothing(wall: Wall, claim: dict[str, object]) -> None:
    await wall.show(4, "分拣员")
    await wall.beat(**{"content": wall.feeds.picture("wall").content, **claim})
    assert wall.records.outbox.head("evidence").last == 0


async def test_only_our_own_names_are_answered(wall: Wall) -> None:
    for host, status in (("evil.example", 421), ("localhost:80", 200), ("127.0.0.1", 200)):
        async with wall.http.get(f"{wall.url}/healthz", headers={"Host": host}) as answer:
            assert answer.status == status


async def test_a_beat_that_another_site_could_send_is_refused(wall: Wall) -> None:
    async with wall.http.post(f"{wall.url}/wall/wall/beat", data=b'{"content":"","frames":1,"visible":true}') as answer:
        assert answer.status == 415
    assert await wall.beat(content=1) == 400


async def test_every_page_carries_a_policy_without_inline_scripts(wall: Wall) -> None:
    for path in ("/wall/wall", "/static/wall.js", "/status", "/nothing"):
        async with wall.http.get(wall.url + path) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "script-src 'self'" in policy
            assert "unsafe" not in policy
            text = await answer.text()
            assert "onclick" not in text
            assert "<script>" not in text


@pytest.mark.parametrize("name", STATIC)
async def test_every_static_file_is_there(wall: Wall, name: str) -> None:
    async with wall.http.get(f"{wall.url}/static/{name}") as answer:
        assert answer.status == 200
        assert await answer.read()


async def test_what_does_not_exist_is_not_found(wall: Wall) -> None:
    for path in ("/static/../wall.py", "/static/secret", "/wall/door-1", "/wall/door-1/events"):
        async with wall.http.get(wall.url + path) as answer:
            assert answer.status == 404


async def test_status_metrics_and_the_file_that_says_where_they_are(wall: Wall, tmp_path: Path) -> None:
    assert json.loads((tmp_path / "http.json").read_text())["url"] == wall.url
    for path, expected in (("/status", '{"epoch": 1}'), ("/metrics", "yizhan 1\n"), ("/healthz", "ok\n")):
        async with wall.http.get(wall.url + path) as answer:
            assert await answer.text() == expected
