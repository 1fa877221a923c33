"""The pages of 岗位: list, detail, editor."""

import re
from collections.abc import Awaitable, Mapping
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web

from cloud.jobs import service
from cloud.jobs.drafts import PostDraft
from cloud.jobs.duplicates import open_vacancy
from cloud.jobs.forms import form_errors, form_of_post, post_values
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.http import parse
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.web.formats import local, pay_range
from cloud.web.shell import STRINGS, page, wants_fragment
from cloud.web.views.posts import Change, Finding, FirmOption, PostForm, PostList, PostPage, PostRow, cut_quote
from protocols.venue.rfc3339 import parse_time

PAGE_POSTS: Final = 30
#: Firms in the editor's list; more need a search field.
MAX_FIRMS: Final = 500
MAX_SEARCH_CHARS: Final = 60
#: The classification marks green (L) and digital (S) occupations behind their names; a reader takes it for a typo.
_MARK: Final = re.compile(r"(?<=[\u4e00-\u9fff])[LS](?:/[LS])?$")


async def list_page(request: web.Request) -> web.Response:
    """GET /posts?state=&q=&after=."""
    state = request.query.get("state", "")
    state = state if state in service.TRANSITIONS else ""
    text = request.query.get("q", "").strip()[:MAX_SEARCH_CHARS]
    after = request.query.get("after", "")
    found = await service.list_posts(state=state or None, text=text, cursor=after or None, limit=PAGE_POSTS)
    counts = await service.count_posts()
    content = PostList(
        rows=[post_row(post) for post in found.items],
        counts={**counts, "": sum(counts.values())},
        state=state,
        text=text,
        after=after,
        next=found.next,
    )
    filters = {"state": state, "q": text}
    query = urlencode(filters | ({"after": after} if after else {}))
    return page(request, "jobs/list.html", "posts", page=content, query=query, filters=urlencode(filters))


async def detail_page(request: web.Request) -> web.Response:
    """GET /posts/{id}."""
    note = request.query.get("note", "")
    words = request.app[STRINGS](f"post.note.{note}") if f"post.note.{note}" in request.app[STRINGS] else ""
    return await _detail(request, request.match_info["id"], words)


async def new_page(request: web.Request) -> web.Response:
    """GET /posts/new."""
    return await _form(request, {"valid_from": local(request.app[CORE].now()).date().isoformat()}, {})


async def edit_page(request: web.Request) -> web.Response:
    """GET /posts/{id}/edit."""
    post = await service.get_post(request.match_info["id"])
    return await _form(request, form_of_post(post), {}, post["id"])


async def save(request: web.Request) -> web.Response:
    """POST /posts and POST /posts/{id}: keep a draft, or show what is wrong with it next to the fields."""
    post_id = request.match_info.get("id", "")
    form = await _fields(request)
    core, by = request.app[CORE], request[PRINCIPAL].label
    try:
        draft = parse(PostDraft, post_values(form))
        post = await (
            service.update_post(core, post_id, draft, by=by) if post_id else service.create_post(core, draft, by=by)
        )
    except InvalidInputError as error:
        return await _form(request, form, form_errors(error.errors, request.app[STRINGS]), post_id, 422)
    return web.Response(
        status=303, headers={"Location": f"/posts/{post['id']}?note={'saved' if post_id else 'created'}"}
    )


async def publish(request: web.Request) -> web.Response:
    """POST /posts/{id}/publish."""
    post_id = request.match_info["id"]
    try:
        post = await service.publish_post(request.app[CORE], post_id, by=request[PRINCIPAL].label)
    except (ConflictError, InvalidInputError) as error:
        return await _detail(request, post_id, str(error), bad=True, status=409)
    return await _done(request, post["state"])


async def close(request: web.Request) -> web.Response:
    """POST /posts/{id}/close."""
    post_id = request.match_info["id"]
    try:
        await service.close_post(request.app[CORE], post_id, by=request[PRINCIPAL].label)
    except ConflictError as error:
        return await _detail(request, post_id, str(error), bad=True, status=409)
    return await _done(request, "closed")


async def review(request: web.Request) -> web.Response:
    """POST /posts/{id}/review: a person decides what the screening could not; his reason is kept."""
    post_id, form = request.match_info["id"], await _fields(request)
    note, decision = form.get("note", "").strip()[:500], form.get("decision", "")
    if not note or decision not in {"publish", "block"}:
        return await _detail(request, post_id, request.app[STRINGS]("post.review_note"), bad=True, status=422)
    by = request[PRINCIPAL].label
    try:
        await service.decide_review(request.app[CORE], post_id, publish=decision == "publish", by=by, note=note)
    except ConflictError as error:
        return await _detail(request, post_id, str(error), bad=True, status=409)
    return await _done(request, "published" if decision == "publish" else "refused")


async def confirm(request: web.Request) -> web.Response:
    """POST /posts/{id}/confirm: the firm said that it still seeks."""
    return await _kept(request, service.confirm_post(request.app[CORE], request.match_info["id"], by=_by(request)))


async def fill(request: web.Request) -> web.Response:
    """POST /posts/{id}/fill: so many more places are taken."""
    text = (await _fields(request)).get("count", "").strip()
    count = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0  # noqa: PLR2004 - bounds int()
    if count < 1:
        words = request.app[STRINGS]("post.fill_wrong")
        return await _detail(request, request.match_info["id"], words, bad=True, status=422)
    act = service.fill_post(request.app[CORE], request.match_info["id"], count, by=_by(request))
    return await _kept(request, act)


