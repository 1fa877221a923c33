"""P4: from the REST call that publishes a post to its text in the DOM of the wall page, in a real Chromium."""

import argparse
import sqlite3
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import aiomqtt

from edge.uplink import NO_DELAY
from provisioning.broker import embedded_broker
from provisioning.demo.browser import Wall, wall
from provisioning.demo.posts import Posts
from provisioning.demo.telling import SHANGHAI
from provisioning.demo.venue import MARKET, Venue, free_port, venue
from tests.bench.table import quantile, show
from tests.bench.wall_screens import WATCH, measure, when_seen

GOAL_MS: Final = 100.0


async def main(words: list[str]) -> None:
    """Publish posts one after the other and print the table."""
    parser = argparse.ArgumentParser(prog="scripts/bench wall")
    parser.add_argument("--posts", type=int, default=200)
    parser.add_argument("--screens", type=int, default=1, help="more than one: as many event streams, and one page")
    options = parser.parse_args(words)
    if options.screens > 1:
        with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as name:
            await measure(Path(name), options.screens, options.posts)
        return
    with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as name:
        folder = Path(name)
        async with venue(folder, 1, free_port(), None) as place:
            base = await place.agent_http(MARKET)
            async with wall(f"{base}/wall/wall") as screen:
                ours = await publish_all(place, screen, options.posts)
        hop = await mqtt_hops(folder, options.posts)
        commit = commits(folder, options.posts)
    rows = [
        row("ours: REST publish → DOM of the wall page", ours, ours),
        row("raw: MQTT QoS 1 publish → subscriber, same broker", hop, ours),
        row("raw: one durable SQLite commit (WAL, FULL)", commit, ours),
    ]
    p95 = quantile(ours, 0.95)
    verdict = "met" if p95 <= GOAL_MS else "MISSED"
    show(
        f"wall: {len(ours)} posts, one at a time",
        ["path", "p50 ms", "p95 ms", "p99 ms", "max ms", "ours / this (p95)"],
        rows,
        [f"Goal p95 ≤ {GOAL_MS:g} ms: {verdict} ({p95:.1f} ms)."],
    )


def row(name: str, values: list[float], ours: list[float]) -> list[str]:
    """Return one line of the table; `values` in ms."""
    figures = [quantile(values, share) for share in (0.5, 0.95, 0.99)] + [max(values)]
    return [name, *(f"{figure:.2f}" for figure in figures), f"{quantile(ours, 0.95) / figures[1]:.1f}"]


async def publish_all(place: Venue, screen: Wall, count: int) -> list[float]:
    """Return the ms from publish call to DOM for each of `count` posts."""
    posts = Posts.valid_from(datetime.now(UTC).astimezone(SHANGHAI).date())
    firm = await place.rest.created("/api/v1/firms", posts.firm)
    await place.rest.done(f"/api/v1/firms/{firm['id']}/verify")
    await screen.page.evaluate(WATCH)
    taken = []
    for number in range(count):
        mark = f"BENCH{number:05d}"
        draft = {**posts.lawful, "title": f"快件分拣员 {mark}", "firm": firm["id"]}
        path = f"/api/v1/posts/{(await place.rest.created('/api/v1/posts', draft))['id']}"
        began = time.time() * 1000
        await place.rest.done(f"{path}/publish")
        taken.append(await when_seen(screen.page, mark) - began)
        await place.rest.done(f"{path}/close")
    return taken


async def mqtt_hops(folder: Path, count: int) -> list[float]:
    """Return the ms of a publish to its subscriber, `count` times."""
    taken = []
    port = free_port()
    async with (
        embedded_broker(folder / "raw", port),
        aiomqtt.Client("127.0.0.1", port, protocol=aiomqtt.ProtocolVersion.V5, socket_options=NO_DELAY) as client,
    ):
        await client.subscribe("yz/1/bench", qos=1)
        for _ in range(count):
            began = time.perf_counter()
            await client.publish("yz/1/bench", b"x" * 2000, qos=1)
            await anext(client.messages)
            taken.append((time.perf_counter() - began) * 1000)
    return taken


def commits(folder: Path, count: int) -> list[float]:
    """Return the ms of one durable commit, `count` times."""
    database = sqlite3.connect(folder / "raw.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, text TEXT)")
    taken = []
    for _ in range(count):
        began = time.perf_counter()
        database.execute("INSERT INTO t(text) VALUES(?)", ("x" * 2000,))
        taken.append((time.perf_counter() - began) * 1000)
    database.close()
    return taken
