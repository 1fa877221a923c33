"""A firm with its papers, and its owner's session."""

import io
from typing import Any
from uuid import UUID

from PIL import Image

from cloud.employers import service as employers
from cloud.employers.drafts import CaseDraft, MemberDraft, Registration
from cloud.employers.lookup import papers_on
from cloud.identity import public
from cloud.identity.public import Opened
from cloud.jobs import service as jobs
from cloud.platform.core import Core
from cloud.platform.times import market_day
from tests.cloud.jobs.drafts import FIRM, post
from tests.cloud.people.sample import HOME, NAME, PHONE, id_number

STAFF = "staff:li"
DETAILS: dict[str, Any] = {
    "industry": "G54",
    "size": "10-49",
    "address": "镇江市润州区示例路1号",
    "operator_name": NAME,
    "operator_id": id_number(),
}


def picture(colour: str = "white", size: tuple[int, int] = (900, 600)) -> bytes:
    """Return a photo."""
    kept = io.BytesIO()
    Image.new("RGB", size, colour).save(kept, "JPEG")
    return kept.getvalue()


async def new_firm(core: Core) -> UUID:
    """Register a firm with its owner; nobody has checked it."""
    firm = UUID((await jobs.create_firm(core, jobs.FirmDraft.model_validate(FIRM)))["id"])
    await employers.add_member(core, str(firm), MemberDraft(name=NAME, phone=PHONE, role="owner"), by=STAFF)
    return firm


async def hand_in(core: Core, firm: UUID) -> None:
    """Fill the open round and hand it in."""
    await employers.save_details(core, firm, CaseDraft.model_validate(DETAILS), by="employer:x")
    for one in papers_on(market_day(core.now())):
        drawn = await employers.redraw(core, one.kind, picture())
        await employers.keep_paper(core, firm, one.kind, drawn, by="employer:x")
    await employers.submit(core, firm, by="employer:x")


async def verified_firm(core: Core) -> UUID:
    """Return a firm whose originals were all seen."""
    firm = await new_firm(core)
    await employers.verify(core, firm, by=STAFF)
    return firm


async def live_post(core: Core, firm: UUID, **members: Any) -> str:
    """Publish a post and return its id."""
    values = post(str(firm), valid_from="2026-01-01", valid_to="2026-12-31", **members)
    draft = await jobs.create_post(core, jobs.PostDraft.model_validate(values), by=STAFF)
    published = await jobs.publish_post(core, draft["id"], by=STAFF)
    assert published["state"] == "published"
    return str(draft["id"])


async def state_of(post_id: str) -> str:
    """Return where a post is."""
    return str((await jobs.get_post(post_id))["state"])


async def registered(core: Core, **changes: Any) -> Opened:
    """Register a firm by phone code and return the owner's session."""
    code = (await public.issue(core, PHONE, "employer", HOME)).code
    values = {"phone": PHONE, "code": code, "name": NAME, "uscc": FIRM["uscc"], "firm": FIRM["name"]}
    opened = await employers.register(core, Registration.model_validate(values | changes))
    assert isinstance(opened, Opened)
    return opened
