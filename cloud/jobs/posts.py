"""Posts: from draft through the gate to published and closed; every step leaves a line of history and a news."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final, Literal
from uuid import UUID

import uuid_utils
from tortoise.expressions import Q

from cloud.jobs.contacts import POST_PHONE, contact_columns
from cloud.jobs.documents import documents_of
from cloud.jobs.drafts import PostDraft
from cloud.jobs.duplicates import note_vacancy
from cloud.jobs.firms import get_firm, require_publishing
from cloud.jobs.gate import Finding, Verdict, screen_fields, verdict_of
from cloud.jobs.models import Post, PostChange
from cloud.jobs.standards import post_standard
from cloud.jobs.wages import LAW, missing_fen
from cloud.platform.core import Core
from cloud.platform.database import after_commit, transaction
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.reading import fetch
from cloud.platform.times import day_start, market_day
from protocols.venue.timestamps import format_time

#: Posts that one night deletes; the next one goes on.
MAX_FORGOTTEN: Final = 2_000

State = Literal["draft", "in_review", "blocked", "published", "closed"]

#: State -> what it may become.
TRANSITIONS: Final[dict[State, frozenset[State]]] = {
    "draft": frozenset({"in_review", "blocked", "published"}),
    "blocked": frozenset({"in_review", "blocked", "published"}),
    "in_review": frozenset({"published", "blocked"}),
    "published": frozenset({"closed"}),
    "closed": frozenset(),
}
EDITABLE: Final = frozenset({"draft", "blocked"})
#: Domain events.
PUBLISHED: Final = "post.published"
CLOSED: Final = "post.closed"
MAX_PAGE: Final = 200
_BY_STATE: Final = "SELECT state, COUNT(*) FROM post GROUP BY state"
_PUBLISHED: Final = """
SELECT COUNT(*), SUM(headcount) FROM post WHERE state = 'published' AND published_at >= ? AND published_at < ?
"""


@dataclass(frozen=True, slots=True)
class PostPage:
    """A part of the list of posts, newest first; `next` is the cursor of what follows."""

    items: list[dict[str, Any]]
    next: str | None


async def create_post(core: Core, draft: PostDraft, *, by: str) -> dict[str, Any]:
    """Store a draft and return it."""
    firm = await get_firm(draft.firm)
    now = core.now()
    post_id = UUID(str(uuid_utils.uuid7()))
    async with core.outbox.transaction():
        contact = contact_columns(core, POST_PHONE, post_id, draft.contact)
        values = columns_of(draft) | contact | {"firm_id": UUID(firm["id"]), "state": "draft", "created_at": now}
        await Post.create(id=post_id, **values)
        await PostChange.create(post_id=post_id, state="draft", by=by, at=now)
    return await get_post(str(post_id))


async def update_post(core: Core, post_id: str, draft: PostDraft, *, by: str) -> dict[str, Any]:
    """Replace the content of a post that is not published; it must pass the gate again."""
    firm = await get_firm(draft.firm)
    async with core.outbox.transaction():
        post = await locked_post(post_id)
        if post.state not in EDITABLE:
            raise ConflictError(f"岗位状态为 {post.state}，不能修改", "post-state")
        contact = contact_columns(core, POST_PHONE, post.id, draft.contact, post.contact_phone)
        values = columns_of(draft) | contact | {"firm_id": UUID(firm["id"]), "state": "draft", "screening": None}
        await Post.filter(id=post.id).update(**values)
        await PostChange.create(post_id=post.id, state="draft", by=by, note="修改", at=core.now())
    return await get_post(post_id)


async def publish_post(core: Core, post_id: str, *, by: str) -> dict[str, Any]:
    """Screen a post and publish it, send it to review or block it; the answer's `state` says which."""
    async with core.outbox.transaction():
        post = await locked_post(post_id)
        _allow(post, "published")
        now = core.now()
        await require_publishing(post.firm_id, market_day(now))
        if market_day(now) > post.valid_to:
            raise InvalidInputError("岗位有效期已过", {"valid_to": "有效期已过"})
        screening = screen_post(post, now)
        state: State = _OUTCOMES[screening["verdict"]]
        post.screening = json.dumps(screening, ensure_ascii=False)
        await move_post(core, post, state, by=by)
    return await get_post(post_id)


