"""What a person does on the page of a station: send a command, say what became of one."""

from aiohttp import web

from cloud.fleet import commands, service
from cloud.fleet.models import Command, Slot
from cloud.platform.errors import InvalidInputError
from cloud.platform.http import parse
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.web.views.control import CommandRow, Offer
from firmware_profiles.errors import UnknownProfile
from firmware_profiles.registry import profile
from protocols.errors import DocumentError
from protocols.venue.strict_json import load_object


async def send_command(request: web.Request) -> web.Response:
    """POST /venues/{id}/commands: the form's `command` is `slot/name`, its `args` a JSON object or nothing."""
    form = await request.post()
    station = request.match_info["id"]
    slot, _, name = str(form.get("command", "")).partition("/")
    await service.require_station(station)
    order = parse(commands.Order, {"name": name, "args": read_args(str(form.get("args", "")))})
    await commands.ask(request.app[CORE], station, slot, order, request[PRINCIPAL].label)
    return _back(station)


async def decide_command(request: web.Request) -> web.Response:
    """POST /commands/{id}/decision: what a person says of an indeterminate command."""
    choice = str((await request.post()).get("choice", ""))
    row, _ = await commands.decide(request.app[CORE], request.match_info["id"], choice, request[PRINCIPAL].label)
    return _back(row.station)


def read_args(text: str) -> dict[str, object]:
    """Return the arguments that a person typed as JSON; nothing typed is no argument."""
    if not text.strip():
        return {}
    try:
        return load_object(text.encode())
    except DocumentError as error:
        raise InvalidInputError(f"参数须为 JSON 对象：{error}", {"args": str(error)}) from error


async def offers(station: str) -> list[Offer]:
    """Return every command that the profiles of a station's slots declare, and those of the station itself."""
    found = []
    for slot in await Slot.filter(station_id=station).order_by("position").prefetch_related("device"):
        try:
            known = profile(slot.device.profile) if slot.device else None
        except UnknownProfile:
            continue
        found += (
            [Offer(slot.name, name, ", ".join(spec.args)) for name, spec in known.commands.items()] if known else []
        )
    return [*found, Offer("agent", "digest", "day")]


def row_of(row: Command) -> CommandRow:
    """Return a command as a line of the page."""
    document = commands.document(row)
    late, reason = document["late"], document["reason"] or {}
    decision = document["decision"] or {}
    return CommandRow(
        id=row.id,
        slot=row.slot,
        name=row.name,
        args=", ".join(f"{name}={value}" for name, value in document["args"].items()),
        state=row.state,
        by=row.asked_by.removeprefix("staff:"),
        created_at=row.created_at,
        ended_at=row.ended_at,
        reason=": ".join(filter(None, (reason.get("code"), reason.get("text")))),
        late=late["state"] if late else "",
        undecided=row.undecided,
        decision=decision.get("choice", ""),
        decided_by=str(decision.get("by", "")).removeprefix("staff:"),
        decided_at=row.decided_at,
    )


def _back(station: str) -> web.Response:
    return web.Response(status=303, headers={"Location": f"/venues/{station}#commands"})
