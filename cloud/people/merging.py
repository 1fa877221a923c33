"""Two rows that a card proves to be one person become one row, in every package."""

from uuid import UUID

from cloud.identity import audit
from cloud.people.faces.holding import part
from cloud.people.holders import HOLDERS
from cloud.people.models import Person
from cloud.people.persons import MERGED, open_field, set_phone
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError


async def merge(core: Core, kept: Person, gone: Person, by: str = "") -> None:
    """Let the phone and the history of `gone` belong to `kept`; the row of `gone` goes. Inside a transaction."""
    if gone.id_blind not in {None, kept.id_blind}:
        raise ConflictError("两份登记的身份证号不同，不能合并", "other-person")
    phone = open_field(core, gone, "phone")
    await Person.filter(id=gone.id).update(phone=None, phone_blind=None)
    if phone:
        await set_phone(core, kept, phone)
    await part(core, UUID(str(gone.id)), UUID(str(kept.id)))
    for holder in HOLDERS.values():
        await holder.move(gone.id, kept.id)
    await Person.filter(id=gone.id).delete()
    await core.outbox.emit(MERGED, str(kept.id), {"gone": str(gone.id)}, core.now())
    actor = by or f"seeker:{kept.id}"
    await audit.record(core, actor, "person.merge", f"person:{kept.id}", details={"gone": str(gone.id)})
