"""Staff whose presence is taken by face: an account and the person he agreed and was enrolled as, always one to one."""

from cloud.identity import audit
from cloud.identity import service as identity
from cloud.people.faces.models import FaceEnrolment, FaceStaff
from cloud.people.faces.shapes import StaffShown
from cloud.people.models import Consent
from cloud.people.rows import read_id
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, NotFoundError
from protocols.venue.timestamps import format_time

UNKNOWN = "没有这个工作人员账号"


async def link(core: Core, account: str, person: str, by: str) -> None:
    """Say which person an account's owner is; he must agree to faces himself, for nobody does that for him."""
    key = read_id(person, "person")
    known = {one.label.removeprefix("staff:") for one in await identity.colleagues() if one.active}
    if account not in known:
        raise NotFoundError(UNKNOWN)
    async with core.outbox.transaction():
        if not await Consent.exists(person_id=key, purpose="face", withdrawn_at=None):
            raise ConflictError("他本人还没有同意刷脸：请他先登记并同意", "no-face-consent")
        if await FaceStaff.filter(person=key).exclude(account=account).exists():
            raise ConflictError("这个人已经对应另一个账号", "face-staff-taken")
        values = {"person": key, "linked_at": core.now(), "linked_by": by[:80]}
        await FaceStaff.update_or_create(values, account=account)
        await audit.record(core, by, "face.link", f"account:{account}", details={"person": str(key)})


async def unlink(core: Core, account: str, by: str) -> None:
    """Take an account's face away; his template stays as long as he agrees."""
    async with core.outbox.transaction():
        if not await FaceStaff.filter(account=account).delete():
            raise NotFoundError(UNKNOWN)
        await audit.record(core, by, "face.unlink", f"account:{account}")


async def list_staff() -> list[StaffShown]:
    """Return everybody of the staff with a face."""
    rows = await FaceStaff.all().order_by("account")
    places: dict[str, set[str]] = {}
    people = [row.person for row in rows]
    for one in await FaceEnrolment.filter(person__in=people, state="enrolled"):
        places.setdefault(str(one.person), set()).add(one.station)
    return [
        StaffShown(account=row.account, person=str(row.person), linked_at=format_time(row.linked_at),
                   linked_by=row.linked_by, stations=sorted(places.get(str(row.person), ())))
        for row in rows
    ]  # fmt: skip
