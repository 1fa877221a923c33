"""REST of policies, public items and enquiries."""

import json

from aiohttp import web

from cloud.platform.http import answer
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.shapes import Page, body_of, query_of
from cloud.platform.times import market_day
from cloud.platform.versions import answer_version, check_version, names_version, tag_of
from cloud.policies import displays, enquiries, register, required, shapes
from cloud.policies.drafts import EndAsked, EnquiryDraft, PolicyDraft, PublishAsked
from cloud.policies.models import Policy, PolicyEnquiry
from protocols.venue.timestamps import format_time

_CREATED = 201
_WAITS = 202


async def list_policies(request: web.Request) -> web.Response:
    """GET /api/v1/policies."""
    query = query_of(request, shapes.PoliciesQuery)
    rows, following = await register.list_policies(
        state=query.state or "", kind=query.kind or "", cursor=query.cursor, limit=query.limit
    )
    items = [await _document(request, row) for row in rows]
    return answer(Page[shapes.PolicyShown](items=items, next=following))


async def create_policy(request: web.Request) -> web.Response:
    """POST /api/v1/policies: a draft."""
    draft, by = body_of(request, PolicyDraft), request[PRINCIPAL].label
    row = await register.save_policy(request.app[CORE], draft, by=by)
    headers = {"Location": f"/api/v1/policies/{row.id}"}
    return answer_version(request, await _document(request, row), status=_CREATED, headers=headers)


async def get_policy(request: web.Request) -> web.Response:
    """GET /api/v1/policies/{id}."""
    row = await register.get_policy(request.match_info["id"])
    return answer_version(request, await _document(request, row))


async def update_policy(request: web.Request) -> web.Response:
    """PUT /api/v1/policies/{id}: another draft; what is in force stays."""
    policy_id = request.match_info["id"]
    if names_version(request):
        check_version(request, tag_of(await _document(request, await register.get_policy(policy_id))))
    draft, by = body_of(request, PolicyDraft), request[PRINCIPAL].label
    row = await register.save_policy(request.app[CORE], draft, by=by, policy_id=policy_id)
    return answer_version(request, await _document(request, row))


async def publish_policy(request: web.Request) -> web.Response:
    """POST /api/v1/policies/{id}/publish: 200 in force, 202 a second person is asked."""
    asked, by = body_of(request, PublishAsked), request[PRINCIPAL]
    row = await register.publish_policy(request.app[CORE], request.match_info["id"], by, reason=asked.reason)
    shown = await _document(request, row)
    return answer(shown, _WAITS if shown.waiting else 200)


async def end_policy(request: web.Request) -> web.Response:
    """POST /api/v1/policies/{id}/end."""
    note = body_of(request, EndAsked).note
    row = await register.end_policy(request.app[CORE], request.match_info["id"], note)
    return answer(await _document(request, row))


async def list_versions(request: web.Request) -> web.Response:
    """GET /api/v1/policies/{id}/versions: every wording that was published, newest first."""
    row = await register.get_policy(request.match_info["id"])
    items = [
        shapes.VersionShown(
            version=one.version, text=_text(one.content), sha256=one.sha256, by=one.by, at=format_time(one.at)
        )
        for one in await register.versions_of(row)
    ]
    return answer(Page[shapes.VersionShown](items=items, next=None))


async def list_displays(request: web.Request) -> web.Response:
    """GET /api/v1/policies/{id}/displays: what each wall proved."""
    row = await register.get_policy(request.match_info["id"])
    items = [
        shapes.DisplayShown(
            version=one.version, station=one.station, slot=one.slot, level=one.level, shown=one.shown,
            reached_at=format_time(one.reached_at), gone_at=format_time(one.gone_at) if one.gone_at else None,
        )
        for one in (await displays.displays_of([row.id]))[row.id]
    ]  # fmt: skip
    return answer(Page[shapes.DisplayShown](items=items, next=None))


async def list_required(request: web.Request) -> web.Response:
    """GET /api/v1/public-items: what every hall must show, and where it does."""
    items = [
        shapes.RequiredShown(
            item=one.item.id, name=one.item.name, basis=one.item.basis,
            policy=str(one.policy.id) if one.policy else None, channels=list(one.channels),
        )
        for one in await required.standings(market_day(request.app[CORE].now()))
    ]  # fmt: skip
    return answer(Page[shapes.RequiredShown](items=items, next=None))


async def list_enquiries(request: web.Request) -> web.Response:
    """GET /api/v1/policy-enquiries."""
    query = query_of(request, shapes.EnquiriesQuery)
    rows, following = await enquiries.list_enquiries(query.cursor, query.limit)
    return answer(Page[shapes.EnquiryShown](items=[_enquiry(row) for row in rows], next=following))


async def create_enquiry(request: web.Request) -> web.Response:
    """POST /api/v1/policy-enquiries."""
    draft, by = body_of(request, EnquiryDraft), request[PRINCIPAL].label
    return answer(_enquiry(await enquiries.record_enquiry(request.app[CORE], draft, by=by)), _CREATED)


async def _document(request: web.Request, row: Policy) -> shapes.PolicyShown:
    return shapes.PolicyShown(
        id=str(row.id), state=row.state, waiting=await register.is_waiting(request.app[CORE], row),
        draft=_text(row.draft), live_version=row.live_version, created_at=format_time(row.created_at),
        published_at=format_time(row.published_at) if row.published_at else None,
        ended_at=format_time(row.ended_at) if row.ended_at else None, end_note=row.end_note,
    )  # fmt: skip


def _text(content: str) -> shapes.TextShown:
    return shapes.TextShown.model_validate(json.loads(content))


def _enquiry(row: PolicyEnquiry) -> shapes.EnquiryShown:
    return shapes.EnquiryShown(
        id=row.id, policy=str(row.policy) if row.policy else None, topic=row.topic, place=row.place,
        station=row.station, question=row.question, answer=row.answer, by=row.by, at=format_time(row.at),
    )  # fmt: skip
