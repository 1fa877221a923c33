"""REST of posts and firms (payloads, "REST shapes")."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from cloud.jobs import service
from cloud.jobs.drafts import FirmDraft, PostDraft
from cloud.jobs.shapes import FillAsked, FirmShown, FirmsQuery, PostShown, PostsQuery, ReviewAsked
from cloud.platform.http import answer
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.problems import ProblemError, problem_response
from cloud.platform.shapes import Page, body_of, query_of
from cloud.platform.versions import answer_version, check_version, names_version, tag_of


def _shown(
    request: web.Request, post: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    return answer_version(request, PostShown.model_validate(post), status=status, headers=headers)


async def _check(request: web.Request, post_id: str) -> None:
    """Hold the post, and go on only when it is the version that the caller names."""
    if names_version(request):
        post = await service.hold_post(post_id)
        check_version(request, tag_of(PostShown.model_validate(post)))


async def list_posts(request: web.Request) -> web.Response:
    """GET /api/v1/posts: posts, newest first."""
    query = query_of(request, PostsQuery)
    page = await service.list_posts(state=query.state, text=query.text, cursor=query.cursor, limit=query.limit)
    items = [PostShown.model_validate(item) for item in page.items]
    return answer(Page[PostShown](items=items, next=page.next))


async def get_post(request: web.Request) -> web.Response:
    """GET /api/v1/posts/{id}: one post."""
    return _shown(request, await service.get_post(request.match_info["id"]))


async def create_post(request: web.Request) -> web.Response:
    """POST /api/v1/posts: store a draft."""
    post = await service.create_post(request.app[CORE], body_of(request, PostDraft), by=request[PRINCIPAL].label)
    return _shown(request, post, 201, {"Location": f"/api/v1/posts/{post['id']}"})


async def update_post(request: web.Request) -> web.Response:
    """PUT /api/v1/posts/{id}: replace the content of a post that is not published."""
    draft, by = body_of(request, PostDraft), request[PRINCIPAL].label
    post_id = request.match_info["id"]
    await _check(request, post_id)
    post = await service.update_post(request.app[CORE], post_id, draft, by=by)
    return _shown(request, post)


async def publish_post(request: web.Request) -> web.Response:
    """POST /api/v1/posts/{id}/publish: 200 published, 202 waits for review, 422 blocked with findings."""
    post_id = request.match_info["id"]
    await _check(request, post_id)
    post = await service.publish_post(request.app[CORE], post_id, by=request[PRINCIPAL].label)
    if post["state"] == "blocked":
        members = {"findings": post["screening"]["findings"], "id": post["id"], "state": "blocked"}
        # Answered, not raised: that the post is blocked is kept.
        why = "the post must not be published as it is"
        return problem_response(ProblemError(422, "screening-blocked", why, members=members))
    return _shown(request, post, 202 if post["state"] == "in_review" else 200)


async def close_post(request: web.Request) -> web.Response:
    """POST /api/v1/posts/{id}/close: take a published post down."""
    post_id = request.match_info["id"]
    await _check(request, post_id)
    post = await service.close_post(request.app[CORE], post_id, by=request[PRINCIPAL].label)
    return _shown(request, post)


async def review_post(request: web.Request) -> web.Response:
    """POST /api/v1/posts/{id}/review: publish or block a post that waits for a person's decision."""
    asked, label = body_of(request, ReviewAsked), request[PRINCIPAL].label
    post_id = request.match_info["id"]
    await _check(request, post_id)
    post = await service.decide_review(request.app[CORE], post_id, publish=asked.publish, by=label, note=asked.note)
    return _shown(request, post)


async def list_firms(request: web.Request) -> web.Response:
    """GET /api/v1/firms: firms, newest first."""
    query = query_of(request, FirmsQuery)
    found, following = await service.list_firms(
        text=query.text, standing=query.standing, cursor=query.cursor, limit=query.limit
    )
    return answer(Page[FirmShown](items=[FirmShown.model_validate(item) for item in found], next=following))


async def get_firm(request: web.Request) -> web.Response:
    """GET /api/v1/firms/{id}: one firm."""
    return answer(FirmShown.model_validate(await service.find_firm(request.match_info["id"])))


async def create_firm(request: web.Request) -> web.Response:
    """POST /api/v1/firms: register a firm."""
    firm = await service.create_firm(request.app[CORE], body_of(request, FirmDraft))
    return answer(FirmShown.model_validate(firm), 201, {"Location": f"/api/v1/firms/{firm['id']}"})


async def confirm_post(request: web.Request) -> web.Response:
    """POST /api/v1/posts/{id}/confirm: the firm said that it still seeks."""
    post_id = request.match_info["id"]
    await _check(request, post_id)
    return _shown(request, await service.confirm_post(request.app[CORE], post_id, by=request[PRINCIPAL].label))


async def fill_post(request: web.Request) -> web.Response:
    """POST /api/v1/posts/{id}/fill: so many more places are taken; the last one takes the post down."""
    asked, post_id = body_of(request, FillAsked), request.match_info["id"]
    await _check(request, post_id)
    by = request[PRINCIPAL].label
    return _shown(request, await service.fill_post(request.app[CORE], post_id, asked.count, by=by, note=asked.note))
