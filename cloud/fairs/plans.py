"""Fairs from plan to result: every step passes the table of states and the papers that the law asks for."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Final, cast
from uuid import UUID

import uuid_utils

from cloud.fairs.drafts import FairDraft
from cloud.fairs.law import papers_on
from cloud.fairs.models import Fair, FairBooth, FairChange, FairPaper
from cloud.fairs.states import FAIRS, PLANNED, REASONED, STATE_WORDS, FairState, Standing, missing_papers
from cloud.fairs.tally import Tally, live_tally, tallies
from cloud.jobs import service as jobs
from cloud.platform.core import Core
from cloud.platform.database import after_commit
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.inputs import id_of
from cloud.platform.problems import ProblemError
from cloud.platform.times import day_start, market_day

#: Domain event: a fair or a show appears on the walls, changes there or goes.
CHANGED: Final = "fair.changed"
MAX_PAGE: Final = 100
#: Random bytes in the code of a fair's QR.
_CODE_BYTES: Final = 12
MAX_CODE: Final = 24
_STEP_TIMES: Final = {"announced": "announced_at", "open": "opened_at", "closed": "closed_at"}
_COUNTED: Final = frozenset[FairState]({"open", "closed"})
_LAST: Final = frozenset[FairState]({"closed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Found:
    """Fairs with their tallies; `next` is the cursor of what follows."""

    items: Sequence[tuple[Fair, Tally]]
    next: str | None


async def create_fair(core: Core, draft: FairDraft, *, by: str) -> Fair:
    """Store a plan."""
    async with core.outbox.transaction():
        fair = await Fair.create(
            id=UUID(str(uuid_utils.uuid7())), code=secrets.token_urlsafe(_CODE_BYTES), state="draft",
            created_by=by, created_at=core.now(), **draft.model_dump(),
        )  # fmt: skip
        await _note(core, fair, by)
    return fair


async def update_fair(core: Core, fair_id: str, draft: FairDraft, *, by: str) -> Fair:
    """Change the plan of a fair that is not yet open; booths that have a number keep their place."""
    async with core.outbox.transaction():
        fair = await hold_fair(fair_id)
        if fair.state not in PLANNED:
            raise ConflictError(f"招聘会{STATE_WORDS[fair.state]}，计划不能再改", "fair-state")
        taken = await FairBooth.filter(fair_id=fair.id, number__gt=draft.booth_count).exists()
        if taken:
            raise InvalidInputError("展位数小于已分配的展位号", {"booth_count": "小于已分配的展位号"})
        await fair.update_from_dict(draft.model_dump()).save()
        await _note(core, fair, by, "修改计划")
    return fair


async def move_fair(core: Core, fair_id: str, target: str, *, by: str, reason: str = "") -> Fair:
    """Take a fair one step on: 409 names the papers that are missing, or that there is no such step."""
    async with core.outbox.transaction():
        fair = await hold_fair(fair_id)
        state = _step(fair, target)
        if state in REASONED and not reason:
            raise InvalidInputError("请写明原因", {"reason": "请写明原因"})
        _check_day(core, fair, state)
        await _check_papers(fair, state)
        if state in _COUNTED:
            await freeze(fair)
        if state in _STEP_TIMES:
            setattr(fair, _STEP_TIMES[state], core.now())
        fair.state = state
        await fair.save()
        await _note(core, fair, by, reason)
    return fair


async def get_fair(fair_id: str) -> Fair:
    """Return one fair; NotFoundError when there is none."""
    return await _one(fair_id, lock=False)


async def hold_fair(fair_id: str) -> Fair:
    """Return one fair that nobody else changes until the transaction in force ends."""
    return await _one(fair_id, lock=True)


async def fair_of_code(code: str) -> Fair:
    """Return the fair of a QR; NotFoundError when it is none of ours."""
    fair = await Fair.get_or_none(code=code) if len(code) <= MAX_CODE else None
    if fair is None:
        raise NotFoundError("没有这场招聘会")
    return fair


async def list_fairs(*, state: str = "", cursor: str | None = None, limit: int = 30) -> Found:
    """Return fairs, the latest first."""
    found = Fair.all().order_by("-starts_at", "-id")
    if state:
        found = found.filter(state=state)
    if cursor:
        last = await Fair.get_or_none(id=cursor)
        if last is None:
            raise InvalidInputError("cursor: send the `next` of the part before", {"cursor": "not one of ours"})
        found = found.filter(starts_at__lte=last.starts_at).exclude(id=last.id)
    rows = await found.limit(limit + 1)
    counts = await tallies(rows[:limit])
    items = [(fair, counts[fair.id]) for fair in rows[:limit]]
    return Found(items, str(rows[limit - 1].id) if len(rows) > limit else None)


async def fairs_between(first: date, last: date) -> Sequence[tuple[Fair, Tally]]:
    """Return the fairs that begin on days of the market, in order; cancelled ones too."""
    start, end = day_start(first), day_start(last + timedelta(days=1))
    rows = await Fair.filter(starts_at__gte=start, starts_at__lt=end).order_by("starts_at", "id")
    counts = await tallies(rows)
    return [(fair, counts[fair.id]) for fair in rows]


async def history(fair: Fair) -> list[FairChange]:
    """Return what happened to a fair, newest first."""
    return await FairChange.filter(fair_id=fair.id).order_by("-id")


async def standing_of(fair: Fair) -> Standing:
    """Return what the records say of a fair's papers."""
    firms = await FairBooth.filter(fair_id=fair.id, state="assigned").values_list("firm", flat=True)
    verified = [(await jobs.get_firm(str(firm)))["verified"] for firm in firms]
    return Standing(
        starts_at=fair.starts_at,
        expected_people=fair.expected_people,
        announced_at=fair.announced_at,
        on_file={row.paper for row in await papers_of(fair)},
        booths_assigned=len(verified),
        firms_unverified=verified.count(False),
    )


