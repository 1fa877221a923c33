"""Answers to surveys and what they say: raw answers never change, corrections are rows, each respondent counts once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any, Final, Literal
from uuid import UUID

import uuid_utils

from cloud.platform.core import Core
from cloud.platform.database import after_commit, lock_names
from cloud.platform.errors import ConflictError, NotFoundError
from cloud.platform.keyring import place
from cloud.platform.times import day_start, market_day
from cloud.service.drafts import CorrectionAsked, RatingAsked
from cloud.service.margin import Share
from cloud.service.sampling import Respondent
from cloud.service.subjects import opened
from cloud.service.surveymodels import SurveyAnswer, SurveyCampaign, SurveyCorrection, SurveySample

#: Topic of the hub.
TOPIC: Final = "survey"
#: GB/T 19038 measures satisfaction in five steps; the upper two are satisfied.
SATISFIED_FROM: Final = 4
RATINGS: Final = (1, 2, 3, 4, 5)
#: A respondent who was not reached so often is not called again.
MAX_TRIES: Final = 3
Outcome = Literal["refused", "unreachable"]
AFTER: Final = "after"


@dataclass(frozen=True, slots=True)
class Origin:
    """How an answer came: by which channel, entered by whom, about which service."""

    channel: str
    by: str
    service: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What the answers say: how many gave each rating, corrected ones as corrected."""

    counts: Mapping[int, int]
    persons: int = 0
    firms: int = 0
    corrected: int = 0
    share: Share = field(init=False)

    def __post_init__(self) -> None:
        """Count who is satisfied."""
        satisfied = sum(count for rating, count in self.counts.items() if rating >= SATISFIED_FROM)
        object.__setattr__(self, "share", Share(satisfied, sum(self.counts.values())))


def respondent_of(person: UUID | None, firm: UUID | None) -> Respondent | None:
    """Return who answers for a person or a firm; nobody for who stayed anonymous."""
    if firm is not None:
        return Respondent("firm", firm)
    return Respondent("person", person) if person is not None else None


async def answer_after(core: Core, who: Respondent, asked: RatingAsked, origin: Origin) -> bool:
    """Keep an answer given after a service; the first one of a month counts; returns whether it did."""
    async with core.outbox.transaction():
        campaign = await _month(core)
        await lock_names([f"survey {campaign.id} {who.name}"])
        if await SurveySample.exists(campaign_id=campaign.id, kind=who.kind, respondent=who.id):
            return False
        sample = await _sample(campaign.id, who)
        await _keep(core, sample, asked, origin)
    return True


async def answer_sampled(core: Core, sample_id: str, asked: RatingAsked, origin: Origin) -> None:
    """Keep the answer of somebody who was asked by telephone; ConflictError when there is one already."""
    async with core.outbox.transaction():
        sample = await _locked_sample(sample_id)
        await _keep(core, sample, asked, origin)


async def answer_own(core: Core, campaign_id: str, who: Respondent, asked: RatingAsked, origin: Origin) -> None:
    """Keep the answer of somebody who answers by himself, on site or because he was drawn."""
    async with core.outbox.transaction():
        campaign = await get_campaign(campaign_id)
        await lock_names([f"survey {campaign.id} {who.name}"])
        sample = await SurveySample.get_or_none(campaign_id=campaign.id, kind=who.kind, respondent=who.id)
        if sample is None and campaign.way != "onsite":
            raise NotFoundError("这次调查没有抽到您")
        await _keep(core, sample or await _sample(campaign.id, who), asked, origin)


async def note_outcome(core: Core, sample_id: str, outcome: Outcome) -> None:
    """Note that somebody would not answer, or was not reached; after MAX_TRIES he is not called again."""
    async with core.outbox.transaction():
        sample = await _locked_sample(sample_id)
        if sample.state != "waiting":
            raise ConflictError("已有答复", "already-answered")
        sample.tries, sample.last_at = sample.tries + 1, core.now()
        if outcome == "refused" or sample.tries >= MAX_TRIES:
            sample.state = outcome
        await sample.save(update_fields=["tries", "last_at", "state"])
        after_commit(partial(core.hub.publish, TOPIC, {"id": str(sample.campaign_id)}))


async def correct(core: Core, answer_id: str, asked: CorrectionAsked, by: str) -> UUID:
    """Say what a rating that was entered wrongly should have been; the raw answer stays; returns its campaign."""
    async with core.outbox.transaction():
        answer = await SurveyAnswer.get_or_none(id=_uuid(answer_id))
        if answer is None:
            raise NotFoundError(f"there is no answer {answer_id!r}")
        if not answer.by.startswith("staff:"):
            raise ConflictError("本人填写的评价不能更正", "own-answer")
        await SurveyCorrection.create(
            id=_new_id(), answer_id=answer.id, rating=asked.rating, reason=asked.reason, by=by, at=core.now()
        )
        after_commit(partial(core.hub.publish, TOPIC, {"id": str(answer.campaign_id)}))
    return UUID(str(answer.campaign_id))


async def result_of(campaign_id: UUID) -> Result:
    """Return what the answers of one campaign say."""
    return await _result(await SurveyAnswer.filter(campaign_id=campaign_id).prefetch_related("sample"))


async def survey(start: date, end: date) -> Result:
    """Return what was answered from one day of the market to another, both included, in whatever campaign.

    Everybody counts once per campaign. `share.respondents` and `share.satisfied` are the assessment's facts (C7).
    """
    found = SurveyAnswer.filter(at__gte=day_start(start), at__lt=day_start(end + timedelta(days=1)))
    return await _result(await found.prefetch_related("sample"))