async def decide_review(core: Core, post_id: str, *, publish: bool, by: str, note: str) -> dict[str, Any]:
    """Publish or block a post that waits for review; a person is responsible for it, so `note` is kept."""
    state: State = "published" if publish else "blocked"
    async with core.outbox.transaction():
        post = await locked_post(post_id)
        if post.state != "in_review":
            raise ConflictError(f"岗位状态为 {post.state}，不在复核中", "post-state")
        if publish:
            await require_publishing(post.firm_id, market_day(core.now()))
        await move_post(core, post, state, by=by, note=note)
    return await get_post(post_id)


async def close_post(core: Core, post_id: str, *, by: str, note: str = "") -> dict[str, Any]:
    """Take a published post down."""
    async with core.outbox.transaction():
        post = await locked_post(post_id)
        _allow(post, "closed")
        await move_post(core, post, "closed", by=by, note=note)
    return await get_post(post_id)


async def get_post(post_id: str) -> dict[str, Any]:
    """Return one post as REST shows it; NotFoundError when there is none."""
    found = await documents_of(Post.filter(id=_uuid(post_id)))
    if not found:
        raise NotFoundError(f"there is no post {post_id!r}")
    return found[0]


async def hold_post(post_id: str) -> dict[str, Any]:
    """Return one post that nobody else changes until the transaction in force ends."""
    await locked_post(post_id)
    return await get_post(post_id)


async def post_history(post_id: str) -> list[dict[str, Any]]:
    """Return what happened to a post, oldest first."""
    rows = await PostChange.filter(post_id=_uuid(post_id)).order_by("id")
    return [{"state": row.state, "by": row.by, "note": row.note, "at": format_time(row.at)} for row in rows]


async def list_posts(
    *, state: str | None = None, text: str = "", cursor: str | None = None, limit: int = 50
) -> PostPage:
    """Return posts, newest first, that have a state and contain a text in title, firm or place."""
    found = Post.all().order_by("-id")
    if state:
        found = found.filter(state=state)
    if text:
        places = Q(district__contains=text) | Q(address__contains=text)
        found = found.filter(Q(title__contains=text) | Q(firm__name__contains=text) | places)
    if cursor:
        found = found.filter(id__lt=_uuid(cursor))
    rows = await documents_of(found.limit(limit + 1))
    return PostPage(rows[:limit], rows[limit - 1]["id"] if len(rows) > limit else None)


async def count_posts() -> dict[str, int]:
    """Return how many posts are in each state."""
    return {**dict.fromkeys(TRANSITIONS, 0), **dict(await fetch(_BY_STATE))}


async def live_posts(now: datetime, limit: int) -> list[Post]:
    """Return the posts that a wall shows now, newest first."""
    day = market_day(now)
    found = Post.filter(state="published", valid_from__lte=day, valid_to__gte=day).select_related("firm")
    return await found.order_by("-published_at", "-id").limit(limit)


async def published_on(day: date, limit: int) -> tuple[list[dict[str, Any]], int, int]:
    """Return the newest posts put up on a day of the market and still up, how many those are, how many they seek."""
    start = day_start(day)
    end = start + timedelta(days=1)
    found = Post.filter(state="published", published_at__gte=start, published_at__lt=end)
    newest = found.order_by("-published_at", "-id").limit(limit)
    ((count, seek),) = await fetch(_PUBLISHED, start, end)
    return await documents_of(newest), count, int(seek or 0)


