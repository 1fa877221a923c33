"""Posts with their firms as REST shows them."""

import json
from collections.abc import Mapping
from typing import Any, Final

from tortoise.queryset import QuerySet

from cloud.jobs.drafts import FORMS
from cloud.jobs.lookup import occupations
from cloud.jobs.models import Post
from cloud.jobs.pay import equivalents_of
from protocols.venue.timestamps import format_time

#: What a document is made of: half of a post's columns, and two of its firm's.
_COLUMNS: Final = (
    "id", "state", "firm_id", "firm__name", "title", "occupation", "headcount", "requirements", "skills",
    "district", "address", "hours", "pay_min_fen", "pay_max_fen", "pay_unit", "pay_method", "form", "gig",
    "valid_from", "valid_to", "contact_name", "contact_phone", "source", "source_url", "repost", "term_days",
    "filled", "firm__standing", "confirmed_at", "screening", "created_at", "published_at", "closed_at",
)  # fmt: skip


async def documents_of(posts: QuerySet[Post]) -> list[dict[str, Any]]:
    """Return the posts that a query finds, in one statement; no objects are made of them and of their firms."""
    return [_document(row) for row in await posts.values(*_COLUMNS)]


def _document(post: Mapping[str, Any]) -> dict[str, Any]:
    """Return a post with its firm as REST shows it."""
    return {
        "id": str(post["id"]),
        "state": post["state"],
        "firm": str(post["firm_id"]),
        "firm_name": post["firm__name"],
        "title": post["title"],
        "occupation": post["occupation"],
        "occupation_name": occupations().get(post["occupation"], ""),
        "headcount": post["headcount"],
        "requirements": post["requirements"],
        "skills": json.loads(post["skills"]),
        "place": {"district": post["district"], "address": post["address"]},
        "hours": post["hours"],
        "pay": {"min_fen": post["pay_min_fen"], "max_fen": post["pay_max_fen"], "unit": post["pay_unit"],
                "method": post["pay_method"], **_equivalents(post)},
        "form": post["form"],
        "form_name": FORMS[post["form"]],
        "gig": post["gig"],
        "valid_from": post["valid_from"].isoformat(),
        "valid_to": post["valid_to"].isoformat(),
        "contact": {"name": post["contact_name"], "phone": post["contact_phone"]},
        "source": post["source"],
        "source_url": post["source_url"],
        "repost": post["repost"],
        "term_days": post["term_days"],
        "filled": post["filled"],
        "firm_due": post["firm__standing"] == "due",
        "confirmed_at": format_time(post["confirmed_at"]) if post["confirmed_at"] else None,
        "screening": json.loads(post["screening"]) if post["screening"] else None,
        "created_at": format_time(post["created_at"]),
        "published_at": format_time(post["published_at"]) if post["published_at"] else None,
        "closed_at": format_time(post["closed_at"]) if post["closed_at"] else None,
    }  # fmt: skip


def _equivalents(post: Mapping[str, Any]) -> dict[str, int | None]:
    """Return what the lowest pay comes to by the hour and by the month, where the stated hours say it."""
    found = equivalents_of(post["pay_min_fen"], post["pay_unit"], post["hours"], post["pay_method"])
    return {"hour_fen": found.hour_fen, "month_fen": found.month_fen}
