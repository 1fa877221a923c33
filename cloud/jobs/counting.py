"""How many vacancies a period counts (`posts_published` of the KPI), with every post of it and why it counts or not.

A post counts in the period in which it was first published; a repost and a vacancy that an earlier post has do not.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

from cloud.jobs.lookup import occupations
from cloud.jobs.models import Post
from cloud.jobs.vacancy_models import PostVacancy
from cloud.platform.core import Core
from cloud.platform.errors import InvalidInputError
from cloud.platform.paging import BATCH, each
from cloud.platform.papers import Field, Sheet, Value, workbook
from cloud.platform.times import MARKET_TIME

Why = Literal["repost", "same", "asked"]

#: A list of a year is what is asked at most; more is several lists.
MAX_PERIOD: Final = timedelta(days=366)
#: Why a post does not count, as the list says it.
WHY: Final[dict[Why, str]] = {
    "repost": "转载岗位，不重复计数",
    "same": "与先前发布的岗位是同一岗位",
    "asked": "疑似与先前岗位相同，待人工确认",
}
_FIELDS: Final = (
    Field("发布时间", "time", 20), Field("岗位", width=28), Field("用人单位", width=30), Field("职业", width=22),
    Field("人数", "int", 8), Field("地点", width=30), Field("薪酬起（元）", "money", 14), Field("是否计数", width=10),
    Field("不计数的原因", width=34), Field("说明", width=40), Field("先前岗位", width=38), Field("岗位编号", width=38),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PostCount:
    """How many posts of a period count, and how many do not for each reason."""

    start: date
    end: date
    counted: int
    excluded: dict[Why, int] = field(default_factory=dict)

    @property
    def published(self) -> int:
        """Return how many posts were published, counted or not."""
        return self.counted + sum(self.excluded.values())


@dataclass(frozen=True, slots=True)
class Counted:
    """One post of a period; `why` is None when it counts, `detail` says who said so or where it is from."""

    post: Post
    why: Why | None
    detail: str = ""
    earlier: str = ""


async def count_vacancies(start: date, end: date) -> PostCount:
    """Return the count of a period of market days, both included."""
    low, high = _bounds(start, end)
    published = Post.filter(published_at__gte=low, published_at__lt=high)
    links = PostVacancy.filter(post__published_at__gte=low, post__published_at__lt=high, post__source__isnull=True)
    excluded: dict[Why, int] = {"repost": await published.filter(source__isnull=False).count()}
    excluded["same"] = await links.filter(said="same").count()
    excluded["asked"] = await links.filter(said="asked").count()
    return PostCount(start, end, await published.count() - sum(excluded.values()), excluded)


async def counted_posts(start: date, end: date) -> AsyncIterator[Counted]:
    """Yield every post that was published in a period, in order of its making, with whether it counts and why not."""
    low, high = _bounds(start, end)
    found = Post.filter(published_at__gte=low, published_at__lt=high).prefetch_related("firm", "vacancy")
    async for post in each(found):
        yield _judge(post)


async def newest_counted(start: date, end: date, limit: int) -> list[Counted]:
    """Return the newest posts of a period, at most `limit`."""
    low, high = _bounds(start, end)
    found = Post.filter(published_at__gte=low, published_at__lt=high).prefetch_related("firm", "vacancy")
    return [_judge(post) for post in await found.order_by("-published_at", "-id").limit(min(limit, BATCH))]


async def count_workbook(core: Core, start: date, end: date) -> bytes:
    """Return the list of a period as XLSX, with the sum and the reasons above it."""
    count = await count_vacancies(start, end)
    notes = [f"{start} 至 {end}：发布 {count.published} 条，计数 {count.counted} 条"]
    notes += [f"不计数：{WHY[why]} {number} 条" for why, number in count.excluded.items()]
    sheet = Sheet("岗位计数", _FIELDS, (_cells(one) async for one in counted_posts(start, end)), notes)
    return await workbook([sheet], made_at=core.now(), title="岗位计数清单")


def _judge(post: Post) -> Counted:
    if post.source:
        return Counted(post, "repost", f"来源：{post.source}")
    link = post.vacancy  # type: ignore[attr-defined]  # the reverse side of a one-to-one relation
    if link is None:
        return Counted(post, None)
    who = (
        "文字完全相同"
        if link.by == "rule"
        else f"{link.by.removeprefix('staff:')} 确认{f'：{link.note}' if link.note else ''}"
    )
    match link.said:
        case "same":
            return Counted(post, "same", who, str(link.earlier))
        case "asked":
            return Counted(post, "asked", f"相似度 {link.likeness:.0%}", str(link.earlier))
        case _:
            return Counted(post, None, f"{who}，不是同一岗位", str(link.earlier))


def _cells(one: Counted) -> list[Value]:
    post = one.post
    return [
        post.published_at, post.title, post.firm.name, occupations().get(post.occupation, post.occupation),
        post.headcount, f"{post.district} {post.address}", post.pay_min_fen, "否" if one.why else "是",
        WHY[one.why] if one.why else "", one.detail, one.earlier, str(post.id),
    ]  # fmt: skip


def _bounds(start: date, end: date) -> tuple[datetime, datetime]:
    if not timedelta(0) <= end - start < MAX_PERIOD:
        raise InvalidInputError(f"截止日期须在起始日期之后 {MAX_PERIOD.days} 天以内", {"to": "时间段不对"})
    first = datetime.combine(start, time.min, MARKET_TIME)
    return first, datetime.combine(end + timedelta(days=1), time.min, MARKET_TIME)
