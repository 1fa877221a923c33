"""Booths: asked for by a firm in its portal or given by the staff, with a number and the posts that the firm brings."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast
from uuid import UUID

import uuid_utils

from cloud.fairs.drafts import BoothAsked, BoothResults, BoothStep, OwnBoothAsked
from cloud.fairs.models import BoothPost, Fair, FairBooth
from cloud.fairs.plans import freeze, get_fair, hold_fair
from cloud.fairs.states import ASKABLE, BOOTHS, PLANNED, STATE_WORDS, BoothState
from cloud.jobs import service as jobs
from cloud.platform.core import Core
from cloud.platform.database import after_commit
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.inputs import id_of
from cloud.platform.times import market_day


@dataclass(frozen=True, slots=True)
class Booth:
    """A booth with the posts that are still there."""

    row: FairBooth
    posts: Sequence[jobs.Brief]


async def ask_booth(core: Core, fair_id: str, firm: UUID, asked: OwnBoothAsked, *, by: str) -> FairBooth:
    """Ask for a booth on behalf of a firm; 409 when it has one, or the fair takes no more questions."""
    async with core.outbox.transaction():
        fair = await hold_fair(fair_id)
        if fair.state not in ASKABLE or fair.starts_at <= core.now():
            raise ConflictError(f"招聘会{STATE_WORDS[fair.state]}，不能申请展位", "fair-state")
        booth = await _row(fair, firm, by, core)
        _move(booth, "requested")
        booth.note, booth.asked_by, booth.asked_at = asked.note, by, core.now()
        await booth.save()
        await _bring(fair, booth, asked.posts)
        _tell(core, fair)
    return booth


async def give_booth(core: Core, fair_id: str, asked: BoothAsked, *, by: str) -> FairBooth:
    """Give a firm a booth without its asking."""
    async with core.outbox.transaction():
        fair = await hold_fair(fair_id)
        booth = await _row(fair, asked.firm, by, core)
        await booth.save()
        await _bring(fair, booth, asked.posts)
        await _assign(core, fair, booth, asked.number, by)
    return booth


async def decide_booth(core: Core, fair_id: str, booth_id: str, step: BoothStep, *, by: str) -> FairBooth:
    """Assign a number to a booth that was asked for, decline it, or take it back."""
    async with core.outbox.transaction():
        fair = await hold_fair(fair_id)
        booth = await _find(fair, booth_id)
        if step.to == "assigned":
            await _assign(core, fair, booth, step.number, by)
        else:
            await _leave(core, fair, booth, step.to, by)
        booth.note = step.note or booth.note
        await booth.save()
    return booth


async def withdraw_booth(core: Core, fair_id: str, firm: UUID, *, by: str) -> FairBooth:
    """Take back a firm's own question or booth, while the fair is not open."""
    async with core.outbox.transaction():
        fair = await hold_fair(fair_id)
        booth = await FairBooth.get_or_none(fair_id=fair.id, firm=firm)
        if booth is None:
            raise NotFoundError("没有这个展位")
        await _leave(core, fair, booth, "withdrawn", by)
        await booth.save()
    return booth


async def bring_posts(core: Core, fair_id: str, booth_id: str, posts: Collection[UUID], *, by: str) -> FairBooth:
    """Replace the posts of a booth, while the fair is not over."""
    del by
    async with core.outbox.transaction():
        fair = await hold_fair(fair_id)
        booth = await _find(fair, booth_id)
        if fair.state not in PLANNED | {"open"}:
            raise ConflictError(f"招聘会{STATE_WORDS[fair.state]}，岗位不能再改", "fair-state")
        await _bring(fair, booth, posts)
        await _recount(fair)
        _tell(core, fair)
    return booth


async def mark_arrived(core: Core, fair_id: str, booth_id: str) -> FairBooth:
    """Note that a firm has come to its booth; the first time counts."""
    async with core.outbox.transaction():
        fair = await hold_fair(fair_id)
        booth = await _find(fair, booth_id)
        if fair.state != "open" or booth.state != "assigned":
            raise ConflictError("招聘会未在进行，或该单位没有展位", "fair-state")
        if booth.arrived_at is None:
            booth.arrived_at = core.now()
            await booth.save()
            _tell(core, fair)
    return booth


async def set_results(core: Core, fair_id: str, booth_id: str, results: BoothResults, *, by: str) -> FairBooth:
    """Enter what came of a booth, while the fair is on or after it."""
    async with core.outbox.transaction():
        fair = await hold_fair(fair_id)
        booth = await _find(fair, booth_id)
        if fair.state not in {"open", "closed"} or booth.state != "assigned":
            raise ConflictError("招聘会开场后才能登记有展位单位的结果", "fair-state")
        await booth.update_from_dict(results.model_dump() | {"results_by": by}).save()
        _tell(core, fair)
    return booth


