"""docs/tender-coverage.md is true: every item is there, every page named opens as the role named, every test exists."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from cloud.employers import service as employers
from cloud.employers.drafts import MemberDraft
from cloud.identity import public
from cloud.identity import service as identity
from cloud.identity.guard import COOKIE, VISITOR_COOKIE
from cloud.identity.public import Opened
from cloud.identity.roles import ROLES
from cloud.jobs import service as jobs
from tests.browser.conftest import PATIENCE_MS, Console
from tests.cloud.identity.people import PASSWORD
from tests.cloud.jobs.drafts import FIRM
from tests.cloud.people.sample import HOME, in_by_code

ROOT: Final = Path(__file__).parents[2]
PAPER: Final = ROOT / "docs/tender-coverage.md"
#: Items of the tender's list, two of which it leaves out.
ITEMS: Final = range(1, 29)
ABSENT: Final = {4, 5}
#: An issue that an item waits for: a letter and its subject.
_LATER: Final = re.compile(r"(?:partly|later): [A-Z], \S.{3,}")
_STAFF: Final = {str(role) for role in ROLES}
EMPLOYER_PHONE: Final = "13800000009"


@dataclass(frozen=True, slots=True)
class Item:
    """One item: what serves it, what tests hold it, how far it is covered."""

    number: int
    pages: tuple[str, ...]
    tests: tuple[str, ...]
    state: str


@dataclass(frozen=True, slots=True)
class Named:
    """One page: who opens it, and words of its heading."""

    name: str
    address: str
    role: str
    heading: str


def rows_of(section: str) -> list[list[str]]:
    """Return the cells of the table below a heading of the paper."""
    part = PAPER.read_text("utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@cache
def items() -> list[Item]:
    return [
        Item(
            int(row[0]),
            tuple(one.strip() for one in row[2].split(";")),
            tuple(re.findall(r"`([^`]+)`", row[4])),
            row[5],
        )
        for row in rows_of("Items")
    ]


@cache
def pages() -> list[Named]:
    return [Named(row[0], row[1].strip("`"), row[2], row[3]) for row in rows_of("Pages")]


def test_every_item_of_the_tender_is_there_once() -> None:
    assert [one.number for one in items()] == list(ITEMS)
    assert {one.number for one in items() if one.state == "absent"} == ABSENT


def test_every_item_names_what_serves_it_and_what_holds_it() -> None:
    names = {one.name for one in pages()}
    for item in items():
        if item.number in ABSENT:
            continue
        assert item.state == "covered" or _LATER.fullmatch(item.state), item
        assert item.tests, item
        assert [one for one in item.tests if not (ROOT / one).is_file()] == [], item
        if item.state != "later":
            assert names & set(item.pages), f"{item} names no page of the second table"
    used = {name for item in items() for name in item.pages}
    assert names <= used, f"no item needs {names - used}"
    assert {one.role for one in pages()} <= {*_STAFF, "seeker", "employer", "public"}


@pytest.fixture
async def contexts(console: Console, browser: Browser) -> AsyncIterator[Mapping[str, BrowserContext]]:
    """Yield a signed-in browser for every role that the paper names."""
    found: dict[str, BrowserContext] = {}
    for role in sorted({one.role for one in pages()}):
        context = await browser.new_context(viewport={"width": 1366, "height": 900}, locale="zh-CN")
        context.set_default_timeout(PATIENCE_MS)
        cookie = await cookie_of(console, role)
        if cookie:
            await context.add_cookies([{"name": cookie[0], "value": cookie[1], "url": console.url}])
        found[role] = context
    yield found
    for context in found.values():
        await context.close()


async def cookie_of(console: Console, role: str) -> tuple[str, str] | None:
    """Return (name, value) of the cookie by which a role is known; None for everybody."""
    core = console.core
    if role in _STAFF:
        await identity.add_account(core, f"the-{role}", role, PASSWORD)
        return COOKIE, (await identity.log_in(core, f"the-{role}", PASSWORD)).cookie
    if role == "seeker":
        return VISITOR_COOKIE, (await in_by_code(core)).secret
    if role == "employer":
        firm = await jobs.create_firm(core, jobs.FirmDraft.model_validate(FIRM), verified=True)
        member = MemberDraft(name="示例乙", phone=EMPLOYER_PHONE, role="owner")
        await employers.add_member(core, firm["id"], member, by="staff:li")
        code = (await public.issue(core, EMPLOYER_PHONE, "employer", HOME)).code
        opened = await employers.log_in(core, EMPLOYER_PHONE, code)
        assert isinstance(opened, Opened)
        return VISITOR_COOKIE, opened.secret
    return None


@pytest.mark.browser
@pytest.mark.broker
@pytest.mark.timeout(120)
async def test_every_page_named_opens_as_its_role(console: Console, contexts: Mapping[str, BrowserContext]) -> None:
    wrong: list[str] = []
    for role, context in contexts.items():
        page = await context.new_page()
        for named in pages():
            if named.role == role:
                wrong += [
                    f"{named.name} {named.address} as {role}: {what}" for what in await faults(console, page, named)
                ]
        await page.close()
    assert not wrong, "\n".join(wrong)


async def faults(console: Console, page: Page, named: Named) -> list[str]:
    """Return what is wrong with a page: its status, where it leads, an empty main area, another heading."""
    response = await page.goto(console.url + named.address, wait_until="domcontentloaded")
    found = []
    if response is None or response.status != 200:
        found.append(f"status {response.status if response else 'none'}")
    if "/login" in page.url:
        found.append(f"leads to {page.url}")
    headings = await page.locator("main h1, main h2").all_inner_texts()
    if not any(named.heading in one for one in headings):
        found.append(f"no heading {named.heading!r} among {headings[:5]}")
    if len((await page.locator("main").first.inner_text()).strip()) < 20:
        found.append("the main area is empty")
    return found
