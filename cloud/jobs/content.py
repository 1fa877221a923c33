"""What every wall shows: a signed manifest per wall slot, one revision more whenever posts or notices change.

A post's `data`: title, firm, place, hours, pay (text in yuan), method, headcount, form. Notices come behind the posts.
"""

import asyncio
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cloud.fleet import service as fleet
from cloud.ingest.handlers import Arrived
from cloud.jobs.drafts import FORMS
from cloud.jobs.models import Post, WallContent
from cloud.jobs.notices import MAX_NOTICES, Source
from cloud.jobs.posts import live_posts
from cloud.jobs.proofs import LEVELS, Claim, raise_proofs
from cloud.jobs.shown import shown_walls
from cloud.platform.core import Core
from cloud.platform.errors import LinkDownError
from cloud.platform.models import DomainEvent
from cloud.platform.outbox import AfterCommit, lock_order
from cloud.platform.times import MARKET_TIME
from protocols.venue import topics
from protocols.venue.content import Item, Manifest, write_items, write_manifest
from provisioning.signing import content_key, sign_bytes

#: How long one post stays before the next page, s.
POST_SECONDS: Final = 8.0
#: Posts on one wall: with more of them nobody sees his again.
MAX_POSTS: Final = 200
#: A manifest holds this long without the cloud; it is renewed long before.
VALIDITY: Final = timedelta(days=7)
RENEW_AFTER: Final = timedelta(days=1)
#: Manifests that are published and not yet confirmed by the broker.
MAX_UNDER_WAY: Final = 20
#: How soon a post that begins or ends at midnight comes or goes.
REFRESH_S: Final = 60.0

UNITS: Final[dict[str, str]] = {"month": "元/月", "day": "元/天", "hour": "元/小时", "piece": "元/件"}

#: What a new revision changes of a wall's row.
_WRITTEN: Final = ("rev", "digest", "issued_at", "manifest", "envelope")

_LOG = logging.getLogger(__name__)

