"""Parts of a station for tests: an author, an outbox, a site, a signed manifest."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.author import Author
from edge.epoch import Start
from edge.outbox import Outbox, open_outbox
from edge.recorder import Recorder
from edge.timekeeping import Timekeeper
from protocols.venue.content import Item, Manifest
from protocols.venue.vocabulary import Stream
from provisioning.clock import Clock, SystemClock
from provisioning.signing import public_text, sign_manifest
from provisioning.site import OutboxLimits, SiteFile, parse_site

STATION = "st-01"
START = Start(1_772_413_200_123, "0195f3c2-0000-7000-8000-000000000001")
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)

PROBE = """
[[stations.slots]]
id = "probe-1"
kind = "probe"
device = {{ id = "dev-1", serial = "SIM-1", profile = "sim-probe", address = "sim:" }}
simulate = {{ rate = {rate}, stream = "evidence", bytes = 20, burst = 1, seed = 1 }}
"""
WALL = """
[[stations.slots]]
id = "wall"
kind = "wall"
device = { id = "dev-2", serial = "HDMI-1", profile = "hdmi-wall-page", address = "page:" }
"""


def site(*slots: str) -> SiteFile:
    """Return a site with one station that has these slots."""
    head = f"""
[site]
id = "demo"
name = "示范"
[trust]
content_keys = {{ "content-1" = "{public_text(KEY)}" }}
[[stations]]
id = "{STATION}"
name = "谏壁驿站"
"""
    return parse_site(head + "".join(slots))


def author(clock: Clock | None = None) -> Author:
    """Return the author of the test station."""
    return Author(STATION, START, Timekeeper(clock or SystemClock()))


@asynccontextmanager
async def outbox(folder: Path, *, limits: OutboxLimits | None = None) -> AsyncIterator[Outbox]:
    """Yield an outbox of the test station."""
    async with open_outbox(folder, limits or OutboxLimits(), author().agent_text, lambda: datetime.now(UTC)) as box:
        yield box


@asynccontextmanager
async def recorder(folder: Path, clock: Clock | None = None) -> AsyncIterator[Recorder]:
    """Yield a recorder over a fresh outbox."""
    async with outbox(folder) as box:
        yield Recorder(author(clock), box)


def event(number: int = 1, pad: str = "", stream: Stream = "evidence") -> str:
    """Return the text of an event as the outbox stores it."""
    return author().text("probe-1", "probe", "sample.taken", {"n": number, "pad": pad}, stream)


def events(count: int, stream: Stream = "evidence") -> list[str]:
    """Return the texts of events numbered from 1."""
    return [event(number, stream=stream) for number in range(1, count + 1)]


def data_of(text: str) -> dict[str, object]:
    """Return the data of a stored event."""
    found: dict[str, object] = json.loads(text)["data"]
    return found


async def types_in(box: Outbox, stream: Stream) -> list[str]:
    """Return the types of all events of a stream, shortened to what follows `cn.yizhan.`."""
    rows = await box.drain(stream, 0, 10_000)
    return [json.loads(row.text)["type"].removeprefix("cn.yizhan.").removesuffix(".v1") for row in rows]


def manifest(rev: int, *titles: str, station: str = STATION, channel: str = "wall", lasts_s: float = 3600) -> Manifest:
    """Return the content of a wall with a post per title."""
    now = datetime.now(UTC)
    until = now + timedelta(seconds=lasts_s)
    return Manifest(
        station=station,
        channel=channel,
        rev=rev,
        issued_at=now,
        valid_from=now - timedelta(seconds=1),
        valid_to=now + timedelta(days=7),
        items=[
            Item(id=f"p-{title}", kind="post", seconds=8, valid_to=until, data={"title": title, "pay": "220 元/天"})
            for title in titles
        ],
    )


def signed(content: Manifest, key: Ed25519PrivateKey = KEY) -> bytes:
    """Return a manifest as it comes from the cloud."""
    return sign_manifest(content, key).to_bytes()
