"""Live shows: planned with their posts, run, and what they gained: viewers as entered, applicants as counted here."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Final, cast
from uuid import UUID

import uuid_utils

from cloud.fairs.drafts import ShowDraft, ShowResult
from cloud.fairs.plans import CHANGED
from cloud.fairs.show_models import LiveShow, ShowApplicant, ShowPost
from cloud.fairs.states import REASONED, SHOWS, ShowState
from cloud.jobs import service as jobs
from cloud.platform.core import Core
from cloud.platform.database import after_commit
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.inputs import id_of
from cloud.platform.times import day_start, market_day

MAX_LISTED: Final = 200
#: What the link of a show's QR says of where somebody comes from.
SOURCE: Final = "qr:live:{id}"


@dataclass(frozen=True, slots=True)
class Shown:
    """A post of a show: `minute` counts from its beginning."""

    minute: int
    post: jobs.Brief
    applicants: int


def source_of(show: LiveShow) -> str:
    """Return the source that a show's QR carries."""
    return SOURCE.format(id=show.id)


async def save_show(core: Core, draft: ShowDraft, *, by: str, show_id: str = "") -> LiveShow:
    """Store the plan of a show, or change it while it is planned."""
    values = draft.model_dump(exclude={"posts"})
    async with core.outbox.transaction():
        if show_id:
            show = await _hold(show_id)
            if show.state != "planned":
                raise ConflictError("直播已经开始或取消，计划不能再改", "show-state")
            await show.update_from_dict(values).save()
        else:
            show = await LiveShow.create(
                id=UUID(str(uuid_utils.uuid7())), state="planned", created_by=by, created_at=core.now(), **values
            )
        await _set_posts(show, draft)
        await _tell(core, show)
    return show


async def move_show(core: Core, show_id: str, target: str, *, reason: str = "") -> LiveShow:
    """Begin, end or cancel a show; 409 when there is no such step."""
    async with core.outbox.transaction():
        show = await _hold(show_id)
        if target not in SHOWS[cast("ShowState", show.state)]:
            raise ConflictError("直播已经是这个状态，或不能这样改", "show-state")
        if target in REASONED and not reason:
            raise InvalidInputError("请写明原因", {"reason": "请写明原因"})
        now = core.now()
        times = {"live": {"started_at": now}, "ended": {"ended_at": now}}.get(target, {})
        await show.update_from_dict({"state": target, "reason": reason, **times}).save()
        await _tell(core, show)
    return show


async def set_show_result(core: Core, show_id: str, result: ShowResult) -> LiveShow:
    """Enter what the platform says of a show that has ended."""
    async with core.outbox.transaction():
        show = await _hold(show_id)
        if show.state != "ended":
            raise ConflictError("直播结束后才能登记结果", "show-state")
        await show.update_from_dict(result.model_dump()).save()
        await _tell(core, show)
    return show


async def apply_at(core: Core, show_id: str, post: UUID, person: UUID) -> bool:
    """Note that a jobseeker wants a post of a show and came by it; return whether that is new."""
    async with core.outbox.transaction():
        show = await _hold(show_id)
        if show.state == "cancelled" or not await ShowPost.exists(show_id=show.id, post=post):
            raise NotFoundError("这场直播没有这个岗位")
        brief = (await jobs.briefs_of([post])).get(post)
        if brief is None or not brief.is_up_on(market_day(core.now())):
            raise ConflictError("这个岗位已经下架", "post-state")
        if await ShowApplicant.exists(show_id=show.id, post=post, person=person):
            return False
        await ShowApplicant.create(show_id=show.id, post=post, person=person, source=source_of(show), at=core.now())
        after_commit(partial(core.hub.publish, "fair", {"id": str(show.id)}))
    return True


async def wanted_by(show: LiveShow, person: UUID) -> set[UUID]:
    """Return the posts of a show that a jobseeker has asked for."""
    return {row.post for row in await ShowApplicant.filter(show_id=show.id, person=person)}


async def applicants_of(show: LiveShow) -> int:
    """Return how many people a show gained; one who is erased and wanted several posts counts for each."""
    named = await ShowApplicant.filter(show_id=show.id, person__not_isnull=True).distinct().values_list("person")
    return len(named) + await ShowApplicant.filter(show_id=show.id, person__isnull=True).count()


async def posts_of_show(show: LiveShow) -> list[Shown]:
    """Return the posts of a show in its order, with how many asked for each."""
    rows = await ShowPost.filter(show_id=show.id).order_by("place")
    briefs: Mapping[UUID, jobs.Brief] = await jobs.briefs_of(row.post for row in rows)
    wanted = Counter(row.post for row in await ShowApplicant.filter(show_id=show.id))
    return [Shown(row.minute, briefs[row.post], wanted[row.post]) for row in rows if row.post in briefs]


async def get_show(show_id: str) -> LiveShow:
    """Return one show; NotFoundError when there is none."""
    show = await LiveShow.get_or_none(id=id_of(show_id, "没有这场直播"))
    if show is None:
        raise NotFoundError("没有这场直播")
    return show


async def list_shows(limit: int = MAX_LISTED) -> Sequence[LiveShow]:
    """Return shows, the latest first."""
    return await LiveShow.all().order_by("-starts_at", "-id").limit(limit)


async def shows_between(first: date, last: date) -> Sequence[LiveShow]:
    """Return the shows that begin on days of the market, in order; cancelled ones too."""
    start, end = day_start(first), day_start(last + timedelta(days=1))
    return await LiveShow.filter(starts_at__gte=start, starts_at__lt=end).order_by("starts_at", "id").limit(MAX_LISTED)


async def _set_posts(show: LiveShow, draft: ShowDraft) -> None:
    ids = [one.post for one in draft.posts]
    if len(set(ids)) != len(ids):
        raise InvalidInputError("同一岗位只能讲一次", {"posts": "同一岗位只能讲一次"})
    if missing := set(ids) - set(await jobs.briefs_of(ids)):
        raise InvalidInputError("没有这个岗位", {"posts": f"没有 {len(missing)} 个岗位"})
    await ShowPost.filter(show_id=show.id).delete()
    ordered = sorted(draft.posts, key=lambda one: one.minute)
    rows = [ShowPost(show_id=show.id, post=one.post, place=n, minute=one.minute) for n, one in enumerate(ordered, 1)]
    await ShowPost.bulk_create(rows)


async def _hold(show_id: str) -> LiveShow:
    show = await LiveShow.select_for_update().get_or_none(id=id_of(show_id, "没有这场直播"))
    if show is None:
        raise NotFoundError("没有这场直播")
    return show


async def _tell(core: Core, show: LiveShow) -> None:
    await core.outbox.emit(CHANGED, str(show.id), {"id": str(show.id)}, core.now())
    after_commit(partial(core.hub.publish, "fair", {"id": str(show.id)}))
