"""Tokens of kiosks, for slots that the site file names: `yizhan cloud token create --kiosk STATION/SLOT`."""

from cloud.fleet import service as fleet
from cloud.identity import public
from cloud.platform.core import Core
from cloud.platform.errors import InvalidInputError


async def kiosk_token(core: Core, name: str, days: int | None = None) -> str:
    """Return a new token for the kiosk `STATION/SLOT`; InvalidInputError when there is no such slot."""
    station, _, slot = name.partition("/")
    if (station, slot) not in await fleet.slots_of_kind("kiosk"):
        raise InvalidInputError(f"{name}: no such kiosk; write STATION/SLOT of a slot of kind kiosk in the site file")
    return await public.create_kiosk_token(core, station, slot, public.DEFAULT_KIOSK_DAYS if days is None else days)
