"""Schemathesis as a person, a kiosk and a firm's owner: their own routes answer as the document says (S8)."""

import uuid
from pathlib import Path

import pytest

from cloud.employers import service as employers
from cloud.employers.drafts import MemberDraft
from cloud.identity import public
from cloud.jobs import service as jobs
from cloud.people import service as people
from cloud.platform.core import Core
from tests.cloud.jobs.drafts import FIRM
from tests.cloud.people.sample import NAME, OTHER_PHONE, PHONE, TERMS, id_number, identity, in_by_code, kiosk_of
from tests.cloud.running import Running
from tests.cloud.web.fuzzing import fuzz

pytestmark = [pytest.mark.broker, pytest.mark.deep]

#: What ends the session that the guesses are sent with.
ENDS = ("--exclude-path-regex", "session$|erasure$")


async def _secret(core: Core, who: str) -> str:
    if who == "kiosk":
        return (await kiosk_of(core))[0]
    if who == "seeker":
        return (await in_by_code(core, OTHER_PHONE)).secret
    firm = await jobs.create_firm(core, jobs.FirmDraft.model_validate(FIRM), verified=True)
    draft = MemberDraft(name=NAME, phone=PHONE, role="owner")
    member = await employers.add_member(core, firm["id"], draft, by="staff:li")
    subject = public.Subject("employer", uuid.UUID(member["id"]), firm=uuid.UUID(firm["id"]), role="owner")
    return (await public.open_session(core, subject, public.Proofs(phone_at=core.now()))).secret


@pytest.mark.timeout(600)
@pytest.mark.parametrize("who", ["seeker", "kiosk", "employer"])
async def test_every_answer_to_the_public_is_one_that_the_document_names(
    running: Running, tmp_path: Path, who: str
) -> None:
    _, kiosk = await kiosk_of(running.core, slot="kiosk-9")
    known = await people.log_in_by_card(running.core, kiosk, identity(running.core), TERMS)
    running.client.session.headers["Authorization"] = f"Bearer {await _secret(running.core, who)}"
    guesses = {"body.phone": [PHONE], "body.id_number": [id_number()], "body.person": [known.visitor.name]}
    words = ("--include-path-regex", f"/api/v1/{who}", *ENDS, "--max-examples", "20")
    found = await fuzz(running, tmp_path, guesses, *words)
    assert found.code == 0, found.text
    assert found.cases > 100
