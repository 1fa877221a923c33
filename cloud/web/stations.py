"""Names of stations for the forms that limit somebody to some of them."""

from cloud.fleet import service as fleet


async def station_names() -> dict[str, str]:
    """Return the name of every station by its id, in the order of the site file."""
    return {one.id: one.name for one in await fleet.list_stations()}
