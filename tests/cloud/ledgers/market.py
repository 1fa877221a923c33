"""A small market put straight into the tables: firms with an industry, posts, people with wishes, placements."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from cloud.employers.models import FirmCase
from cloud.jobs.models import Firm, Post
from cloud.people.models import Person
from cloud.people.placements.models import Placement, PlacementFollowUp
from cloud.people.registration.models import JobWish, Profile

CODES: Final = ("4-02-07-08", "4-02-07-09", "4-02-06-02", "4-09-08-01", "6-30-05-01", "4-10-08-01")
INDUSTRIES: Final = ("G54", "C13", "H61", "O80", "")
#: Noon of a day in the market, as UTC.
NOON: Final = timedelta(hours=4)


def moment(day: date) -> datetime:
    """Return noon of a market day."""
    return datetime.combine(day, datetime.min.time(), UTC) + NOON


async def add_firm(number: int, industry: str, at: date) -> UUID:
    """Add a verified firm of an industry."""
    firm = await Firm.create(
        id=uuid4(), uscc=f"{number:018d}", name=f"第{number}公司", contact_name="示范联系人",
        contact_phone="138****0001", verified=True, created_at=moment(at),
    )  # fmt: skip
    await FirmCase.create(
        id=uuid4(), firm=firm.id, number=1, state="verified", industry=industry, created_at=moment(at),
        decided_at=moment(at),
    )  # fmt: skip
    return firm.id


async def add_post(firm: UUID, occupation: str, published: date, **columns: Any) -> Post:
    """Add a published post."""
    values: dict[str, Any] = {
        "title": "分拣员", "headcount": 3, "requirements": "男女不限", "district": "润州区", "address": "工业园区1号",
        "hours": "08:30-16:30", "pay_min_fen": 18_000, "pay_max_fen": 22_000, "pay_unit": "day", "pay_method": "日结",
        "form": "temporary", "gig": True, "valid_from": published, "valid_to": published + timedelta(days=20),
        "contact_name": "示范联系人", "contact_phone": "138****0001", "state": "published", "closed_at": None,
    }  # fmt: skip
    at = moment(published)
    return await Post.create(
        id=uuid4(), firm_id=firm, occupation=occupation, created_at=at, published_at=at, **values | columns
    )


async def add_seeker(registered: date | None, wishes: list[str], **columns: Any) -> Person:
    """Add a registered jobseeker with coded wishes."""
    at = moment(registered or date(2026, 1, 5))
    person = await Person.create(
        id=uuid4(), sex="female", birth=date(1985, 6, 1), channel="counter", created_at=at, updated_at=at
    )
    profile = await Profile.create(
        id=uuid4(), person_id=person.id, registered_at=at if registered else None, updated_at=at, updated_by="staff:li",
        education="60", **columns,
    )  # fmt: skip
    for rank, occupation in enumerate(wishes):
        await JobWish.create(profile_id=profile.id, rank=rank, words="想找活", occupation=occupation, coded_by="staff")
    return person


async def place(person: Person, started: date, state: str = "proved", follow_up: str = "") -> None:
    """Let somebody begin a work, whose follow-up may have found that it is over."""
    at = moment(started)
    row = await Placement.create(
        id=uuid4(), person_id=person.id, employer="第1公司", form="temporary", started_on=started, state=state,
        claimed_by="staff:li", claimed_at=at, changed_at=at,
    )  # fmt: skip
    if follow_up:
        await PlacementFollowUp.create(id=uuid4(), placement_id=row.id, due_on=started, state=follow_up)


async def fill(first: date, seed: int = 3, posts: int = 60, people: int = 80) -> None:
    """Fill two months, the second one beginning on `first`, with what is random but the same for a seed."""
    rng = random.Random(seed)
    firms = [await add_firm(number, industry, first) for number, industry in enumerate(INDUSTRIES, 1)]
    for _ in range(posts):
        published = first + timedelta(days=rng.randint(-35, 27))
        closed = published + timedelta(days=rng.randint(0, 30))
        await add_post(
            rng.choice(firms), rng.choice(CODES), published, headcount=rng.randint(1, 9),
            closed_at=moment(closed) if rng.random() < 0.5 else None, pay_min_fen=rng.randint(120, 200) * 100,
            pay_max_fen=rng.randint(200, 300) * 100, hours=rng.choice(("08:00-16:00", "每天4小时", "09:00-19:00")),
        )  # fmt: skip
    for _ in range(people):
        registered = first + timedelta(days=rng.randint(-60, 40)) if rng.random() < 0.9 else None
        willing = rng.choice((None, True, False))
        person = await add_seeker(
            registered, rng.sample(["", *CODES], rng.randint(0, 3)), willing=willing,
            willing_at=moment(first + timedelta(days=rng.randint(-20, 20))) if willing is not None else None,
        )  # fmt: skip
        if rng.random() < 0.3:
            started = first + timedelta(days=rng.randint(-30, 30))
            await place(person, started, rng.choice(("proved", "claimed")), rng.choice(("", "lasted", "ended")))
