"""The wall as people see it: a real Chromium that shows the agent's page."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provisioning.demo.processes import StepFailed

if TYPE_CHECKING:
    from playwright.async_api import Page

#: What a headless Chromium needs on a machine without a desktop and without an Internet route.
ARGUMENTS: Final = ("--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync")
WALL_SIZE: Final = (1920, 1080)
SHOW_TIMEOUT_MS: Final = 5_000


@dataclass(frozen=True)
class Wall:
    """One open wall page."""

    page: "Page"

    async def shows(self, text: str) -> float:
        """Return after how many seconds `text` stood in the page's DOM; fail when it does not come."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        await self.page.get_by_text(text, exact=False).first.wait_for(timeout=SHOW_TIMEOUT_MS, state="attached")
        return loop.time() - started

    async def hides(self, text: str) -> None:
        """Return once `text` is no longer in the page's DOM."""
        await self.page.get_by_text(text, exact=False).first.wait_for(timeout=SHOW_TIMEOUT_MS, state="detached")

    async def photograph(self, file: Path) -> None:
        """Keep a picture of what is shown."""
        await self.page.screenshot(path=str(file))


@asynccontextmanager
async def wall(url: str) -> AsyncIterator[Wall]:
    """Open `url` in Chromium at the size of the demo's wall."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise StepFailed("no Chromium is installed, so nothing can show the wall: apt-get install chromium")
    try:
        from playwright.async_api import Error, async_playwright  # noqa: PLC0415 - heavy, and only the demo needs it
    except ImportError as error:
        raise StepFailed("the package playwright is missing; scripts/demo installs it") from error
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=[*ARGUMENTS, *sandbox])
        width, height = WALL_SIZE
        page = await browser.new_page(viewport={"width": width, "height": height})
        await page.goto(url)
        try:
            yield Wall(page)
        except Error as error:
            raise StepFailed(f"the wall page does not show it: {error.message}") from error
        finally:
            await browser.close()
