"""One real row of every ledger of people, with a trick in its words that a spreadsheet must not calculate."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from cloud.people.guidance.cases import open_case
from cloud.people.guidance.drafts import CaseBody, NoteBody
from cloud.people.guidance.models import GuidanceNote, ServiceCase
from cloud.people.guidance.notes import write_note
from cloud.people.models import Person
from cloud.people.placements.models import Placement
from cloud.people.placements.placements import add_proof, claim
from cloud.people.registration.profiles import save_profile
from cloud.platform.core import Core
from cloud.platform.times import market_day
from tests.cloud.people.lives import COUNTER, WHOLE, change, job, talk
from tests.cloud.people.sample import PHONE
from tests.cloud.people.test_registration import registered

TRICK: Final = '=HYPERLINK("http://x","点我")'


async def a_registration(core: Core) -> None:
    """Register somebody whole."""
    person = await registered(core)
    await save_profile(core, person, change(**WHOLE | {"contact_phone": PHONE, "skills": [TRICK]}), COUNTER)


async def a_talk(core: Core) -> None:
    """Guide somebody."""
    note = NoteBody(topic="career", way="counter", content="谈话")
    await write_note(core, await _known(core), note, COUNTER.by)
    await GuidanceNote.all().update(by=f"staff:{TRICK}")


async def a_training(core: Core) -> None:
    """Note a wish for training."""
    await _case(core, CaseBody(kind="training", wish=TRICK))


async def a_startup(core: Core) -> None:
    """Note an appointment."""
    await _case(core, CaseBody(kind="startup", wish=TRICK))


async def an_employment(core: Core) -> None:
    """Explain employment registration."""
    await _case(core, CaseBody(kind="employment"))
    await ServiceCase.all().update(station=TRICK)


async def a_placement(core: Core) -> None:
    """Place somebody with a proof."""
    person = await _known(core)
    row = await claim(core, job(person.id, market_day(core.now())), COUNTER.by)
    await add_proof(core, row["id"], talk(core), COUNTER.by)
    await Placement.all().update(employer=TRICK)


async def _case(core: Core, body: CaseBody) -> None:
    await open_case(core, await _known(core), body, COUNTER)


async def _known(core: Core) -> Person:
    """Return somebody who is called at PHONE."""
    person = await registered(core)
    await save_profile(core, person, change(contact_phone=PHONE), COUNTER)
    return person


SAMPLES: Final[Mapping[str, Callable[[Core], Awaitable[None]]]] = {
    "registrations": a_registration,
    "guidance": a_talk,
    "trainings": a_training,
    "startups": a_startup,
    "employment": an_employment,
    "placements": a_placement,
}
