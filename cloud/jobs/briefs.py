"""Posts in brief, many at a time: what fairs and live shows show and count of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from cloud.jobs.content import pay_text
from cloud.jobs.models import Post

#: Ids in one statement; a database has a bound on them.
_CHUNK: Final = 1_000
#: Posts that one firm is offered to choose from.
MAX_OF_FIRM: Final = 300


@dataclass(frozen=True, slots=True)
class Brief:
    """One post: `pay` is text in yuan; it is up from `valid_from` to `valid_to` while `state` is published."""

    id: UUID
    title: str
    firm: UUID
    firm_name: str
    headcount: int
    pay: str
    place: str
    hours: str
    state: str
    valid_from: date
    valid_to: date

    def is_up_on(self, day: date) -> bool:
        """Return whether it is published and valid on a day."""
        return self.state == "published" and self.valid_from <= day <= self.valid_to


async def briefs_of(ids: Iterable[UUID]) -> dict[UUID, Brief]:
    """Return posts by id; those that are gone are left out."""
    wanted = sorted(set(ids))
    found: dict[UUID, Brief] = {}
    for start in range(0, len(wanted), _CHUNK):
        part = wanted[start : start + _CHUNK]
        found |= {post.id: _brief(post) for post in await Post.filter(id__in=part).prefetch_related("firm")}
    return found


async def briefs_of_firm(firm: UUID, day: date) -> Sequence[Brief]:
    """Return the posts of a firm that are up on a day, newest first, at most MAX_OF_FIRM."""
    up = Post.filter(firm_id=firm, state="published", valid_from__lte=day, valid_to__gte=day)
    return [_brief(post) for post in await up.prefetch_related("firm").order_by("-id").limit(MAX_OF_FIRM)]


def _brief(post: Post) -> Brief:
    return Brief(
        id=post.id,
        title=post.title,
        firm=post.firm.id,
        firm_name=post.firm.name,
        headcount=post.headcount,
        pay=pay_text(post.pay_min_fen, post.pay_max_fen, post.pay_unit),
        place=f"{post.district} {post.address}",
        hours=post.hours,
        state=post.state,
        valid_from=post.valid_from,
        valid_to=post.valid_to,
    )
