"""Surveys: everybody once, raw answers stay, a seeded sample, below fifty nothing is certified."""

from datetime import date
from uuid import UUID

import pytest

from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, NotFoundError
from cloud.service import campaigns, subjects, surveys
from cloud.service.drafts import CampaignDraft, CorrectionAsked, RatingAsked
from cloud.service.sampling import Respondent, draw, frame_digest
from cloud.service.surveymodels import SurveyAnswer, SurveyCampaign, SurveySample
from tests.cloud.clocks import HandClock
from tests.cloud.people.sample import in_by_code
from tests.cloud.service.sample import LI

pytestmark = pytest.mark.db
DAY = date(2026, 3, 2)
CALL = surveys.Origin("phone-call", LI.label)


def person(number: int) -> Respondent:
    return Respondent("person", UUID(int=number))


def draft(**members: object) -> CampaignDraft:
    values = {
        "title": "三月回访",
        "way": "phone",
        "frame": "persons",
        "period_from": DAY,
        "period_to": DAY,
        "wanted": 2,
    }
    return CampaignDraft.model_validate(values | members)


async def drawn(core: Core, people: int, wanted: int) -> SurveyCampaign:
    for number in range(people):
        core.clock.forward(minutes=2)  # type: ignore[attr-defined]
        await in_by_code(core, f"138000000{number:02d}")
    return await campaigns.open_campaign(core, draft(wanted=wanted), LI.label)


async def test_the_sample_can_be_drawn_again_from_frame_and_seed(core: Core) -> None:
    campaign = await drawn(core, 6, 3)
    frame = await campaigns.FRAMES["persons"].gather(core.now(), core.now())
    rows = await SurveySample.filter(campaign_id=campaign.id).order_by("rank")
    assert [row.respondent for row in rows] == [one.id for one in draw(frame, campaign.seed, 3)]
    assert (campaign.frame_size, campaign.frame_sha256) == (6, frame_digest(frame))
    with pytest.raises(ConflictError):
        await campaigns.open_campaign(core, draft(frame="firms"), LI.label)


async def test_an_answer_is_given_once_never_changed_and_corrected_by_a_row(core: Core) -> None:
    campaign = await drawn(core, 2, 2)
    first, second = await SurveySample.filter(campaign_id=campaign.id).order_by("rank")
    await surveys.answer_sampled(core, str(first.id), RatingAsked(rating=2, comment="等太久"), CALL)
    with pytest.raises(ConflictError):
        await surveys.answer_sampled(core, str(first.id), RatingAsked(rating=5), CALL)
    raw = await SurveyAnswer.get(sample_id=first.id)
    for rating in (3, 4):
        await surveys.correct(core, str(raw.id), CorrectionAsked(rating=rating, reason="点错了"), LI.label)
    assert (await SurveyAnswer.get(id=raw.id)).rating == 2
    result = await surveys.result_of(campaign.id)
    assert (result.share.satisfied, result.share.respondents, result.corrected) == (1, 1, 1)
    for _ in range(surveys.MAX_TRIES):
        await surveys.note_outcome(core, str(second.id), "unreachable")
    assert await campaigns.states_of(campaign.id) == {"answered": 1, "unreachable": 1}
    await campaigns.close_campaign(core, str(campaign.id))
    with pytest.raises(ConflictError):
        await surveys.answer_sampled(core, str(second.id), RatingAsked(rating=5), CALL)


async def test_after_a_service_everybody_counts_once_a_month(core: Core, clock: HandClock) -> None:
    own = surveys.Origin("phone", "seeker:x", "thread")
    assert await surveys.answer_after(core, person(1), RatingAsked(rating=1), own)
    assert not await surveys.answer_after(core, person(1), RatingAsked(rating=5), own)
    assert await surveys.answer_after(core, Respondent("firm", UUID(int=1)), RatingAsked(rating=5), own)
    clock.forward(days=31)
    assert await surveys.answer_after(core, person(1), RatingAsked(rating=5), own)
    assert [row.code for row in await SurveyCampaign.all().order_by("code")] == ["after-2026-03", "after-2026-04"]
    assert await campaigns.close_past(core) == 1
    march = await surveys.survey(DAY, DAY)
    assert (march.persons, march.firms, march.share.satisfied) == (1, 1, 1)
    assert (await surveys.survey(DAY, date(2026, 4, 30))).share.respondents == 3
    answer = await SurveyAnswer.all().first()
    assert answer is not None
    with pytest.raises(ConflictError, match="本人填写"):
        await surveys.correct(core, str(answer.id), CorrectionAsked(rating=5, reason="点错了"), LI.label)


async def test_on_site_who_comes_answers_and_by_telephone_only_who_was_drawn(core: Core) -> None:
    by_phone = await drawn(core, 1, 1)
    on_site = await campaigns.open_campaign(core, draft(way="onsite", frame=""), LI.label)
    own = surveys.Origin("kiosk", "seeker:x")
    assert [row.id for row in await surveys.open_for(person(5))] == [on_site.id]
    await surveys.answer_own(core, str(on_site.id), person(5), RatingAsked(rating=4), own)
    assert await surveys.open_for(person(5)) == []
    with pytest.raises(NotFoundError):
        await surveys.answer_own(core, str(by_phone.id), person(5), RatingAsked(rating=4), own)


async def test_below_fifty_nothing_is_certified(core: Core) -> None:
    own = surveys.Origin("kiosk", "seeker:x")
    for number in range(1, 50):
        await surveys.answer_after(core, person(number), RatingAsked(rating=5), own)
    assert not (await surveys.survey(DAY, DAY)).share.enough
    await surveys.answer_after(core, person(50), RatingAsked(rating=1), own)
    share = (await surveys.survey(DAY, DAY)).share
    assert (share.enough, share.satisfied, share.respondents) == (True, 49, 50)


async def test_who_is_erased_leaves_a_rating_and_no_word(core: Core) -> None:
    own = surveys.Origin("phone", "seeker:x")
    await surveys.answer_after(core, person(1), RatingAsked(rating=3, comment="我是张三"), own)
    await subjects.erase_person(core, person(1).id)
    assert [row.comment for row in await SurveyAnswer.all()] == [None]
    assert [sample.respondent for sample in await SurveySample.all()] == [None]
    assert (await surveys.survey(DAY, DAY)).share.respondents == 1