async def papers_of(fair: Fair) -> list[FairPaper]:
    """Return the papers on file."""
    return await FairPaper.filter(fair_id=fair.id).order_by("id")


async def file_paper(core: Core, fair_id: str, paper: str, reference: str, *, by: str) -> Fair:
    """Note that a paper is on file; the newest reference replaces the one before."""
    async with core.outbox.transaction():
        fair = await hold_fair(fair_id)
        if fair.state in _LAST:
            raise ConflictError(f"招聘会{STATE_WORDS[fair.state]}，不能再登记材料", "fair-state")
        known = papers_on(market_day(fair.starts_at)).get(paper)
        if known is None or known.kept != "paper":
            raise NotFoundError(f"没有这种材料：{paper}")
        values = {"reference": reference, "by": by, "at": core.now()}
        await FairPaper.update_or_create(values, fair_id=fair.id, paper=paper)
        await _note(core, fair, by, f"登记{known.name}：{reference}")
    return fair


async def freeze(fair: Fair) -> None:
    """Keep what a fair has: a post that is filled at the fair and taken down was there all the same."""
    counted = await live_tally(fair)
    fair.posts = max(fair.posts or 0, counted.posts)
    fair.people_wanted = max(fair.people_wanted or 0, counted.people_wanted)
    fair.firms = max(fair.firms or 0, counted.firms)


def _step(fair: Fair, target: str) -> FairState:
    if target not in FAIRS[cast("FairState", fair.state)]:
        words = STATE_WORDS.get(target, target)
        raise ConflictError(f"招聘会{STATE_WORDS[fair.state]}，不能改为“{words}”", "fair-state")
    return target


def _check_day(core: Core, fair: Fair, state: FairState) -> None:
    now = core.now()
    if state == "announced" and fair.starts_at <= now:
        raise ConflictError("开始时间已过，请先改时间再发布", "fair-day")
    if state == "open" and market_day(fair.starts_at) != market_day(now):
        raise ConflictError(f"招聘会在 {market_day(fair.starts_at)}，只能当天开场", "fair-day")


async def _check_papers(fair: Fair, state: FairState) -> None:
    missing = missing_papers(await standing_of(fair), state)
    if missing:
        words = "、".join(f"{paper.name}（{paper.law}）" for paper in missing)
        members = {"missing": [paper.id for paper in missing]}
        raise ProblemError(409, "fair-papers", f"还缺：{words}", members=members)


async def _note(core: Core, fair: Fair, by: str, note: str = "") -> None:
    """Leave a line of history, and tell walls and pages after the commit."""
    now = core.now()
    await FairChange.create(fair_id=fair.id, state=fair.state, by=by, note=note, at=now)
    await core.outbox.emit(CHANGED, str(fair.id), {"id": str(fair.id)}, now)
    after_commit(partial(core.hub.publish, "fair", {"id": str(fair.id)}))


async def _one(fair_id: str, *, lock: bool) -> Fair:
    key = id_of(fair_id, f"没有这场招聘会：{fair_id}")
    fair = await (Fair.select_for_update().get_or_none(id=key) if lock else Fair.get_or_none(id=key))
    if fair is None:
        raise NotFoundError(f"没有这场招聘会：{fair_id}")
    return fair
