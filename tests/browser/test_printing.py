"""Papers on printers: a job slip on a receipt printer, a notice on A4, an end that nobody knows and a person's word."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from cloud.fleet import service as fleet
from cloud.policies import register
from cloud.policies.drafts import PolicyDraft
from devices.simulators.escpos import ReceiptPrinter
from devices.simulators.ipp import OfficePrinter
from devices.simulators.service import listening
from edge.agent import AgentConfig, open_agent
from edge.uplink import parse_broker_url
from provisioning.signing import content_key, public_text
from provisioning.site import SiteFile, parse_site
from tests.browser import hall
from tests.browser.conftest import NOW, Console, Visitor
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.timeout(180)]


@dataclass
class Desk:
    """The printers beside the counter."""

    slips: ReceiptPrinter
    office: OfficePrinter


def site(console: Console, slips: str, office: str) -> SiteFile:
    """Return the market with its two printers."""
    slot = """
[[stations.slots]]
id = "{0}"
kind = "printer"
device = {{ id = "{0}", serial = "P", profile = "{1}", address = "{2}" }}
"""
    return parse_site(
        f'[site]\nid = "demo"\nname = "示范"\n'
        f'[trust]\ncontent_keys = {{ "content-1" = "{public_text(content_key(console.core.secret))}" }}\n'
        f'[[stations]]\nid = "market"\nname = "镇江市零工市场"\nkind = "market"\n'
        + slot.format("slips", "escpos-80", slips)
        + slot.format("office", "ipp-everywhere", office)
    )


@asynccontextmanager
async def printers(console: Console, folder: Path) -> AsyncIterator[Desk]:
    """Run the market's agent with two printers at the console's broker and clock."""
    folder.mkdir()
    desk = Desk(ReceiptPrinter(), OfficePrinter())
    broker = parse_broker_url(f"mqtt://127.0.0.1:{console.mqtt_port}")
    async with AsyncExitStack() as stack:
        addresses = [
            await stack.enter_async_context(listening(one, "tcp://127.0.0.1:0")) for one in (desk.slips, desk.office)
        ]
        wanted = site(console, *addresses)
        await fleet.apply_site(console.core, wanted)
        config = AgentConfig(wanted, "market", folder, broker, clock_url=console.clock.url)
        agent = await stack.enter_async_context(open_agent(config))
        task = asyncio.create_task(agent.run(), name="agent")
        try:
            await until(lambda: all(one.works for one in agent.supervisor.slots.values()), "the printers work")
            await until(lambda: agent.session.core_online, "the station is online")
            yield desk
        finally:
            agent.stop()
            await task


async def publish_notice(console: Console, visitor: Visitor) -> str:
    """Put a policy in force for phones, on its page; returns its id."""
    draft = PolicyDraft(
        kind="policy", title="灵活就业社保补贴", summary="就业困难人员可以申请补贴。",
        body="一、材料：身份证。\n二、办理：到窗口。", audience="就业困难人员", category="hardship",
        issuer="市人力资源和社会保障局", document="示范人社〔2026〕1号", valid_from=NOW.date(), channels=["phone"],
    )  # fmt: skip
    row = await register.save_policy(console.core, draft, by="staff:值班经理")
    page = await visitor.open(f"/policies/{row.id}")
    await page.get_by_role("button", name="立即发布").click()
    await expect(page.get_by_role("link", name="打印", exact=True)).to_be_visible()
    return str(row.id)


async def choose(page: Page, slot: str) -> None:
    """Choose a printer and print."""
    wanted = page.get_by_label("打印机").locator("option").filter(has_text=f"· {slot}（")
    await page.get_by_label("打印机").select_option(label=await wanted.inner_text())
    await page.get_by_role("button", name="打印", exact=True).click()


async def test_a_slip_and_a_notice_are_printed_and_an_unknown_end_is_decided(
    console: Console, visitor: Visitor, tmp_path: Path
) -> None:
    async with printers(console, tmp_path / "market") as desk:
        post = (await hall.add_posts(console.core))[0]
        page = await visitor.open(f"/posts/{post['id']}")
        await page.get_by_role("link", name="打印", exact=True).click()
        await expect(page.get_by_role("heading", name="打印岗位小票")).to_be_visible()
        await visitor.photograph("print-form")
        await choose(page, "slips")
        await expect(page.get_by_text("已打印，请到打印机取。")).to_be_visible()
        await visitor.photograph("print-done")
        (receipt,) = desk.slips.receipts
        assert "岗位小票" in receipt.lines
        assert receipt.codes == [f"{console.url}/p/{post['id']}"]

        notice = await publish_notice(console, visitor)
        await page.get_by_role("link", name="打印", exact=True).click()
        await choose(page, "office")
        await expect(page.get_by_text("已打印，请到打印机取。")).to_be_visible()
        (job,) = desk.office.jobs
        assert job.data.startswith(b"%PDF-")

        await visitor.open(f"/print/notice/{notice}")
        await desk.slips.change({"power_cut_at": 400})
        await choose(page, "slips")
        await expect(page.get_by_text("结果不明：请到打印机看一眼，打出来了吗？")).to_be_visible()
        await visitor.photograph("print-unknown")
        await page.get_by_role("button", name="未发生").click()
        await until(lambda: desk.slips.state["power_cut_at"] == 0, "the power is back")
        assert not any("一次性告知单" in one.lines for one in desk.slips.receipts if one.cut)
