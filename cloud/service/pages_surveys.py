"""The page 满意度: surveys, one survey with its interval, whom to call, the sheet to take along."""

from datetime import timedelta
from typing import Any, Final

from aiohttp import web

from cloud.identity.reveal import reveal
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.http import parse
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.papers import Field, Sheet, workbook
from cloud.platform.times import market_day
from cloud.service import campaigns, surveys
from cloud.service.api_surveys import campaign_document, share_document
from cloud.service.drafts import CampaignDraft, CorrectionAsked, RatingAsked
from cloud.service.pages import AREA, form_of
from cloud.service.words import time_fields
from cloud.web.shell import STRINGS, page, see_other
from firmware_profiles.ui.catalogue import Catalogue

PAGE_SURVEYS: Final = 30
#: Respondents shown for calling.
SHOWN: Final = 60
YEAR: Final = timedelta(days=365)
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Kind of a respondent -> sealed column with his phone.
_PHONES: Final = {"person": "person.phone", "firm": "firm.phone"}


async def surveys_page(request: web.Request) -> web.Response:
    """GET /service/surveys: what a year's answers say, and every survey."""
    return await _list(request, {}, {})


async def open_survey(request: web.Request) -> web.Response:
    """POST /service/surveys: open a survey; its sample is drawn."""
    form = await form_of(request)
    try:
        draft = parse(CampaignDraft, {name: value for name, value in form.items() if name != "csrf"})
        campaign = await campaigns.open_campaign(request.app[CORE], draft, request[PRINCIPAL].label)
    except InvalidInputError as error:
        return await _list(request, form, error.fields, 422)
    except ConflictError as error:
        return await _list(request, form, {"frame": str(error)}, 409)
    return see_other(f"/service/surveys/{campaign.id}")


async def survey_page(request: web.Request) -> web.Response:
    """GET /service/surveys/{id}."""
    return await _survey(request)


async def close_survey(request: web.Request) -> web.Response:
    """POST /service/surveys/{id}/close."""
    campaign_id = request.match_info["id"]
    try:
        await campaigns.close_campaign(request.app[CORE], campaign_id)
    except ConflictError as error:
        return await _survey(request, str(error), 409)
    return see_other(f"/service/surveys/{campaign_id}")


async def record(request: web.Request) -> web.Response:
    """POST /service/surveys/{id}/samples/{sample}: an answer by telephone, or why there is none."""
    form, core = await form_of(request), request.app[CORE]
    sample, outcome = request.match_info["sample"], form.get("outcome", "")
    try:
        if outcome in {"refused", "unreachable"}:
            await surveys.note_outcome(core, sample, "refused" if outcome == "refused" else "unreachable")
        else:
            asked = parse(RatingAsked, {"rating": form.get("rating", ""), "comment": form.get("comment", "")})
            origin = surveys.Origin("phone-call", request[PRINCIPAL].label)
            await surveys.answer_sampled(core, sample, asked, origin)
    except (InvalidInputError, ConflictError) as error:
        return await _survey(request, str(error), 409)
    return see_other(f"/service/surveys/{request.match_info['id']}")


async def correct(request: web.Request) -> web.Response:
    """POST /service/surveys/{id}/answers/{answer}: what a rating should have been."""
    form = await form_of(request)
    try:
        asked = parse(CorrectionAsked, {"rating": form.get("rating", ""), "reason": form.get("reason", "")})
        await surveys.correct(request.app[CORE], request.match_info["answer"], asked, request[PRINCIPAL].label)
    except (InvalidInputError, ConflictError) as error:
        return await _survey(request, str(error), 409)
    return see_other(f"/service/surveys/{request.match_info['id']}")


async def call(request: web.Request) -> web.Response:
    """POST /service/surveys/{id}/samples/{sample}/phone: whom to call; the look and its reason are kept."""
    core, t = request.app[CORE], request.app[STRINGS]
    sample = await surveys.get_sample(request.match_info["sample"])
    phone = ""
    if sample.respondent is not None:
        name = _PHONES[sample.kind]
        phone = await reveal(core, request[PRINCIPAL].label, name, str(sample.respondent), t("service.call_reason"))
    return page(request, "service/_phone.html", AREA, phone=phone)


async def sheet(request: web.Request) -> web.Response:
    """GET /service/surveys/{id}/sheet.xlsx: result, raw answers and corrections; nobody is named."""
    core, t = request.app[CORE], request.app[STRINGS]
    campaign = await surveys.get_campaign(request.match_info["id"])
    document = await campaign_document(campaign)
    data = await workbook(
        [_result_sheet(document.model_dump(), t), _answers_sheet(await surveys.raw_answers(core, campaign.id), t)],
        made_at=core.now(), title=campaign.title,
    )  # fmt: skip
    name = f"survey-{campaign.code or campaign.id}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return web.Response(body=data, content_type=_XLSX, headers=headers)


def _result_sheet(document: dict[str, Any], t: Catalogue) -> Sheet:
    result = document["result"]
    enough = t("service.enough") if result["enough"] else t("service.not_enough")
    notes = (
        document["title"],
        f"{document['period_from']} — {document['period_to']}",
        t("service.sheet_share", satisfied=result["satisfied"], respondents=result["respondents"], enough=enough),
        t("service.sheet_interval", low=f"{result['low']:.1%}", high=f"{result['high']:.1%}"),
    )
    fields = (Field(t("service.rating_head"), width=16), Field(t("service.count_head"), "int"))
    rows = [(t(f"service.rating.{rating}"), result["counts"][rating]) for rating in reversed(surveys.RATINGS)]
    return Sheet(t("service.result_sheet"), fields, rows, notes)


def _answers_sheet(rows: list[dict[str, Any]], t: Catalogue) -> Sheet:
    fields = (
        Field(t("service.at_head"), "time", 20), Field(t("service.who_head"), width=10),
        Field(t("service.rating_head"), "int"), Field(t("service.counts_head"), "int"),
        Field(t("service.correct_head"), width=30), Field(t("service.head.channel"), width=12),
        Field(t("service.by_head"), width=20),
    )  # fmt: skip
    values = [
        (row["at"], t(f"service.respondent.{row['kind']}"), row["rating"], row["now"], row["reason"],
         t(f"service.channel.{row['channel']}"), row["entered_by"])
        for row in rows
    ]  # fmt: skip
    return Sheet(t("service.answers_sheet"), fields, values)


async def _list(
    request: web.Request, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> web.Response:
    today = market_day(request.app[CORE].now())
    rows, following = await campaigns.list_campaigns(request.query.get("after") or None, PAGE_SURVEYS)
    year = share_document(await surveys.survey(today - YEAR, today))
    return page(
        request, "service/surveys.html", AREA, status,
        rows=[(await campaign_document(row)).model_dump() for row in rows], next=following, year=year.model_dump(),
        frames=list(campaigns.FRAMES), values=values or {"period_to": str(today), "wanted": "100"}, errors=errors,
        sub="surveys",
    )  # fmt: skip


async def _survey(request: web.Request, message: str = "", status: int = 200) -> web.Response:
    core = request.app[CORE]
    campaign = await surveys.get_campaign(request.match_info["id"])
    document = time_fields((await campaign_document(campaign)).model_dump())
    return page(
        request, "service/survey.html", AREA, status,
        survey=document, samples=await surveys.waiting_samples(campaign.id, SHOWN),
        answers=await surveys.raw_answers(core, campaign.id, SHOWN), message=message, message_bad=bool(message),
        sub="surveys",
    )  # fmt: skip
