"""Whom to call: a phone is stored sealed, with its mask beside it; who sends the mask back means the one stored."""

from typing import Any, Final
from uuid import UUID

from cloud.jobs.drafts import Contact
from cloud.platform.core import Core
from cloud.platform.errors import InvalidInputError
from cloud.platform.keyring import place
from cloud.platform.masks import STARS, mask_phone

#: Keys of keyring.SEALED.
FIRM_PHONE: Final = "firm.phone"
POST_PHONE: Final = "post.phone"


def contact_columns(core: Core, name: str, row: UUID, contact: Contact, shown: str = "") -> dict[str, Any]:
    """Return the columns of a contact; `shown` is the mask of the one that it replaces."""
    columns: dict[str, Any] = {"contact_name": contact.name}
    if STARS not in contact.phone:
        sealed = core.keyring.seal(contact.phone, place(name, row))
        return columns | {"contact_phone": mask_phone(contact.phone), "contact_phone_sealed": sealed}
    if contact.phone != shown:
        text = "电话号码不完整：请写完整的号码"
        raise InvalidInputError(text, {"contact.phone": text})
    return columns
