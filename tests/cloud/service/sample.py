"""People of a desk, and short ways to ask and answer."""

from datetime import UTC, datetime

from cloud.identity import service as identity
from cloud.identity.roles import Role
from cloud.identity.service import Principal
from cloud.platform.core import Core
from cloud.platform.notify.models import Notification
from cloud.service.drafts import ActAsked, CounterDraft, TicketDraft
from cloud.service.filing import Filed, Filing, file_ticket, filing_of
from cloud.service.models import Ticket
from cloud.service.tickets import act

PASSWORD = "correct horse battery"  # noqa: S105 - of people who do not exist
#: 10:00 of a Monday in Shanghai; the market opened at 9:00.
MONDAY_TEN = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


async def desk(core: Core) -> None:
    """Give the market two at the counter, one for guidance, two who lead, one who inspects."""
    people: dict[str, Role] = {"li": "counter", "wang": "counter", "zhao": "guidance"}
    people |= {"chen": "manager", "qian": "manager", "sun": "purchaser"}
    for name, role in people.items():
        await identity.add_account(core, name, role, PASSWORD)


def staff(name: str, role: Role = "counter") -> Principal:
    """Return somebody of the staff."""
    return Principal("staff", name, role)


LI, WANG = staff("li"), staff("wang")
CHEN, QIAN, SUN = staff("chen", "manager"), staff("qian", "manager"), staff("sun", "purchaser")
AUDITOR = staff("zhou", "auditor")


async def entered(core: Core, by: Principal = LI, **members: str) -> Ticket:
    """Return a ticket that somebody entered at the counter."""
    draft = CounterDraft.model_validate({"kind": "request", "text": "想打印工作证明"} | members)
    return (await file_ticket(core, draft, filing_of(by, draft))).ticket


async def complained(core: Core, about: str = "li") -> Filed:
    """Return an anonymous complaint about somebody of the staff."""
    draft = TicketDraft(kind="complaint", topic="服务态度", text="态度很差", about="staff", about_words=about)
    return await file_ticket(core, draft, Filing("web", "public"))


async def done(core: Core, ticket: Ticket, by: Principal = LI, what: str = "finish", **members: str) -> Ticket:
    """Do one act."""
    return await act(core, str(ticket.id), ActAsked.model_validate({"act": what, "note": "已办好"} | members), by)


async def told(template: str) -> list[str]:
    """Return who was told something, in order."""
    rows = await Notification.filter(template=template).order_by("id")
    return [row.recipient for row in rows]