async def booths_of(fair: Fair) -> list[Booth]:
    """Return every booth of a fair with its posts: those with a number first, in its order."""
    rows = await FairBooth.filter(fair_id=fair.id).order_by("number", "asked_at")
    rows.sort(key=lambda row: (row.number is None, row.number or 0))
    return await _with_posts(rows)


async def booth_of_firm(fair: Fair, firm: UUID) -> Booth | None:
    """Return the booth of one firm."""
    rows = await FairBooth.filter(fair_id=fair.id, firm=firm)
    return next(iter(await _with_posts(rows)), None)


async def free_numbers(fair: Fair) -> list[int]:
    """Return the numbers that nobody has."""
    taken = await FairBooth.filter(fair_id=fair.id, number__not_isnull=True).values_list("number", flat=True)
    return sorted(set(range(1, fair.booth_count + 1)) - set(taken))


async def get_booth(fair_id: str, booth_id: str) -> tuple[Fair, Booth]:
    """Return a booth with its fair."""
    fair = await get_fair(fair_id)
    return fair, (await _with_posts([await _find(fair, booth_id)]))[0]


async def _with_posts(rows: Sequence[FairBooth]) -> list[Booth]:
    brought: defaultdict[object, list[UUID]] = defaultdict(list)
    for one in await BoothPost.filter(booth_id__in=[row.id for row in rows]).order_by("id"):
        brought[one.booth_id].append(one.post)
    briefs: Mapping[UUID, jobs.Brief] = await jobs.briefs_of(post for ids in brought.values() for post in ids)
    return [Booth(row, [briefs[post] for post in brought[row.id] if post in briefs]) for row in rows]


async def _row(fair: Fair, firm: UUID, by: str, core: Core) -> FairBooth:
    """Return the firm's booth at a fair, new or old; a firm has one that may publish posts on the fair's day."""
    found = await jobs.get_firm(str(firm))
    await jobs.require_publishing(firm, market_day(fair.starts_at))
    booth = await FairBooth.get_or_none(fair_id=fair.id, firm=firm)
    if booth is not None:
        return booth
    values: dict[str, Any] = {"state": "withdrawn", "asked_by": by, "asked_at": core.now()}
    return await FairBooth.create(
        id=UUID(str(uuid_utils.uuid7())), fair_id=fair.id, firm=firm, firm_name=found["name"], **values
    )


async def _assign(core: Core, fair: Fair, booth: FairBooth, number: int | None, by: str) -> None:
    if fair.state not in PLANNED | {"open"}:
        raise ConflictError(f"招聘会{STATE_WORDS[fair.state]}，不能再安排展位", "fair-state")
    await jobs.require_publishing(booth.firm, market_day(fair.starts_at))
    free = await free_numbers(fair)
    if not free or (number is not None and number not in free):
        raise ConflictError("这个展位号不可用" if free else "展位已经排满", "booth-taken")
    _move(booth, "assigned")
    booth.number = number or free[0]
    booth.decided_by, booth.decided_at = by, core.now()
    await booth.save()
    await _recount(fair)
    _tell(core, fair)


async def _leave(core: Core, fair: Fair, booth: FairBooth, state: BoothState, by: str) -> None:
    if fair.state not in PLANNED:
        raise ConflictError(f"招聘会{STATE_WORDS[fair.state]}，展位不能再退", "fair-state")
    _move(booth, state)
    booth.number, booth.decided_by, booth.decided_at = None, by, core.now()
    _tell(core, fair)


async def _bring(fair: Fair, booth: FairBooth, posts: Collection[UUID]) -> None:
    """Replace a booth's posts; each is the firm's own and up on the fair's day."""
    briefs, day = await jobs.briefs_of(posts), market_day(fair.starts_at)
    for post in posts:
        brief = briefs.get(post)
        if brief is None or brief.firm != booth.firm:
            raise InvalidInputError("只能带本单位的岗位", {"posts": "只能带本单位的岗位"})
        if not brief.is_up_on(day):
            words = f"“{brief.title}”在招聘会当天没有发布或已过有效期"
            raise InvalidInputError(words, {"posts": words})
    await BoothPost.filter(booth_id=booth.id).delete()
    await BoothPost.bulk_create([BoothPost(booth_id=booth.id, post=post) for post in dict.fromkeys(posts)])


async def _recount(fair: Fair) -> None:
    """Count again what a fair that is on has gained."""
    if fair.state == "open":
        await freeze(fair)
        await fair.save()


async def _find(fair: Fair, booth_id: str) -> FairBooth:
    booth = await FairBooth.get_or_none(id=id_of(booth_id, "没有这个展位"), fair_id=fair.id)
    if booth is None:
        raise NotFoundError("没有这个展位")
    return booth


def _move(booth: FairBooth, state: BoothState) -> None:
    if state not in BOOTHS[cast("BoothState", booth.state)]:
        raise ConflictError("展位已经是这个状态，或不能这样改", "booth-state")
    booth.state = state


def _tell(core: Core, fair: Fair) -> None:
    after_commit(partial(core.hub.publish, "fair", {"id": str(fair.id)}))
