"""The open demo: a seeded market that lives until somebody stops it."""

import asyncio
import random
import sys
from datetime import UTC, date, datetime, timedelta

from provisioning.demo.clock_server import ClockServer
from provisioning.demo.simulators import Hall
from provisioning.demo.telling import SHANGHAI
from provisioning.demo.venue import MARKET, Venue
from provisioning.market import Market

#: How often the stepped clock moves when time runs faster than real, s.
_STEP_S = 0.25
#: The market that a visitor finds: always the same.
_SEED = 2026
_FIRMS = 12
_POSTS = 40
#: Visitors come and go this often, s of real time.
_VISIT_S = 7.0


async def open_venue(place: Venue, clock: ClockServer | None, speed: float, stop: asyncio.Event) -> None:
    """Seed the market, say where everything is, and keep it alive until `stop`."""
    today = (clock.now if clock else datetime.now(UTC)).astimezone(SHANGHAI).date()
    await _seed(place, today)
    for hall in place.halls.values():
        await hall.set(door="unlocked", light="on", staff="present", kiosk="usable")
    sys.stdout.write(
        f"console   {place.rest.base}/            account manager, password {place.password}\n"
        f"wall      {await place.agent_http(MARKET)}/wall/wall\n"
        f"metrics   {place.rest.base}/metrics\n"
        f"files     {place.folder}\n"
        "Ctrl-C ends it.\n"
    )
    sys.stdout.flush()
    tasks = [asyncio.create_task(_visitors(place.halls[MARKET]), name="visitors")]
    if clock is not None:
        tasks.append(asyncio.create_task(_run_faster(clock, speed), name="clock"))
    ending = asyncio.create_task(stop.wait(), name="stop")
    try:
        done, _ = await asyncio.wait({ending, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        for task in done - {ending}:
            task.result()
    finally:
        for task in (ending, *tasks):
            task.cancel()
        await asyncio.gather(ending, *tasks, return_exceptions=True)


async def _seed(place: Venue, today: date) -> None:
    """Fill the market through REST as employers do: some of what they write waits for review or is blocked."""
    market = Market(_SEED, today, _FIRMS)
    known: dict[int, str] = {}
    for post in market.posts(_POSTS):
        if post.firm not in known:
            firm = await place.rest.created("/api/v1/firms", market.firm(post.firm).draft())
            await place.rest.done(f"/api/v1/firms/{firm['id']}/verify")
            known[post.firm] = firm["id"]
        body = post.draft(known[post.firm]) | _valid_from(today)
        created = await place.rest.created("/api/v1/posts", body)
        await place.rest.post(f"/api/v1/posts/{created['id']}/publish")


def _valid_from(today: date) -> dict[str, str]:
    """Return a validity that has begun: the market's year is spread over days that a visitor does not wait for."""
    return {"valid_from": today.isoformat(), "valid_to": (today + timedelta(days=30)).isoformat()}


async def _visitors(hall: Hall) -> None:
    dice = random.Random(1)  # noqa: S311 - people, not secrets
    came = gone = 0
    while True:
        came += dice.randint(0, 2)
        gone = min(came, gone + dice.randint(0, 2))
        await hall.people(here=came > gone)
        await hall.set(in_total=came, out_total=gone)
        await asyncio.sleep(_VISIT_S)


async def _run_faster(clock: ClockServer, speed: float) -> None:
    while True:
        await clock.advance_to(clock.now + timedelta(seconds=_STEP_S * speed))
        await asyncio.sleep(_STEP_S)
