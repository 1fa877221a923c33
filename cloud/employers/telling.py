"""What a firm's people are told: its owners and recruiters, each in his own inbox and on his phone."""

from collections.abc import Mapping
from uuid import UUID

from cloud.employers.models import FirmMember
from cloud.platform.core import Core
from cloud.platform.keyring import place
from cloud.platform.notify import service as notify

#: Who is told: money's people are not.
TOLD = ("owner", "recruiter")


def recipient_of(member: UUID) -> str:
    """Return how a firm's user is written as a recipient; it is also his session's label."""
    return f"employer:{member}"


async def tell_firm(core: Core, firm: UUID, template: str, values: Mapping[str, str], key: str) -> int:
    """Tell a firm's people something once per `key`, in the transaction in force; return how many they are."""
    rows = await FirmMember.filter(firm=firm, role__in=list(TOLD)).order_by("id")
    for row in rows:
        phone = core.keyring.open(row.phone, place("firm_member.phone", row.id))
        await notify.send(core, recipient_of(row.id), template, values, f"{key}:{row.id}", phone=phone)
    return len(rows)
