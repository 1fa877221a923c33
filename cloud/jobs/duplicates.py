"""One vacancy counts once: a post that looks like an earlier one of its firm is linked to it, and a person is asked.

Equal words are the same vacancy by rule. Anything else that is alike waits for a person's word and is not counted
before; the word can be changed, and every word leaves a line in the post's history.
"""

from collections.abc import Collection, Sequence
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
#: Earlier posts of one firm, occupation, district and pay that are compared; a firm with more of them posts series.
MAX_COMPARED: Final = 500
RULE: Final = "rule"
#: What two posts must have in common before their texts are looked at.
_Place = tuple[str, str, str, int, int, str]
_PLACE: Final = ("firm_id", "occupation", "district", "pay_min_fen", "pay_max_fen", "pay_unit")
_TEXTS: Final = ("title", "requirements", "hours")


async def note_vacancy(post: Post, now: datetime) -> None:
    """Link a post that is being published to the earlier one it looks like; in the transaction that publishes it."""
    await note_vacancies([post], now)


async def note_vacancies(posts: Sequence[Post], now: datetime) -> None:
    """Link posts that are being published together, each to the earliest of those it looks like most.

    All of them are stored already and published at one moment; of two of them the first by id is the earlier one.
    """
    places: dict[_Place, list[Post]] = {}
    for post in posts:
        if not post.source:  # a repost adds no vacancy, whatever it looks like
            places.setdefault(_place_of(post), []).append(post)
    found = [one for place, of in places.items() for one in await _alike(place, of, now)]
    if not found:
        return
    roots = await _roots({first for _, first, _ in found})
    rows = []
    for post, first, degree in found:
        earlier = roots.get(first, first)
        said: Said = "same" if degree == 1 else "asked"
        if said == "same":
            roots[post.id] = earlier
        rows.append(PostVacancy(post_id=post.id, earlier=earlier, likeness=degree, said=said, by=RULE, note="", at=now))
    await PostVacancy.filter(post_id__in=[row.post_id for row in rows]).delete()
    await PostVacancy.bulk_create(rows)


async def _alike(place: _Place, posts: Sequence[Post], now: datetime) -> list[tuple[Post, UUID, float]]:
    """Return (post, the earlier one it is most like, how much) of posts of one firm, occupation, district and pay."""
    stored = Post.filter(**dict(zip(_PLACE, place, strict=True)), published_at__gte=now - WINDOW, source__isnull=True)
    rows = stored.order_by("published_at", "id").limit(MAX_COMPARED + len(posts))
    firm, occupation, district, low, high, unit = place
    earlier = [
        (key, Vacancy(firm, occupation, district, address, (low, high, unit), texts))
        for key, address, *texts in await rows.values_list("id", "address", *_TEXTS)
    ]
    together, found = {post.id for post in posts}, []
    for post in posts:
        mine = vacancy_of(post)
        alike = [(likeness(mine, other), key) for key, other in earlier if key not in together or key < post.id]
        degree, first = max(alike, key=lambda one: one[0], default=(0.0, None))
        if first is not None and degree >= ALIKE:
            found.append((post, first, degree))
    return found


def _place_of(post: Post) -> _Place:
    return str(post.firm_id), post.occupation, post.district, post.pay_min_fen, post.pay_max_fen, post.pay_unit


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


async def _roots(posts: Collection[UUID]) -> dict[UUID, UUID]:
    """Return the first posts of vacancies: of three equal posts the third is linked to the first."""
    rows = await PostVacancy.filter(post_id__in=list(posts), said="same").values_list("post_id", "earlier")
    return dict(rows)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFoundError(f"there is no post {text!r}") from error
