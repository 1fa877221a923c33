"""REST of satisfaction surveys for the staff."""

from aiohttp import web

from cloud.platform.core import Core
from cloud.platform.http import answer
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.shapes import Page, body_of, query_of
from cloud.service import campaigns, shapes, surveys
from cloud.service.drafts import CampaignDraft, CorrectionAsked, RatingAsked
from cloud.service.surveymodels import SurveyCampaign
from protocols.venue.timestamps import format_time


async def list_surveys(request: web.Request) -> web.Response:
    """GET /api/v1/surveys: surveys with their results, the newest first."""
    query = query_of(request, shapes.CursorQuery)
    rows, following = await campaigns.list_campaigns(query.cursor, query.limit)
    items = [await campaign_document(row) for row in rows]
    return answer(Page[shapes.CampaignShown](items=items, next=following))


async def open_survey(request: web.Request) -> web.Response:
    """POST /api/v1/surveys: open a survey; one by telephone draws its sample."""
    campaign = await campaigns.open_campaign(
        request.app[CORE], body_of(request, CampaignDraft), request[PRINCIPAL].label
    )
    return answer(await campaign_document(campaign), 201, {"Location": f"/api/v1/surveys/{campaign.id}"})


async def get_survey(request: web.Request) -> web.Response:
    """GET /api/v1/surveys/{id}: one survey with its result."""
    return answer(await campaign_document(await surveys.get_campaign(request.match_info["id"])))


async def close_survey(request: web.Request) -> web.Response:
    """POST /api/v1/surveys/{id}/close: nobody answers any more."""
    return answer(await campaign_document(await campaigns.close_campaign(_core(request), request.match_info["id"])))


async def answer_sample(request: web.Request) -> web.Response:
    """POST /api/v1/survey-samples/{id}/answer: what somebody said on the telephone."""
    origin = surveys.Origin("phone-call", request[PRINCIPAL].label)
    sample = request.match_info["id"]
    await surveys.answer_sampled(_core(request), sample, body_of(request, RatingAsked), origin)
    return await _of_sample(sample, 201)


async def note_outcome(request: web.Request) -> web.Response:
    """POST /api/v1/survey-samples/{id}/outcome: somebody would not answer, or was not reached."""
    sample = request.match_info["id"]
    await surveys.note_outcome(_core(request), sample, body_of(request, shapes.OutcomeAsked).outcome)
    return await _of_sample(sample)


async def correct_answer(request: web.Request) -> web.Response:
    """POST /api/v1/survey-answers/{id}/corrections: another rating counts from now on; the raw answer stays."""
    asked, by = body_of(request, CorrectionAsked), request[PRINCIPAL].label
    campaign = await surveys.correct(_core(request), request.match_info["id"], asked, by)
    return answer(await campaign_document(await surveys.get_campaign(str(campaign))), 201)


async def satisfaction(request: web.Request) -> web.Response:
    """GET /api/v1/satisfaction: respondents and satisfied ones of a period, with the interval (C7)."""
    query = query_of(request, shapes.PeriodQuery)
    return answer(share_document(await surveys.survey(query.from_, query.to)))


async def campaign_document(row: SurveyCampaign) -> shapes.CampaignShown:
    """Return a survey with its sample and what the answers say."""
    return shapes.CampaignShown(
        id=str(row.id),
        title=row.title,
        way=row.way,
        frame=row.frame,
        period_from=str(row.period_from),
        period_to=str(row.period_to),
        wanted=row.wanted,
        seed=row.seed,
        frame_size=row.frame_size,
        frame_sha256=row.frame_sha256,
        state=row.state,
        made_by=row.made_by,
        made_at=format_time(row.made_at),
        sample=await campaigns.states_of(row.id),
        result=share_document(await surveys.result_of(row.id)),
    )


def share_document(result: surveys.Result) -> shapes.ShareShown:
    """Return a result with its interval."""
    share, interval = result.share, result.share.interval
    return shapes.ShareShown(
        respondents=share.respondents,
        satisfied=share.satisfied,
        share=share.value,
        low=interval.low,
        high=interval.high,
        margin=interval.margin,
        enough=share.enough,
        persons=result.persons,
        firms=result.firms,
        corrected=result.corrected,
        counts=dict(result.counts),
    )


async def _of_sample(sample: str, status: int = 200) -> web.Response:
    return answer(
        await campaign_document(await surveys.get_campaign(str((await surveys.get_sample(sample)).campaign_id))), status
    )


def _core(request: web.Request) -> Core:
    return request.app[CORE]
