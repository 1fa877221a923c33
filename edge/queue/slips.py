"""The number on paper: what a kiosk gives out is printed at its printer, with the cloud or without."""

import asyncio
import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from edge.errors import OutboxError
from edge.queue.desk import Issued
from edge.queue.picture import minutes
from firmware_profiles.errors import ProfileError
from firmware_profiles.registry import profile
from protocols.rules.opening import SHANGHAI
from protocols.venue.slips import PartKind, Slip, slip_of
from provisioning.site import Slot

#: Numbers that wait for the ledger; a kiosk gives out one in ten seconds.
MAX_WAITING: Final = 64

_log = logging.getLogger(__name__)


class Giver(Protocol):
    """Who takes commands of the station's own (`edge.commands.Commands`)."""

    async def give(self, slot: str, name: str, args: dict[str, Any], *, key: str) -> None:
        """Give a command; one `key` is one command for ever."""


class TicketSlips:
    """Prints each number once, at the printer of the kiosk that gave it out; a kiosk without one prints nothing."""

    def __init__(self, title: str, printers: Mapping[str, str], giver: Giver, now: Callable[[], datetime]) -> None:
        self._title = title
        self._printers = printers
        self._giver = giver
        self._now = now
        self._waiting: asyncio.Queue[tuple[str, Issued]] = asyncio.Queue(MAX_WAITING)

    def take(self, kiosk: str, issued: Issued) -> None:
        """Take a number that was just given out; the kiosk's page shows it whatever becomes of the paper."""
        if kiosk not in self._printers:
            return
        try:
            self._waiting.put_nowait((kiosk, issued))
        except asyncio.QueueFull:
            _log.warning("%s is not printed: too many wait", issued.held.label)

    async def run(self) -> None:
        """Hand numbers to the ledger, for ever."""
        while True:
            kiosk, issued = await self._waiting.get()
            slip = ticket_slip(self._title, issued, self._now()).to_bytes().decode()
            args = {"title": f"排队号 {issued.held.label}", "document": slip, "copies": 1}
            # One number is one slip, however often its kiosk asks.
            key = str(uuid.uuid5(uuid.NAMESPACE_OID, f"ticket {issued.held.ticket.id}"))
            try:
                await self._giver.give(self._printers[kiosk], "print", args, key=key)
            except OutboxError as error:
                _log.warning("%s is not printed: %s", issued.held.label, error)


def ticket_slip(title: str, issued: Issued, now: datetime) -> Slip:
    """Return the slip of a number."""
    wait_minutes = minutes(issued.estimate_s)
    wait = f"前面还有 {issued.ahead} 人" + (f"，约等 {wait_minutes} 分钟" if wait_minutes else "")
    priority: list[tuple[PartKind, str]] = [("heading", "优先办理")] if issued.held.priority else []
    lines: list[tuple[PartKind, str]] = [
        ("heading", title), ("big", issued.held.label), ("heading", issued.service), *priority, ("heading", wait),
        ("rule", ""), ("text", f"{now.astimezone(SHANGHAI):%Y-%m-%d %H:%M} 取号，当日有效"),
        ("text", "请留意屏幕和语音叫号；过号请到咨询台。"),
    ]  # fmt: skip
    return slip_of(*lines)


def slip_printers(slots: Sequence[Slot]) -> dict[str, str]:
    """Return kiosk -> the printer of its numbers: the one named after it (`kiosk-1-printer`), or the only one."""
    printers = [slot.id for slot in slots if slot.kind == "printer" and _takes_slips(slot)]
    found = {}
    for kiosk in (slot.id for slot in slots if slot.kind == "kiosk"):
        named = f"{kiosk}-printer"
        if named in printers:
            found[kiosk] = named
        elif len(printers) == 1:
            found[kiosk] = printers[0]
    return found


def _takes_slips(slot: Slot) -> bool:
    """Return whether a printer takes slips; one that wants a file with its hash is for A4."""
    try:
        spec = profile(slot.device.profile).commands.get("print") if slot.device else None
    except ProfileError:
        return False
    return spec is not None and "document" in spec.args and "sha256" not in spec.args
