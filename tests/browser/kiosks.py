"""A kiosk with everything at it: real core, broker and agent, card reader and receipt printer, posts on the wall."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from cloud.fleet import service as fleet
from cloud.kiosks import kiosk_token
from cloud.service import queue
from cloud.service.queue_shapes import ServiceDraft
from devices.simulators.escpos import ReceiptPrinter
from devices.simulators.samv import SamvReader
from devices.simulators.service import listening
from edge.agent import Agent, AgentConfig, open_agent
from edge.kiosk.cli import write_token
from edge.uplink import parse_broker_url
from provisioning.demo.clock_server import ClockServer
from provisioning.demo.link import Link, link_to
from provisioning.signing import content_key, public_text
from provisioning.site import SiteFile, parse_site
from tests.browser import hall
from tests.browser.conftest import Console
from tests.browser.test_accessibility import RULES
from tests.browser.test_queue import photograph
from tests.waiting import until

STATION = "lobby"
#: How often the card reader looks (`samv-reader`).
LOOK_S = 0.5
SITE = """
[site]
id = "hall"
name = "大厅"
[cloud]
http = "{http}"
[trust]
content_keys = {{ "content-1" = "{key}" }}
[[stations]]
id = "lobby"
name = "镇江市零工市场"
[[stations.slots]]
id = "wall"
kind = "wall"
device = {{ id = "dev-w", serial = "W", profile = "hdmi-wall-page", address = "page:" }}
[[stations.slots]]
id = "kiosk-1"
kind = "kiosk"
device = {{ id = "dev-k", serial = "K", profile = "sim-kiosk", address = "sim:?kiosk=usable" }}
[[stations.slots]]
id = "reader-1"
kind = "kiosk"
device = {{ id = "dev-r", serial = "R", profile = "samv-reader", address = "{reader}?kiosk=kiosk-1" }}
[[stations.slots]]
id = "printer-1"
kind = "printer"
device = {{ id = "dev-p", serial = "P", profile = "escpos-80", address = "{printer}" }}
"""
#: Targets below 60 px that somebody could be meant to touch.
SMALL = """[...document.querySelectorAll('button')].filter(b => b.offsetHeight < 60 || b.offsetWidth < 60)
  .map(b => b.textContent)"""


@dataclass
class Kiosk:
    """The kiosk's page and what stands around it."""

    agent: Agent
    link: Link
    page: Page
    reader: SamvReader
    printer: ReceiptPrinter
    clock: ClockServer
    complaints: list[str] = field(default_factory=list)

    async def lay(self, **card: object) -> None:
        """Take away what lies on the reader, then lay a card down."""
        for lies in ({"card": "none"}, {"card": "resident", **card}):
            await self.reader.change(lies)
            await self.pass_time(2 * LOOK_S)  # two looks of the reader

    async def pass_time(self, seconds: float) -> None:
        """Let the stepped clock go on."""
        await self.clock.advance_to(self.clock.now + timedelta(seconds=seconds))

    async def tap(self, name: str) -> None:
        """Tap a button."""
        await self.page.get_by_role("button", name=name).first.click()

    async def type(self, digits: str) -> None:
        """Tap digits on the keypad."""
        for digit in digits:
            await self.page.get_by_role("button", name=digit, exact=True).click()

    async def sees(self, words: str) -> None:
        """Wait until words are shown."""
        await expect(self.page.get_by_text(words).first).to_be_visible()

    async def look_at(self, name: str, *, judged: bool = True) -> None:
        """Photograph a screen upright and lying, and judge it with axe and by the size of its targets."""
        await photograph(self.page, name, 1920, 1080)
        await photograph(self.page, name, 1080, 1920)
        assert await self.page.evaluate(SMALL) == []
        if judged:
            known = list(self.complaints)
            found = await Axe().run(self.page, options=RULES)
            wrong = [(one["id"], one["nodes"][0]["failureSummary"]) for one in found.response["violations"]]
            assert wrong == [], f"{name}: {wrong}"
            self.complaints[:] = known  # axe itself writes inline styles, which the page's policy refuses


@asynccontextmanager
async def open_kiosk(
    console: Console, browser: Browser, folder: Path, *more: Callable[[], str] | str
) -> AsyncIterator[Kiosk]:
    """Yield the page of a kiosk whose station is online and shows posts; `more` slots may be added to its site."""
    reader, printer = SamvReader(), ReceiptPrinter()
    async with AsyncExitStack() as stack:
        addresses = [await stack.enter_async_context(listening(one, "tcp://127.0.0.1:0")) for one in (reader, printer)]
        plan = _site(console, addresses, [one if isinstance(one, str) else one() for one in more])
        await fleet.apply_site(console.core, plan)
        await queue.put_service(console.core, STATION, "A", ServiceDraft(name="求职登记"))
        await hall.add_posts(console.core)
        folder.mkdir()
        write_token(folder, "kiosk-1", await kiosk_token(console.core, f"{STATION}/kiosk-1"))
        link = await stack.enter_async_context(link_to("127.0.0.1", console.mqtt_port))
        config = AgentConfig(plan, STATION, folder, parse_broker_url(link.url), clock_url=console.core.settings.clock)
        agent = await stack.enter_async_context(_running(config))
        context = await stack.enter_async_context(
            await browser.new_context(viewport={"width": 1080, "height": 1920}, locale="zh-CN")
        )
        one = Kiosk(agent, link, await context.new_page(), reader, printer, console.clock)
        one.page.on("console", lambda message: _note(one, message.text) if message.type == "error" else None)
        one.page.on("pageerror", lambda error: one.complaints.append(str(error)))
        await until(lambda: agent.queue.board is not None and agent.session.core_online, "the board has come")
        await until(lambda: all(slot.works for slot in agent.supervisor.slots.values() if slot.kind != "wall"), "well")
        await until(lambda: agent.contents.shown("wall") is not None, "the wall's posts have come")
        await one.page.goto(f"{agent.url}/kiosk/kiosk-1")
        await one.sees("登录找工作")
        yield one
        assert one.complaints == []


def _site(console: Console, addresses: Sequence[str], more: Sequence[str]) -> SiteFile:
    reader, printer = addresses
    key = public_text(content_key(console.core.secret))
    return parse_site(SITE.format(http=console.url, key=key, reader=reader, printer=printer) + "".join(more))


@asynccontextmanager
async def _running(config: AgentConfig) -> AsyncIterator[Agent]:
    async with open_agent(config) as agent:
        task = asyncio.create_task(agent.run(), name="agent")
        try:
            yield agent
        finally:
            agent.stop()
            await task


def _note(one: Kiosk, words: str) -> None:
    if "409 (Conflict)" not in words and "autoplay" not in words:  # what was refused is said on the page
        one.complaints.append(words)
