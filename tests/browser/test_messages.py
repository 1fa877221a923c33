"""The page 系统 → 通知: what was sent and how it went, what a person must decide, which templates may go where."""

from datetime import timedelta
from uuid import UUID

import pytest
from playwright.async_api import expect

from cloud.platform.notify.models import Delivery
from cloud.platform.notify.service import send
from firmware_profiles.ui.messages import load_templates
from tests.browser.conftest import NOW, Console, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.broker]

#: State, error, cost, minutes ago, channel, template.
ROWS = (
    ("delivered", "", 5, 4, "sms", "pay-sent"),
    ("sent", "", 10, 9, "sms", "contract-to-sign"),
    ("unknown", "no answer: TimeoutError", 0, 22, "wechat", "application-accepted"),
    ("failed", "absent", 5, 35, "sms", "pay-sent"),
    ("withheld", "opted_out", 0, 61, "sms", "pay-sent"),
    ("withheld", "not_approved", 0, 90, "sms", "recommendation"),
)
VALUES = {
    "pay-sent": {"firm": "镇江恒顺物流", "amount": "320.00", "period": "3 月 18 日"},
    "contract-to-sign": {"firm": "镇江恒顺物流", "until": "3 月 20 日"},
    "application-accepted": {
        "firm": "镇江恒顺物流",
        "post": "仓库分拣",
        "time": "3 月 20 日 8:00",
        "place": "丁卯桥路",
    },
    "recommendation": {"count": "3", "firm": "镇江恒顺物流", "post": "仓库分拣"},
}


async def deliver(console: Console) -> None:
    """Put deliveries of every kind into the ledger."""
    for number, (state, error, cost, ago, channel, template) in enumerate(ROWS):
        async with console.core.outbox.transaction():
            await send(console.core, UUID(int=number + 0x0192_0000), template, VALUES[template], f"k{number}")
        at = NOW - timedelta(minutes=ago)
        # An hour ahead of the worker, so that it takes none of them.
        (row,) = await Delivery.filter(notification__dedup_key=f"k{number}")
        sent = at if state in {"delivered", "sent", "failed"} else None
        await Delivery.filter(id=row.id).update(
            state=state, error=error, cost_fen=cost, channel=channel, created_at=at, sent_at=sent, ended_at=at,
            next_at=None, tries=1,
        )  # fmt: skip


async def test_the_page_shows_what_went_how_and_lets_a_person_decide(console: Console, visitor: Visitor) -> None:
    page = await visitor.open("/system/messages")
    await expect(page.get_by_text("还没有发送记录")).to_be_visible()
    await deliver(console)
    await page.reload()
    await visitor.photograph("messages")
    await page.set_viewport_size({"width": 1366, "height": 900})
    await page.get_by_role("link", name="结果不明 1").click()
    await expect(page.get_by_role("row")).to_have_count(2 + len(load_templates()) + 1, timeout=15_000)
    await page.get_by_role("button", name="再发一次").click()
    await expect(page.get_by_text("已重新排队")).to_be_visible()
    await expect(page.get_by_text("值班经理 要求重发")).to_be_visible()
