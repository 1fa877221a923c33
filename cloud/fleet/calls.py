"""Calls somebody out on a wall or kiosk: a message as a command that has the message's id, so that it is asked once."""

from typing import ClassVar, Final

from cloud.fleet import commands
from cloud.fleet.models import Command, Slot
from cloud.platform.core import Core
from cloud.platform.errors import InvalidInputError, NotFoundError
from cloud.platform.notify.channels import Letter, Outcome, Refused, Sent, Unclear, Unheard, Withheld
from firmware_profiles.errors import UnknownProfile
from firmware_profiles.registry import profile

#: The command of a profile that can call out: `{"text": …}`.
CALL: Final = "call"
#: Nobody waits in front of a wall longer than this for what he was told there, s.
EXPIRES_S: Final = 60


async def call_out(core: Core, station: str, text: str, by: str) -> int:
    """Ask every screen of a station whose profile can call to call a text out; returns how many. In a transaction."""
    able = [row for row in await Slot.filter(station_id=station).prefetch_related("device") if _can_call(row)]
    order = commands.Order(name=CALL, args={"text": text}, expires_s=EXPIRES_S)
    for row in able:
        await commands.ask(core, station, row.name, order, by)
    return len(able)


def _can_call(row: Slot) -> bool:
    try:
        return row.device is not None and CALL in profile(row.device.profile).commands
    except UnknownProfile:
        return False


class CallChannel:
    """Calls people out; what the station says of the command is what became of the message."""

    can_be_asked: ClassVar[bool] = True

    def __init__(self, core: Core) -> None:
        self._core = core

    async def send(self, letter: Letter) -> Outcome:
        """Ask the slot of a letter to call it out."""
        station, _, slot = letter.place.partition("/")
        if not station or not slot:
            return Withheld("no_address")
        order = commands.Order(name=CALL, args={"text": letter.text}, expires_s=EXPIRES_S)
        try:
            await commands.ask(self._core, station, slot, order, "core:notify", key=letter.id)
        except (NotFoundError, InvalidInputError) as error:
            return Refused("no_slot", str(error))
        return Sent()

    async def ask(self, letter_id: str) -> Outcome:
        """Return what became of the command."""
        row = await Command.get_or_none(id=letter_id)
        if row is None:
            return Unheard()
        match row.state:
            case "done":
                return Sent(delivered=True)
            case "failed" | "rejected" | "expired" | "timed_out":
                return Refused(f"call_{row.state}")
            case "indeterminate":
                return Unclear("the station does not know whether it was called out")
            case _:
                return Sent()
