"""One vacancy counts once: a post that looks like an earlier one of its firm is linked to it, and a person is asked.

Equal words are the same vacancy by rule. Anything else that is alike waits for a person's word and is not counted
before; the word can be changed, and every word leaves a line in the post's history.
"""

from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from cloud.jobs.likeness import ALIKE, Vacancy, likeness
from cloud.jobs.models import Post, PostChange
from cloud.jobs.vacancy_models import PostVacancy
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, NotFoundError
from protocols.venue.timestamps import format_time

Said = Literal["asked", "same", "other"]

#: A post this much later than another is a new vacancy, whatever it says.
WINDOW: Final = timedelta(days=30)
#: Earlier posts of one firm and occupation that are compared; a firm with more of them posts series.
MAX_COMPARED: Final = 500
RULE: Final = "rule"


async def note_vacancy(post: Post, now: datetime) -> None:
    """Link a post that is being published to the earlier one it looks like; in the transaction that publishes it."""
    if post.source:
        return  # a repost adds no vacancy, whatever it looks like
    found = Post.filter(firm_id=post.firm_id, occupation=post.occupation, published_at__gte=now - WINDOW)
    earlier = await found.filter(source__isnull=True).exclude(id=post.id).order_by("published_at").limit(MAX_COMPARED)
    mine = vacancy_of(post)
    degree, first = max(
        ((likeness(mine, vacancy_of(one)), one) for one in earlier), key=lambda one: one[0], default=(0, None)
    )
    if first is None or degree < ALIKE:
        return
    said: Said = "same" if degree == 1 else "asked"
    values = {"earlier": await _root(first), "likeness": degree, "said": said, "by": RULE, "at": now}
    await PostVacancy.update_or_create(values, post_id=post.id)


async def say_vacancy(core: Core, post_id: str, *, same: bool, by: str, note: str = "") -> dict[str, Any]:
    """Keep a person's word whether a post is the vacancy of the earlier one; return what is known now."""
    async with core.outbox.transaction():
        row = await PostVacancy.select_for_update().get_or_none(post_id=_uuid(post_id)).prefetch_related("post")
        if row is None:
            raise NotFoundError(f"岗位 {post_id} 没有疑似重复的岗位")
        said: Said = "same" if same else "other"
        if row.said == said and row.by != RULE:
            raise ConflictError(f"已由 {row.by} 确认", "vacancy-said")
        row.said, row.by, row.note, row.at = said, by, note, core.now()
        await row.save()
        words = f"{_WORDS[said]}{f'：{note}' if note else ''}"
        await PostChange.create(post_id=row.post.id, state=row.post.state, by=by, note=words, at=core.now())
    return await find_vacancy(post_id)


async def find_vacancy(post_id: str) -> dict[str, Any]:
    """Return what is known of a post's vacancy; NotFoundError when it looks like no earlier post."""
    row = await PostVacancy.get_or_none(post_id=_uuid(post_id))
    if row is None:
        raise NotFoundError(f"岗位 {post_id} 没有疑似重复的岗位")
    earlier = await Post.get_or_none(id=row.earlier).prefetch_related("firm")
    return {
        "post": str(row.post_id),
        "earlier": str(row.earlier),
        "earlier_title": earlier.title if earlier else "",
        "earlier_published_at": format_time(earlier.published_at) if earlier and earlier.published_at else None,
        "likeness": round(row.likeness, 3),
        "said": row.said,
        "by": row.by,
        "note": row.note,
        "at": format_time(row.at),
    }


async def open_vacancy(post_id: str) -> dict[str, Any] | None:
    """Return what is known of a post's vacancy, None when it looks like no earlier post."""
    try:
        return await find_vacancy(post_id)
    except NotFoundError:
        return None


def vacancy_of(post: Post) -> Vacancy:
    """Return what a post says of its vacancy."""
    return Vacancy(
        firm=str(post.firm_id),
        occupation=post.occupation,
        district=post.district,
        address=post.address,
        pay=(post.pay_min_fen, post.pay_max_fen, post.pay_unit),
        texts=(post.title, post.requirements, post.hours),
    )


_WORDS: Final[dict[Said, str]] = {
    "asked": "",
    "same": "与先前岗位是同一岗位，不重复计数",
    "other": "与先前岗位不是同一岗位，计入",
}


async def _root(first: Post) -> UUID:
    """Return the first post of the vacancy: of three equal posts the third is linked to the first."""
    row = await PostVacancy.get_or_none(post_id=first.id, said="same")
    return row.earlier if row else first.id


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFoundError(f"there is no post {text!r}") from error
