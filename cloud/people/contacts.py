"""Where persons are reached, for the messages to them; asked when one is about to go."""

from typing import Final
from uuid import UUID

from cloud.identity import public
from cloud.people.consents import has_consent
from cloud.people.models import Person
from cloud.people.persons import open_field
from cloud.platform.core import Core
from cloud.platform.notify.channels import Contact
from firmware_profiles.ui.messages import Purpose

#: Purpose of a message -> the consent without which it is not sent.
NEEDED: Final[dict[Purpose, str]] = {"recommendation": "recommendation"}


class PersonContacts:
    """Knows persons by their id; nobody else."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def of(self, person: UUID | str) -> Contact:
        """Return a person's phone and WeChat user, and what he does not want; an empty contact for anybody else."""
        row = await Person.get_or_none(id=person) if isinstance(person, UUID) else None
        if row is None:
            return Contact()
        refused = [purpose for purpose, consent in NEEDED.items() if not await has_consent(row.id, consent)]
        return Contact(
            phone=open_field(self._core, row, "phone"),
            wechat_openid=await public.name_at(self._core, row.id, "wechat"),
            opted_out=frozenset(refused),
        )
