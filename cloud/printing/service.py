"""The door of printing: which printers there are, and a paper onto one of them."""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from cloud.fleet import service as fleet
from cloud.fleet.models import Command
from cloud.platform.core import Core
from cloud.platform.errors import InvalidInputError
from cloud.printing.links import signed_path
from cloud.printing.papers import KINDS, Kind, Paper, find_paper

__all__ = ["KINDS", "MAX_COPIES", "Kind", "Paper", "Printer", "find_paper", "print_paper", "printers"]

MAX_COPIES: Final = 5
#: How long a print waits for its station, and for its turn and its paper there.
EXPIRES_S: Final = 120
TIMEOUT_S: Final = 180.0


@dataclass(frozen=True, slots=True)
class Printer:
    """One printer of a station; `a4` takes PDF, the others take slips."""

    station: str
    slot: str
    a4: bool


async def printers() -> list[Printer]:
    """Return all printers that can print a document, by station and slot."""
    found = []
    for station, slot, known in await fleet.profiles_of_kind("printer"):
        spec = known.commands.get("print")
        if spec is not None and "document" in spec.args:
            found.append(Printer(station, slot, "sha256" in spec.args))
    return found


async def print_paper(  # noqa: PLR0913 - what, where, how often, for whom
    core: Core, paper: Paper, printer: Printer, *, copies: int, base: str, by: str
) -> Command:
    """Ask a station to print a paper; `base` is where this core is found from there, such as `https://example.cn`."""
    if not 1 <= copies <= MAX_COPIES:
        raise InvalidInputError(f"份数：1 到 {MAX_COPIES}", {"copies": f"1–{MAX_COPIES}"})
    args: dict[str, Any] = {"title": f"{paper.name} {paper.title}", "copies": copies}
    now, address = core.now().replace(microsecond=0), f"{base}{paper.path}"
    if printer.a4:
        body = await paper.pdf(address, now)
        args["document"] = f"{base}{signed_path(core.secret, paper.kind, paper.key, now)}"
        args["sha256"] = hashlib.sha256(body).hexdigest()
    else:
        args["document"] = paper.slip(address, now).to_bytes().decode()
    order = fleet.Order(name="print", args=args, expires_s=EXPIRES_S, timeout_s=TIMEOUT_S)
    return await fleet.ask(core, printer.station, printer.slot, order, by)
