"""The real core on SQLite with its own broker, a browser, and what every page must keep: no error, nothing foreign."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, async_playwright, expect

from cloud.app import build_app
from cloud.fleet import service as fleet
from cloud.identity import service as identity
from cloud.platform.core import Core
from cloud.platform.keys import BROKER_ANSWERS, CORE, LIVENESS
from cloud.platform.settings import Settings
from provisioning.demo.clock_server import ClockServer, clock_server
from tests.browser import hall
from tests.schema import put_schema
from tests.waiting import free_port, until

#: 14:32:05 of a Thursday that is no holiday.
NOW = datetime(2026, 3, 19, 6, 32, 5, tzinfo=UTC)
ARTEFACTS = Path(__file__).parents[2] / "artefacts" / "browser"
ACCOUNT = ("值班经理", "manager", "correct horse battery")
#: A loaded machine may need seconds for what takes milliseconds.
PATIENCE_MS = 15_000
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-gpu",
    "--autoplay-policy=no-user-gesture-required",  # as walls and kiosks are run: nobody touches them before a call
]


@dataclass
class Console:
    """A running core and where it listens."""

    url: str
    core: Core
    mqtt_port: int
    stop: Callable[[], Awaitable[None]]
    clock: ClockServer


@dataclass
class Visitor:
    """A signed-in browser that remembers everything it should not have seen."""

    context: BrowserContext
    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    #: Whether the test cuts the line: the browser complains about each request that failed, some of them later.
    line_is_cut: bool = False

    async def open(self, path: str) -> Page:
        """Go to a page."""
        await self.page.goto(self.url + path)
        return self.page

    async def sign_in(self, console: Console) -> None:
        """Give the browser the cookie of a new session."""
        opened = await identity.log_in(console.core, ACCOUNT[0], ACCOUNT[2])
        await self.context.add_cookies([{"name": "yz_session", "value": opened.cookie, "url": self.url}])

    async def photograph(self, name: str, widths: tuple[int, ...] = (1366, 360)) -> None:
        """Keep a picture, and check at phone and desktop width that nothing sticks out."""
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        for width in widths:
            await self.page.set_viewport_size({"width": width, "height": 900})
            sticks_out = await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert sticks_out <= 0, f"{name} is {sticks_out} px wider than {width}"
            # A hidden caret is a style on every field, which a swap would copy: the policy of the page refuses that.
            path = str(ARTEFACTS / f"{name}-{width}.png")
            await self.page.screenshot(path=path, full_page=True, caret="initial")
        await self.page.set_viewport_size({"width": 1366, "height": 900})


expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    port = free_port()
    put_schema(tmp_path / "yizhan.db")
    async with clock_server(NOW) as clock:
        settings = Settings(
            data_dir=tmp_path, http_port=0, embedded_mqtt_port=port, clock=clock.url, second_factor_roles=""
        )
        app = build_app(settings)
        runner = web.AppRunner(app, shutdown_timeout=0.2, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            host, http_port = runner.addresses[0][:2]
            core = app[CORE]
            await until(app[BROKER_ANSWERS], "the broker answers")
            await identity.add_account(core, *ACCOUNT)
            await fleet.apply_site(core, hall.site())
            liveness = app[LIVENESS]
            await until(lambda: all(liveness.knows(one.id) for one in hall.site().stations), "the stations are known")
            yield Console(f"http://{host}:{http_port}", core, port, runner.cleanup, clock)
        finally:
            await runner.cleanup()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        assert os.environ.get("CI") != "true", "CI must have Chromium"
        pytest.skip("no chromium is installed")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        await started.close()


@pytest.fixture
async def visitor(console: Console, browser: Browser) -> AsyncIterator[Visitor]:
    async with await browser.new_context(viewport={"width": 1366, "height": 900}, locale="zh-CN") as context:
        context.set_default_timeout(PATIENCE_MS)
        seen = Visitor(context, await context.new_page(), console.url)
        seen.page.on("console", lambda message: _note(seen, _wrong(seen, message), message.text))
        seen.page.on("pageerror", lambda error: _note(seen, True, str(error)))
        seen.page.on("request", lambda request: _note(seen, _foreign(request, seen.url), f"foreign {request.url}"))
        await seen.sign_in(console)
        yield seen
        assert not seen.complaints


@pytest.fixture
async def market(console: Console) -> AsyncIterator[hall.Station]:
    """Put the market online: its door, light and people have reported since the morning."""
    async with hall.station(console.mqtt_port, "market") as station:
        morning = NOW - timedelta(hours=5, minutes=34)  # 08:58
        slots = {
            slot.id: (slot.kind, slot.device.id, slot.device.profile)
            for slot in hall.site().station("market").slots
            if slot.device
        }
        await station.come_online(
            slots, NOW, {"wall": {"values": {"brightness": 60}, "at": "2026-03-19T01:00:00.000Z"}}
        )
        quiet = NOW - timedelta(hours=2, minutes=12, seconds=5)
        kinds = (("door-1", "door", "unlocked"), ("light-1", "light", "on"))
        await station.send(
            "evidence",
            [hall.interval(*kind, morning, quiet) for kind in kinds]
            + [hall.interval(*kind, quiet + timedelta(minutes=10), NOW) for kind in kinds],
        )
        await station.show("hall-1", NOW, {"state": "moving", "moving_cm": 184, "static_cm": 0})
        yield station


def _note(visitor: Visitor, bad: bool, text: str) -> None:  # noqa: FBT001 - one condition, one text
    if bad:
        visitor.complaints.append(text)


def _wrong(visitor: Visitor, message: ConsoleMessage) -> bool:
    """Return whether a message of the browser is a fault of ours; it also notes each refusal that a test provokes."""
    if visitor.line_is_cut and any(
        words in message.text for words in ("net::ERR_", "network error", "Failed to fetch")
    ):
        return False
    return message.type in {"error", "warning"} and "the server responded with a status of 4" not in message.text


def _foreign(request: Request, url: str) -> bool:
    return not request.url.startswith((url, "data:"))
