"""Every mandatory field of a post has its typed error, over REST and beside the field of the form."""

import html
import re
from typing import Any

import pytest

from cloud.identity import service as identity
from cloud.jobs.forms import PLACES
from tests.cloud.jobs.drafts import post
from tests.cloud.jobs.test_posts import new_firm
from tests.cloud.running import Running

pytestmark = [pytest.mark.broker, pytest.mark.db]

#: Field of the document -> (what is wrong with it, its code).
WRONG: dict[str, tuple[Any, str]] = {
    "firm": ("", "missing"),
    "title": (" ", "missing"),
    "occupation": ("9-99-99-99", "occupation"),
    "headcount": (0, "too_small"),
    "requirements": ("", "missing"),
    "skills": (["长" * 41], "too_long"),
    "place.district": ("", "missing"),
    "place.address": ("", "missing"),
    "hours": ("", "missing"),
    "pay.min_fen": (0, "too_small"),
    "pay.max_fen": (1, "order"),
    "pay.unit": ("week", "choice"),
    "pay.method": ("", "missing"),
    "form": ("boss", "choice"),
    "valid_from": ("soon", "date"),
    "valid_to": ("2025-12-31", "date_order"),
    "contact.name": ("", "missing"),
    "contact.phone": ("call me", "phone"),
    "source": (None, "missing"),
    "source_url": ("example.cn", "url"),
    "term_days": (0, "too_small"),
}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
#: What a form sends for the same mistakes.
TYPED: dict[str, str] = {
    "firm": "", "title": "", "occupation": "9-99-99-99", "headcount": "0", "requirements": "", "skills": "长" * 41,
    "district": "", "address": "", "hours": "", "pay_min": "面议", "pay_max": "", "pay_unit": "week",
    "pay_method": "", "form": "boss", "valid_from": "soon", "valid_to": "later", "contact_name": "",
    "contact_phone": "call me", "repost": "yes", "source": "", "source_url": "example.cn", "term_days": "0",
}  # fmt: skip


def spoiled(firm: str, field: str, value: Any) -> dict[str, Any]:
    body = post(firm)
    if field in {"source", "source_url"}:
        body |= {"repost": True, "source": "就在江苏", "source_url": "https://example.cn/1"}
    *outer, name = field.split(".")
    place = body[outer[0]] if outer else body
    place[name] = value
    return body


@pytest.mark.parametrize("field", sorted(WRONG))
async def test_rest_names_the_field_with_a_code_and_chinese_words(running: Running, field: str) -> None:
    value, code = WRONG[field]
    body = spoiled(await new_firm(running), field, value)
    problem = await running.post("/api/v1/posts", body, 422)
    assert problem["type"] == "urn:yizhan:problem:invalid-input"
    found = [one for one in problem["errors"] if one["field"].startswith(field)]
    assert [one["code"] for one in found] == [code], problem["errors"]
    assert all(CHINESE.search(one["text"]) for one in problem["errors"])
    assert {one["field"] for one in problem["errors"]} == set(problem["fields"])


@pytest.mark.parametrize("field", sorted(name for name in post() if name != "source"))
async def test_a_field_that_is_left_out_is_missing(running: Running, field: str) -> None:
    body = post(await new_firm(running))
    del body[field]
    problem = await running.post("/api/v1/posts", body, 422)
    assert problem["errors"] == [{"field": field, "code": "missing", "text": "请填写"}]


async def test_an_unknown_firm_is_said_at_its_field(running: Running) -> None:
    problem = await running.post("/api/v1/posts", post("0195f3c2-0000-7000-8000-000000000001"), 422)
    assert problem["errors"] == [{"field": "firm", "code": "unknown", "text": "没有这家企业"}]


async def test_the_form_shows_each_error_beside_its_field(running: Running) -> None:
    await identity.add_account(running.core, "li", "manager", "correct horse battery")
    opened = await identity.log_in(running.core, "li", "correct horse battery")
    session = await identity.session_principal(running.core, opened.cookie)
    assert session is not None
    headers = {"Cookie": f"yz_session={opened.cookie}", "Authorization": ""}
    said: dict[str, str] = {}
    # Both ends of a pay stand in one line: what is wrong with both is said once.
    for typed in (TYPED, TYPED | {"pay_min": "200", "pay_max": "100"}):
        answer = await running.call("POST", "/posts", data=typed | {"csrf": session.csrf}, headers=headers)
        assert answer.status == 422
        page = await answer.text()
        said |= dict(re.findall(r'<p class="error" id="e-([a-z_]+)">.*?</svg>([^<]+)</p>', page))
    assert set(said) == {PLACES.get(field, field) for field in WRONG}
    assert [name for name, text in said.items() if not CHINESE.search(html.unescape(text))] == []


async def test_a_repost_carries_its_source_to_the_answer(running: Running) -> None:
    firm = await new_firm(running)
    source = {"repost": True, "source": "就在江苏", "source_url": "https://example.cn/p/1"}
    made = await running.post("/api/v1/posts", post(firm, **source), 201)
    assert {name: made[name] for name in source} == source
    own = await running.post("/api/v1/posts", post(firm, source="窗口登记"), 201)
    assert (own["repost"], own["source"], own["source_url"]) == (False, "窗口登记", None)


async def test_a_short_full_time_job_is_gig_work(running: Running) -> None:
    firm = await new_firm(running)
    for term_days, gig in ((30, True), (120, False), (None, False)):
        made = await running.post("/api/v1/posts", post(firm, form="full_time", term_days=term_days), 201)
        assert made["gig"] is gig


async def test_a_pay_is_answered_by_hour_and_month_where_the_hours_say_it(running: Running) -> None:
    made = await running.post("/api/v1/posts", post(await new_firm(running), hours="每天8小时，双休"), 201)
    assert (made["pay"]["hour_fen"], made["pay"]["month_fen"]) == (2_250, 391_500)
