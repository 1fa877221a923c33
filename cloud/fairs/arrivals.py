"""Who came to a fair: a jobseeker once, by his phone or at the counter; people without a name as a number."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Literal
from uuid import UUID

from cloud.fairs.models import Fair, FairArrival, FairBooth
from cloud.fairs.passes import PURPOSE, read_pass, write_pass
from cloud.fairs.plans import hold_fair
from cloud.fairs.states import STATE_WORDS
from cloud.fairs.tally import Tally, tallies
from cloud.platform.core import Core
from cloud.platform.database import after_commit
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.keyring import derive

Way = Literal["phone", "pass", "card", "walk_in"]
#: People that the counter adds at once.
MAX_AT_ONCE: Final = 500
#: How finely arrivals are counted over the day.
STEP: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Counters:
    """What the hall's screen shows; `waves` is (beginning of a half hour, people who came in it)."""

    tally: Tally
    named: int
    walk_in: int
    firms_there: int
    resumes: int
    intentions: int
    hires: int
    waves: Sequence[tuple[datetime, int]]

    @property
    def people(self) -> int:
        """Return everybody who came."""
        return self.named + self.walk_in


async def check_in(core: Core, fair: Fair, person: UUID, way: Way, *, by: str) -> bool:
    """Note that a jobseeker came; return whether this was the first time, which alone counts."""
    async with core.outbox.transaction():
        await _open_fair(fair)
        if await FairArrival.exists(fair_id=fair.id, person=person):
            return False
        await FairArrival.create(fair_id=fair.id, person=person, way=way, by=by, at=core.now())
        _tell(core, fair)
    return True


async def count_in(core: Core, fair: Fair, people: int, *, by: str) -> None:
    """Count people who came and gave no name."""
    if not 1 <= people <= MAX_AT_ONCE:
        words = f"一次登记 1–{MAX_AT_ONCE} 人"
        raise InvalidInputError(words, {"people": words})
    async with core.outbox.transaction():
        await _open_fair(fair)
        await FairArrival.create(fair_id=fair.id, people=people, way="walk_in", by=by, at=core.now())
        _tell(core, fair)


async def arrived_at(fair: Fair, person: UUID) -> datetime | None:
    """Return when a jobseeker came."""
    row = await FairArrival.get_or_none(fair_id=fair.id, person=person)
    return row.at if row else None


async def counters_of(fair: Fair) -> Counters:
    """Return the counters of a fair at this moment."""
    arrivals = await FairArrival.filter(fair_id=fair.id).values("way", "people", "at")
    booths = await FairBooth.filter(fair_id=fair.id, state="assigned")
    walk_in = sum(row["people"] for row in arrivals if row["way"] == "walk_in")
    return Counters(
        tally=(await tallies([fair]))[fair.id],
        named=sum(row["way"] != "walk_in" for row in arrivals),
        walk_in=walk_in,
        firms_there=sum(booth.arrived_at is not None for booth in booths),
        resumes=sum(booth.resumes or 0 for booth in booths),
        intentions=sum(booth.intentions or 0 for booth in booths),
        hires=sum(booth.hires or 0 for booth in booths),
        waves=waves_of([(row["at"], row["people"]) for row in arrivals]),
    )


def waves_of(arrivals: Sequence[tuple[datetime, int]]) -> list[tuple[datetime, int]]:
    """Return (beginning, people) of each step from the first arrival to the last, those with nobody too."""
    counts: Counter[datetime] = Counter()
    for at, people in arrivals:
        counts[_step_of(at)] += people
    if not counts:
        return []
    first, last = min(counts), max(counts)
    return [(first + n * STEP, counts[first + n * STEP]) for n in range((last - first) // STEP + 1)]


def pass_of(core: Core, person: UUID) -> str:
    """Return the pass that a jobseeker's phone shows now."""
    return write_pass(derive(core.secret, PURPOSE), person, core.now())


def person_of(core: Core, text: str) -> UUID:
    """Return whose pass was scanned."""
    person = read_pass(derive(core.secret, PURPOSE), text.strip(), core.now())
    if person is None:
        words = "这不是有效的签到码，请求职者在手机上刷新后再扫"
        raise InvalidInputError(words, {"code": words})
    return person


def _step_of(at: datetime) -> datetime:
    return at - timedelta(minutes=at.minute % (STEP.seconds // 60), seconds=at.second, microseconds=at.microsecond)


async def _open_fair(fair: Fair) -> None:
    held = await hold_fair(str(fair.id))
    if held.state != "open":
        raise ConflictError(f"招聘会{STATE_WORDS[held.state]}，现在不能签到", "fair-state")


def _tell(core: Core, fair: Fair) -> None:
    after_commit(partial(core.hub.publish, "fair", {"id": str(fair.id)}))
