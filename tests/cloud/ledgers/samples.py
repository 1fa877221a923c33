"""One real row of every ledger, made through the owning domain: a ledger without a sample here fails a test.

Each sample writes exactly one row into the market day of the hand clock; where its domain takes free text it takes
TRICK, which a spreadsheet must not calculate.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from cloud.fairs import campaigns, plans, shows
from cloud.fairs.drafts import FairDraft, PublicityDraft, ShowDraft
from cloud.fleet import repairs
from cloud.identity import audit
from cloud.identity.models import Approval
from cloud.identity.principals import Principal
from cloud.jobs import service as jobs
from cloud.jobs.models import Firm, Post
from cloud.kpi import service as kpi
from cloud.platform.core import Core
from cloud.platform.notify import service as notify
from cloud.platform.notify.models import Delivery
from cloud.platform.times import market_day
from cloud.policies import enquiries, register
from cloud.policies.drafts import EnquiryDraft
from cloud.service import service as desk
from cloud.service.chatmodels import Thread
from cloud.service.drafts import CallDraft, CounterDraft, RatingAsked
from cloud.service.queue_models import QueueService
from cloud.service.talks import take_call
from tests.cloud.fleet.equipment_sample import hall as equipment_hall
from tests.cloud.fleet.equipment_sample import registered
from tests.cloud.identity.people import person
from tests.cloud.jobs.drafts import FIRM, post
from tests.cloud.kpi.reports import STATION, record_open_day
from tests.cloud.ledgers import people_samples
from tests.cloud.policies.sample import text
from tests.cloud.service.halls import Hall
from tests.protocols.rules.days import DAY, at

Sample = Callable[[Core], Awaitable[None]]

TRICK: Final = '=HYPERLINK("http://x","点我")'
PHONE: Final = "13800000001"


async def a_firm(core: Core) -> None:
    """Register a firm."""
    draft = jobs.FirmDraft.model_validate(FIRM | {"contact": {"name": "示范联系人", "phone": PHONE}})
    firm = await jobs.create_firm(core, draft, verified=True)
    await Firm.filter(id=firm["id"]).update(name=TRICK)


async def a_post(core: Core) -> None:
    """Publish a post."""
    firm = await jobs.create_firm(core, jobs.FirmDraft.model_validate(FIRM), verified=True)
    body = post(firm["id"], contact={"name": "示范联系人", "phone": PHONE})
    made = await jobs.create_post(core, jobs.PostDraft.model_validate(body), by="staff:li")
    await jobs.publish_post(core, made["id"], by="staff:li")
    await Post.filter(id=made["id"]).update(title=TRICK)


async def a_message(core: Core) -> None:
    """Tell somebody something by SMS."""
    async with core.outbox.transaction():
        await notify.send(core, "phone:1", "login-code", {"code": "123456", "minutes": "5"}, "sample", phone=PHONE)
    await Delivery.all().update(error=TRICK)


async def a_verdict(core: Core) -> None:
    """Judge a day that is over."""
    del core
    await record_open_day()
    await kpi.opening(STATION, DAY, at("18:00"))


async def an_approval(core: Core) -> None:
    """Ask a second person."""
    from cloud.identity import administration  # noqa: PLC0415 - only this sample

    li = await person(core, "li")
    await administration.add(core, "zhao", administration.Rights("manager", None, reason="夜班"), li)
    await Approval.all().update(reason=TRICK)


async def a_number(core: Core) -> None:
    """Give out a number of the queue."""
    hall = Hall(core)
    await hall.set_up(services="A")
    await QueueService.all().update(name=TRICK)
    await hall.take(hall.issued())


async def an_act(core: Core) -> None:
    """Do something that the audit chain keeps."""
    await audit.record(core, TRICK, "post.read", "post:1")


async def a_fair(core: Core) -> None:
    """Plan a fair of today."""
    now = core.now()
    draft = FairDraft(title=TRICK, venue="一楼", starts_at=now, ends_at=now + timedelta(hours=2), expected_people=9,
                      booth_count=1)  # fmt: skip
    await plans.create_fair(core, draft, by="staff:li")


async def a_show(core: Core) -> None:
    """Plan a live show of today."""
    now = core.now()
    draft = ShowDraft(title=TRICK, host="小李", platform="抖音", starts_at=now, ends_at=now + timedelta(hours=1))
    await shows.save_show(core, draft, by="staff:li")


async def a_publicity(core: Core) -> None:
    """Publish something."""
    draft = PublicityDraft(title=TRICK, medium="tv", published_on=market_day(core.now()))
    await campaigns.add_publicity(core, draft, by="staff:li")


async def a_policy(core: Core) -> None:
    """Put a policy on the phones."""
    row = await register.save_policy(core, text(title=TRICK, channels=["phone"]), by="staff:li")
    await register.publish_policy(core, str(row.id), await person(core, "li"), reason="")


async def an_enquiry(core: Core) -> None:
    """Note what somebody asked."""
    draft = EnquiryDraft(topic=TRICK, place="counter", question="谁能申请", answer="见文件")
    await enquiries.record_enquiry(core, draft, by="staff:li")


async def a_ticket(core: Core) -> None:
    """Enter a ticket at the counter."""
    draft = CounterDraft(kind="request", text="打印证明", subject=TRICK, name="示范联系人", phone=PHONE)
    await desk.file_ticket(core, draft, desk.Filing("counter", "staff:li", asked="staff:li"))


async def a_repair(core: Core) -> None:
    """Report that a desk is broken."""
    await equipment_hall(core)
    piece = await registered(core, item="desk", name=TRICK, slot=None, width_mm=None, height_mm=None)
    await repairs.report(core, piece, "桌腿断了", by="staff:li")


async def a_call(core: Core) -> None:
    """Take a call of the hotline."""
    draft = CallDraft(phone=PHONE, question="几点开门", answer="九点")
    thread, _ = await take_call(core, draft, Principal("staff", "li", "counter"))
    await Thread.filter(id=thread.id).update(first_owner=TRICK)


async def a_rating(core: Core) -> None:
    """Answer after a service."""
    who = desk.Respondent("person", UUID(int=1))
    await desk.answer_after(core, who, RatingAsked(rating=5), desk.Origin("phone", f"staff:{TRICK}"))


SAMPLES: Final[Mapping[str, Sample]] = {
    "posts": a_post,
    "firms": a_firm,
    "messages": a_message,
    "opening": a_verdict,
    "queue": a_number,
    "approvals": an_approval,
    "audit": an_act,
    "fairs": a_fair,
    "shows": a_show,
    "publicity": a_publicity,
    "policies": a_policy,
    "enquiries": an_enquiry,
    **people_samples.SAMPLES,
    "tickets": a_ticket,
    "repairs": a_repair,
    "consultations": a_call,
    "satisfaction": a_rating,
}