async def _kept(request: web.Request, act: Awaitable[Mapping[str, Any]]) -> web.Response:
    """Do an act on a post that is up, and show what became of it."""
    try:
        post = await act
    except ConflictError as error:
        return await _detail(request, request.match_info["id"], str(error), bad=True, status=409)
    return await _done(request, "closed" if post["state"] == "closed" else "kept")


def _by(request: web.Request) -> str:
    return request[PRINCIPAL].label


def post_row(post: Mapping[str, Any]) -> PostRow:
    """Return a post as a line of a list."""
    times = [post[name] for name in ("closed_at", "published_at", "created_at") if post[name]]
    return PostRow(
        id=post["id"],
        title=post["title"],
        firm=post["firm_name"],
        place=f"{post['place']['district']} {post['place']['address']}",
        pay=pay_range(post["pay"]["min_fen"], post["pay"]["max_fen"]),
        unit=post["pay"]["unit"],
        headcount=post["headcount"],
        state=post["state"],
        occupation=_occupation(post["occupation_name"], post["occupation"]),
        valid_from=date.fromisoformat(post["valid_from"]),
        valid_to=date.fromisoformat(post["valid_to"]),
        published_at=parse_time(post["published_at"]) if post["published_at"] else None,
        changed_at=parse_time(times[0]),
    )


async def _detail(
    request: web.Request, post_id: str, message: str = "", *, bad: bool = False, status: int = 200
) -> web.Response:
    post = await service.get_post(post_id)
    history = await service.post_history(post_id)
    may = request[PRINCIPAL].may
    state = post["state"]
    texts = {key: post[key] for key in ("title", "requirements", "hours")} | {"pay.method": post["pay"]["method"]}
    screening = post["screening"] or {"findings": []}
    content = PostPage(
        row=post_row(post),
        facts=_facts(post, request),
        findings=[_finding(one, texts) for one in screening["findings"]],
        history=[
            Change(parse_time(line["at"]), line["state"], line["by"].removeprefix("staff:"), line["note"])
            for line in reversed(history)
        ],
        screened=post["screening"] is not None,
        may_publish=state in {"draft", "blocked"} and may("post.publish"),
        firm_due=post["firm_due"],
        may_close=state == "published" and may("post.publish"),
        may_edit=state in {"draft", "blocked"} and may("post.write"),
        may_review=state == "in_review" and may("post.review"),
    )
    template = "jobs/_done.html" if wants_fragment(request) and request.method == "POST" else "jobs/detail.html"
    vacancy = await open_vacancy(post_id)
    return page(request, template, "posts", status, page=content, message=message, message_bad=bad, vacancy=vacancy)


def _facts(post: Mapping[str, Any], request: web.Request) -> list[tuple[str, str]]:
    t = request.app[STRINGS]
    return [
        ("firm", post["firm_name"]),
        ("headcount", str(post["headcount"])),
        ("occupation", _occupation(post["occupation_name"], post["occupation"])),
        ("form", post["form_name"]),
        ("gig", t("post.yes" if post["gig"] else "post.no")),
        ("requirements", post["requirements"]),
        ("skills", "、".join(post["skills"])),
        ("hours", post["hours"]),
        ("place", f"{post['place']['district']} {post['place']['address']}"),
        ("pay_method", post["pay"]["method"]),
        ("valid", f"{post['valid_from']} 至 {post['valid_to']}"),
        ("contact", f"{post['contact']['name']} {post['contact']['phone']}"),
        ("source", f"{post['source'] or ''} {post['source_url'] or ''}".strip()),
        ("filled", f"{post['filled']}/{post['headcount']}"),
    ]


def _finding(one: Mapping[str, Any], texts: Mapping[str, str]) -> Finding:
    text = texts.get(one.get("field", ""))
    quote = cut_quote(text, one["span"]) if text is not None else ("", one.get("text", ""), "")
    return Finding(one["rule"], one["severity"], one["law"], quote)


def _occupation(name: str, code: str) -> str:
    return f"{_MARK.sub('', name)} {code}"


async def _form(
    request: web.Request, values: Mapping[str, str], errors: Mapping[str, str], post_id: str = "", status: int = 200
) -> web.Response:
    rows, _ = await service.list_firms(limit=MAX_FIRMS)
    code = values.get("occupation", "")
    name = service.occupations().get(code, "")
    form = PostForm(
        firms=[FirmOption(row["id"], row["name"], row["verified"]) for row in rows],
        values=values,
        occupation_name=_occupation(name, code) if name else values.get("occupation_search", ""),
        districts=DISTRICTS,
        forms=service.FORMS,
        errors=errors,
        id=post_id,
    )
    return page(request, "jobs/form.html", "posts", status, form=form)


async def _done(request: web.Request, note: str) -> web.Response:
    """Answer a step that was taken: htmx gets the new state of the page, a plain form is sent there."""
    post_id = request.match_info["id"]
    if not wants_fragment(request):
        return web.Response(status=303, headers={"Location": f"/posts/{post_id}?note={note}"})
    words = request.app[STRINGS](f"post.note.{note}")
    return await _detail(request, post_id, words, bad=note in {"blocked", "in_review"})


async def _fields(request: web.Request) -> dict[str, str]:
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


#: Districts of the city that runs the first market; free text is taken too.
DISTRICTS: Final = ("京口区", "润州区", "丹徒区", "镇江新区", "镇江高新区", "丹阳市", "扬中市", "句容市")
