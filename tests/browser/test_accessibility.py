"""Every page passes the rules of axe for WCAG 2.1 A and AA, in light and in dark."""

import pytest
from axe_playwright_python.async_playwright import Axe

from cloud.jobs import service as jobs
from tests.browser import hall
from tests.browser.conftest import Console, Visitor
from tests.browser.test_venues import prove_wall

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.peer]

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}


@pytest.mark.deep
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_no_page_breaks_a_rule(console: Console, visitor: Visitor, market: hall.Station, theme: str) -> None:
    posts = await hall.add_posts(console.core)
    await prove_wall(market)
    unlawful = hall.draft(posts[0]["firm"], hall.POSTS[4], requirements="限男性，入职交押金200元")
    blocked = await jobs.create_post(console.core, unlawful, by="staff:值班经理")
    await jobs.publish_post(console.core, blocked["id"], by="staff:值班经理")
    paths = ["/", "/venues", "/venues/market", "/posts", f"/posts/{blocked['id']}", "/posts/new", "/firms", "/nowhere"]
    paths += ["/me", "/system/accounts", "/system/approvals"]
    found: list[str] = []
    await visitor.context.add_cookies([{"name": "yz_theme", "value": theme, "url": console.url}])
    for path in [*paths, "/login"]:
        page = await visitor.open(path)
        result = await Axe().run(page, options=RULES)
        found += [
            f"{path} {one['id']}: {node['target']} {node['failureSummary'][:200]}"
            for one in result.response["violations"]
            for node in one["nodes"][:3]
        ]
    visitor.complaints.clear()  # axe itself writes inline styles, which the pages' policy refuses
    assert found == []