#: (topic, payload): publishes one retained document, QoS 1.
Publish = Callable[[str, bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Walls:
    """Builds the content of all walls and publishes it."""

    core: Core
    publish: Publish
    sources: Sequence[Source] = ()

    async def on_posts_changed(self, events: Sequence[DomainEvent]) -> AfterCommit:
        """Build new manifests in the consumer's transaction; publish them after its commit."""
        del events
        fresh = await self._build()

        async def send() -> None:
            await self._send(fresh)

        return send

    async def refresh(self) -> None:
        """Bring the walls up to date with the clock: validity of posts and age of the manifests."""
        async with self.core.outbox.transaction():
            fresh = await self._build()
        await self._send(fresh)

    async def publish_all(self) -> None:
        """Publish every manifest again: a broker may have forgotten them."""
        await self.refresh()
        await self._send(await WallContent.all())

    async def _send(self, rows: Sequence[WallContent]) -> None:
        """Publish manifests, some at a time: the last of a hundred walls does not wait for each one's confirmation."""
        under_way = asyncio.Semaphore(MAX_UNDER_WAY)

        async def send_one(row: WallContent) -> None:
            async with under_way:
                try:
                    await self.publish(topics.content(row.station, row.channel), row.envelope.encode())
                except LinkDownError as error:
                    _LOG.debug("content of %s is published after the next connect: %s", row.station, error)
            self.core.hub.publish("wall", {"station": row.station, "slot": row.channel, "rev": row.rev})

        await asyncio.gather(*(send_one(row) for row in rows))

    async def _build(self) -> list[WallContent]:
        """Store a new revision for each wall whose items changed or whose manifest grows old; return those."""
        await lock_order()  # two builds at once would both make the first revision
        now = self.core.now()
        items = [wall_item(post) for post in await live_posts(now, MAX_POSTS)]
        items += [item for source in self.sources for item in (await source.items(now))[:MAX_NOTICES]]
        digest = hashlib.sha256(json.dumps([item.to_object() for item in items]).encode()).hexdigest()
        written = write_items(items)
        known = {(row.station, row.channel): row for row in await WallContent.all()}
        key = content_key(self.core.secret)
        places = await fleet.walls()
        for place in known.keys() - set(places):
            await known[place].delete()
        fresh = []
        for place in places:
            row = known.get(place)
            if row is None or row.digest != digest or now - row.issued_at > RENEW_AFTER:
                fresh.append(_content(place, row.rev + 1 if row else 1, written, digest, now, key))
                await asyncio.sleep(0)  # a manifest takes milliseconds: who waits for a page comes in between
        if fresh:
            await WallContent.bulk_create(fresh, on_conflict=["station", "channel"], update_fields=_WRITTEN)
            revs, ids = {(row.station, row.channel): row.rev for row in fresh}, [item.id for item in items]
            for source in self.sources:
                await source.placed(revs, ids)
        return fresh


def wall_item(post: Post) -> Item:
    """Return a post as the wall shows it."""
    end = datetime.combine(post.valid_to + timedelta(days=1), datetime.min.time(), MARKET_TIME)
    data = {
        "title": post.title,
        "firm": _firm_line(post),
        "place": f"{post.district} {post.address}",
        "hours": post.hours,
        "pay": pay_text(post.pay_min_fen, post.pay_max_fen, post.pay_unit),
        "method": post.pay_method,
        "headcount": post.headcount,
        "form": FORMS[post.form],
    }
    return Item(id=str(post.id), kind="post", seconds=POST_SECONDS, valid_to=end, data=data)


def _firm_line(post: Post) -> str:
    """Return the firm with what the law has a post say of it: where a repost is from, that a check is due."""
    marks = [f"转自{post.source}"] if post.source else []
    marks += ["核验到期，复核中"] if post.firm.standing == "due" else []
    return f"{post.firm.name}（{'，'.join(marks)}）" if marks else str(post.firm.name)


def pay_text(min_fen: int, max_fen: int, unit: str) -> str:
    """Return a pay in yuan as people write it."""
    low, high = (f"{fen / 100:.2f}".removesuffix(".00") for fen in (min_fen, max_fen))
    return f"{low if low == high else f'{low}–{high}'} {UNITS[unit]}"


async def record_delivered(core: Core, events: Sequence[Arrived]) -> AfterCommit | None:
    """Note that walls' agents took a manifest (handler of `content.applied`): the lowest level of proof."""
    newest = {(one.station, one.data.channel): one for one in events}
    claims = {}
    for station in {station for station, _ in newest}:
        for channel, wall in (await shown_walls(station)).items():
            one = newest.get((station, channel))
            if one is not None and one.data.rev == wall.rev:  # else a newer revision is on its way already
                claims[station, channel] = Claim(LEVELS[0], "", wall.hash, wall.rev, one.event.time)
    await raise_proofs(claims, core.now())
    return None


async def record_proofs(core: Core, events: Sequence[Arrived]) -> AfterCommit:
    """Keep the highest proof of what each wall shows (handler of `display.proved`)."""
    for batch in _one_of_each_wall(events):
        claims = {
            (one.station, one.slot): Claim(one.data.level, one.data.by, one.data.content, one.data.rev, one.event.time)
            for one in batch
        }
        await raise_proofs(claims, core.now())
    newest = {(one.station, one.slot): one for one in events}

    async def announce() -> None:
        for (station, slot), one in newest.items():
            core.hub.publish("proof", {"station": station, "slot": slot, "level": one.data.level, "rev": one.data.rev})

    return announce


def _one_of_each_wall(events: Sequence[Arrived]) -> Iterator[list[Arrived]]:
    """Yield the events in batches, in order, none of which speaks of a wall twice."""
    batch: dict[tuple[str, str], Arrived] = {}
    for one in events:
        if (one.station, one.slot) in batch:
            yield list(batch.values())
            batch = {}
        batch[one.station, one.slot] = one
    yield list(batch.values())


def _content(  # noqa: PLR0913, PLR0917 - what a manifest says, and how it is signed
    place: tuple[str, str], rev: int, items: bytes, digest: str, now: datetime, key: Ed25519PrivateKey
) -> WallContent:
    """Return a new revision of one wall, signed, as a row that is not stored yet."""
    frame = Manifest(
        station=place[0], channel=place[1], rev=rev, issued_at=now, valid_from=now, valid_to=now + VALIDITY, items=[]
    )
    manifest = write_manifest(frame, items)
    return WallContent(
        station=place[0], channel=place[1], rev=rev, digest=digest, issued_at=now,
        manifest=manifest.decode(), envelope=sign_bytes(manifest, key).to_bytes().decode(),
    )  # fmt: skip
