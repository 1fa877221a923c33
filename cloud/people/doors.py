"""The one door of age: nobody below 16 gets anywhere, minors not to what the law bars to them (working_age.py).

Whoever brings a person and a work together - registration, matching, contracts, placements - asks here.
"""

from collections.abc import Collection
from datetime import date
from typing import Final

from cloud.people.models import Person
from cloud.people.persons import UnderAgeError
from cloud.people.registration.models import Profile
from cloud.people.registration.tables import minor_bars
from cloud.platform.core import Core
from cloud.platform.problems import ProblemError
from cloud.platform.times import market_day
from protocols.rules.working_age import Admission, admit

#: What somebody is told whose age nobody knows.
_UNKNOWN: Final = "还没有登记身份证号或出生日期：满 16 周岁才能办理，请先登记"


class BarredError(ProblemError):
    """A minor may not do this work; `bars` says what it is and by which law."""

    def __init__(self, found: Admission) -> None:
        words = "、".join(f"{bar.word}（{bar.law}）" for bar in found.bars)
        members = {
            "bars": [{"kind": bar.kind, "code": bar.code, "word": bar.word, "law": bar.law} for bar in found.bars]
        }
        text = f"未满 18 周岁，法律不允许从事：{words}。可以看看其他工作。"
        super().__init__(403, "barred-to-minors", text, members=members)


async def birth_of(person: Person) -> date | None:
    """Return when somebody was born: by his card, else as he said."""
    if person.birth is not None:
        return person.birth
    profile = await Profile.get_or_none(person_id=person.id)
    return profile.born if profile else None


def admission(birth: date | None, day: date, occupation: str = "", venues: Collection[str] = ()) -> Admission:
    """Return whether somebody may be brought to a work on a day, by the tables in force."""
    return admit(birth, day, minor_bars(), occupation, venues)


async def require_admission(
    core: Core, person: Person, day: date | None = None, *, occupation: str = "", venues: Collection[str] = ()
) -> None:
    """Return if somebody may be brought to a work on a day, today unless said; else a 403 problem that says why."""
    found = admission(await birth_of(person), day or market_day(core.now()), occupation, venues)
    if found.standing == "under_age":
        raise UnderAgeError
    if found.standing == "unknown":
        raise ProblemError(403, "age-unknown", _UNKNOWN)
    if found.bars:
        raise BarredError(found)
