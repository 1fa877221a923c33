"""What a person sees of his own record; every look is recorded."""

from typing import Any

from cloud.identity import audit
from cloud.identity.public import Visitor
from cloud.people.persons import get_person, masked, revealed
from cloud.people.subjects import export
from cloud.platform.core import Core


async def read_masked(core: Core, visitor: Visitor) -> dict[str, Any]:
    """Return a visitor's own record, masked."""
    person = await get_person(visitor.id)
    await audit.record(core, visitor.label, "person.read", f"person:{visitor.name}")
    return masked(core, person)


async def reveal_own(core: Core, visitor: Visitor) -> dict[str, str | None]:
    """Return a visitor's own sealed fields in the open; the route asks for the proof."""
    person = await get_person(visitor.id)
    await audit.record(core, visitor.label, "person.reveal", f"person:{visitor.name}", reason="本人查看")
    return revealed(core, person)


async def export_own(core: Core, visitor: Visitor) -> dict[str, Any]:
    """Return everything about a visitor; the ID number in the open only to who proved the card in this session."""
    document = await export(core, visitor.id, visitor.label)
    if visitor.carded and visitor.assurance == "phone":
        own = document["packages"]["people"]["person"]
        shown = masked(core, await get_person(visitor.id))
        own |= {field: shown[field] for field in ("name", "id_number", "address")}
    return document
