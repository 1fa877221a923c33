"""Posts over time: a firm says that it still seeks, places are filled, what is over comes down; each with history."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from tortoise.expressions import F

from cloud.jobs.lookup import freshness_on
from cloud.jobs.models import Post, PostChange
from cloud.jobs.posts import get_post, locked_post, move_post
from cloud.platform.core import Core
from cloud.platform.database import after_commit
from cloud.platform.errors import ConflictError
from cloud.platform.times import MARKET_TIME, market_day

#: Posts that one run closes; the next one goes on.
MAX_CLOSED: Final = 2_000
SYSTEM: Final = "system"


async def confirm_post(core: Core, post_id: str, *, by: str) -> dict[str, Any]:
    """Note that the firm still seeks; ConflictError when the post is not up."""
    async with core.outbox.transaction():
        post = await locked_post(post_id)
        if post.state != "published":
            raise ConflictError(f"岗位状态为 {post.state}，不需要确认", "post-state")
        await Post.filter(id=post.id).update(confirmed_at=core.now(), asked_at=None)
        await PostChange.create(post_id=post.id, state="published", by=by, note="确认仍在招聘", at=core.now())
        after_commit(partial(core.hub.publish, "post", {"id": str(post.id), "state": "published"}))
    return await get_post(post_id)


async def fill_post(core: Core, post_id: str, count: int, *, by: str, note: str = "") -> dict[str, Any]:
    """Note that so many more places are taken (a negative count: given back); the last one takes the post down."""
    async with core.outbox.transaction():
        post = await locked_post(post_id)
        if post.state != "published":
            raise ConflictError(f"岗位状态为 {post.state}，不能登记录用人数", "post-state")
        filled = post.filled + count
        if not 0 <= filled <= post.headcount:
            raise ConflictError(f"招聘 {post.headcount} 人，已录用 {post.filled} 人", "headcount")
        await Post.filter(id=post.id).update(filled=filled)
        said = f"已录用 {filled}/{post.headcount} 人" + (f"：{note}" if note else "")
        await PostChange.create(post_id=post.id, state="published", by=by, note=said[:500], at=core.now())
        if filled == post.headcount:
            await move_post(core, post, "closed", by=by, note="已招满")
        else:
            await core.outbox.emit("post.filled", str(post.id), {"id": str(post.id), "filled": filled}, core.now())
    return await get_post(post_id)


async def close_expired(core: Core) -> str:
    """Take down what was valid until yesterday or before, by the market's day; the job `post-validity`."""
    today = market_day(core.now())
    found = await Post.filter(state="published", valid_to__lt=today).limit(MAX_CLOSED).values_list("id", flat=True)
    closed = sum([await close_if_open(core, str(one), by=SYSTEM, note="有效期已过") for one in found])
    return f"下架 {closed}"


async def close_if_open(core: Core, post_id: str, *, by: str, note: str) -> bool:
    """Take a post down unless somebody else did meanwhile; return whether it was up."""
    async with core.outbox.transaction():
        post = await locked_post(post_id)
        if post.state != "published":
            return False
        await move_post(core, post, "closed", by=by, note=note)
    return True


async def close_posts_of(core: Core, firm: UUID, *, by: str, note: str) -> int:
    """Take down every post of a firm; what waits for review is blocked. Returns how many came down."""
    count = 0
    async with core.outbox.transaction():
        for post in await Post.filter(firm_id=firm, state__in=["published", "in_review"]):
            await move_post(core, post, "closed" if post.state == "published" else "blocked", by=by, note=note)
            count += 1
    return count


async def unconfirmed_posts(core: Core, limit: int) -> list[dict[str, Any]]:
    """Return posts that are up, whose firm has said nothing for the table's days and was not asked yet."""
    today = market_day(core.now())
    terms = freshness_on(today)
    before = _start(today - timedelta(days=terms.ask_after_days - 1))
    found = Post.filter(state="published", asked_at=None, confirmed_at__lt=before)
    until = today + timedelta(days=terms.lapse_after_days)
    return [
        {"id": str(row.id), "title": row.title, "firm": UUID(str(row.firm_id)), "until": until.isoformat()}
        for row in await found.order_by("confirmed_at").limit(limit)
    ]


async def unanswered_posts(core: Core, limit: int) -> list[str]:
    """Return posts whose firm was asked longer ago than the table lets it answer."""
    today = market_day(core.now())
    before = _start(today - timedelta(days=freshness_on(today).lapse_after_days))
    rows = Post.filter(state="published", asked_at__lt=before).order_by("asked_at").limit(limit)
    return [str(one) for one in await rows.values_list("id", flat=True)]


async def mark_asked(core: Core, post_id: str) -> bool:
    """Note in the transaction in force that a firm is asked; False when it was, or the post is not up."""
    asked = Post.filter(id=UUID(post_id), state="published", asked_at=None)
    if not await asked.update(asked_at=core.now()):
        return False
    note = "询问是否仍在招聘"
    await PostChange.create(post_id=UUID(post_id), state="published", by=SYSTEM, note=note, at=core.now())
    return True


async def adopt_posts(core: Core) -> int:
    """Let posts that were published before confirmations were kept count as confirmed when they were published."""
    del core
    return await Post.filter(state="published", confirmed_at=None).update(confirmed_at=F("published_at"))


async def posts_of(firm: UUID, limit: int = 100) -> list[dict[str, Any]]:
    """Return a firm's newest posts as its portal lists them."""
    rows = await Post.filter(firm_id=firm).order_by("-id").limit(limit)
    return [
        {"id": str(row.id), "title": row.title, "state": row.state, "headcount": row.headcount, "filled": row.filled,
         "valid_to": row.valid_to.isoformat(), "asked": row.asked_at is not None}
        for row in rows
    ]  # fmt: skip


async def belongs_to(post_id: str, firm: UUID) -> bool:
    """Return whether a post is a firm's."""
    try:
        return await Post.exists(id=UUID(post_id), firm_id=firm)
    except ValueError:
        return False


def _start(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), MARKET_TIME)
