"""Telling people about tickets and threads: one message per person and cause, in the transaction that makes it true."""

from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from cloud.platform.core import Core
from cloud.platform.notify import service as notify

#: A message's value is a name or a number, nothing longer.
MAX_VALUE: Final = 60


async def tell(
    core: Core, people: Iterable[str | UUID | None], template: str, values: Mapping[str, str], cause: str
) -> None:
    """Send a template once to each of `people` (None is nobody) for this cause."""
    short = {name: text[:MAX_VALUE] for name, text in values.items()}
    for person in dict.fromkeys(one for one in people if one is not None):
        # The key is the cause's, and short whoever is told: names of accounts may have 64 characters.
        await notify.send(core, person, template, short, f"{template}:{cause}:{_mark(core, person)}")


def _mark(core: Core, person: str | UUID) -> str:
    return core.keyring.blind("text", str(person))[:16]
