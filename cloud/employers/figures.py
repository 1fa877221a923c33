"""What statistics need of firms: the section of GB/T 4754 that each is of, by its newest verified round."""

from collections.abc import Mapping
from uuid import UUID

from cloud.employers.lookup import industries
from cloud.employers.models import FirmCase


async def sections_of_firms() -> Mapping[UUID, str]:
    """Return firm -> letter of its section; who has not been verified with an industry is not in it."""
    rows = FirmCase.filter(decided_at__isnull=False).exclude(industry="").order_by("decided_at", "id")
    return {row["firm"]: row["industry"][:1] for row in await rows.values("firm", "industry")}


def section_names() -> Mapping[str, str]:
    """Return letter -> name of every section."""
    return {one.code: one.name for one in industries()}
