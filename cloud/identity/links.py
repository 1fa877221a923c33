"""Users of other platforms (WeChat's openid) that persons linked; kept sealed, found by blind index."""

from uuid import UUID

import uuid_utils

from cloud.identity.public_models import LinkedIdentity
from cloud.platform.core import Core
from cloud.platform.database import lock_names, transaction
from cloud.platform.errors import ConflictError
from cloud.platform.keyring import place


async def person_linked(core: Core, provider: str, name: str) -> UUID | None:
    """Return the person who linked this user, None when nobody did."""
    row = await LinkedIdentity.get_or_none(name_blind=core.keyring.blind(provider, name))
    return row.person if row else None


async def link(core: Core, person: UUID, provider: str, name: str) -> None:
    """Link a user of a provider to a person; ConflictError when another person has him."""
    blind = core.keyring.blind(provider, name)
    async with transaction():
        await lock_names([f"link:{blind}"])
        known = await LinkedIdentity.get_or_none(name_blind=blind)
        if known is not None and known.person != person:
            raise ConflictError("这个微信号已绑定另一个账号", "linked-elsewhere")
        if known is None:
            await LinkedIdentity.filter(person=person, provider=provider).delete()
            row = UUID(str(uuid_utils.uuid7()))
            sealed = core.keyring.seal(name, place("linked_identity.name", row))
            await LinkedIdentity.create(
                id=row, provider=provider, name=sealed, name_blind=blind, person=person, created_at=core.now()
            )


async def unlink(person: UUID, provider: str) -> None:
    """Forget what a person linked at a provider."""
    await LinkedIdentity.filter(person=person, provider=provider).delete()


async def name_at(core: Core, person: UUID, provider: str) -> str | None:
    """Return a person's id at a provider, for the channel that writes to him there."""
    row = await LinkedIdentity.get_or_none(person=person, provider=provider)
    return core.keyring.open(row.name, place("linked_identity.name", row.id)) if row else None
