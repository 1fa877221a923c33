"""REST of posts and firms (payloads, "REST shapes")."""

from aiohttp import web

from cloud.jobs import service
from cloud.jobs.drafts import FirmDraft, PostDraft
from cloud.platform.errors import InvalidInputError
from cloud.platform.http import answer, parse, read_number, read_object
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.problems import ProblemError, problem_response

_MAX_PAGE = 200
_MAX_NOTE = 500


async def list_posts(request: web.Request) -> web.Response:
    """GET /api/v1/posts?state=&text=&cursor=&limit=."""
    state = request.query.get("state") or None
    if state is not None and state not in service.TRANSITIONS:
        raise InvalidInputError(f"state: one of {', '.join(service.TRANSITIONS)}", {"state": "unknown"})
    page = await service.list_posts(
        state=state,
        text=request.query.get("text", ""),
        cursor=request.query.get("cursor") or None,
        limit=read_number(request, "limit", 50, 1, _MAX_PAGE),
    )
    return answer({"items": page.items, "next": page.next})


async def get_post(request: web.Request) -> web.Response:
    """GET /api/v1/posts/{id}."""
    return answer(await service.get_post(request.match_info["id"]))


async def create_post(request: web.Request) -> web.Response:
    """POST /api/v1/posts."""
    draft = parse(PostDraft, await read_object(request))
    post = await service.create_post(request.app[CORE], draft, by=request[PRINCIPAL].label)
    return answer(post, 201, {"Location": f"/api/v1/posts/{post['id']}"})


async def update_post(request: web.Request) -> web.Response:
    """PUT /api/v1/posts/{id}."""
    draft = parse(PostDraft, await read_object(request))
    label = request[PRINCIPAL].label
    return answer(await service.update_post(request.app[CORE], request.match_info["id"], draft, by=label))


async def publish_post(request: web.Request) -> web.Response:
    """POST /api/v1/posts/{id}/publish: 200 published, 202 waits for review, 422 blocked with findings."""
    post = await service.publish_post(request.app[CORE], request.match_info["id"], by=request[PRINCIPAL].label)
    if post["state"] == "blocked":
        members = {"findings": post["screening"]["findings"], "id": post["id"], "state": "blocked"}
        # Answered, not raised: that the post is blocked is kept.
        why = "the post must not be published as it is"
        return problem_response(ProblemError(422, "screening-blocked", why, members=members))
    return answer(post, 202 if post["state"] == "in_review" else 200)


async def close_post(request: web.Request) -> web.Response:
    """POST /api/v1/posts/{id}/close."""
    return answer(await service.close_post(request.app[CORE], request.match_info["id"], by=request[PRINCIPAL].label))


async def review_post(request: web.Request) -> web.Response:
    """POST /api/v1/posts/{id}/review {"publish": bool, "note"}."""
    body = await read_object(request)
    publish, note = body.get("publish"), body.get("note", "")
    if not isinstance(publish, bool) or not isinstance(note, str) or not 1 <= len(note) <= _MAX_NOTE:
        fields = {"publish": "true or false", "note": "1-500 characters"}
        raise InvalidInputError("publish: true or false; note: why, 1-500 characters", fields)
    post_id, label = request.match_info["id"], request[PRINCIPAL].label
    return answer(await service.decide_review(request.app[CORE], post_id, publish=publish, by=label, note=note))


async def list_firms(request: web.Request) -> web.Response:
    """GET /api/v1/firms?text=&cursor=&limit=."""
    items, following = await service.list_firms(
        text=request.query.get("text", ""),
        cursor=request.query.get("cursor") or None,
        limit=read_number(request, "limit", 50, 1, _MAX_PAGE),
    )
    return answer({"items": items, "next": following})


async def get_firm(request: web.Request) -> web.Response:
    """GET /api/v1/firms/{id}."""
    return answer(await service.get_firm(request.match_info["id"]))


async def create_firm(request: web.Request) -> web.Response:
    """POST /api/v1/firms {"uscc", "name", "contact": {"name", "phone"}}."""
    firm = await service.create_firm(request.app[CORE], parse(FirmDraft, await read_object(request)))
    return answer(firm, 201, {"Location": f"/api/v1/firms/{firm['id']}"})


async def verify_firm(request: web.Request) -> web.Response:
    """POST /api/v1/firms/{id}/verify."""
    return answer(await service.verify_firm(request.match_info["id"]))
