"""Guidance and services go three years after they ended, not a day before; what is open stays."""

from datetime import timedelta

import pytest

from cloud.people.guidance.cases import open_case, step_case
from cloud.people.guidance.drafts import CaseBody, NoteBody, StepBody
from cloud.people.guidance.models import GuidanceNote, ServiceCase, ServiceCaseStep
from cloud.people.guidance.notes import write_note
from cloud.people.service import forget_services
from cloud.platform.core import Core
from tests.cloud.clocks import HandClock
from tests.cloud.people.lives import COUNTER
from tests.cloud.people.test_registration import registered

pytestmark = pytest.mark.db


async def test_what_ended_goes_and_what_is_open_or_newer_stays(core: Core, clock: HandClock) -> None:
    person = await registered(core)
    note = NoteBody(topic="career", way="counter", content="谈话")
    await write_note(core, person, note, COUNTER.by)
    ended = await open_case(core, person, CaseBody(kind="pension"), COUNTER)
    await step_case(core, ended["id"], StepBody(state="declined"), COUNTER.by)
    await open_case(core, person, CaseBody(kind="injury"), COUNTER)
    clock.forward(days=10)
    await write_note(core, person, note, COUNTER.by)
    assert await forget_services(core, core.now() - timedelta(days=10)) == 0
    assert await forget_services(core, core.now() - timedelta(days=9)) == 2
    assert await GuidanceNote.all().count() == 1
    assert [row.kind for row in await ServiceCase.all()] == ["injury"]
    assert await ServiceCaseStep.all().count() == 1
