"""The generated documents are what REST takes, and the gate answers each kind as it should."""

import itertools
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from provisioning.market import Market, Post
from tests.cloud.running import Running

pytestmark = [pytest.mark.broker]

#: Kind -> status of the publication.
ANSWERS: Final = {"lawful": 200, "repost": 200, "unlawful": 422, "review": 202}


async def published(running: Running, market: Market, post: Post, known: dict[int, str]) -> int:
    if post.firm not in known:
        firm = await running.post("/api/v1/firms", market.firm(post.firm).draft(), 201)
        await running.post(f"/api/v1/firms/{firm['id']}/verify")
        known[post.firm] = firm["id"]
    body: dict[str, Any] = post.draft(known[post.firm])
    created = await running.post("/api/v1/posts", body, 201)
    answer = await running.call("POST", f"/api/v1/posts/{created['id']}/publish")
    return answer.status


async def test_posts_of_every_kind_go_through_rest(running: Running) -> None:
    today = datetime.now(UTC).date()
    market = Market(3, today, 8)
    known: dict[int, str] = {}
    for kind, expected in ANSWERS.items():
        found = (post for post in market.posts(2_000) if post.kind == kind)
        for post in itertools.islice(found, 3):
            assert await published(running, market, post, known) == expected, (post.kind, post.body)
