"""Three venue days, told by the real programs: a good one, one that opens late, one whose gateway is dead."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any, Final

from provisioning.demo.browser import Wall, wall
from provisioning.demo.clock_server import ClockServer
from provisioning.demo.posts import Posts
from provisioning.demo.processes import StepFailed
from provisioning.demo.telling import SHANGHAI, Teller
from provisioning.demo.venue import MARKET, Venue

FIRST_DAY: Final = date(2026, 3, 2)
GOOD_DAY, LATE_DAY, DEAD_DAY = (FIRST_DAY + timedelta(days=n) for n in range(3))
STORY_START: Final = datetime.combine(FIRST_DAY, time(8, 50), SHANGHAI)
#: The core evaluates a finished day at once; arriving events may need this long.
SETTLE_TIMEOUT_S: Final = 30.0


@dataclass
class Story:
    """One telling; `tell.now` follows the stepped clock."""

    venue: Venue
    clock: ClockServer
    tell: Teller

    async def at(self, day: date, clock: str) -> None:
        """Let time pass until a local time of a day."""
        moment = datetime.combine(day, time.fromisoformat(clock), SHANGHAI)
        if moment - self.clock.now > timedelta(hours=12):
            await self.clock.leap_to(moment - timedelta(minutes=10))
        await self.clock.advance_to(moment)
        self.tell.now = moment

    async def everywhere(self, **values: object) -> None:
        """Change what devices see in every hall."""
        for hall in self.venue.halls.values():
            await hall.set(**values)

    async def run(self) -> None:
        """Tell all three days; the first step that does not work ends it."""
        self.tell.now = self.clock.now
        async with AsyncExitStack() as stack:
            with self.tell.step("the wall page is open in Chromium") as step:
                screen = await stack.enter_async_context(self._wall())
                await screen.shows("镇江市零工市场")
                step.note = "every station online, every device answers"
            await self._good_day(screen)
        await self._late_day()
        await self._dead_day()

    @asynccontextmanager
    async def _wall(self) -> AsyncIterator[Wall]:
        base = await self.venue.agent_http(MARKET)
        async with wall(f"{base}/wall/wall") as screen:
            yield screen

    async def _good_day(self, screen: Wall) -> None:
        await self._open(GOOD_DAY, "08:58")
        await self._post_reaches_wall(screen)
        await self._people_come()
        await self._queue(screen)
        await self._link_is_cut()
        await screen.photograph(self.venue.folder / "wall.png")
        await self._close(GOOD_DAY, "17:02")
        await self._verdict(GOOD_DAY, "compliant")

    async def _late_day(self) -> None:
        await self._open(LATE_DAY, "09:20")
        await self._close(LATE_DAY, "17:02")
        await self._verdict(LATE_DAY, "violation")

    async def _dead_day(self) -> None:
        await self.at(DEAD_DAY, "08:40")
        with self.tell.step("the market's gateway loses power (kill -9 of its agent)") as step:
            await self.venue.kill_agent(MARKET)
            step.note = "what nobody saw is unknown, not closed"
        await self.at(DEAD_DAY, "17:20")
        with self.tell.step("the gateway is back"):
            await self.venue.start_agent(MARKET)
        await self._verdict(DEAD_DAY, "unproven")

    async def _open(self, day: date, clock: str) -> None:
        await self.at(day, "08:50")
        await self.at(day, clock)
        with self.tell.step("the shutters go up, hall lights on, staff sign in") as step:
            await self.everywhere(door="unlocked", light="on", staff="present", kiosk="usable")
            step.note = f"{len(self.venue.halls)} stations"

    async def _close(self, day: date, clock: str) -> None:
        await self.at(day, clock)
        with self.tell.step("staff sign out, kiosks and lights off, the shutters go down"):
            await self.everywhere(staff="absent", kiosk="unusable", light="off", door="locked")

    async def _post_reaches_wall(self, screen: Wall) -> None:
        await self.at(GOOD_DAY, "09:30")
        rest, posts = self.venue.rest, Posts.valid_from(GOOD_DAY)
        with self.tell.step("an employer's post is stopped by the publication gate") as step:
            firm = await rest.created("/api/v1/firms", posts.firm)
            await rest.done(f"/api/v1/firms/{firm['id']}/verify")
            refused = await rest.post(await self._draft(posts.unlawful, firm))
            if refused.status != 422:  # noqa: PLR2004 - what the contract answers
                raise StepFailed(f"an unlawful post was answered with {refused.status}: {refused.body}")
            step.note = "; ".join(f"{one['rule']}: {one['law']}" for one in refused.body["findings"][:2])
        for vacancy in posts.vacancies:
            await rest.done(await self._draft(vacancy, firm))
        title = posts.lawful["title"]
        publish = await self._draft(posts.lawful, firm)
        with self.tell.step(f"the corrected post is published and stands on the wall: {title}"):
            await rest.done(publish)
            await screen.shows(title)
        await self.at(GOOD_DAY, "11:30")
        with self.tell.step("a filled post is closed and leaves the wall at once"):
            await rest.done(publish.replace("/publish", "/close"))
            await screen.hides(title)

    async def _draft(self, post: dict[str, Any], firm: dict[str, Any]) -> str:
        """Create a post and return the path that publishes it."""
        created = await self.venue.rest.created("/api/v1/posts", {**post, "firm": firm["id"]})
        return f"/api/v1/posts/{created['id']}/publish"

    async def _people_come(self) -> None:
        hall = self.venue.halls[MARKET]
        with self.tell.step("people come in and are counted") as step:
            await hall.people(here=True)
            await hall.set(in_total=41, out_total=29)
            await self.at(GOOD_DAY, "11:50")
            await hall.people(here=False)
            await hall.set(in_total=41, out_total=41)
            await self.at(GOOD_DAY, "11:55")
            await self.venue.until(self._everybody_counted, "the counter's 41 people are stored")
            step.note = "41 in, 41 out"

    async def _queue(self, screen: Wall) -> None:
        rest, hall, base = self.venue.rest, self.venue.halls[MARKET], f"/api/v1/stations/{MARKET}/queue"
        with self.tell.step(
            "somebody takes a number at the kiosk, counter 3 calls it, the wall shows and speaks it"
        ) as step:
            await rest.put(f"{base}/services/A", {"name": "求职登记"})
            await rest.put(f"{base}/counters/3", {"name": "综合窗口"})
            await rest.done(f"{base}/counters/3/seat")
            await self.venue.until(self._kiosk_gives_numbers, "the kiosk knows the services")
            await hall.set(take="A")
            await self.venue.until(self._somebody_waits, "the number has reached the core")
            await rest.done(f"{base}/counters/3/next")
            shown = await screen.shows("请 A001 到 3 号窗口")
            step.note = f"A001, {shown * 1000:.0f} ms from the call to the wall"

    async def _kiosk_gives_numbers(self) -> bool:
        status = await self.venue.agent_status(MARKET)
        return bool(status["queue"]["services"])

    async def _somebody_waits(self) -> bool:
        return bool((await self.venue.rest.get(f"/api/v1/stations/{MARKET}/queue"))["tickets"])

    async def _everybody_counted(self) -> bool:
        events = await self.venue.evidence_of_type(MARKET, "cn.yizhan.occupancy.count.changed.v1")
        return any(event["data"] == {"in_total": 41, "out_total": 41, "inside": 0} for event in events)

    async def _link_is_cut(self) -> None:
        await self.at(GOOD_DAY, "12:00")
        link = self.venue.links[MARKET]
        before = (await self.venue.station(MARKET))["streams"]["evidence"]["upto"]
        with self.tell.step("the market's link is cut for ten minutes; the agent goes on recording"):
            link.cut()
            await self.venue.until(lambda: self._offline(MARKET), "the core sees the market offline")
            await self.at(GOOD_DAY, "12:10")
        with self.tell.step("the link is back and nothing is missing") as step:
            link.mend()
            await self.venue.until(lambda: self.venue.complete(MARKET), "all evidence has arrived without a gap")
            after = (await self.venue.station(MARKET))["streams"]["evidence"]["upto"]
            step.note = f"{after - before} events caught up, 0 gaps"

    async def _offline(self, station: str) -> bool:
        return not await self.venue.station_is(station, "online")

    async def _verdict(self, day: date, expected: str) -> None:
        await self.at(day, "17:30")
        with self.tell.step("all evidence of the day has arrived; the market's verdict is asked for"):
            for station in self.venue.halls:
                await self.venue.until(partial(self.venue.complete, station), f"{station} is complete")
            document = await self.venue.rest.get(f"/api/v1/kpi/opening/{MARKET}/{day.isoformat()}")
        self.tell.verdict(document)
        if document["verdict"] != expected:
            raise StepFailed(f"{day} is {document['verdict']}, but the story says {expected}")