async def open_for(who: Respondent) -> list[SurveyCampaign]:
    """Return the open campaigns that somebody may still answer: those on site, and where he was drawn."""
    found = await SurveyCampaign.filter(state="open").exclude(way=AFTER).order_by("-id")
    samples = {row.campaign_id: row for row in await SurveySample.filter(kind=who.kind, respondent=who.id)}
    return [one for one in found if _may_answer(one, samples.get(one.id))]


async def get_campaign(campaign_id: str) -> SurveyCampaign:
    """Return a campaign; NotFoundError when there is none."""
    found = await SurveyCampaign.get_or_none(id=_uuid(campaign_id))
    if found is None:
        raise NotFoundError(f"there is no survey {campaign_id!r}")
    return found


async def get_sample(sample_id: str) -> SurveySample:
    """Return one respondent of a sample."""
    found = await SurveySample.get_or_none(id=_uuid(sample_id))
    if found is None:
        raise NotFoundError(f"there is no respondent {sample_id!r}")
    return found


async def waiting_samples(campaign: UUID, limit: int) -> list[SurveySample]:
    """Return who is still to be called, in the drawn order, those tried before last."""
    found = SurveySample.filter(campaign_id=campaign, state="waiting", rank__not_isnull=True)
    return await found.order_by("tries", "rank").limit(limit)


async def raw_answers(core: Core, campaign: UUID, limit: int | None = None) -> list[dict[str, Any]]:
    """Return raw answers, the newest first: `now` is the rating that counts, `entered_by` who of the staff wrote it."""
    found = SurveyAnswer.filter(campaign_id=campaign).prefetch_related("sample").order_by("-id")
    rows = await (found.limit(limit) if limit else found)
    now = await ratings_now(rows)
    why = {row.answer_id: row.reason for row in await SurveyCorrection.filter(answer_id__in=list(now)).order_by("id")}
    return [
        {"id": str(row.id), "at": row.at, "kind": row.sample.kind, "rating": row.rating, "now": now[row.id][0],
         "reason": why.get(row.id, ""), "comment": opened(core, row, "comment"), "channel": row.channel,
         "entered_by": row.by if row.by.startswith("staff:") else ""}
        for row in rows
    ]  # fmt: skip


async def ratings_now(answers: Sequence[SurveyAnswer]) -> dict[UUID, tuple[int, bool]]:
    """Return for each answer the rating that counts, and whether it was corrected."""
    found = {answer.id: (answer.rating, False) for answer in answers}
    rows = await SurveyCorrection.filter(answer_id__in=list(found)).order_by("id")
    return found | {UUID(str(row.answer_id)): (row.rating, True) for row in rows}


async def _result(answers: Sequence[SurveyAnswer]) -> Result:
    now = await ratings_now(answers)
    counts = Counter(rating for rating, _ in now.values())
    firms = sum(answer.sample.kind == "firm" for answer in answers)
    return Result(
        counts={rating: counts[rating] for rating in RATINGS},
        persons=len(answers) - firms,
        firms=firms,
        corrected=sum(corrected for _, corrected in now.values()),
    )


def _may_answer(campaign: SurveyCampaign, sample: SurveySample | None) -> bool:
    return campaign.way == "onsite" if sample is None else sample.state == "waiting"


async def _keep(core: Core, sample: SurveySample, asked: RatingAsked, origin: Origin) -> None:
    campaign = await SurveyCampaign.get(id=sample.campaign_id)
    if campaign.state != "open":
        raise ConflictError("调查已结束", "survey-closed")
    if sample.state == "answered":
        raise ConflictError("已有答复，每次调查每人只算一次", "already-answered")
    row_id, now = _new_id(), core.now()
    comment = core.keyring.seal(asked.comment, place("survey_answer.comment", row_id)) if asked.comment else None
    await SurveyAnswer.create(
        id=row_id,
        sample_id=sample.id,
        campaign_id=campaign.id,
        rating=asked.rating,
        comment=comment,
        channel=origin.channel,
        service=origin.service,
        by=origin.by,
        at=now,
    )
    await SurveySample.filter(id=sample.id).update(state="answered", last_at=now, tries=sample.tries + 1)
    after_commit(partial(core.hub.publish, TOPIC, {"id": str(campaign.id)}))


async def _month(core: Core) -> SurveyCampaign:
    """Return the standing campaign of this month, which asks after each service."""
    day = market_day(core.now())
    code, first = f"after-{day:%Y-%m}", day.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    await lock_names([code])
    found = await SurveyCampaign.get_or_none(code=code)
    return found or await SurveyCampaign.create(
        id=_new_id(), code=code, title=f"{day.year} 年 {day.month} 月服务后评价", way=AFTER, frame="", wanted=0,
        period_from=first, period_to=last, state="open", made_by="system", made_at=core.now(),
    )  # fmt: skip


async def _sample(campaign: UUID, who: Respondent) -> SurveySample:
    return await SurveySample.create(
        id=_new_id(), campaign_id=campaign, kind=who.kind, respondent=who.id, state="waiting"
    )


async def _locked_sample(sample_id: str) -> SurveySample:
    found = await SurveySample.select_for_update().get_or_none(id=_uuid(sample_id))
    if found is None:
        raise NotFoundError(f"there is no respondent {sample_id!r}")
    return found


def _new_id() -> UUID:
    return UUID(str(uuid_utils.uuid7()))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFoundError(f"there is no survey {text!r}") from error