def screen_post(post: Post | PostDraft, now: datetime) -> dict[str, Any]:
    """Return verdict and findings for a post or a draft (domain: publication gate)."""
    if isinstance(post, PostDraft):
        texts, pay_fen, unit, method = post.texts(), post.pay.min_fen, str(post.pay.unit), post.pay.method
    else:
        texts = {"title": post.title, "requirements": post.requirements, "hours": post.hours}
        texts["pay.method"] = post.pay_method
        pay_fen, unit, method = post.pay_min_fen, post.pay_unit, post.pay_method
    standard = post_standard(market_day(now))
    findings = screen_fields(texts, standard)
    if standard.wage and (missing := missing_fen(pay_fen, unit, post.hours, standard.wage, method)):
        text = f"低于最低工资标准，差 {missing / 100:.2f} 元"
        findings.append(Finding("minimum_wage", "block", (0, 0), LAW, "pay.min_fen", text))
    return {"verdict": verdict_of(findings), "findings": [finding.to_object() for finding in findings]}


_OUTCOMES: Final[dict[Verdict, State]] = {"ok": "published", "review": "in_review", "block": "blocked"}
_MOVED: Final = ["state", "screening", "published_at", "closed_at", "confirmed_at", "asked_at"]
_STATE_TIMES: Final[Mapping[State, str]] = {"published": "published_at", "closed": "closed_at"}
_STATE_EVENTS: Final[Mapping[State, str]] = {"published": PUBLISHED, "closed": CLOSED}


async def forget_ended(core: Core, before: datetime) -> int:
    """Delete posts whose service ended before a moment, with their history; returns how many, at most MAX_FORGOTTEN."""
    del core
    over = Q(closed_at__lt=before) | Q(closed_at__isnull=True, valid_to__lt=market_day(before))
    found = [row.id for row in await Post.filter(over).only("id").limit(MAX_FORGOTTEN)]
    async with transaction():
        await PostChange.filter(post_id__in=found).delete()
        return await Post.filter(id__in=found).delete()


async def move_post(core: Core, post: Post, state: State, *, by: str, note: str = "") -> None:
    """Bring a post into another state, with its line of history and its news; inside a transaction."""
    now = core.now()
    post.state = state
    if state == "published":
        post.confirmed_at, post.asked_at = now, None
        await note_vacancy(post, now)
    if state in _STATE_TIMES:
        setattr(post, _STATE_TIMES[state], now)
    await post.save(update_fields=_MOVED)
    await PostChange.create(post_id=post.id, state=state, by=by, note=note, at=now)
    if state in _STATE_EVENTS:
        await core.outbox.emit(_STATE_EVENTS[state], str(post.id), {"id": str(post.id)}, now)
    after_commit(partial(core.hub.publish, "post", {"id": str(post.id), "state": state}))


async def locked_post(post_id: str) -> Post:
    """Return a post that nobody else changes until the transaction in force ends."""
    post = await Post.select_for_update().get_or_none(id=_uuid(post_id))
    if post is None:
        raise NotFoundError(f"there is no post {post_id!r}")
    return post


def _allow(post: Post, state: State) -> None:
    if state not in TRANSITIONS[post.state]:  # type: ignore[index]
        raise ConflictError(f"岗位状态为 {post.state}，不能变为 {state}", "post-state")


def columns_of(draft: PostDraft) -> dict[str, Any]:
    """Return the columns of a draft that its table takes as they are; the contact is sealed elsewhere."""
    return {
        "title": draft.title,
        "occupation": draft.occupation,
        "headcount": draft.headcount,
        "requirements": draft.requirements,
        "skills": json.dumps(draft.skills, ensure_ascii=False),
        "district": draft.place.district,
        "address": draft.place.address,
        "hours": draft.hours,
        "pay_min_fen": draft.pay.min_fen,
        "pay_max_fen": draft.pay.max_fen,
        "pay_unit": draft.pay.unit,
        "pay_method": draft.pay.method,
        "form": draft.form,
        "gig": draft.gig,
        "valid_from": draft.valid_from,
        "valid_to": draft.valid_to,
        "source": draft.source,
        "source_url": draft.source_url,
        "repost": draft.repost,
        "term_days": draft.term_days,
    }


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFoundError(f"there is no post {text!r}") from error
